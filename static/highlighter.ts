/**
 * The highlighter and the languages that are written most. A module of its own: of what is imported
 * by name the bundler leaves out the rest, here a hundred and fifty languages.
 *
 * @module
 */
import { common, createLowlight } from "lowlight";

/** Makes a highlighter. */
export function createHighlighter() {
  return createLowlight(common);
}
