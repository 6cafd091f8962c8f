/**
 * Reads Markdown as people type it in chats. The library makes tokens and nothing else; what comes
 * out is the tree of `tree.ts`, so that no token that is not known here can reach the page.
 *
 * Other than in a document there are no tables, rules, images, HTML or code by indentation, no
 * headings by underlining, and an answer right below a quotation is not part of it.
 *
 * @module
 */
import { Lexer, type Token, Tokenizer, type Tokens } from "marked";
import type { Block, Inline, Item } from "./tree.ts";

/** How deep blocks are nested in blocks, and marks in marks; deeper ones stay as they were typed. */
const depthMax = 6;
/** The addresses that can be opened. Whatever else looks like a link is text. */
const schemes = new Set(["http:", "https:", "mailto:"]);
/** A line that is quoted. */
const quoted = /^(?: {0,3}>[^\n]*(?:\n|$))+/;
/** What stands around an address in a sentence, where the library takes it for a part of it. */
const closing = /[»«“”„‘’›‹。，、！？；：）】』」…]+$/u;
/** A language that a block of code may name. */
const languageName = /^[\w+#.-]{1,20}/;

class ChatTokenizer extends Tokenizer<never, never> {
  #depth = 0;

  override code = none;
  override hr = none;
  override html = none;
  override def = none;
  override table = none;
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
    return this.#nested(() => super.list(src));
  }

  override emStrong(src: string, masked: string, before?: string) {
    return this.#nested(() => super.emStrong(src, masked, before));
  }

  override del(src: string, masked: string, before?: string): Tokens.Del | undefined {
    // One tilde means "about".
    return src.startsWith("~~") ? this.#nested(() => super.del(src, masked, before)) : undefined;
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    return this.#nested(() => super.link(src));
  }

  override url(src: string): Tokens.Link | undefined {
    const found = super.url(src);
    const extra = found && closing.exec(found.raw)?.[0].length;
    return extra ? super.url(src.slice(0, found.raw.length - extra)) : found;
  }

  /** Every line break counts, and so do the spaces after it. */
  override br(src: string): Tokens.Br | undefined {
    const raw = /^ *\n/.exec(src)?.[0];
    return raw === undefined ? undefined : { type: "br", raw };
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

function none(): undefined {
  return undefined;
}

/** Reads the Markdown of a message. Takes any text, and takes no longer than its length explains. */
export function parse(text: string): readonly Block[] {
  const lexer = new Lexer<never, never>({
    gfm: true,
    breaks: true,
    tokenizer: new ChatTokenizer(),
  });
  return blocksOf(lexer.lex(text));
}

function blocksOf(tokens: readonly Token[]): readonly Block[] {
  const blocks: Block[] = [];
  let before = "space";
  for (const token of tokens) {
    if (token.type !== "space") add(blocks, blockOf(token), before);
    before = token.type;
  }
  return blocks;
}

/** Lines that follow each other are one paragraph, whatever else they might have been. */
function add(blocks: Block[], block: Block, before: string): void {
  const last = blocks.at(-1);
  if (before === "space" || last?.type !== "paragraph" || block.type !== "paragraph") {
    return void blocks.push(block);
  }
  const seam: readonly Inline[] = before === "checkbox" ? [] : [{ type: "break" }];
  const children = joined([...last.children, ...seam, ...block.children]);
  blocks[blocks.length - 1] = { type: "paragraph", children };
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
    case "paragraph":
    case "text":
      return { type: "paragraph", children: inlinesOf(token.tokens ?? [token]) };
    default:
      return { type: "paragraph", children: inlineOf(token) };
  }
}

/** A heading; one of nothing is what was typed. */
function headingOf({ raw, text, tokens }: Tokens.Heading): Block {
  if (text === "") return { type: "paragraph", children: [textOf(raw.trimEnd())] };
  return { type: "heading", children: inlinesOf(tokens) };
}

function codeOf({ text, lang = "" }: Tokens.Code): Block {
  const language = languageName.exec(lang)?.[0].toLowerCase();
  // Many close a block where its last line ends.
  const code = text.replace(/`{3,}$/, "");
  return { type: "code", text: code, ...(language === undefined ? {} : { language }) };
}

function listOf(token: Tokens.List): Block {
  const items = token.items.map((item): Item => blocksOf(item.tokens));
  // A lone "-" or "1." begins no list.
  if (items.every((item) => item.length === 0)) {
    return { type: "paragraph", children: [textOf(token.raw)] };
  }
  return { type: "list", items, ...(token.ordered ? { start: Number(token.start) } : {}) };
}

function inlinesOf(tokens: readonly Token[]): readonly Inline[] {
  return joined(tokens.flatMap(inlineOf));
}

function inlineOf(token: Token): readonly Inline[] {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      return [{ type: token.type, children: inlinesOf(token.tokens ?? []) }];
    case "codespan":
      return [{ type: "code", text: token.text }];
    case "br":
      return [{ type: "break" }];
    case "link":
    case "image":
      return linkOf(token as Tokens.Link);
    case "checkbox":
      return [textOf(token.checked ? "☑ " : "☐ ")];
    case "escape":
      return [textOf(token.text)];
    default:
      return [textOf(token.raw)];
  }
}

/** A link, where it leads to an address that may be opened; otherwise what was typed. */
function linkOf(token: Tokens.Link): readonly Inline[] {
  const address = URL.parse(token.href);
  if (address === null || !schemes.has(address.protocol)) return [textOf(token.raw)];
  const label = inlinesOf(token.tokens ?? []);
  const children = label.length === 0 ? [textOf(token.href)] : label;
  return [{ type: "link", href: address.href, children }];
}

function textOf(text: string): Inline {
  return { type: "text", text };
}

/** Texts that stand side by side become one, so that a name in them stays in one piece. */
function joined(inlines: readonly Inline[]): readonly Inline[] {
  const result: Inline[] = [];
  for (const inline of inlines) {
    const last = result.at(-1);
    if (inline.type === "text" && last?.type === "text") {
      result[result.length - 1] = textOf(last.text + inline.text);
    } else result.push(inline);
  }
  return result;
}
