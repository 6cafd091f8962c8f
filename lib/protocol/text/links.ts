/**
 * The links in a message, as the page shows them: not in code, and not in what it quotes.
 *
 * @module
 */
import { parse } from "./markdown/parse.ts";
import type { Block, Inline } from "./markdown/tree.ts";

/** Whether a text can have a link to the web. Most texts cannot: they need not be parsed. */
export function mayLink(text: string): boolean {
  return /https?:\/\/|www\./i.test(text);
}

/** The first link to the web in a text, with its fragment; `null` for none. */
export function firstLink(text: string): string | null {
  if (!mayLink(text)) return null;
  for (const href of linksIn(parse(text))) if (/^https?:/i.test(href)) return href;
  return null;
}

function* linksIn(blocks: readonly Block[]): Generator<string, void> {
  for (const block of blocks) {
    if (block.type === "paragraph" || block.type === "heading") yield* linksOf(block.children);
    else if (block.type === "list") { for (const item of block.items) yield* linksIn(item); }
  }
}

function* linksOf(inlines: readonly Inline[]): Generator<string, void> {
  for (const inline of inlines) {
    if (inline.type === "link") yield inline.href;
    else if (inline.type === "em" || inline.type === "strong" || inline.type === "del") {
      yield* linksOf(inline.children);
    }
  }
}
