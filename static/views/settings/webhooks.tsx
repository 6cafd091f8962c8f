/** Webhooks, for moderators: addresses to which programs post, and programs that get events. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import type { HookListing } from "../../../lib/protocol/responses.ts";
import {
  listHooks,
  makeHook,
  removeHook,
  resumeHook,
  type WebhookRequest,
} from "../../session/account.ts";
import type { PageState } from "../../state/reducer.ts";
import { currentRoom, roomsOf } from "../../state/selectors.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { isolated, joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { ActButton } from "../shared/act_button.tsx";
import { CopyField } from "../shared/copy.tsx";
import { Icon } from "../shared/parts.tsx";
import { Segments } from "../shared/segments.tsx";
import { Select } from "../shared/select.tsx";
import { type Task, useLoaded, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";

/** What the server shows of a new webhook only once. */
interface Made {
  readonly label: string;
  readonly text: string;
}

/** Creates, lists, resumes and removes webhooks. */
export function Webhooks({ state }: { state: PageState }) {
  const task = useTask({ name_reserved: "name", bad_request: "url" });
  const { value, reload } = useLoaded(task, listHooks);
  const [made, setMade] = useState<Made>();
  const t = deferredStrings.manage.webhooks;
  const make = async (what: WebhookRequest) => {
    const hook = await task.run(() => makeHook(what));
    if (hook === undefined) return;
    const [label, text] = hook.kind === "incoming"
      ? [t.address, hook.url]
      : [t.secret, hook.secret];
    setMade({ label: `${isolated(hook.name)}: ${label}`, text });
    await reload();
  };
  return (
    <>
      <NewHook state={state} task={task} make={make} />
      <p class="form-error" role="alert">{task.error}</p>
      {made && (
        <div class="made">
          <CopyField key={made.text} {...made} />
        </div>
      )}
      {value?.hooks.length === 0 && <p class="quiet">{t.none}</p>}
      <ul class="listing">
        {value?.hooks.map((hook) => (
          <Row
            key={hook.id}
            hook={hook}
            state={state}
            onChanged={() => void reload()}
          />
        ))}
      </ul>
    </>
  );
}

function NewHook(props: {
  state: PageState;
  task: Task;
  make: (what: WebhookRequest) => Promise<void>;
}) {
  const rooms = roomsOf(props.state, false).filter(({ parted }) => !parted)
    .map(({ key, name }) => [key, titleOf(name)] as const);
  const current = currentRoom(props.state);
  const [kind, setKind] = useState<HookListing["kind"]>("incoming");
  const [room, setRoom] = useState(current?.kind === "direct" ? "" : current?.key ?? "");
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const t = deferredStrings.manage.webhooks;
  const isIncoming = kind === "incoming";
  // An incoming webhook has a room; an outgoing one may have all that are public.
  const chosen = isIncoming ? room || rooms[0]?.[0] || "" : room;
  const submit = (event: Event) => {
    event.preventDefault();
    const called = name.trim() === "" ? {} : { name: name.trim() };
    const scope = chosen === "" ? {} : { rooms: [`id:${chosen}`] };
    void props.make(
      isIncoming
        ? { kind: "incoming", room_id: chosen, ...called }
        : { kind: "outgoing", url: url.trim(), ...scope, ...called },
    );
  };
  return (
    <form class="card-section" onSubmit={submit}>
      <fieldset>
        <legend>{t.kind}</legend>
        <Segments
          options={[["incoming", t.incoming], ["outgoing", t.outgoing]]}
          value={kind}
          onChange={setKind}
        />
      </fieldset>
      <p class="quiet">{isIncoming ? t.incomingHint : t.outgoingHint}</p>
      <div class="columns">
        <Select
          label={t.room}
          value={chosen}
          onChange={setRoom}
          options={isIncoming ? rooms : [["", t.everywhere], ...rooms]}
        />
        <Field
          label={t.name}
          note={strings.optional}
          value={name}
          onInput={setName}
          error={props.task.errorAt("name")}
          maxLength={LIMITS.name_length}
        />
      </div>
      {!isIncoming && (
        <Field
          label={t.url}
          value={url}
          onInput={setUrl}
          error={props.task.errorAt("url")}
          type="url"
          required
        />
      )}
      <button
        type="submit"
        class="primary"
        disabled={props.task.busy || isIncoming && chosen === ""}
      >
        {t.make}
      </button>
    </form>
  );
}

/** Where the events of an outgoing webhook come from. */
function scopeOf(ids: readonly string[] | null, { rooms }: PageState): string {
  if (ids === null) return deferredStrings.manage.webhooks.everywhere;
  const [only] = ids.length === 1 ? ids.map((id) => rooms.get(id)) : [];
  return only === undefined
    ? deferredStrings.manage.webhooks.rooms({ count: ids.length })
    : titleOf(only.name);
}

function Row({ hook, state, onChanged }: {
  hook: HookListing;
  state: PageState;
  onChanged: () => void;
}) {
  const t = deferredStrings.manage.webhooks;
  const details = hook.kind === "incoming" ? [`${t.incoming}: ${titleOf(hook.room)}`] : [
    `${t.outgoing}: ${hook.url}`,
    scopeOf(hook.room_ids, state),
  ];
  const troubled = hook.kind === "outgoing" ? hook.paused_at ?? hook.failing_since : null;
  const trouble = troubled !== null && hook.kind === "outgoing" &&
    (hook.paused_at === null ? t.failing : t.paused)({ time: whenOf(troubled, Date.now()) });
  return (
    <li>
      <Icon name={hook.kind === "incoming" ? "link" : "send"} />
      <span class="listed">
        <strong>
          <bdi>{hook.name}</bdi>
        </strong>
        <small>{joined([...details, t.by({ name: hook.created_by })], " · ")}</small>
        {trouble && <small>{trouble}</small>}
      </span>
      {trouble && (
        <ActButton act={() => resumeHook(hook.id)} onDone={onChanged}>
          {t.resume}
          <span class="sr-only">{hook.name}</span>
        </ActButton>
      )}
      <ActButton act={() => removeHook(hook.id)} onDone={onChanged}>
        {deferredStrings.remove}
        <span class="sr-only">{hook.name}</span>
      </ActButton>
    </li>
  );
}
