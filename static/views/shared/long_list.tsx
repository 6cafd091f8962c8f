/**
 * A long list: only the entries in view, and a few around them, are in the document.
 *
 * @module
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { List } from "./list.tsx";
import type { ListRow, LongListProps, RowRange } from "./deferred_views.ts";

/** The entries are rendered in steps of so many. */
const STEP = 10;
/** Up to this number of entries, all are rendered. */
const SHORT = 3 * STEP;
/** How many entries one gap stands for at most. */
const GAP = 100;
/** The height of an entry with the space before it, and of that space, in px, until both are known. */
const PITCH = { entry: 35, space: 1 };

/**
 * Renders the list. Gaps take the place of the entries that are not in the document: the browser
 * finds the names in them. Whatever is in view, the entry that is a stop for Tab is there, the open
 * one, and the first one below with news.
 */
export function LongList({ rows, size = rows.length, onView, ...props }: LongListProps) {
  const list = useRef<HTMLUListElement>(null);
  const [view, setView] = useState({ from: 0, to: 2 * STEP });
  /** The key of the entry that had the focus last. */
  const [focused, setFocused] = useState<string>();
  /** The index of an entry that the keys lead to. */
  const [wanted, want] = useState<number>();
  const pitch = useRef(PITCH);

  const update = () => {
    const { current } = list;
    if (current === null) return;
    pitch.current = pitchIn(current) ?? pitch.current;
    const { top } = current.getBoundingClientRect();
    const at = (y: number, round: (steps: number) => number) =>
      STEP * round((y - top) / pitch.current.entry / STEP);
    const from = Math.max(0, at(0, Math.floor) - STEP);
    const to = Math.min(rows.length, Math.max(from, at(innerHeight, Math.ceil)) + STEP);
    if (from !== view.from || to !== view.to) setView({ from, to });
  };
  const latest = useRef(update);
  latest.current = update;
  useLayoutEffect(() => {
    const onChange = () => latest.current();
    // Whatever scrolls around the list; and what makes it move without that brings a gap into view.
    document.addEventListener("scroll", onChange, { capture: true, passive: true });
    addEventListener("resize", onChange);
    const observer = new IntersectionObserver(onChange);
    const changed = new MutationObserver(() => observe());
    const observe = () => {
      observer.disconnect();
      for (const gap of list.current?.querySelectorAll(":scope > .gap") ?? []) {
        observer.observe(gap);
      }
    };
    if (list.current !== null) changed.observe(list.current, { childList: true });
    observe();
    return () => {
      document.removeEventListener("scroll", onChange, { capture: true });
      removeEventListener("resize", onChange);
      observer.disconnect();
      changed.disconnect();
    };
  }, []);
  useLayoutEffect(update, [rows.length]);
  useEffect(() => onView?.(view), [view, rows.length]);
  useLayoutEffect(() => {
    if (wanted === undefined) return;
    const entry = list.current?.querySelector(`:scope > [aria-posinset="${wanted + 1}"]`);
    entry?.querySelector<HTMLElement>(":scope > button")?.focus();
    want(undefined);
  }, [wanted]);

  const shown = rows.length <= SHORT ? { from: 0, to: rows.length } : view;
  return (
    <List
      class={props.class}
      list={list}
      far={{ count: rows.length, show: (index) => rows[index] && want(index) }}
      onFocusKey={setFocused}
    >
      {partsOf(rows, shownIn(rows, shown, focused, wanted)).map((part) =>
        typeof part === "number"
          ? (
            <li
              key={rows[part]!.key}
              data-key={rows[part]!.key}
              aria-posinset={part + 1}
              aria-setsize={size}
            >
              {rows[part]!.view()}
            </li>
          )
          : (
            <li
              key={`gap ${part.from} ${part.to}`}
              class="gap"
              aria-hidden="true"
              hidden="until-found"
              style={{ height: heightOf(part, pitch.current) }}
            >
              {rows.slice(part.from, part.to).map(({ text }) => text).join("\n")}
            </li>
          )
      )}
    </List>
  );
}

/** The entries that a gap replaces. */
type Gap = RowRange;

function heightOf({ from, to }: Gap, { entry, space }: typeof PITCH): string {
  return `${(to - from) * entry - space}px`;
}

/** Returns the indices of the entries that are in the document, in order. */
function shownIn(
  rows: readonly ListRow[],
  { from, to }: Gap,
  focused: string | undefined,
  wanted: number | undefined,
): readonly number[] {
  const shown = new Set<number>();
  for (let n = from; n < Math.min(to, rows.length); n++) shown.add(n);
  let isNewsBelow = false;
  for (const [n, { key, isOpen, hasNews }] of rows.entries()) {
    const isFirstNews: boolean = !isNewsBelow && hasNews === true && n >= to;
    isNewsBelow ||= isFirstNews;
    if (isOpen || isFirstNews || key === focused || n === wanted) shown.add(n);
  }
  return [...shown].sort((a, b) => a - b);
}

/** Puts gaps between the entries that are in the document. */
function partsOf(rows: readonly ListRow[], shown: readonly number[]): readonly (number | Gap)[] {
  const parts: (number | Gap)[] = [];
  let next = 0;
  for (const index of [...shown, rows.length]) {
    while (next < index) {
      const to = Math.min(index, (Math.floor(next / GAP) + 1) * GAP);
      parts.push({ from: next, to });
      next = to;
    }
    if (index < rows.length) parts.push(index);
    next = index + 1;
  }
  return parts;
}

/** Measures two entries that follow each other. */
function pitchIn(list: HTMLElement): typeof PITCH | undefined {
  for (const entry of list.querySelectorAll(":scope > [aria-posinset] + [aria-posinset]")) {
    const [above, here] = [entry.previousElementSibling!, entry].map((one) =>
      one.getBoundingClientRect()
    );
    if (here!.height > 0) {
      return { entry: here!.top - above!.top, space: here!.top - above!.bottom };
    }
  }
  return undefined;
}
