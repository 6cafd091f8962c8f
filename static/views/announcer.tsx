/** Tells a screen reader what is said in the room that is open. */
import { useEffect, useRef, useState } from "preact/hooks";
import { foldRoom, type Message } from "../../lib/protocol.ts";
import { type Heard, listen, spoken } from "../announce.ts";
import { currentRoom, isFolded } from "../select.ts";
import type { State } from "../state.ts";

/** How long messages are gathered before they are told together, in ms. */
const gatherFor = 1_000;

/**
 * Out of sight. The log itself announces nothing: rows come into it and leave it as one scrolls,
 * and a screen reader would take each of them for news.
 */
export function Announcer({ state }: { state: State }) {
  const room = currentRoom(state);
  const heard = useRef<Heard | undefined>(undefined);
  const gathered = useRef<Message[]>([]);
  const [told, tell] = useState({ times: 0, lines: [] as readonly string[] });
  const [due, setDue] = useState(false);
  const name = room?.name ?? "";
  useEffect(() => {
    const { heard: now, news } = listen(heard.current, room, state.me.name);
    heard.current = now;
    gathered.current.push(...news.filter((message) => !isFolded(state, message)));
    if (gathered.current.length > 0) setDue(true);
  }, [room]);
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(() => {
      setDue(false);
      const lines = spoken(name, gathered.current);
      gathered.current = [];
      tell(({ times }) => ({ times: times + 1, lines }));
    }, gatherFor);
    return () => clearTimeout(timer);
  }, [due]);
  // What was gathered in another room is not told in this one.
  useEffect(() => {
    gathered.current = [];
    tell(({ times }) => ({ times, lines: [] }));
  }, [foldRoom(name)]);
  return (
    <div class="sr-only announcer" aria-live="polite" aria-relevant="additions">
      {/* A new element each time: what is said twice is told twice. */}
      {told.lines.map((line, index) => <p key={`${told.times} ${index}`}>{line}</p>)}
    </div>
  );
}
