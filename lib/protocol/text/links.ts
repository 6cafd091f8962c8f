/**
 * The links in a message, as the page shows them: not in code, and not in what it quotes.
 *
 * @module
 */
import { parse } from "./markdown/parse.ts";
import { spokenIn } from "./markdown/tree.ts";

/** Whether a text can have a link to the web. Most texts cannot: they need not be parsed. */
export function mayLink(text: string): boolean {
  return /https?:\/\/|www\./i.test(text);
}

/** The first link to the web in a text, with its fragment; `null` for none. */
export function firstLink(text: string): string | null {
  if (!mayLink(text)) return null;
  for (const piece of spokenIn(parse(text))) {
    if (piece.type === "link" && /^https?:/i.test(piece.href)) return piece.href;
  }
  return null;
}
