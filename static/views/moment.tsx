/** Times as people say them, kept right while the page is open. */
import { useEffect, useRef, useState } from "preact/hooks";
import { agoOf, dayOf, momentOf } from "../format.ts";

/** How often times are looked at anew, in ms. */
const tickEvery = 15_000;

const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** One timer serves every time on the page. */
function watch(look: () => void): () => void {
  watchers.add(look);
  ticking ??= setInterval(() => {
    for (const one of watchers) one();
  }, tickEvery);
  return () => {
    watchers.delete(look);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** What is to be said now; drawn anew only when that is something else. */
function useNow(say: (now: number) => string): string {
  const [, redraw] = useState(0);
  const text = say(Date.now());
  const said = useRef({ text, say });
  said.current = { text, say };
  useEffect(() =>
    watch(() => {
      if (said.current.say(Date.now()) !== said.current.text) redraw((n) => n + 1);
    }), []);
  return text;
}

/** When something was: how long ago while that is worth saying, and exactly for whoever asks. */
export function Moment({ at }: { at: number }) {
  const text = useNow((now) => agoOf(at, now));
  return <time dateTime={new Date(at).toISOString()} title={momentOf(at)}>{text}</time>;
}

/** A day in words. What is today is yesterday tomorrow. */
export function Day({ at }: { at: number }) {
  return <span>{useNow((now) => dayOf(at, now))}</span>;
}
