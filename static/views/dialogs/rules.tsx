/** The settings of a room, for its host and for moderators. */
import { useState } from "preact/hooks";
import { DEFAULT_RIGHTS, RIGHTS } from "../../../lib/chat/events/rights.ts";
import { durationOf } from "../../strings/deferred_format.ts";
import { spanOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { newKey } from "../../util/uuid.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import { type ApiRefusal, isRefused } from "../../net/api.ts";
import { ActButton } from "../shared/act_button.tsx";
import { Options, Toggle } from "../shared/choices.tsx";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";
import { Segments } from "../shared/segments.tsx";
import { ROOM_NAME_REFUSALS, roomNameOf } from "./dialogs.tsx";
import type { PageState } from "../../state/reducer.ts";
import type { Order, RoomState } from "../../state/types.ts";

/** The choices of slow mode, in seconds; 0 is off. */
const slowModeSeconds = [0, 5, 30, 300];

/** The rights of members, with the fields of the commands. */
const rights = [["mayPost", "may_post"], ["mayInvite", "may_invite"], [
  "mayPin",
  "may_pin",
]] as const;

type Change = Omit<
  Extract<Order, { readonly type: "set_room" }>,
  "type" | "room" | "room_id" | "key"
>;

/** Changes something about the room. @returns The refusal, or any other answer. */
type ChangeRoom = (what: Change) => Promise<ApiRefusal | object>;

/** The settings; each change of a rule takes effect at once. */
export function RoomSettings({ state, room, onDeleted }: {
  readonly state: PageState;
  readonly room: RoomState;
  readonly onDeleted: () => void;
}) {
  const ask = useAskOrder();
  const t = deferredStrings.roomSettings;
  const { locked = false, slowSeconds = 0, threads = true, previews = true } = room;
  const change: ChangeRoom = (what) =>
    ask({ type: "set_room", room_id: room.key, ...what, key: newKey() });
  return (
    <>
      <About room={room} change={change} />
      <Toggle
        label={t.locked}
        hint={t.lockedHint}
        on={locked}
        save={(locked) => change({ locked })}
      />
      <Toggle
        label={t.threads}
        hint={t.threadsHint}
        on={threads}
        save={(threads) => change({ threads })}
      />
      <Toggle
        label={t.previews}
        hint={t.previewsHint}
        on={previews}
        save={(previews) => change({ previews })}
      />
      {rights.map(([right, field]) => (
        <Options
          key={right}
          legend={
            <>
              {t[right]}
              {right === "mayPost" && <small>{t.mayPostHint}</small>}
            </>
          }
          options={RIGHTS.map((who) => [who, t[who]] as const)}
          value={room.rights?.[right] ?? DEFAULT_RIGHTS[right]}
          save={(who) => change({ [field]: who })}
        />
      ))}
      <Options
        legend={
          <>
            {t.slow} <small>{t.slowHint}</small>
          </>
        }
        options={slowModeSeconds.map((s) => [s, s === 0 ? t.slowOff : spanOf(s)] as const)}
        value={slowSeconds}
        save={(slow_seconds) => change({ slow_seconds })}
      />
      <RetentionChoice
        own={room.retentionDays ?? 0}
        most={state.limits.retention_days}
        hint={t.retentionHint}
        warning={t.retentionWarning}
        off={t.retentionOff}
        save={(retention_days) => change({ retention_days })}
      />
      {room.isDefault
        ? <p class="quiet">{t.isDefault}</p>
        : <Ends room={room} change={change} onDeleted={onDeleted} />}
    </>
  );
}

/** What takes the room away from some or all of its members. */
function Ends({ room, change, onDeleted }: PartProps & { readonly onDeleted: () => void }) {
  const { dispatch } = useActions();
  const t = deferredStrings.roomSettings;
  const archive = async (archived: boolean) => {
    const answer = await change({ archived });
    if (!archived || isRefused(answer)) return answer;
    const back = { type: "set_room", room_id: room.key, archived: false, key: newKey() } as const;
    const undo = { type: "order", order: back } as const;
    dispatch({ type: "show_news", news: t.archived, undo });
    return answer;
  };
  return (
    <>
      <Visibility room={room} change={change} />
      <ActButton act={() => archive(!room.archived)}>
        {room.archived ? t.unarchive : t.archive}
      </ActButton>
      <p class="quiet">{t.archiveHint}</p>
      <Delete room={room} onDeleted={onDeleted} />
    </>
  );
}

interface PartProps {
  readonly room: RoomState;
  readonly change: ChangeRoom;
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
  /** @returns The refusal, or any other answer. */
  readonly save: (days: number) => Promise<ApiRefusal | object>;
}

/** After how many days messages are deleted; says first what that means. */
export function RetentionChoice({ own, most = 0, hint, warning, off, save }: RetentionProps) {
  const [wanted, want] = useState<number>();
  const t = deferredStrings.roomSettings;
  const span = (days: number) => durationOf(days * 86_400);
  const choices = [...new Set([...retentionChoices, own])].toSorted((a, b) => a - b)
    .filter((days) => most === 0 || days < most || days === own);
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
            <ActButton
              class={wanted === 0 ? "primary" : "danger"}
              act={() => save(wanted)}
              onDone={() => want(undefined)}
            >
              {t.save}
            </ActButton>
          </div>
        </div>
      )}
    </fieldset>
  );
}

/** The name and the topic. */
function About({ room, change }: PartProps) {
  const task = useTask(ROOM_NAME_REFUSALS);
  const [name, setName] = useState(room.name);
  const [title, setTitle] = useState(room.title ?? "");
  const t = deferredStrings.roomSettings;
  const save = (event: Event) => {
    event.preventDefault();
    const wanted = roomNameOf(name);
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
      <button type="submit" class="primary" disabled={task.busy}>{t.save}</button>
    </form>
  );
}

/** Opens the room to everyone, or closes it; says first what that means. */
function Visibility({ room, change }: PartProps) {
  const [asking, ask] = useState(false);
  const t = deferredStrings.roomSettings;
  const isPublic = room.kind === "public";
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
        <ActButton
          class="primary"
          act={() => change({ kind: isPublic ? "private" : "public" })}
          onDone={() => ask(false)}
        >
          {isPublic ? t.makePrivate : t.makePublic}
        </ActButton>
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
    return <button type="button" class="danger-text" onClick={() => type("")}>{t.delete}</button>;
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
