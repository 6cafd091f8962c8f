/**
 * The highlighter with the most common languages. It is a module of its own because the bundler
 * drops what is not imported by name: here, a hundred and fifty languages.
 *
 * @module
 */
import { common, createLowlight } from "lowlight";

/** The rules for Markdown take quadratic time for a few brackets in a row. */
const { markdown: _, ...languages } = common;

/** Creates the highlighter. */
export function createHighlighter() {
  return createLowlight(languages);
}
