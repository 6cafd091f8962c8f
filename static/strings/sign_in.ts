/**
 * The texts of the sign-in page and of passkeys. They load with these, not with the chat.
 *
 * @module
 */
import { loadCatalogue } from "./catalogues.ts";

/** Texts by group and name, as in `strings`. */
export const signInStrings = await loadCatalogue("sign_in");
