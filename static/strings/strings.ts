/**
 * The texts that the page shows from the start.
 *
 * @module
 */
import { loadCatalogue } from "./catalogues.ts";

/** Texts by group and name; a text with placeholders is a function of their values. */
export const strings = await loadCatalogue("page");
