/** A list of buttons that is one stop for Tab. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** How the keys move between the entries; beyond the ends nothing happens. */
const MOVES: Readonly<Record<string, (from: number, count: number) => number>> = {
  ArrowDown: (from) => from + 1,
  ArrowUp: (from) => from - 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/**
 * Renders a list whose entries are buttons, one in each `li`. Tab stops once, at the entry that had the
 * focus, or else at the current one; the arrow keys, Home and End move between the entries.
 */
export function List(props: {
  class: string;
  busy?: boolean;
  /** A list of which not all entries are in the document: their number, and how to go to one. */
  far?: { readonly count: number; readonly show: (index: number) => void };
  /** Is set to the element. */
  list?: { current: HTMLUListElement | null };
  onFocusKey?: (key: string | undefined) => void;
  children: ComponentChildren;
}) {
  const { far } = props;
  const own = useRef<HTMLUListElement>(null);
  const list = props.list ?? own;
  const entries = () => [...list.current?.querySelectorAll<HTMLElement>("li > button") ?? []];
  const stopAt = (stop: HTMLElement | undefined) => {
    for (const entry of entries()) {
      const reach = entry === stop ? 0 : -1;
      if (entry.getAttribute("tabindex") !== `${reach}`) entry.tabIndex = reach;
    }
  };
  useLayoutEffect(() => {
    const all = entries();
    stopAt(
      all.find((entry) => entry === document.activeElement) ??
        all.find((entry) => entry.ariaCurrent !== null) ?? all[0],
    );
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = entries();
    const entry = event.target as HTMLElement;
    const at = all.indexOf(entry);
    if (at < 0) return;
    event.preventDefault();
    if (far) far.show(move(Number(entry.parentElement!.ariaPosInSet) - 1, far.count));
    else all[move(at, all.length)]?.focus();
  };
  return (
    <ul
      ref={list}
      class={props.class}
      role="list"
      aria-busy={props.busy}
      onKeyDown={onKeyDown}
      onFocusIn={({ target }) => {
        stopAt(target as HTMLElement);
        props.onFocusKey?.((target as HTMLElement).parentElement?.dataset.key);
      }}
    >
      {props.children}
    </ul>
  );
}
