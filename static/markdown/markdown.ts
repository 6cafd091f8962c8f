/**
 * Parses the Markdown of messages. The result is cached by text: rows of the log come and go, and
 * render again whenever anything about them changes.
 *
 * @module
 */
import { lazyModule } from "../util/lazy_module.ts";
import { isPlain, plain } from "../../lib/protocol/text/markdown/plain.ts";
import { type Block, textOf } from "../../lib/protocol/text/markdown/tree.ts";

/** The parser. Until it is loaded, the page shows texts as they were typed. */
export const parser = lazyModule(() => import("../../lib/protocol/text/markdown/parse.ts"));

/** How many texts are cached; a screen shows about fifty. */
const cacheMax = 500;

const cache = new Map<string, readonly Block[]>();

/** Whether a text cannot be parsed before the parser is loaded. */
export function waitsForParser(text: string): boolean {
  return parser.loaded === undefined && !isPlain(text);
}

/** Parses a message into blocks; without the parser, as plain text. */
export function blocksOf(text: string): readonly Block[] {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const read = isPlain(text) ? plain : parser.loaded?.parse;
  if (read === undefined) return plain(text);
  const blocks = read(text);
  // Evicts the oldest entry; a map keeps its insertion order.
  if (cache.size >= cacheMax) cache.delete(cache.keys().next().value!);
  cache.set(text, blocks);
  return blocks;
}

/** Returns a text in one line, without its Markdown. */
export function wordsOf(text: string): string {
  return textOf(blocksOf(text));
}

/** Whether a text is only a few emoji, which are shown large. */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 64 && /^\p{RGI_Emoji}{1,6}$/v.test(text.replace(/\s/g, ""));
}
