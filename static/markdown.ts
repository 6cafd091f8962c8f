/**
 * What messages are made of. Reading Markdown is loaded beside the page, and remembered for each
 * text: rows of a log come and go, and are drawn again when anything about them changes.
 *
 * @module
 */
import { type Block, plain, textOf } from "./markdown/tree.ts";

/** How many texts are remembered; a screen shows some fifty. */
const rememberedMax = 500;

type Parse = (text: string) => readonly Block[];

let parse: Parse | undefined;
const remembered = new Map<string, readonly Block[]>();

let loading: Promise<void> | undefined;

/** Loads what reads Markdown, once. Where that fails messages are shown as they were typed. */
export function loadMarkdown(): Promise<void> {
  return loading ??= load();
}

async function load(): Promise<void> {
  try {
    parse = (await import("./markdown/parse.ts")).parse;
  } catch {
    // No line, or a newer server that has it no longer: what people wrote can be read all the same.
  }
}

/** What a message is made of. */
export function blocksOf(text: string): readonly Block[] {
  if (parse === undefined) return plain(text);
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
