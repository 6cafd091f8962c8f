/** The threads that the user follows. */
import { useEffect, useRef } from "preact/hooks";
import type { Notice, ThreadListing } from "../../../lib/protocol/frames.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { ListRow, StateDialogProps, StateProps } from "../shared/deferred_views.ts";
import { LongList } from "../shared/long_list.tsx";
import { PageError } from "../shared/page_error.tsx";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { Icon } from "../shared/parts.tsx";
import { Count } from "../shared/unread.tsx";
import { usePages } from "../shared/use_pages.ts";

/** How many threads the page always knows: those with the newest replies. */
const knownMax = 100;

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

/** The panel: the thread with the newest reply is first; the others follow in pages. */
export function ThreadList({ state, onClose }: StateDialogProps) {
  const { dispatch } = useActions();
  const known = useFollowed(state);
  const pages = usePages({
    path: state.ready ? "/api/threads" : undefined,
    query: "",
    place: "before",
    // Not with every reply: what the page knows is up to date.
    version: state.lists.threads?.key,
    entriesIn: ({ threads }: Extract<Notice, { type: "threads" }>) => threads,
    keyOf: placeOf,
  });
  const t = deferredStrings.thread;
  const open = ({ room_id: room, thread: seq }: ThreadListing) => {
    dispatch({ type: "open", room });
    dispatch({ type: "thread", thread: { room, seq } });
  };
  const threads = known && newestFirst([...pages.entries, ...known]);
  const rows = (threads ?? []).map((one): ListRow => ({
    key: nameOf(one),
    text: textOf(one),
    view: () => <Followed state={state} one={one} open={open} />,
  }));
  return (
    <PanelFrame title={t.all} onClose={onClose}>
      {threads === undefined && <p class="quiet">{strings.loading}</p>}
      {threads?.length === 0 && <p class="quiet">{t.noThreads}</p>}
      <LongList
        class="hits threads"
        rows={rows}
        size={pages.next === undefined ? rows.length : -1}
        onView={({ from, to }) => pages.onView(threads?.[from - 1], rows.length - to)}
      />
      <PageError {...pages} />
    </PanelFrame>
  );
}

function Followed({ state, one, open }: StateProps & {
  readonly one: ThreadListing;
  readonly open: (one: ThreadListing) => void;
}) {
  const name = state.rooms.get(one.room_id)?.name ?? one.room;
  return (
    <button type="button" class="hit" onClick={() => open(one)}>
      <span class="hit-head">
        <span class="hit-room">{joined([titleOf(name), one.root.sender], " · ")}</span>
        <time>{whenOf(lastOf(one), Date.now())}</time>
      </span>
      <span class="hit-text" dir="auto">{textOf(one)}</span>
      <span class="hit-head">
        <span class="hit-room">
          {deferredStrings.thread.replies({ count: one.root.replies?.count ?? 0 })}
        </span>
        {one.unread > 0 && <Count count={one.unread} />}
      </span>
    </button>
  );
}

/** Sorts threads; of two states of one thread, the later one in the list counts. */
function newestFirst(threads: readonly ThreadListing[]): readonly ThreadListing[] {
  const latest = new Map(threads.map((one) => [nameOf(one), one]));
  return [...latest.values()].sort((a, b) => lastOf(b) - lastOf(a));
}

function nameOf({ room_id, thread }: ThreadListing): string {
  return `${room_id} ${thread}`;
}

/** The place of a thread in the list, as the server writes it into `next`. */
function placeOf(one: ThreadListing): string {
  return `${lastOf(one)}-${one.thread}-${one.room_id}`;
}

function textOf({ root }: ThreadListing): string {
  return root.deleted ? strings.log.deleted({ count: 1 }) : wordsOf(gistOf(root));
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
    dispatch({ type: "order", order: { type: "list_threads", limit: knownMax } });
  }, [isMissing]);
  // While it asks anew, it shows what it knew.
  if (list !== undefined) last.current = list.threads;
  return last.current;
}
