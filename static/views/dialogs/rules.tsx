/** The settings of a room, for its host and for moderators. */
import { useEffect, useState } from "preact/hooks";
import { DEFAULT_RIGHTS, type Right, RIGHTS } from "../../../lib/chat/events/rights.ts";
import { durationOf } from "../../strings/deferred_format.ts";
import { spanOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { newKey } from "../../util/uuid.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { ApiRefusal } from "../../net/api.ts";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";
import { Segments } from "../shared/segments.tsx";
import type { PageState } from "../../state/reducer.ts";
import type { Order, RoomState } from "../../state/types.ts";

/** The choices of slow mode, in seconds; 0 is off. */
const slowModeSeconds = [0, 5, 30, 300];

/** The rights of members, with the fields of the commands. */
const rights = [["mayPost", "may_post"], ["mayInvite", "may_invite"], [
  "mayPin",
  "may_pin",
]] as const;

interface ChosenRules extends Partial<Record<(typeof rights)[number][1], Right>> {
  readonly threads?: boolean;
  readonly previews?: boolean;
  readonly locked?: boolean;
  readonly slow_seconds?: number;
}

type Change = Omit<
  Extract<Order, { readonly type: "set_room" }>,
  "type" | "room" | "room_id" | "key"
>;

/** The settings; each change of a rule takes effect at once. */
export function RoomSettings({ state, room, onDeleted }: {
  readonly state: PageState;
  readonly room: RoomState;
  readonly onDeleted: () => void;
}) {
  const ask = useAskOrder();
  const t = strings.rules;
  const { locked = false, slowSeconds = 0, threads = true, previews = true } = room;
  // The choice is shown until the server reports the rules.
  const [chosen, choose] = useState<ChosenRules>({});
  useEffect(() => choose(({ locked: _done, ...rest }) => rest), [locked]);
  useEffect(() => choose(({ slow_seconds: _done, ...rest }) => rest), [slowSeconds]);
  useEffect(() => choose(({ threads: _done, ...rest }) => rest), [threads]);
  useEffect(() => choose(({ previews: _done, ...rest }) => rest), [previews]);
  useEffect(
    () => choose(({ may_post: _post, may_invite: _invite, may_pin: _pin, ...rest }) => rest),
    rights.map(([right]) => room.rights?.[right]),
  );
  const shown = { locked, threads, previews, slow_seconds: slowSeconds, ...chosen };
  const task = useTask();
  const change = (what: Change) =>
    ask({ type: "set_room", room_id: room.key, ...what, key: newKey() });
  const make = (what: Change) => task.run(() => change(what));
  const set = async (rule: ChosenRules) => {
    choose((before) => ({ ...before, ...rule }));
    if (await make(rule) !== undefined) return;
    const isOther = ([field]: [string, unknown]) => !(field in rule);
    choose((before) => Object.fromEntries(Object.entries(before).filter(isOther)));
  };
  return (
    <>
      <About room={room} change={change} />
      <p class="form-error" role="alert">{task.error}</p>
      <label class="choice">
        <input
          type="checkbox"
          checked={shown.locked}
          onChange={(event) => void set({ locked: event.currentTarget.checked })}
        />
        <span>
          {t.locked}
          <small>{deferredStrings.roomSettings.lockedHint}</small>
        </span>
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={shown.threads}
          onChange={(event) => void set({ threads: event.currentTarget.checked })}
        />
        <span>
          {deferredStrings.roomSettings.threads}
          <small>{deferredStrings.roomSettings.threadsHint}</small>
        </span>
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={shown.previews}
          onChange={(event) => void set({ previews: event.currentTarget.checked })}
        />
        <span>
          {deferredStrings.roomSettings.previews}
          <small>{deferredStrings.roomSettings.previewsHint}</small>
        </span>
      </label>
      {rights.map(([right, field]) => (
        <fieldset key={right}>
          <legend>
            {deferredStrings.roomSettings[right]}
            {right === "mayPost" && <small>{deferredStrings.roomSettings.mayPostHint}</small>}
          </legend>
          <Segments
            options={RIGHTS.map((who) => [who, deferredStrings.roomSettings[who]] as const)}
            value={chosen[field] ?? room.rights?.[right] ?? DEFAULT_RIGHTS[right]}
            onChange={(who) => void set({ [field]: who })}
          />
        </fieldset>
      ))}
      <fieldset>
        <legend>
          {t.slow} <small>{deferredStrings.roomSettings.slowHint}</small>
        </legend>
        <Segments
          options={slowModeSeconds.map((s) =>
            [s, s === 0 ? deferredStrings.roomSettings.slowOff : spanOf(s)] as const
          )}
          value={shown.slow_seconds}
          onChange={(slow_seconds) => void set({ slow_seconds })}
        />
      </fieldset>
      <RetentionChoice
        own={room.retentionDays ?? 0}
        most={state.limits.retention_days}
        hint={deferredStrings.roomSettings.retentionHint}
        warning={deferredStrings.roomSettings.retentionWarning}
        off={deferredStrings.roomSettings.retentionOff}
        save={(retention_days) => make({ retention_days })}
      />
      {room.isDefault
        ? <p class="quiet">{deferredStrings.roomSettings.isDefault}</p>
        : <Ends room={room} change={make} onDeleted={onDeleted} />}
    </>
  );
}

/** What takes the room away from some or all of its members. */
function Ends({ room, change, onDeleted }: PartProps & { readonly onDeleted: () => void }) {
  const { dispatch } = useActions();
  const t = deferredStrings.roomSettings;
  const archive = async (archived: boolean) => {
    const done = await change({ archived });
    if (!archived || done === undefined) return;
    const back = { type: "set_room", room_id: room.key, archived: false, key: newKey() } as const;
    const undo = { type: "order", order: back } as const;
    dispatch({ type: "show_news", news: t.archived, undo });
  };
  return (
    <>
      <Visibility room={room} change={change} />
      <button type="button" onClick={() => void archive(!room.archived)}>
        {room.archived ? t.unarchive : t.archive}
      </button>
      <p class="quiet">{t.archiveHint}</p>
      <Delete room={room} onDeleted={onDeleted} />
    </>
  );
}

interface PartProps {
  readonly room: RoomState;
  /** @returns The answer, or `undefined` if the refusal is shown already. */
  readonly change: (what: Change) => Promise<object | undefined>;
}

/** The choices of the age at which messages are deleted, in days; 0 is never. */
const retentionChoices = [0, 1, 7, 30, 90, 365];

/** What a choice of the age says, beside the ages. */
interface RetentionProps {
  readonly own: number;
  /** The limit of the server, which no room exceeds; 0 for none. */
  readonly most?: number;
  readonly hint: string;
  readonly warning: (values: { readonly time: string }) => string;
  /** What the end of the limit means. */
  readonly off: string;
  readonly save: (days: number) => void | Promise<unknown>;
}

/** After how many days messages are deleted; says first what that means. */
export function RetentionChoice({ own, most = 0, hint, warning, off, save }: RetentionProps) {
  const [wanted, want] = useState<number>();
  const t = deferredStrings.roomSettings;
  const span = (days: number) => durationOf(days * 86_400);
  const choices = [...new Set([...retentionChoices, own])].toSorted((a, b) => a - b)
    .filter((days) => most === 0 || days < most || days === own);
  const confirm = () => {
    want(undefined);
    if (wanted !== undefined) void save(wanted);
  };
  return (
    <fieldset>
      <legend>
        {t.retention} <small>{hint}</small>
      </legend>
      <Segments
        options={choices.map((days) =>
          [days, days > 0 ? span(days) : most > 0 ? span(most) : t.retentionNever] as const
        )}
        value={wanted ?? own}
        onChange={want}
      />
      {wanted !== undefined && wanted !== own && (
        <div role="alert">
          <p>{wanted === 0 ? off : warning({ time: span(wanted) })}</p>
          <div class="dialog-buttons">
            <button type="button" onClick={() => want(undefined)}>{strings.cancel}</button>
            <button type="button" class={wanted === 0 ? "primary" : "danger"} onClick={confirm}>
              {t.save}
            </button>
          </div>
        </div>
      )}
    </fieldset>
  );
}

/** The name and the topic. */
function About({ room, change }: {
  readonly room: RoomState;
  readonly change: (what: Change) => Promise<ApiRefusal | object>;
}) {
  const task = useTask({ room_exists: "name", bad_request: "name", name_reserved: "name" });
  const [name, setName] = useState(room.name);
  const [title, setTitle] = useState(room.title ?? "");
  const t = deferredStrings.roomSettings;
  const save = (event: Event) => {
    event.preventDefault();
    // Users type spaces; the names of the protocol have none.
    const wanted = name.trim().replace(/\s+/g, "-");
    const topic = title.trim();
    const what: Change = {
      ...(wanted === room.name ? {} : { name: wanted }),
      ...(topic === (room.title ?? "") ? {} : { title: topic }),
    };
    if (Object.keys(what).length > 0) void task.run(() => change(what));
  };
  return (
    <form onSubmit={save}>
      <Field
        label={deferredStrings.create.name}
        hint={t.nameHint}
        error={task.errorAt("name")}
        value={name}
        onInput={setName}
        maxLength={64}
        required
      />
      <Field
        label={deferredStrings.create.roomTitle}
        value={title}
        onInput={setTitle}
        maxLength={200}
      />
      <p class="form-error" role="alert">{task.error}</p>
      <div class="dialog-buttons">
        <button type="submit" disabled={task.busy}>{t.save}</button>
      </div>
    </form>
  );
}

/** Opens the room to everyone, or closes it; says first what that means. */
function Visibility({ room, change }: PartProps) {
  const [asking, ask] = useState(false);
  const t = deferredStrings.roomSettings;
  const isPublic = room.kind === "public";
  const confirm = () => {
    ask(false);
    void change({ kind: isPublic ? "private" : "public" });
  };
  if (!asking) {
    return (
      <button type="button" onClick={() => ask(true)}>
        {isPublic ? t.makePrivate : t.makePublic}
      </button>
    );
  }
  return (
    <div role="alert">
      <p>{isPublic ? t.privateWarning : t.publicWarning}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => ask(false)}>{strings.cancel}</button>
        <button type="button" class="primary" onClick={confirm}>
          {isPublic ? t.makePrivate : t.makePublic}
        </button>
      </div>
    </div>
  );
}

/** Deletes the room, once its name was typed. */
function Delete({ room, onDeleted }: { readonly room: RoomState; readonly onDeleted: () => void }) {
  const ask = useAskOrder();
  const task = useTask();
  const [typed, type] = useState<string>();
  const t = deferredStrings.roomSettings;
  if (typed === undefined) {
    return <button type="button" class="danger" onClick={() => type("")}>{t.delete}</button>;
  }
  const submit = async (event: Event) => {
    event.preventDefault();
    const done = await task.run(() => ask({ type: "delete_room", room_id: room.key }));
    if (done !== undefined) onDeleted();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field
        label={t.typeName({ room: room.name })}
        hint={t.deleteHint}
        value={typed}
        onInput={type}
        required
        autofocus
      />
      <p class="form-error" role="alert">{task.error}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => type(undefined)}>{strings.cancel}</button>
        <button type="submit" class="danger" disabled={typed.trim() !== room.name}>
          {t.delete}
        </button>
      </div>
    </form>
  );
}
