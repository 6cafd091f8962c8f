/**
 * The texts of panels and dialogs. They load with the first of these, not with the page.
 *
 * @module
 */
import { loadCatalogue } from "./catalogues.ts";

/** Texts by group and name, as in `strings`. */
export const deferredStrings = await loadCatalogue("deferred");
