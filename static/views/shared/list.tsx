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
export function List(props: { class: string; busy?: boolean; children: ComponentChildren }) {
  const list = useRef<HTMLUListElement>(null);
  const entries = () => [...list.current?.querySelectorAll<HTMLElement>("li > button") ?? []];
  const stopAt = (stop: HTMLElement | undefined) => {
    for (const entry of entries()) entry.tabIndex = entry === stop ? 0 : -1;
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
    const from = all.indexOf(event.target as HTMLElement);
    const next = all[move(from, all.length)];
    if (from < 0) return;
    event.preventDefault();
    next?.focus();
  };
  return (
    <ul
      ref={list}
      class={props.class}
      role="list"
      aria-busy={props.busy}
      onKeyDown={onKeyDown}
      onFocusIn={({ target }) => stopAt(target as HTMLElement)}
    >
      {props.children}
    </ul>
  );
}
