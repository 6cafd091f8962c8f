/** What becomes of what is in view: it is read, and it is where one comes back to. */
import { useEffect, useRef, useState } from "preact/hooks";
import { readUpTo } from "../select.ts";
import { shows } from "../state/parts.ts";
import type { Place, Room } from "../state/types.ts";
import { useActions } from "./context.ts";
import type { View } from "./scroller.tsx";

/** How long messages must be in view before they count as read, in ms. */
const readAfter = 400;
/** How long after one has moved the new place is remembered, in ms. */
const placeAfter = 200;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Whoever looks at a room's log. */
export interface Reader {
  /** Takes in what is in view now. */
  readonly look: (view: View) => void;
  /** What was in view when somebody last looked. */
  readonly view: () => View;
  /** Whether what is shown reaches over a `seq`. */
  readonly isThere: (seq: number) => boolean;
}

/** The reader of a room. */
export function useReader(room: Room): Reader {
  const view = useRef<View>({ atEnd: false });
  const read = useReading(room, view);
  const place = usePlace(room);
  return {
    look: (now) => {
      view.current = now;
      read();
      place(now);
    },
    view: () => view.current,
    isThere: (seq) => room.loaded && shows(room, seq),
  };
}

/** Tells how far one has read, once it was in view for a moment in a visible page. */
function useReading(room: Room, view: { readonly current: View }): () => void {
  const { dispatch } = useActions();
  const visible = useVisible();
  const now = useRef(room);
  now.current = room;
  const timer = useRef<Timer>(undefined);
  // Not put off by what comes meanwhile: where messages never stop, the mark must move all the same.
  const read = () => {
    if (timer.current !== undefined || !isUnread(now.current, view.current)) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      if (document.hidden || !isUnread(now.current, view.current)) return;
      const { name: room } = now.current;
      const upTo = view.current.atEnd ? {} : { seq: readUpTo(now.current, view.current) };
      dispatch({ type: "seen", room, ...upTo });
    }, readAfter);
  };
  useEffect(() => {
    if (!visible) return;
    const { name, unread, divider } = now.current;
    // What came while nobody looked begins with a line.
    if (unread > 0 && divider === undefined) dispatch({ type: "open", room: name });
    read();
  }, [visible, room.live]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return read;
}

function isUnread(room: Room, view: View): boolean {
  return room.live && readUpTo(room, view) > room.read;
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const update = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return visible;
}

/** Remembers where one reads: at once when one leaves the end, comes to it or goes elsewhere. */
function usePlace({ name: room, place: known }: Room): (view: View) => void {
  const { dispatch } = useActions();
  const place = useRef<Place | undefined>(undefined);
  const told = useRef(known);
  const timer = useRef<Timer>(undefined);
  const tell = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (told.current === place.current) return;
    told.current = place.current;
    dispatch({ type: "place", room, ...(place.current && { place: place.current }) });
  };
  useEffect(() => tell, []);
  return (view) => {
    place.current = view.atEnd ? undefined : view.place;
    if ((place.current === undefined) !== (told.current === undefined)) tell();
    else timer.current ??= setTimeout(tell, placeAfter);
  };
}
