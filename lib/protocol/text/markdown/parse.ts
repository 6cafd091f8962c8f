/**
 * Parses Markdown as people type it in chats. The library only produces tokens; the result is the
 * tree of `tree.ts`, so that no unknown token can reach the page.
 *
 * What people type without meaning markup stays as it was typed: `2*3*4`, `__init__.py`, paths, and the
 * numbers of lists. A link whose text is the address of another host shows its own address.
 *
 * Unlike in documents, there are no rules, images, HTML, indented code or underlined headings, and a
 * line right below a quotation is not part of it; nor is one without a bar part of the table above.
 *
 * @module
 */
import { Lexer, type Token, Tokenizer, type Tokens } from "marked";
import { UNSPACED } from "../mentions.ts";
import { runsOf } from "./runs.ts";
import {
  type Alignment,
  type Block,
  type Cell,
  type Inline,
  inlineText,
  type Item,
} from "./tree.ts";

/** How deep blocks and inline markup may be nested; deeper markup stays as it was typed. */
const depthMax = 6;
/** The schemes of links that can be opened. A link with another scheme is text. */
const schemes = new Set(["http:", "https:", "mailto:"]);
/** Quoted lines. */
const quoted = /^(?: {0,3}>[^\n]*(?:\n|$))+/;
/** Punctuation after an address in a sentence, which the library counts as part of the address. */
const closing = /[»«“”„‘’›‹。，、！？；：）】』」…]+$/u;
/** The characters that may belong to an address without a label. */
const addressLike = /^[^\s<]+/;
/** The language that a code block may name. */
const languageName = /^[\w+#.-]{1,20}/;

/**
 * A letter or digit before an asterisk makes it a sign of the text: `2*3*4`. In scripts that are
 * written without spaces, emphasis begins there.
 */
const inWord = new RegExp(`[[\\p{L}\\p{N}]--[${UNSPACED}]]$`, "v");
/** A name goes on after the underscores: `__init__.py`. */
const goesOn = /^[^\s\p{L}\p{N}_*~]?[\p{L}\p{N}]/u;
/** Backslashes as in paths, `\\server`, and in a shrug, `¯\_(ツ)_/¯`. */
const plainBackslash = /^\\(?:\\+|_(?=\())/;
/** The line below the header of a table: `|---|:-:|`. */
const delimiterRow = /^\|? *:?-+:? *(?:\| *:?-+:? *)*\|?$/;
/** What begins another block than a row of a table. */
const otherBlock = /^ {0,3}(?:>|#{1,6}(?:\s|$)|[-*+] |\d+[.)] |```|~~~)/;
/** A bar between cells, or a character that is escaped. */
const barOrEscaped = /\\[^]|\|/g;

/** A text that users take for an address. */
const likeAddress = /^(?:https?:\/\/|www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/:?#]|$))\S*$/i;

/** Bounds on the work that the markup in a text may cause. */
export interface ParseBounds {
  /** How many delimiters are parsed together: see `runs.ts`. */
  readonly delimiters: number;
  /**
   * How many characters the rules may scan without a match, per character of the text. The library
   * searches for the end of each mark up to the end of the run. Past the bound, delimiters stay as
   * they were typed.
   */
  readonly scans: number;
  /** The minimum of that bound, for texts too short for the scans to add up. */
  readonly scansMin: number;
  /** How many lines a list may have. The next line begins another list. */
  readonly lines: number;
}

/** Ordinary messages stay far below all of these. */
const BOUNDS: ParseBounds = { delimiters: 1_000, scans: 8, scansMin: 16_000, lines: 1_000 };

/** More consecutive spaces than have a meaning. */
const manySpaces = " ".repeat(32);

class ChatTokenizer extends Tokenizer<never, never> {
  #depth = 0;
  readonly #linesMax: number;
  #scans: number;

  constructor({ scans, scansMin, lines }: ParseBounds, length: number) {
    super();
    this.#linesMax = lines;
    this.#scans = scansMin + scans * length;
  }

  override code = none;
  override hr = none;
  override html = none;
  override def = none;
  override lheading = none;
  override tag = none;
  override reflink = none;

  override blockquote(src: string): Tokens.Blockquote | undefined {
    const raw = quoted.exec(src)?.[0];
    if (raw === undefined) return undefined;
    const text = raw.replace(/^ {0,3}> ?/gm, "");
    const tokens = this.#nested(() => this.lexer.blockTokens(text, []));
    return tokens && { type: "blockquote", raw, text, tokens };
  }

  override list(src: string): Tokens.List | undefined {
    // The library scans the rest of the text once for each item.
    return this.#nested(() => super.list(linesOf(src, this.#linesMax)));
  }

  override table(src: string): Tokens.Table | undefined {
    const lines = linesFrom(src);
    const header = lines.next().value ?? "";
    if (!header.includes("|")) return undefined;
    const marks = lines.next().value ?? "";
    if (!marks.includes("|") || !delimiterRow.test(marks.trim())) return undefined;
    const align = cellsOf(marks).map(alignmentOf);
    const head = cellsOf(header);
    if (head.length !== align.length) return undefined;
    let { length } = header;
    length += 1 + marks.length;
    const rows: string[][] = [];
    for (const line of lines) {
      if (!line.includes("|") || otherBlock.test(line)) break;
      length += 1 + line.length;
      const cells = cellsOf(line);
      // What is beyond the last column stays in it, as it was typed.
      const rest = cells.splice(align.length - 1).join(" | ");
      rows.push(rest === "" ? cells : [...cells, rest]);
    }
    const cell = (text: string) => ({
      ...{ text, tokens: this.lexer.inline(text), header: false, align: null },
    });
    return {
      type: "table",
      raw: src.slice(0, length),
      align: align.map((one) => one ?? null),
      header: head.map(cell),
      rows: rows.map((row) => row.map(cell)),
    };
  }

  override emStrong(
    src: string,
    masked: string,
    before?: string,
  ): Tokens.Em | Tokens.Strong | undefined {
    if (src[0] !== "*" && src[0] !== "_") return undefined;
    if (src[0] === "*" && before !== undefined && inWord.test(before)) {
      return asTyped(/^\*+/.exec(src)![0]);
    }
    const found = this.#within(src, () => super.emStrong(src, masked, before));
    if (found === undefined || src[0] === "*") return found;
    const { raw } = found;
    if (!goesOn.test(src.slice(raw.length, raw.length + 4))) return found;
    return asTyped(raw);
  }

  override escape(src: string): Tokens.Escape | undefined {
    const raw = plainBackslash.exec(src)?.[0];
    return raw === undefined ? super.escape(src) : { type: "escape", raw, text: raw };
  }

  override del(src: string, masked: string, before?: string): Tokens.Del | undefined {
    // A single tilde means "about".
    return src.startsWith("~~")
      ? this.#within(src, () => super.del(src, masked, before))
      : undefined;
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    if (src[0] !== "[" && !src.startsWith("![")) return undefined;
    return this.#within(src, () => super.link(src));
  }

  override url(src: string): Tokens.Link | undefined {
    if (this.#scans < 0) return undefined;
    const found = super.url(src);
    if (found === undefined) return undefined;
    // The library scans to the next space, also where the address ends before it.
    this.#scans -= addressLike.exec(src)![0].length - found.raw.length;
    const extra = closing.exec(found.raw)?.[0].length;
    return extra ? super.url(src.slice(0, found.raw.length - extra)) : found;
  }

  /** The library scans from each of many spaces to the last; these are known to be text. */
  override inlineText(src: string): Tokens.Text | undefined {
    const at = src.indexOf(manySpaces);
    if (at < 0) return super.inlineText(src);
    if (at > 0) return super.inlineText(src.slice(0, at));
    const raw = /^ +/.exec(src)![0];
    return { type: "text", raw, text: raw, escaped: false };
  }

  /** Every line break counts, and so do the spaces after it. */
  override br(src: string): Tokens.Br | undefined {
    const raw = /^ *\n/.exec(src)?.[0];
    return raw === undefined ? undefined : { type: "br", raw };
  }

  /**
   * Tokenizes something whose end may be anywhere, until too many characters were scanned in vain.
   */
  #within<T>(src: string, tokenize: () => T): T | undefined {
    if (this.#scans < src.length) return undefined;
    const found = this.#nested(tokenize);
    if (found === undefined) this.#scans -= src.length;
    return found;
  }

  #nested<T>(tokenize: () => T): T | undefined {
    if (this.#depth === depthMax) return undefined;
    this.#depth += 1;
    try {
      return tokenize();
    } finally {
      this.#depth -= 1;
    }
  }
}

/** A token for what only looks like emphasis. */
function asTyped(raw: string): Tokens.Em & { readonly typed: true } {
  return { type: "em", raw, text: raw, tokens: [], typed: true };
}

function none(): undefined {
  return undefined;
}

/** The lines of a text, one after the other. */
function* linesFrom(text: string): Generator<string, void> {
  for (let start = 0; start <= text.length;) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end < 0 ? text.length : end);
    if (end < 0) return;
    start = end + 1;
  }
}

/** The cells of a row of a table. Bars at its ends are no part of them; `\|` is a bar in a cell. */
function cellsOf(line: string): string[] {
  const row = line.trim().replace(/^\|/, "");
  const cells: string[] = [];
  let start = 0;
  for (const { 0: mark, index } of row.matchAll(barOrEscaped)) {
    if (mark !== "|") continue;
    cells.push(row.slice(start, index));
    start = index + 1;
  }
  if (start < row.length) cells.push(row.slice(start));
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Reads a cell of the line below the header. */
function alignmentOf(marks: string): Alignment {
  const [isLeft, isRight] = [marks.startsWith(":"), marks.endsWith(":")];
  if (isRight) return isLeft ? "center" : "right";
  return isLeft ? "left" : undefined;
}

/** Returns the first lines of a text. */
function linesOf(text: string, max: number): string {
  let end = -1;
  for (let line = 0; line < max; line++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) return text;
  }
  return text.slice(0, end + 1);
}

/** A paragraph, which ends also where a table may begin. */
const paragraph = new RegExp(
  Lexer.rules.block.normal.paragraph.source.replace(
    "(?!",
    String.raw`(?![^\n|]*\|[^\n]*\n {0,3}[|:-][ |:-]*(?:\n|$)|`,
  ),
);

/**
 * Parses the Markdown of a message. Accepts any text, in time linear in its length.
 *
 * @param bounds Other bounds than the page's are for tests.
 */
export function parse(text: string, bounds: ParseBounds = BOUNDS): readonly Block[] {
  const tokenizer = new ChatTokenizer(bounds, text.length);
  const lexer = new Lexer<never, never>({ gfm: true, breaks: true, tokenizer });
  tokenizer.rules = { ...tokenizer.rules, block: { ...tokenizer.rules.block, paragraph } };
  const blocks = lexer.blockTokens(text.replaceAll(/\r\n?/g, "\n"), []);
  for (const { src, tokens } of lexer.inlineQueue) {
    for (const run of runsOf(src, bounds.delimiters)) lexer.inlineTokens(run, tokens);
  }
  return blocksOf(blocks);
}

function blocksOf(tokens: readonly Token[]): readonly Block[] {
  const blocks: OpenBlock[] = [];
  let before = "space";
  for (const token of tokens) {
    if (token.type !== "space") add(blocks, blockOf(token), before);
    before = token.type;
  }
  return blocks;
}

/** Joins consecutive lines into one paragraph, whatever else they might have been. */
function add(blocks: OpenBlock[], block: Block, before: string): void {
  const last = blocks.at(-1);
  if (before === "space" || last?.type !== "paragraph" || block.type !== "paragraph") {
    return void blocks.push(openBlock(block));
  }
  if (before !== "checkbox") last.children.push({ type: "break" });
  append(last.children, block.children);
}

/** A paragraph that lines can be appended to without copying it each time. */
type OpenBlock = Exclude<Block, { type: "paragraph" }> | {
  readonly type: "paragraph";
  readonly children: Inline[];
};

function openBlock(block: Block): OpenBlock {
  return block.type === "paragraph" ? { ...block, children: [...block.children] } : block;
}

function blockOf(token: Token): Block {
  switch (token.type) {
    case "heading":
      return headingOf(token as Tokens.Heading);
    case "code":
      return codeOf(token as Tokens.Code);
    case "blockquote":
      return { type: "quote", children: blocksOf(token.tokens ?? []) };
    case "list":
      return listOf(token as Tokens.List);
    case "table":
      return tableOf(token as Tokens.Table);
    case "paragraph":
    case "text":
      return { type: "paragraph", children: inlinesOf(token.tokens ?? [token]) };
    default:
      return { type: "paragraph", children: inlineOf(token) };
  }
}

/** Converts a heading; an empty one stays as it was typed. */
function headingOf({ raw, text, tokens }: Tokens.Heading): Block {
  if (text === "") return { type: "paragraph", children: [textOf(raw.trimEnd())] };
  return { type: "heading", children: inlinesOf(tokens) };
}

function codeOf({ text, lang = "" }: Pick<Tokens.Code, "text" | "lang">): Block {
  const language = languageName.exec(lang)?.[0].toLowerCase();
  // Many users close a block at the end of its last line.
  const code = text.replace(/`{3,}$/, "");
  return { type: "code", text: code, ...(language === undefined ? {} : { language }) };
}

function tableOf({ align, header, rows }: Tokens.Table): Block {
  const row = (cells: readonly Tokens.TableCell[]): readonly Cell[] =>
    cells.map(({ tokens }) => inlinesOf(tokens));
  return {
    type: "table",
    align: align.map((one) => one ?? undefined),
    rows: [header, ...rows].map(row),
  };
}

function listOf(token: Tokens.List): Block {
  const items = token.items.map((item): Item => blocksOf(item.tokens));
  // A lone "-" or "1." begins no list.
  if (items.every((item) => item.length === 0)) {
    return { type: "paragraph", children: [textOf(token.raw)] };
  }
  if (!token.ordered) return { type: "list", items };
  const start = Number(token.start);
  const numbers = token.items.map(({ raw }) => Number(/\d+/.exec(raw)?.[0] ?? 0));
  const areInOrder = numbers.every((number, index) => number === start + index);
  return { type: "list", items, start, ...(areInOrder ? {} : { numbers }) };
}

function inlinesOf(tokens: readonly Token[]): readonly Inline[] {
  return joined(tokens.flatMap(inlineOf));
}

function inlineOf(token: Token): readonly Inline[] {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      if ("typed" in token) return [textOf(token.raw)];
      return [{ type: token.type, children: inlinesOf(token.tokens ?? []) }];
    case "codespan":
      return [{ type: "code", text: token.text }];
    case "br":
      return [{ type: "break" }];
    case "link":
    case "image":
      return linkOf(token as Tokens.Link);
    case "checkbox":
      return [{ type: "task", done: token.checked === true }];
    case "escape":
      return [textOf(token.text)];
    default:
      return [textOf(token.raw)];
  }
}

/** Converts a link if its address may be opened; otherwise it stays as it was typed. */
function linkOf(token: Tokens.Link): readonly Inline[] {
  const address = URL.parse(token.href);
  if (address === null || !schemes.has(address.protocol)) return [textOf(token.raw)];
  const label = inlinesOf(token.tokens ?? []);
  const text = label.map(inlineText).join("").trim();
  const children = label.length === 0 || isElsewhere(text, address) ? [textOf(token.href)] : label;
  return [{ type: "link", href: address.href, children }];
}

/** Whether the text of a link is an address, and leads to another host than the link. */
function isElsewhere(text: string, { protocol, hostname }: URL): boolean {
  if (!likeAddress.test(text) || protocol === "mailto:") return false;
  const shown = URL.parse(text.includes("://") ? text : `https://${text}`);
  return shown !== null && bareHost(shown.hostname) !== bareHost(hostname);
}

function bareHost(hostname: string): string {
  return hostname.replace(/^www\./, "");
}

function textOf(text: string): Inline {
  return { type: "text", text };
}

/** Joins adjacent texts, so that a name in them stays in one piece. */
function joined(inlines: readonly Inline[]): readonly Inline[] {
  const result: Inline[] = [];
  append(result, inlines);
  return result;
}

function append(to: Inline[], more: readonly Inline[]): void {
  for (const inline of more) {
    const last = to.at(-1);
    if (inline.type === "text" && last?.type === "text") {
      to[to.length - 1] = textOf(last.text + inline.text);
    } else to.push(inline);
  }
}
