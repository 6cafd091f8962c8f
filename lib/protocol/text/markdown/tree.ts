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
  };

/** An item of a list. */
export type Item = readonly Block[];

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
    default:
      return block satisfies never;
  }
}

/** Returns the text of inline content. */
export function inlineText(inline: Inline): string {
  switch (inline.type) {
    case "text":
    case "code":
      return inline.text;
    case "break":
      return " ";
    case "em":
    case "strong":
    case "del":
    case "link":
      return inline.children.map(inlineText).join("");
    default:
      return inline satisfies never;
  }
}
