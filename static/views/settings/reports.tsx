/** The queue of what users have reported, for moderators. */
import { useEffect } from "preact/hooks";
import type { ReportListing } from "../../../lib/protocol/frames.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import type { PageState } from "../../state/reducer.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { joined } from "../../strings/isolate.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { ActButton } from "../shared/act_button.tsx";
import { useActions } from "../shared/context.ts";
import { Icon } from "../shared/parts.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

/** The tab. */
export function Reports({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const { report, report_resolved, reports } = state.lists;
  // Asks again when a report has come, and when a moderator has resolved one.
  useEffect(
    () => dispatch({ type: "order", order: { type: "list_reports" } }),
    [state.ready, report, report_resolved],
  );
  if (reports === undefined) return <p class="quiet">{strings.loading}</p>;
  if (reports.reports.length === 0) return <p class="quiet">{deferredStrings.reports.none}</p>;
  return (
    <ul class="listing">
      {reports.reports.map((each) => <ReportRow key={each.id} report={each} />)}
    </ul>
  );
}

function ReportRow({ report }: { report: ReportListing }) {
  const ask = useAskOrder();
  const { id, room, by, reason, at, about } = report;
  const t = deferredStrings.reports;
  const resolve = (rest: { delete?: true }) => ask({ type: "resolve_report", id, ...rest });
  const isThere = about !== undefined && !about.deleted;
  return (
    <li>
      <Icon name="shield" />
      <span class="listed">
        <strong dir="auto">
          {isThere ? joined([about.sender, wordsOf(gistOf(about))], ": ") : t.gone}
        </strong>
        <small>
          {joined(
            [room === "" ? "" : titleOf(room), t.by({ name: by }), whenOf(at, Date.now()), reason],
            " · ",
          )}
        </small>
      </span>
      <ActButton act={() => resolve({})}>{t.resolve}</ActButton>
      {isThere && (
        <ActButton class="danger" act={() => resolve({ delete: true })}>{t.delete}</ActButton>
      )}
    </li>
  );
}
