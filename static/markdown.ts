/**
 * What messages are made of. It is remembered for each text: rows of a log come and go, and are
 * drawn again when anything about them changes.
 *
 * @module
 */
import { parse } from "./markdown/parse.ts";
import { type Block, textOf } from "./markdown/tree.ts";

/** How many texts are remembered; a screen shows some fifty. */
const rememberedMax = 500;

const remembered = new Map<string, readonly Block[]>();

/** What a message is made of. */
export function blocksOf(text: string): readonly Block[] {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const blocks = parse(text);
  // The oldest makes room; a map remembers in which order it was filled.
  if (remembered.size >= rememberedMax) remembered.delete(remembered.keys().next().value!);
  remembered.set(text, blocks);
  return blocks;
}

/** What a text says in one line, without its Markdown. */
export function wordsOf(text: string): string {
  return textOf(blocksOf(text));
}

/** Whether a text is nothing but a few emoji, which deserve to be seen. */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 64 && /^\p{RGI_Emoji}{1,6}$/v.test(text.replace(/\s/g, ""));
}
