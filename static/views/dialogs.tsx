/** The dialogs: one question each. */
import { useState } from "preact/hooks";
import type { RoomListing } from "../../lib/protocol.ts";
import { everybody } from "../select.ts";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { DialogForm } from "./confirm.tsx";
import { useActions } from "./context.ts";
import { Dialog, Icon } from "./parts.tsx";
import { Field } from "./text_field.tsx";

type Kind = "public" | "private";

/** Makes a room. */
export function CreateRoom(props: { onClose: () => void; onDone: () => void }) {
  const { dispatch } = useActions();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [kind, setKind] = useState<Kind>("public");
  const t = asides.create;
  const submit = () => {
    const topic = title.trim();
    dispatch({
      type: "create",
      // Spaces are what people type; the protocol's names have none.
      room: name.trim().replace(/\s+/g, "-"),
      kind,
      ...(topic === "" ? {} : { title: topic }),
    });
    props.onDone();
  };
  return (
    <Dialog title={t.title} onClose={props.onClose}>
      <DialogForm submit={t.submit} onSubmit={submit} onClose={props.onClose}>
        <Field
          label={t.name}
          hint={t.nameHint}
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

function Choice(props: { kind: Kind; chosen: Kind; choose: (kind: Kind) => void; hint: string }) {
  return (
    <label class="choice">
      <input
        type="radio"
        name="kind"
        checked={props.kind === props.chosen}
        onChange={() => props.choose(props.kind)}
      />
      <span>
        {asides.create[props.kind]}
        <small>{props.hint}</small>
      </span>
    </label>
  );
}

/** Lists the public rooms. */
export function BrowseRooms(
  props: { state: State; onClose: () => void; onDone: () => void },
) {
  const { dispatch } = useActions();
  const [filter, setFilter] = useState("");
  const t = asides.browse;
  const { listing } = props.state;
  const found = listing?.filter((room) => matches(room, filter)) ?? [];
  const go = (room: string) => {
    dispatch({ type: "join", room });
    props.onClose();
    props.onDone();
  };
  return (
    <Dialog title={t.title} onClose={props.onClose}>
      <Field label={t.filter} type="search" value={filter} onInput={setFilter} autofocus />
      {listing === undefined && <p class="quiet">{strings.loading}</p>}
      {listing !== undefined && found.length === 0 && (
        <p class="quiet">{listing.length === 0 ? t.empty : t.none}</p>
      )}
      <ul class="listing">
        {found.map((room) => <Listed key={room.room} room={room} go={go} />)}
      </ul>
    </Dialog>
  );
}

function matches(room: RoomListing, filter: string): boolean {
  const words = `${room.room} ${room.title ?? ""}`.toLowerCase();
  return words.includes(filter.trim().toLowerCase());
}

function Listed({ room, go }: { room: RoomListing; go: (room: string) => void }) {
  const t = asides.browse;
  return (
    <li>
      <Icon name={room.kind === "private" ? "lock" : "hash"} />
      <span class="listed">
        <strong>{room.room}</strong>
        <small>{[room.title, t.members(room.members)].filter(Boolean).join(" · ")}</small>
      </span>
      <button type="button" onClick={() => go(room.room)}>
        {room.joined ? t.open : t.join}
        <span class="sr-only">{room.room}</span>
      </button>
    </li>
  );
}

/** Begins a conversation with somebody by name. */
export function StartDirect(
  props: { state: State; onClose: () => void; go: (room: string) => void },
) {
  const t = asides.direct;
  return (
    <NameDialog
      {...props}
      title={t.title}
      label={t.name}
      submit={t.submit}
      onName={(name) => props.go(`@${name}`)}
    />
  );
}

/** Lets somebody into a private room. */
export function Invite(props: { state: State; room: string; onClose: () => void }) {
  const { dispatch } = useActions();
  const t = asides.invite;
  return (
    <NameDialog
      {...props}
      title={t.title}
      label={t.name}
      submit={t.submit}
      onName={(name) => dispatch({ type: "invite", room: props.room, name })}
    />
  );
}

function NameDialog(props: {
  state: State;
  title: string;
  label: string;
  submit: string;
  onName: (name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const suggested = everybody(props.state)
    .filter((person) => person.name.toLowerCase().includes(name.trim().toLowerCase()))
    .slice(0, 6);
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <DialogForm
        submit={props.submit}
        onSubmit={() => props.onName(name.trim())}
        onClose={props.onClose}
      >
        <Field label={props.label} value={name} onInput={setName} required autofocus />
        <div class="suggestions">
          {suggested.map((person) => (
            <button
              key={person.name}
              type="button"
              onClick={() => setName(person.name)}
            >
              {person.name}
            </button>
          ))}
        </div>
      </DialogForm>
    </Dialog>
  );
}
