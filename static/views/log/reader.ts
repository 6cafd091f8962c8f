/** Tracks what the user reads: moves the read mark, and stores the reading position. */
import { useEffect, useRef, useState } from "preact/hooks";
import { readUpTo } from "../../state/selectors.ts";
import type { ReadingPosition, RoomState } from "../../state/types.ts";
import { hasAttention, onAttention } from "../../util/attention.ts";
import { useActions } from "../shared/context.ts";
import type { Viewport } from "./scroller.tsx";

/** How long messages must be in view before they count as read, in ms. */
const readAfter = 400;
/** How long after scrolling the reading position is stored, in ms. */
const placeAfter = 200;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Tracks the viewport of a room's log. */
export interface ReadTracker {
  /** Records the present viewport. */
  readonly onViewport: (view: Viewport) => void;
  /** Returns the last viewport. */
  readonly view: () => Viewport;
}

/** Tracks what the user reads in a room. */
export function useReader(room: RoomState): ReadTracker {
  const view = useRef<Viewport>({ atEnd: false });
  const read = useReading(room, view);
  const place = usePlace(room);
  return {
    onViewport: (now) => {
      view.current = now;
      read();
      place(now);
    },
    view: () => view.current,
  };
}

/** Moves the read mark to what was in view for a moment while the user looked at the page. */
function useReading(room: RoomState, view: { readonly current: Viewport }): () => void {
  const { dispatch } = useActions();
  const attention = useAttention();
  const now = useRef(room);
  now.current = room;
  const timer = useRef<Timer>(undefined);
  // Not restarted by new messages: the read mark must move even if messages never stop.
  const read = () => {
    if (timer.current !== undefined || !isUnread(now.current, view.current)) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      if (!hasAttention() || !isUnread(now.current, view.current)) return;
      const { key: room } = now.current;
      const upTo = view.current.atEnd ? {} : { seq: readUpTo(now.current, view.current) };
      dispatch({ type: "seen", room, ...upTo });
    }, readAfter);
  };
  useEffect(() => {
    if (!attention) return;
    const { key, unread, divider } = now.current;
    // Messages that arrived while the user looked elsewhere begin with a divider.
    if (unread > 0 && divider === undefined) dispatch({ type: "open", room: key });
    read();
  }, [attention, room.live]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return read;
}

function isUnread(room: RoomState, view: Viewport): boolean {
  return room.live && !room.markedUnread && readUpTo(room, view) > room.read;
}

function useAttention(): boolean {
  const [attention, setAttention] = useState(hasAttention);
  useEffect(() => onAttention(() => setAttention(hasAttention())), []);
  return attention;
}

/**
 * Stores the reading position: at once when the user leaves the end, reaches it or goes elsewhere.
 */
function usePlace({ key: room, place: known }: RoomState): (view: Viewport) => void {
  const { dispatch } = useActions();
  const place = useRef<ReadingPosition | undefined>(undefined);
  const reported = useRef(known);
  const timer = useRef<Timer>(undefined);
  const tell = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (reported.current === place.current) return;
    reported.current = place.current;
    dispatch({ type: "place", room, ...(place.current && { place: place.current }) });
  };
  useEffect(() => tell, []);
  return (view) => {
    place.current = view.atEnd ? undefined : view.place;
    if ((place.current === undefined) !== (reported.current === undefined)) tell();
    else timer.current ??= setTimeout(tell, placeAfter);
  };
}
