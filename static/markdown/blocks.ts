/**
 * Takes a text apart into what stands on lines of its own, by CommonMark 0.31 as far as people use
 * it in chats. Each line is looked at once for each block that it stands in, and those are few.
 *
 * @module
 */
import { inlinesOf } from "./inlines.ts";
import type { Block, Item } from "./tree.ts";

/** How deep blocks stand in blocks; what is deeper stays as it was typed. */
const depthMax = 6;

const blank = /^\s*$/;
const quoteMark = /^ {0,3}> ?/;
const heading = /^ {0,3}#{1,6}[ \t]+(?=\S)(.*)$/;
/** The opening of a block of code, and the name of a language behind it. */
const fence = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})[ \t]*([\w+#.-]{1,20})?/;
/** Before an item of a list, and what the item says in its first line. `* * *` is no list. */
const marker =
  /^(?! *(?<rule>[-*])(?: *\k<rule>){2,} *$)(?<indent> {0,3})(?<mark>[-+*]|(?<number>\d{1,9})[.)])(?:(?<gap>[ \t]+)(?<words>\S.*)|\s*)$/;
const checkbox = /^\[([ xX])\][ \t]+(?=\S)/;

/** Reads lines one after the other. */
interface Reader {
  readonly lines: readonly string[];
  at: number;
  /** How many blocks the lines stand in. */
  readonly depth: number;
}

function markerOf(line: string): Readonly<Record<string, string | undefined>> {
  return marker.exec(line)?.groups ?? {};
}

/** Takes lines apart into blocks. */
export function blocksIn(lines: readonly string[], depth = 0): readonly Block[] {
  const reader: Reader = { lines, at: 0, depth };
  const blocks: Block[] = [];
  while (reader.at < lines.length) {
    if (blank.test(lineOf(reader))) reader.at += 1;
    else blocks.push(readCode(reader) ?? readHeading(reader) ?? readNested(reader));
  }
  return blocks;
}

function lineOf({ lines, at }: Reader): string {
  return lines[at] ?? "";
}

function readCode(reader: Reader): Block | undefined {
  const [, indent = "", mark, language] = fence.exec(lineOf(reader)) ?? [];
  if (mark === undefined) return undefined;
  const end = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  const inner = new RegExp(`^ {0,${indent.length}}`);
  const start = ++reader.at;
  while (reader.at < reader.lines.length && !end.test(lineOf(reader))) reader.at += 1;
  const lines = reader.lines.slice(start, reader.at++).map((line) => line.replace(inner, ""));
  // Many close a block where its last line ends.
  const text = lines.join("\n").replace(/(?<!`)`{3,}$/, "");
  return { type: "code", text, ...(language && { language: language.toLowerCase() }) };
}

function readHeading(reader: Reader): Block | undefined {
  const text = heading.exec(lineOf(reader))?.[1];
  if (text === undefined) return undefined;
  reader.at += 1;
  return {
    type: "heading",
    children: inlinesOf(text.trimEnd().replace(/(?<![ \t#])[ \t]+#+$/, "")),
  };
}

function readNested(reader: Reader): Block {
  if (reader.depth < depthMax) {
    if (quoteMark.test(lineOf(reader))) return readQuote(reader);
    if (markerOf(lineOf(reader)).words !== undefined) return readList(reader);
  }
  return readParagraph(reader);
}

/** An answer right below a quotation is not part of it, other than in CommonMark. */
function readQuote(reader: Reader): Block {
  const inner: string[] = [];
  for (; quoteMark.test(lineOf(reader)); reader.at += 1) {
    inner.push(lineOf(reader).replace(quoteMark, ""));
  }
  return { type: "quote", children: blocksIn(inner, reader.depth + 1) };
}

function readList(reader: Reader): Block {
  const items: Item[] = [];
  const { mark = "", number } = markerOf(lineOf(reader));
  const kind = mark.at(-1);
  while (markerOf(lineOf(reader)).mark?.at(-1) === kind) items.push(readItem(reader));
  return { type: "list", items, ...(number === undefined ? {} : { start: Number(number) }) };
}

/** An item goes on in lines as far to the right as its words, and in those of a paragraph. */
function readItem(reader: Reader): Item {
  const { indent = "", mark = "", gap = " ", words = "" } = markerOf(lineOf(reader));
  const width = indent.length + mark.length + (gap.length > 4 ? 1 : gap.length);
  const inner = new RegExp(`^(?: {${width}}| {0,${width - 1}}\\t)`);
  const checked = words.replace(checkbox, (_, check: string) => check === " " ? "☐ " : "☑ ");
  const lines = [checked];
  let wasBlank = checked === "";
  for (reader.at += 1; reader.at < reader.lines.length; reader.at += 1) {
    const line = lineOf(reader);
    const isBlank = blank.test(line);
    const goesOn = isBlank || inner.test(line) ||
      (!wasBlank && !interrupts(line, reader.depth, true));
    if (!goesOn) break;
    lines.push(line.replace(inner, ""));
    wasBlank = isBlank;
  }
  return blocksIn(lines, reader.depth + 1);
}

function readParagraph(reader: Reader): Block {
  const lines = [lineOf(reader)];
  for (reader.at += 1; reader.at < reader.lines.length; reader.at += 1) {
    const line = lineOf(reader);
    if (blank.test(line) || interrupts(line, reader.depth, false)) break;
    lines.push(line);
  }
  return { type: "paragraph", children: inlinesOf(lines.join("\n")) };
}

/**
 * Whether a line ends the paragraph before it. Outside of a list a number other than 1 does not:
 * it may be the end of a sentence.
 */
function interrupts(line: string, depth: number, inList: boolean): boolean {
  if (fence.test(line) || heading.test(line)) return true;
  if (depth >= depthMax) return false;
  if (quoteMark.test(line)) return true;
  const { mark, number, words } = markerOf(line);
  if (mark === undefined) return false;
  return inList || (words !== undefined && (number === undefined || Number(number) === 1));
}
