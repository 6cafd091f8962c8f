/**
 * Reads Markdown as people type it in chats. What comes out is the tree of `tree.ts`, so that
 * nothing but what is written out there can reach the page.
 *
 * Other than in a document there are no tables, rules, images, HTML or code by indentation, no
 * headings by underlining, and an answer right below a quotation is not part of it. A library that
 * reads all of Markdown, and has to be told to leave most of it, would be a quarter of the page.
 *
 * @module
 */
import { blocksIn } from "./blocks.ts";
import type { Block } from "./tree.ts";

/** Reads the Markdown of a message. Takes any text, and takes no longer than its length explains. */
export function parse(text: string): readonly Block[] {
  return blocksIn(text.split(/\r\n?|\n/));
}
