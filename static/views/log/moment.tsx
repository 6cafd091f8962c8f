/** Relative times and days, kept up to date while the page is open. */
import { useEffect, useRef, useState } from "preact/hooks";
import { agoOf, dayOf, momentOf } from "../../strings/format.ts";

/** How often times are updated, in ms. */
const tickEvery = 15_000;

const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** One timer updates every time on the page. */
function watch(update: () => void): () => void {
  watchers.add(update);
  ticking ??= setInterval(() => {
    for (const one of watchers) one();
  }, tickEvery);
  return () => {
    watchers.delete(update);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** Returns a text for the present time; renders again only when the text changes. */
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

/** A time: relative while it is recent; the exact time is in the title. */
export function Moment({ at }: { at: number }) {
  const text = useNow((now) => agoOf(at, now));
  // It changes with time, which a translated text would not.
  return (
    <time translate={false} dateTime={new Date(at).toISOString()} title={momentOf(at)}>{text}</time>
  );
}

/** A day in words: today becomes yesterday. */
export function Day({ at }: { at: number }) {
  return <span translate={false}>{useNow((now) => dayOf(at, now))}</span>;
}
