/** Keeps the unsent texts the same on all devices of the user, while the page is connected. */
import { useEffect, useRef } from "preact/hooks";
import { call } from "../../net/api.ts";
import { syncDrafts } from "../../storage/draft_sync.ts";
import { useActions } from "../shared/context.ts";
import { LostEdits } from "./lost_edits.tsx";
import type { StateProps } from "../shared/deferred_views.ts";

/** Shows nothing; keeps the texts of edits as well. */
export function DraftSync({ state }: StateProps) {
  const { drafts } = useActions();
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    if (!state.ready) return;
    const sync = syncDrafts({
      drafts,
      state: () => latest.current,
      request: call,
      later: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
    // A phone may end a page that is not in view.
    const onHide = () => document.hidden && void sync.push();
    document.addEventListener("visibilitychange", onHide);
    return () => {
      document.removeEventListener("visibilitychange", onHide);
      sync.end();
    };
  }, [state.ready, state.me.id]);
  return <LostEdits state={state} />;
}
