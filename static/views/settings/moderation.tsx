/** The bans and the moderation log. */
import { useEffect, useState } from "preact/hooks";
import type {
  BanListing,
  ModerationAction,
  ModerationListing,
  Role,
} from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { joined } from "../../strings/isolate.ts";
import { durationOf } from "../../strings/deferred_format.ts";
import { momentOf, spanOf, titleOf, whenOf } from "../../strings/format.ts";
import { type LoggedRoomChange, roomChangesIn } from "../../state/moderation_log.ts";
import type { PageState } from "../../state/reducer.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { useActions } from "../shared/context.ts";
import { Icon } from "../shared/parts.tsx";
import { Select } from "../shared/select.tsx";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

/** Which part of the moderation log is shown. */
interface ShownActs {
  readonly action?: string;
  readonly by?: string;
  readonly subject?: string;
}

/** What a log entry says was done. */
const actions: Readonly<Record<ModerationAction, string>> = deferredStrings.manage.actions;

/** An action that this page does not know is shown as it is. */
function actionOf(action: string): string {
  return Object.hasOwn(actions, action) ? actions[action as ModerationAction] : action;
}

/** The bans. */
export function Bans({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  useEffect(() => dispatch({ type: "order", order: { type: "list_bans" } }), [state.ready]);
  const bans = state.lists.bans?.bans;
  if (bans === undefined) return <p class="quiet">{strings.loading}</p>;
  if (bans.length === 0) return <p class="quiet">{deferredStrings.manage.noBans}</p>;
  return (
    <ul class="listing">
      {bans.map((ban, index) => <BanRow key={index} ban={ban} />)}
    </ul>
  );
}

function BanRow({ ban: { name, id, address, reason, at } }: { ban: BanListing }) {
  const ask = useAskOrder();
  const t = deferredStrings.manage;
  return (
    <li>
      <Icon name="ban" />
      <span class="listed">
        <strong>{name ?? t.anAddress}</strong>
        <small>{joined([whenOf(at, Date.now()), address, reason], " · ")}</small>
      </span>
      {name !== undefined && (
        <ActButton
          act={() => ask({ type: "unban", name, ...(id === undefined ? {} : { id }) })}
        >
          {t.unban}
          <span class="sr-only">{name}</span>
        </ActButton>
      )}
    </li>
  );
}

/** The moderation log, the newest entry first. */
export function ModerationLog({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const { moderationLog } = state;
  const [acts, setActs] = useState<ShownActs>({});
  const t = deferredStrings.manage;
  const ask = (before?: number) =>
    dispatch({
      type: "order",
      order: { type: "moderation_log", ...acts, ...(before === undefined ? {} : { before }) },
    });
  useEffect(() => ask(), [acts, state.ready]);
  if (moderationLog === undefined) return <p class="quiet">{strings.loading}</p>;
  const last = moderationLog.entries.at(-1);
  const isFiltered = Object.keys(acts).length > 0;
  if (last === undefined && !isFiltered) return <p class="quiet">{t.noLog}</p>;
  return (
    <>
      <Filter onFilter={setActs} />
      <p>
        <a class="button" href={logAddress(acts)} download>{t.downloadLog}</a>
      </p>
      {last === undefined && <p class="quiet">{strings.sidebar.noMatch}</p>}
      <ul class="listing">
        {moderationLog.entries.map((entry) => <Done key={entry.id} entry={entry} />)}
      </ul>
      {moderationLog.more && <button type="button" onClick={() => ask(last?.id)}>{t.more}</button>}
    </>
  );
}

/** Chooses what part of the moderation log is shown, and downloaded. */
function Filter({ onFilter }: { onFilter: (acts: ShownActs) => void }) {
  const [action, setAction] = useState("");
  const [by, setBy] = useState("");
  const [subject, setSubject] = useState("");
  const t = deferredStrings.manage;
  const submit = (event: Event) => {
    event.preventDefault();
    const given = Object.entries({ action, by: by.trim(), subject: subject.trim() });
    onFilter(Object.fromEntries(given.filter(([, value]) => value !== "")));
  };
  return (
    <details>
      <summary>{t.searchLog}</summary>
      <form onSubmit={submit}>
        <Select
          label={t.filterAction}
          value={action}
          options={[["", t.everyAction], ...Object.entries(t.actionNames)]}
          onChange={setAction}
        />
        <Field label={t.filterBy} value={by} onInput={setBy} maxLength={LIMITS.name_length} />
        <Field
          label={t.filterSubject}
          value={subject}
          onInput={setSubject}
          maxLength={LIMITS.name_length}
        />
        <button type="submit" class="primary">{t.filter}</button>
      </form>
    </details>
  );
}

/** The address of the moderation log as a table. */
function logAddress(acts: ShownActs): string {
  return `/api/moderation-log?${new URLSearchParams({ format: "csv", ...acts })}`;
}

/** Formats the duration of a mute. */
function muteOf(detail: string | undefined): string | undefined {
  const [, seconds] = /^(\d+) s$/.exec(detail ?? "") ?? [];
  if (seconds === undefined) return detail;
  const t = deferredStrings.manage;
  return seconds === "0" ? t.unmuted : t.muteDetail({ span: spanOf(Number(seconds)) });
}

/** Says what was changed about a room. */
function roomChangesOf(detail: string | undefined): string | undefined {
  if (detail === undefined) return undefined;
  return joined(roomChangesIn(detail)?.map(roomChangeOf) ?? [detail], ", ");
}

function roomChangeOf({ field, value }: LoggedRoomChange): string {
  const t = deferredStrings.manage.changes;
  switch (field) {
    case "name":
      return t.name({ value: titleOf(value) });
    case "title":
      return value === "" ? t.noTitle : t.title({ value });
    case "kind":
      return value === "private" ? t.private : t.public;
    case "archived":
      return value === "true" ? t.archived : t.unarchived;
    case "locked":
      return value === "true" ? t.locked : t.unlocked;
    case "slow_seconds":
      return value === "0" ? t.notSlow : t.slow({ value: spanOf(Number(value)) });
    case "retention_days":
      return retentionOf(Number(value));
    case "threads":
      return value === "true" ? t.threads : t.noThreads;
    case "may_post":
      return value === "hosts" ? t.hostsPost : t.everyonePosts;
    case "may_invite":
      return value === "hosts" ? t.hostsInvite : t.everyoneInvites;
    case "may_pin":
      return value === "hosts" ? t.hostsPin : t.everyonePins;
    default:
      return field satisfies never;
  }
}

function retentionOf(days: number): string {
  const t = deferredStrings.manage.changes;
  return days === 0 ? t.noRetention : t.retention({ value: durationOf(days * 86_400) });
}

/** Says more about an action, in the words of the page. */
function detailOf({ action, detail }: ModerationListing): string | undefined {
  if (action === "mute") return muteOf(detail);
  if (action === "set_room") return roomChangesOf(detail);
  if (action === "delete_messages") {
    const spans: Readonly<Record<string, string>> = deferredStrings.person.banSpans;
    // Either all messages of a span of time, or this many.
    return spans[detail ?? ""] ?? deferredStrings.manage.deletedCount({ count: Number(detail) });
  }
  if (action === "set_server_retention") return retentionOf(Number(detail));
  if (action === "set_role") return strings.roles[detail as Role] ?? detail;
  return detail;
}

function Done({ entry }: { entry: ModerationListing }) {
  const { by, action, subject, room, at } = entry;
  const where = room === undefined ? undefined : titleOf(room);
  // A group is what was changed itself.
  const isGroup = subject === undefined && where === undefined && action !== "set_server_retention";
  const group = isGroup ? entry.detail : undefined;
  const said = group === undefined ? detailOf(entry) : undefined;
  return (
    <li>
      <Icon name="shield" />
      <span class="listed">
        <span>
          <strong>
            <bdi>{by}</bdi>
          </strong>{" "}
          {actionOf(action)}{" "}
          <strong>
            <bdi>{subject ?? where ?? group}</bdi>
          </strong>
        </span>
        <small>{joined([subject && where, said], " · ")}</small>
      </span>
      <time class="quiet" title={momentOf(at)}>{whenOf(at, Date.now())}</time>
    </li>
  );
}
