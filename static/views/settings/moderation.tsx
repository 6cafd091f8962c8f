/** The bans and the moderation log. */
import { useEffect } from "preact/hooks";
import type { BanListing, ModerationListing } from "../../../lib/protocol/frames.ts";
import { joined } from "../../strings/isolate.ts";
import { momentOf, spanOf, titleOf, whenOf } from "../../strings/format.ts";
import type { PageState } from "../../state/reducer.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import { Icon } from "../shared/parts.tsx";

/** What a log entry says was done; an action that this page does not know is shown as it is. */
const actions: Readonly<Record<string, string>> = deferredStrings.manage.actions;

/** The bans. */
export function Bans({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  useEffect(() => dispatch({ type: "order", order: { type: "list_bans" } }), []);
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
  const { dispatch } = useActions();
  const t = deferredStrings.manage;
  return (
    <li>
      <Icon name="ban" />
      <span class="listed">
        <strong>{name ?? t.anAddress}</strong>
        <small>{joined([whenOf(at, Date.now()), address, reason], " · ")}</small>
      </span>
      {name !== undefined && (
        <button
          type="button"
          onClick={() =>
            dispatch({
              type: "order",
              order: { type: "unban", name, ...(id === undefined ? {} : { id }) },
            })}
        >
          {t.unban}
          <span class="sr-only">{name}</span>
        </button>
      )}
    </li>
  );
}

/** The moderation log, the newest entry first. */
export function ModerationLog({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const { moderationLog } = state;
  const t = deferredStrings.manage;
  useEffect(() => dispatch({ type: "order", order: { type: "moderation_log" } }), []);
  if (moderationLog === undefined) return <p class="quiet">{strings.loading}</p>;
  const last = moderationLog.entries.at(-1);
  if (last === undefined) return <p class="quiet">{t.noLog}</p>;
  return (
    <>
      <ul class="listing">
        {moderationLog.entries.map((entry) => <Done key={entry.id} entry={entry} />)}
      </ul>
      {moderationLog.more && (
        <button
          type="button"
          onClick={() =>
            dispatch({ type: "order", order: { type: "moderation_log", before: last.id } })}
        >
          {t.more}
        </button>
      )}
    </>
  );
}

/** Formats the duration of a mute. */
function muteOf(detail: string | undefined): string | undefined {
  const [, seconds] = /^(\d+) s$/.exec(detail ?? "") ?? [];
  if (seconds === undefined) return detail;
  const t = deferredStrings.manage;
  return seconds === "0" ? t.unmuted : t.muteDetail({ span: spanOf(Number(seconds)) });
}

function Done({ entry }: { entry: ModerationListing }) {
  const { by, action, subject, room, detail, at } = entry;
  const where = room === undefined ? undefined : titleOf(room);
  const said = action === "mute" ? muteOf(detail) : detail;
  return (
    <li>
      <Icon name="shield" />
      <span class="listed">
        <span>
          <strong>
            <bdi>{by}</bdi>
          </strong>{" "}
          {actions[action] ?? action}{" "}
          <strong>
            <bdi>{subject ?? where}</bdi>
          </strong>
        </span>
        <small>{joined([subject && where, said], " · ")}</small>
      </span>
      <time class="quiet" title={momentOf(at)}>{whenOf(at, Date.now())}</time>
    </li>
  );
}
