/**
 * The one way of text into the page. Every text and every attribute that shows text is balanced as
 * it is rendered, whoever wrote it and whichever view shows it: what a user writes cannot turn the
 * direction of what stands around it, not even out of a `<bdi>`, which a stray mark would end.
 * Fields keep what is typed into them.
 *
 * @module
 */
import { options, type VNode } from "preact";
import { balanced } from "../../strings/isolate.ts";

/** The attributes that show, read out or suggest a text. */
const ATTRIBUTES = ["title", "aria-label", "alt", "placeholder", "download"] as const;

/** Balances every text that is rendered from now on. */
export function balanceAllText(): void {
  const before = options.vnode;
  options.vnode = (vnode) => {
    before?.(vnode);
    balanceTextOf(vnode);
  };
}

function balanceTextOf({ type, props }: VNode): void {
  const own = props as unknown as Record<string, unknown>;
  const { children } = own;
  const shown = balancedChildren(children);
  if (shown !== children) own.children = shown;
  if (typeof type !== "string") return;
  for (const name of ATTRIBUTES) {
    const value = own[name];
    if (typeof value === "string") own[name] = balanced(value);
  }
}

/** The same children, if there is nothing to balance: most often nothing is copied. */
function balancedChildren(children: unknown): unknown {
  if (typeof children === "string") return balanced(children);
  if (!Array.isArray(children)) return children;
  let copy: unknown[] | undefined;
  for (const [place, child] of children.entries()) {
    const shown = balancedChildren(child);
    if (shown === child) continue;
    copy ??= [...children];
    copy[place] = shown;
  }
  return copy ?? children;
}
