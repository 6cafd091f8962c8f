/** Who may not come in, and what moderators did. */
import { useEffect } from "preact/hooks";
import type { BanListing, ModerationListing } from "../../lib/protocol.ts";
import { momentOf, spanOf, titleOf, whenOf } from "../format.ts";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { useActions } from "./context.ts";
import { Icon } from "./parts.tsx";

/** The bans. */
export function Bans({ state }: { state: State }) {
  const { dispatch } = useActions();
  useEffect(() => dispatch({ type: "order", order: { type: "list_bans" } }), []);
  if (state.bans === undefined) return <p class="quiet">{strings.loading}</p>;
  if (state.bans.length === 0) return <p class="quiet">{asides.manage.noBans}</p>;
  return (
    <ul class="listing">
      {state.bans.map((ban, index) => <BanRow key={index} ban={ban} />)}
    </ul>
  );
}

function BanRow({ ban: { name, address, reason, at } }: { ban: BanListing }) {
  const { dispatch } = useActions();
  const t = asides.manage;
  return (
    <li>
      <Icon name="ban" />
      <span class="listed">
        <strong>{name ?? t.anAddress}</strong>
        <small>{[whenOf(at, Date.now()), address, reason].filter(Boolean).join(" · ")}</small>
      </span>
      {name !== undefined && (
        <button
          type="button"
          onClick={() => dispatch({ type: "order", order: { type: "unban", name } })}
        >
          {t.unban}
          <span class="sr-only">{name}</span>
        </button>
      )}
    </li>
  );
}

/** What moderators did, the last first. */
export function ModerationLog({ state }: { state: State }) {
  const { dispatch } = useActions();
  const { journal } = state;
  const t = asides.manage;
  useEffect(() => dispatch({ type: "order", order: { type: "moderation_log" } }), []);
  if (journal === undefined) return <p class="quiet">{strings.loading}</p>;
  const last = journal.entries.at(-1);
  if (last === undefined) return <p class="quiet">{t.noLog}</p>;
  return (
    <>
      <ul class="listing">
        {journal.entries.map((entry) => <Done key={entry.id} entry={entry} />)}
      </ul>
      {journal.more && (
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

/** For how long somebody was muted, in words. */
function muteOf(detail: string | undefined): string | undefined {
  const [, seconds] = /^(\d+) s$/.exec(detail ?? "") ?? [];
  if (seconds === undefined) return detail;
  const t = asides.manage;
  return seconds === "0" ? t.unmuted : t.muteDetail(spanOf(Number(seconds)));
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
          <strong>{by}</strong> {asides.manage.actions[action] ?? action}{" "}
          <strong>{subject ?? where}</strong>
        </span>
        <small>{[subject && where, said].filter(Boolean).join(" · ")}</small>
      </span>
      <time class="quiet" title={momentOf(at)}>{whenOf(at, Date.now())}</time>
    </li>
  );
}
