/**
 * When two names are the same name.
 *
 * @module
 */
import { LIMITS } from "./limits.ts";

// ---------------------------------------------------------------------------------------------
// Names

/** UTF-16 code units that can become a name, with its sign: NFKC makes one of four at most. */
const FOLDED_MAX = 4 * (LIMITS.room_name_length + 1);

/**
 * The form in which two names of people are the same name: NFKC (UAX #15), without case. What is
 * too long to be a name is not normalised: that takes time with the square of how many marks stand
 * in a row.
 */
export function foldName(name: string): string {
  return (name.length > FOLDED_MAX ? name : name.normalize("NFKC")).toLowerCase();
}

/** The form in which two names of rooms are the same room. */
export const foldRoom = foldName;
