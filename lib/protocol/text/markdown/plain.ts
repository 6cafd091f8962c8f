/**
 * Texts without Markdown, which most messages are. They need no parser; until the parser is loaded,
 * texts with Markdown are shown the same way.
 *
 * @module
 */
import type { Block, Inline } from "./tree.ts";

/** Any character that may be markup: a delimiter, the beginning of an address or of a block. */
const meaning = /[\\`*_~[\]<@]|:\/\/|www\.|^[ \t]*(?:[#>+|-]|:-|\d+[.)])/im;

/** Whether a text means the same with Markdown as without. */
export function isPlain(text: string): boolean {
  return !meaning.test(text);
}

/** Converts a text as it was typed; empty lines separate its paragraphs. */
export function plain(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  for (const line of [...text.split(/\r\n?|\n/), ""]) {
    if (/[^ \t]/.test(line)) lines.push(line);
    else if (lines.length > 0) {
      blocks.push({ type: "paragraph", children: lines.flatMap(lineOf) });
      lines = [];
    }
  }
  return blocks;
}

/** Converts a line and the break before it. Spaces at its end are invisible and removed. */
function lineOf(line: string, index: number, { length }: readonly string[]): readonly Inline[] {
  let end = line.length;
  while (index < length - 1 && line[end - 1] === " ") end -= 1;
  const text: Inline = { type: "text", text: line.slice(0, end) };
  return index === 0 ? [text] : [{ type: "break" }, text];
}
