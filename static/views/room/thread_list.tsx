/** The threads that the user follows. */
import { useEffect, useRef } from "preact/hooks";
import type { ThreadListing } from "../../../lib/protocol/frames.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { StateDialogProps, StateProps } from "../shared/deferred_views.ts";
import { List } from "../shared/list.tsx";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { Icon } from "../shared/parts.tsx";
import { Count } from "../shared/unread.tsx";

/** How many threads are listed: those with the newest replies. */
const listedMax = 100;

/** The entry in the sidebar. It is always there: if it came later, it would move the lists. */
export function ThreadsEntry({ state, onOpen }: StateProps & { readonly onOpen: () => void }) {
  const threads = useFollowed(state);
  const unread = threads?.reduce((sum, one) => sum + one.unread, 0) ?? 0;
  return (
    <section>
      <button
        type="button"
        class={`place ${unread > 0 ? "has-unread" : ""}`}
        onClick={onOpen}
      >
        <Icon name="thread" />
        <span class="place-name">{deferredStrings.thread.all}</span>
        {unread > 0 && <Count count={unread} />}
      </button>
    </section>
  );
}

/** The panel: the thread with the newest reply is first. */
export function ThreadList({ state, onClose }: StateDialogProps) {
  const { dispatch } = useActions();
  const threads = useFollowed(state);
  const t = deferredStrings.thread;
  const open = ({ room_id: room, thread: seq }: ThreadListing) => {
    dispatch({ type: "open", room });
    dispatch({ type: "thread", thread: { room, seq } });
  };
  return (
    <PanelFrame title={t.all} onClose={onClose}>
      {threads === undefined && <p class="quiet">{strings.loading}</p>}
      {threads?.length === 0 && <p class="quiet">{t.noThreads}</p>}
      <List class="hits">
        {threads?.toSorted((a, b) => lastOf(b) - lastOf(a)).map((one) => (
          <li key={`${one.room_id} ${one.thread}`}>
            <button
              type="button"
              class="hit"
              onClick={() =>
                open(one)}
            >
              <span class="hit-head">
                <span class="hit-room">
                  {joined([
                    titleOf(state.rooms.get(one.room_id)?.name ?? one.room),
                    one.root.sender,
                  ], " · ")}
                </span>
                <time>{whenOf(lastOf(one), Date.now())}</time>
              </span>
              <span class="hit-text" dir="auto">
                {one.root.deleted ? strings.log.deleted({ count: 1 }) : wordsOf(gistOf(one.root))}
              </span>
              <span class="hit-head">
                <span class="hit-room">
                  {t.replies({ count: one.root.replies?.count ?? 0 })}
                </span>
                {one.unread > 0 && <Count count={one.unread} />}
              </span>
            </button>
          </li>
        ))}
      </List>
    </PanelFrame>
  );
}

function lastOf({ root }: ThreadListing): number {
  return root.replies?.last_at ?? root.at;
}

/** Returns the followed threads, and asks for them when the page does not know them any more. */
function useFollowed({ ready, lists: { threads: list } }: PageState) {
  const { dispatch } = useActions();
  const last = useRef<readonly ThreadListing[] | undefined>(undefined);
  const isMissing = ready && list === undefined;
  useEffect(() => {
    if (!isMissing) return;
    dispatch({ type: "order", order: { type: "list_threads", limit: listedMax } });
  }, [isMissing]);
  // While it asks anew, it shows what it knew.
  if (list !== undefined) last.current = list.threads;
  return last.current;
}
