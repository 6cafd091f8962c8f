/**
 * What a message is made of, once its Markdown was read: plain values that can stand for nothing
 * but what is listed here.
 *
 * @module
 */

/** A part of a line. */
export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "break" }
  | { readonly type: "em" | "strong" | "del"; readonly children: readonly Inline[] }
  /** `href` is an absolute address that may be opened. */
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] };

/** A part of a message that stands on lines of its own. */
export type Block =
  | { readonly type: "paragraph" | "heading"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string; readonly language?: string }
  | { readonly type: "quote"; readonly children: readonly Block[] }
  /** `start` is the number of the first item of a list that is numbered. */
  | { readonly type: "list"; readonly start?: number; readonly items: readonly Item[] };

/** An item of a list. */
export type Item = readonly Block[];

/** What blocks say, without how: for a line that only hints at a message. */
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

/** What a part of a line says. */
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
