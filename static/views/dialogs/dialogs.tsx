/** The dialogs about rooms and conversations. */
import { useEffect, useState } from "preact/hooks";
import type { Notice, RoomListing } from "../../../lib/protocol/frames.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import { isRefused } from "../../net/api.ts";
import { otherPeople } from "../../state/fuzzy_match.ts";
import { personNamed } from "../../state/selectors.ts";
import { everyone } from "../../state/directory.ts";
import type { PageState } from "../../state/reducer.ts";
import { samePerson } from "../../state/room.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { DialogForm } from "./confirm.tsx";
import { useActions } from "../shared/context.ts";
import { LongList } from "../shared/long_list.tsx";
import { PageError } from "../shared/page_error.tsx";
import { Dialog, Icon } from "../shared/parts.tsx";
import { type FieldOfCode, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAsk } from "../shared/use_ask.ts";
import { useFound } from "../shared/use_found.ts";
import { usePages } from "../shared/use_pages.ts";
import type { CreateRoomProps, GoToDialogProps, ListRow } from "../shared/deferred_views.ts";

type RoomVisibility = "public" | "private";

/** A name of a room as users type it: with spaces, which those of the protocol have not. */
export function roomNameOf(typed: string): string {
  return typed.trim().replace(/\s+/g, "-");
}

/** The refusals that are about the name of a room. */
export const ROOM_NAME_REFUSALS: FieldOfCode = {
  room_exists: "name",
  bad_request: "name",
  name_reserved: "name",
};

/** Creates a room. */
export function CreateRoom(props: CreateRoomProps) {
  const ask = useAsk();
  const task = useTask(ROOM_NAME_REFUSALS);
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [kind, setKind] = useState<RoomVisibility>("public");
  const t = deferredStrings.create;
  const submit = async () => {
    const topic = title.trim();
    const answer = await ask({
      type: "create",
      room: roomNameOf(name),
      kind,
      ...(topic === "" ? {} : { title: topic }),
    });
    if (!isRefused(answer)) props.onDone();
    return answer;
  };
  return (
    <Dialog title={t.title} onClose={props.onClose}>
      <DialogForm task={task} submit={t.submit} onSubmit={submit} onClose={props.onClose}>
        <Field
          label={t.name}
          hint={t.nameHint}
          error={task.errorAt("name")}
          value={name}
          onInput={setName}
          maxLength={64}
          required
          autofocus
        />
        <Field
          label={t.roomTitle}
          note={strings.optional}
          value={title}
          onInput={setTitle}
          maxLength={200}
        />
        <fieldset>
          <legend>{t.kind}</legend>
          <Choice kind="public" chosen={kind} choose={setKind} hint={t.publicHint} />
          <Choice kind="private" chosen={kind} choose={setKind} hint={t.privateHint} />
        </fieldset>
      </DialogForm>
    </Dialog>
  );
}

function Choice(
  props: {
    kind: RoomVisibility;
    chosen: RoomVisibility;
    choose: (kind: RoomVisibility) => void;
    hint: string;
  },
) {
  return (
    <label class="choice">
      <input
        type="radio"
        name="kind"
        checked={props.kind === props.chosen}
        onChange={() => props.choose(props.kind)}
      />
      <span>
        {deferredStrings.create[props.kind]}
        <small>{props.hint}</small>
      </span>
    </label>
  );
}

/**
 * Lists the public rooms, in pages. If they are all on the first one, the filter also finds words in
 * their topics; otherwise the server finds the names that begin with it.
 */
export function BrowseRooms(props: GoToDialogProps) {
  const { dispatch } = useActions();
  const [filter, setFilter] = useState("");
  const [isWhole, setWhole] = useState(false);
  const t = deferredStrings.browse;
  const query = isWhole ? "" : filter.trim();
  const pages = usePages({
    path: props.state.ready ? "/api/rooms" : undefined,
    query,
    entriesIn: ({ rooms }: Extract<Notice, { type: "rooms" }>) => rooms,
    keyOf: ({ room }) => foldName(room),
  });
  const { entries, isLoaded, next } = pages;
  const isCurrent = isLoaded && pages.query === query;
  useEffect(() => {
    if (isLoaded && pages.query === "" && next === undefined) setWhole(true);
  }, [pages.query, isLoaded, next]);
  // The server also lists the private rooms of the user, and to owners those without members.
  const listed = entries.filter(({ kind, abandoned }) => kind === "public" || abandoned);
  const found = isCurrent && !isWhole ? listed : listed.filter((room) => matches(room, filter));
  const go = ({ room_id: room }: RoomListing) => {
    dispatch({ type: "join", room });
    props.onClose();
    props.onDone();
  };
  const rows = found.map((room): ListRow => ({
    key: room.room_id,
    text: room.room,
    view: () => <Listed room={room} go={go} />,
  }));
  return (
    <Dialog title={t.title} onClose={props.onClose}>
      <Field label={t.filter} type="search" value={filter} onInput={setFilter} autofocus />
      {found.length === 0 && (
        <p class="quiet" role="status">
          {!isCurrent ? strings.loading : filter === "" ? t.empty : strings.sidebar.noMatch}
        </p>
      )}
      <LongList
        class="listing rooms"
        rows={rows}
        size={next === undefined ? rows.length : -1}
        onView={({ from, to }) => pages.onView(found[from - 1], rows.length - to)}
      />
      <PageError {...pages} />
    </Dialog>
  );
}

function matches(room: RoomListing, filter: string): boolean {
  const words = `${room.room} ${room.title ?? ""}`.toLowerCase();
  return words.includes(filter.trim().toLowerCase());
}

function Listed({ room, go }: { room: RoomListing; go: (room: RoomListing) => void }) {
  const t = deferredStrings.browse;
  return (
    <>
      <Icon name={room.kind === "private" ? "lock" : "hash"} />
      <span class="listed">
        <strong>{room.room}</strong>
        <small>
          {joined(
            [room.abandoned ? t.abandoned : t.members({ count: room.members }), room.title],
            " · ",
          )}
        </small>
      </span>
      <button type="button" onClick={() => go(room)}>
        {room.joined ? t.open : room.abandoned ? t.recover : t.join}
        <span class="sr-only">{room.room}</span>
      </button>
    </>
  );
}

/** Starts a conversation with one person, or with several: these become one without a name. */
export function StartDirect({ state, onClose, onDone }: GoToDialogProps) {
  const { dispatch } = useActions();
  const ask = useAsk();
  const task = useTask({ no_such_user: "name", blocked: "name" });
  const [people, setPeople] = useState<readonly PersonRef[]>([]);
  const [name, setName] = useState("");
  const t = deferredStrings.direct;
  const most = (state.limits?.conversation_people ?? 2) - 1;
  const without = (who: PersonRef) => people.filter((one) => !samePerson(one.name, who.name));
  const withName = (typed: string) => {
    const who = personNamed(state, typed.trim());
    return who.name === "" ? people : [...without(who), who];
  };
  const add = (typed: string) => {
    setPeople(withName(typed));
    setName("");
  };
  const submit = async () => {
    const [first, ...others] = withName(name);
    if (first === undefined) return {};
    if (others.length === 0) {
      // The room of the conversation says whether the server finds the person, also later.
      dispatch({ type: "write", who: first });
      onDone();
      return {};
    }
    const answer = await ask({ type: "converse", people: [first, ...others] });
    if (!isRefused(answer)) onDone();
    return answer;
  };
  return (
    <Dialog title={t.title} onClose={onClose}>
      <DialogForm task={task} submit={t.submit} onSubmit={submit} onClose={onClose}>
        {people.length > 0 && (
          <ul class="chosen-people" aria-label={t.chosen}>
            {people.map((who) => (
              <li key={who.name}>
                <button
                  type="button"
                  class="chip"
                  aria-label={t.remove({ name: who.name })}
                  onClick={() => setPeople(without(who))}
                >
                  <bdi>{who.name}</bdi>
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {people.length < most
          ? (
            <NameField
              autofocus
              required={people.length === 0}
              state={state}
              label={t.name}
              hint={people.length === 0 ? t.hint({ count: most }) : t.several}
              name={name}
              error={task.errorAt("name")}
              setName={(typed) => typed.endsWith(",") ? add(typed.slice(0, -1)) : setName(typed)}
              onPick={add}
              without={people.map((one) => one.name)}
            />
          )
          : <p class="quiet">{t.full({ count: most })}</p>}
      </DialogForm>
    </Dialog>
  );
}

/** Adds a person to a room; to someone who has to accept first, it is an invitation. */
export function AddPerson({ state, room, onDone }: {
  state: PageState;
  room: RoomState;
  onDone: () => void;
}) {
  const ask = useAsk();
  const task = useTask({
    no_such_user: "name",
    blocked: "name",
    banned: "name",
    bad_request: "name",
  });
  const [name, setName] = useState("");
  const t = deferredStrings.invite;
  const submit = async (event: Event) => {
    event.preventDefault();
    const who = personNamed(state, name.trim());
    const done = await task.run(() => ask({ type: "invite", room: room.key, who }));
    if (done !== undefined) onDone();
  };
  return (
    <form class="card-section" aria-label={t.title} onSubmit={(event) => void submit(event)}>
      <NameField
        {...{ state, name, setName }}
        label={t.title}
        error={task.errorAt("name")}
        without={room.members}
      />
      <p class="form-error" role="alert">{task.error}</p>
      <button type="submit" class="primary" disabled={task.busy}>{t.submit}</button>
    </form>
  );
}

/** A field for a name, with the names that fit. */
function NameField(
  { state, label, hint, name, setName, onPick = setName, without = [], ...rest }: {
    state: PageState;
    label: string;
    hint?: string;
    error?: string | undefined;
    name: string;
    setName: (name: string) => void;
    /** Called with a suggestion that was chosen; it fills the field by default. */
    onPick?: (name: string) => void;
    /** The names that are not suggested. */
    without?: readonly string[];
    autofocus?: boolean;
    required?: boolean;
  },
) {
  const part = name.trim().toLowerCase();
  const found = otherPeople(state, useFound(state, name));
  const fits = [...everyone(state), ...found].filter((person) =>
    person.name.toLowerCase().includes(part) && !without.includes(person.name)
  );
  return (
    <>
      <Field
        label={label}
        value={name}
        onInput={setName}
        required
        {...(hint === undefined ? {} : { hint })}
        {...rest}
      />
      <div class="suggestions">
        {fits.slice(0, 6).map((person) => (
          <button
            key={person.name}
            type="button"
            onClick={() => onPick(person.name)}
          >
            {person.name}
          </button>
        ))}
      </div>
    </>
  );
}
