/**
 * Finds names that look alike.
 *
 * @module
 */
import data from "./confusables.txt" with { type: "text" };

/** The prototype of each lookalike. `tools/confusables.ts` generates the data. */
const PROTOTYPES: ReadonlyMap<string, string> = new Map(
  data.split("\n").slice(1).flatMap((line) => {
    const [prototype = "", lookalikes = ""] = line.split("\t");
    return [...lookalikes].map((character) => [character, prototype] as const);
  }),
);

/**
 * Returns the skeleton of a name. Two names with the same skeleton look alike (UTS #39, section 4,
 * with the Unicode Consortium's data). Use it for comparison only; it is not a name.
 */
export function skeletonOf(name: string): string {
  const decomposed = name.normalize("NFKC").normalize("NFD")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const prototypes = Array.from(decomposed, (character) => PROTOTYPES.get(character) ?? character);
  // Fold case last: a capital I looks like a small L, a small i does not.
  // Composed, it is shorter to store, and as good to compare.
  return prototypes.join("").normalize("NFD").toLowerCase().normalize("NFC");
}
