/**
 * People may write any character, and databases may not keep it: SQLite's driver ends a text at
 * U+0000, PostgreSQL refuses it, and the two characters that mark a search hit must not occur in
 * what is searched. These are stored as an escape and a punctuation character; punctuation, so
 * that a search index sees no word in it. All other text, which is practically all, is stored as
 * it is.
 *
 * @module
 */
import { foldName } from "../protocol.ts";

/** Stands before a match in a snippet; never occurs in an encoded text. */
export const MATCH_START = "\u0002";
/** Stands after a match in a snippet; never occurs in an encoded text. */
export const MATCH_END = "\u0003";

const ESCAPE = "\u0010";
const ENCODED: Readonly<Record<string, string>> = {
  "\u0000": `${ESCAPE}!`,
  [MATCH_START]: `${ESCAPE}(`,
  [MATCH_END]: `${ESCAPE})`,
  [ESCAPE]: `${ESCAPE}-`,
};
const DECODED = Object.fromEntries(Object.entries(ENCODED).map(([char, code]) => [code, char]));

/** The form in which a text is stored. */
export function encodeText(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000\u0002\u0003\u0010]/g, (char) => ENCODED[char] ?? char);
}

/** The form in which a name of a person or a room is stored to be found, whatever its case. */
export function encodeFolded(name: string): string {
  return encodeText(foldName(name));
}

/** The text that `encodeText` was given. */
export function decodeText(stored: string): string {
  if (!stored.includes(ESCAPE)) return stored;
  // deno-lint-ignore no-control-regex -- as above
  return stored.replace(/\u0010[!()-]/g, (code) => DECODED[code] ?? code);
}

/**
 * Takes the marks out of a snippet in which a search index has marked the matches.
 *
 * @param marked An encoded text with `MATCH_START` and `MATCH_END` around each match.
 * @returns The snippet as people wrote it, and where the matches stand in it.
 */
export function readSnippet(
  marked: string,
): { snippet: string; highlights: readonly (readonly [number, number])[] } {
  const highlights: (readonly [number, number])[] = [];
  const [before = "", ...rest] = marked.split(MATCH_START);
  let snippet = decodeText(before);
  for (const part of rest) {
    const [match = "", after = ""] = part.split(MATCH_END);
    const start = snippet.length;
    snippet += decodeText(match);
    highlights.push([start, snippet.length]);
    snippet += decodeText(after);
  }
  return { snippet, highlights };
}
