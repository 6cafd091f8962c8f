/**
 * The tree of a parsed message: plain values that can represent nothing but the kinds listed here.
 *
 * @module
 */

/** Inline content. */
export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "break" }
  /** The box of a task in a list. */
  | { readonly type: "task"; readonly done: boolean }
  | { readonly type: "em" | "strong" | "del"; readonly children: readonly Inline[] }
  /** `href` is an absolute address that may be opened. */
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] };

/** A block of a message. */
export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "heading"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string; readonly language?: string }
  | { readonly type: "quote"; readonly children: readonly Block[] }
  /**
   * An ordered list has the number of its first item, `start`, and the numbers of all if they are not
   * in order.
   */
  | {
    readonly type: "list";
    readonly start?: number;
    readonly numbers?: readonly number[];
    readonly items: readonly Item[];
  }
  /** The first row is the header; no row has more cells than it, and some may have fewer. */
  | {
    readonly type: "table";
    readonly align: readonly Alignment[];
    readonly rows: readonly (readonly Cell[])[];
  };

/** A table. */
export type TableBlock = Extract<Block, { type: "table" }>;

/** An item of a list. */
export type Item = readonly Block[];

/** How the cells of a column are aligned; `undefined` if the text does not say. */
export type Alignment = "left" | "center" | "right" | undefined;

/** A cell of a table. */
export type Cell = readonly Inline[];

/**
 * The pieces of what the author of a message says, without the marks around them. Names and links
 * count there, and not in code, nor in what the message quotes.
 */
export function* spokenIn(
  blocks: readonly Block[],
): Generator<Extract<Inline, { type: "text" | "link" }>, void> {
  for (const block of blocks) {
    switch (block.type) {
      case "paragraph":
      case "heading":
        yield* spokenInline(block.children);
        break;
      case "list":
        for (const item of block.items) yield* spokenIn(item);
        break;
      case "table":
        for (const cell of block.rows.flat()) yield* spokenInline(cell);
        break;
    }
  }
}

function* spokenInline(
  inlines: readonly Inline[],
): Generator<Extract<Inline, { type: "text" | "link" }>, void> {
  for (const inline of inlines) {
    if (inline.type === "text" || inline.type === "link") yield inline;
    else if ("children" in inline) yield* spokenInline(inline.children);
  }
}

/** Returns the text of blocks without their structure, for a one-line preview. */
export function textOf(blocks: readonly Block[]): string {
  return blocks.map(blockText).join(" ");
}

function blockText(block: Block): string {
  switch (block.type) {
    case "paragraph":
    case "heading":
      return block.children.map(inlineText).join("");
    case "code":
      return block.text;
    case "quote":
      return textOf(block.children);
    case "list":
      return block.items.map(textOf).join(" ");
    case "table":
      return block.rows.map((row) => row.map(cellText).join(", ")).join("; ");
    default:
      return block satisfies never;
  }
}

function cellText(cell: Cell): string {
  return cell.map(inlineText).join("");
}

/** Returns the text of inline content. */
export function inlineText(inline: Inline): string {
  switch (inline.type) {
    case "text":
    case "code":
      return inline.text;
    case "break":
      return " ";
    case "task":
      return inline.done ? "☑ " : "☐ ";
    case "em":
    case "strong":
    case "del":
    case "link":
      return inline.children.map(inlineText).join("");
    default:
      return inline satisfies never;
  }
}
