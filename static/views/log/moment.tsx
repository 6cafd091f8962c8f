/** Times, and days that are kept up to date while the page is open. */
import { useEffect, useRef, useState } from "preact/hooks";
import { agoOf, dayOf, momentOf, timeOf } from "../../strings/format.ts";

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

/** A time of day. Its title has the day too, and says how long ago it was. */
export function Moment({ at, class: name }: { at: number; class?: string }) {
  const full = momentOf(at);
  return (
    <time
      class={name}
      dateTime={new Date(at).toISOString()}
      title={full}
      onPointerEnter={({ currentTarget }) => {
        currentTarget.title = `${full} (${agoOf(at, Date.now())})`;
      }}
    >
      {timeOf(at)}
    </time>
  );
}

/** A day in words: today becomes yesterday. */
export function Day({ at }: { at: number }) {
  return <span translate={false}>{useNow((now) => dayOf(at, now))}</span>;
}
