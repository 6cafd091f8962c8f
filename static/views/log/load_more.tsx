/** Loads more of a log in which so few messages are left that scrolling alone does not. */
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { LoadMoreProps } from "../shared/deferred_views.ts";

/** The button at one end of what is loaded. */
export function LoadMore({ room, newer = false }: LoadMoreProps) {
  const { dispatch } = useActions();
  const t = deferredStrings.log;
  return (
    <p class={`log-note ${newer ? "newer" : ""}`}>
      <button
        type="button"
        disabled={room.loadingHistory}
        onClick={() => dispatch({ type: "history", room: room.key, ...(newer ? { newer } : {}) })}
      >
        {newer ? t.newer : t.older}
      </button>
    </p>
  );
}
