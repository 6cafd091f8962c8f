/**
 * When two names are the same name.
 *
 * @module
 */
import { LIMITS } from "./limits.ts";

// ---------------------------------------------------------------------------------------------
// Names

/**
 * The version of `foldName` and of the data that finds lookalikes. Raise it with a change of either:
 * a store that holds names as an earlier version folded them folds them again when it is opened.
 */
export const NAMES_VERSION = "3";

/**
 * The characters that can stand between the words of a name, in the form for a character class: the
 * medial ones of UAX #31, table 3, except for the colon, and the hyphen of Hebrew.
 */
export const JOINERS = " ._'\u2019\u30fb\u30a0\u00b7\u05f3\u05f4\u0f0b\u058a\u05be\u2010-";

/** UTF-16 code units that can become a name, with its sign: NFKC makes one of four at most. */
const FOLDED_MAX = 4 * (LIMITS.room_name_length + 1);

// deno-lint-ignore no-control-regex -- all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The form in which two names of people are the same name: NFKC (UAX #15), without case (`ß` is
 * `ss`, both sigmas are one), without the joiners of letters (ZWJ, ZWNJ), with one apostrophe, one
 * hyphen, and one i, which Turkish has with and without a dot. To fold twice changes nothing. What is
 * too long to be a name is not normalised: that takes time with the square of how many marks stand
 * in a row.
 */
export function foldName(name: string): string {
  if (name.length > FOLDED_MAX || ASCII.test(name)) return name.toLowerCase();
  return name.replace(/[\u200c\u200d]/g, "").normalize("NFKC")
    // Upper case makes `ss` of `ß`, but not of its capital, which lower case makes a `ß`.
    .toLowerCase().toUpperCase().toLowerCase()
    .replace(/i\u0307+/g, "i")
    .replaceAll("\u03c2", "\u03c3")
    .replace(/[\u2018\u2019\u02bc\u05f3]/g, "'")
    .replace(/[\u058a\u05be\u2010]/g, "-")
    .normalize("NFKC");
}

/** The form in which two names of rooms are the same room. */
export const foldRoom = foldName;
