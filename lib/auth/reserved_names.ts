/**
 * The names that nobody may choose: who has one could be taken for the server, its team or everyone.
 *
 * @module
 */
import { foldName } from "../protocol/names.ts";
import { EVERYONE } from "../protocol/text/mentions.ts";
import { skeletonOf } from "../util/confusables.ts";

const WORDS = [
  ...EVERYONE,
  ...["admin", "administrator", "moderator", "system", "hubbub"],
  ...["everyone", "all", "channel"],
];

/** Knows the reserved names of a server. */
export class ReservedNames {
  #looks: ReadonlySet<string> = looksOf(WORDS);

  /** Reserves the name of the server too, instead of the one before. */
  reserve(serverName: string): void {
    this.#looks = looksOf([...WORDS, serverName]);
  }

  /** Whether a name is reserved, or looks like one that is, with joiners or without. */
  has(name: string): boolean {
    return this.#looks.has(lookOf(name)) || this.#looks.has(lookOf(foldName(name)));
  }
}

/** What words look like, however they are written. */
function looksOf(words: readonly string[]): ReadonlySet<string> {
  const looks = words.flatMap((word) => {
    const folded = foldName(word);
    const initial = folded.slice(0, 1).toUpperCase() + folded.slice(1);
    // An I looks like an l, an i does not: how a word looks depends on its case.
    return [word, folded, initial, folded.toUpperCase()].map(lookOf);
  });
  return new Set(looks.filter((look) => look !== ""));
}

/** What a name looks like without accents, and without what stands between its letters. */
function lookOf(name: string): string {
  return skeletonOf(name).normalize("NFD").replace(/[\u0300-\u036f]|[^\p{L}\p{M}\p{N}]/gu, "");
}
