/** Announces new messages in the open room, and what became of the user's own acts, to a screen reader. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../../lib/protocol/frames.ts";
import { listen, type ListenPosition, outcomes, spoken } from "./announcements.ts";
import { currentRoom, isFolded } from "../../state/selectors.ts";
import type { StateProps } from "../shared/deferred_views.ts";

/** How long messages are collected before they are announced together, in ms. */
const gatherFor = 1_000;

/**
 * A visually hidden live region. The log itself announces nothing: its rows come and go as the user
 * scrolls, and a screen reader would announce each of them.
 */
export function Announcer({ state }: StateProps) {
  const room = currentRoom(state);
  const position = useRef<ListenPosition | undefined>(undefined);
  const gathered = useRef<Message[]>([]);
  const pending = useRef(state.pending);
  const done = useRef<string[]>([]);
  const [announced, announce] = useState({ times: 0, lines: [] as readonly string[] });
  const [due, setDue] = useState(false);
  const name = room?.name ?? "";
  useEffect(() => {
    const thread = state.thread?.room === room?.key ? state.thread?.seq : undefined;
    const { position: now, news } = listen(position.current, room, state.me, thread);
    position.current = now;
    gathered.current.push(...news.filter((message) => !isFolded(state, message)));
    if (gathered.current.length > 0) setDue(true);
  }, [room]);
  useEffect(() => {
    const ended = outcomes(pending.current, state.pending);
    pending.current = state.pending;
    // A button that stays pressed says so itself.
    if (document.activeElement?.matches(".reaction")) return;
    done.current.push(...ended);
    if (done.current.length > 0) setDue(true);
  }, [state.pending]);
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(() => {
      setDue(false);
      const lines = [...done.current, ...spoken(name, gathered.current)];
      gathered.current = [];
      done.current = [];
      announce(({ times }) => ({ times: times + 1, lines }));
    }, gatherFor);
    return () => clearTimeout(timer);
  }, [due]);
  // Messages collected in another room are not announced in this one.
  useEffect(() => {
    gathered.current = [];
    announce(({ times }) => ({ times, lines: [] }));
  }, [room?.key]);
  return (
    <div class="sr-only announcer" aria-live="polite" aria-relevant="additions">
      {/* A new element each time, so that the same text is announced again. */}
      {announced.lines.map((line, index) => <p key={`${announced.times} ${index}`}>{line}</p>)}
    </div>
  );
}
