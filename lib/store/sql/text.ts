/**
 * People may write any character, and databases may not keep it: SQLite's driver ends a text at
 * U+0000, PostgreSQL refuses it, and two characters once marked the hits of a search. These are
 * stored as an escape and a punctuation character; punctuation, so
 * that a search index sees no word in it. All other text, which is practically all, is stored as
 * it is.
 *
 * @module
 */
import { foldName } from "../../protocol/names.ts";

const ESCAPE = "\u0010";
const ENCODED: Readonly<Record<string, string>> = {
  "\u0000": `${ESCAPE}!`,
  "\u0002": `${ESCAPE}(`,
  "\u0003": `${ESCAPE})`,
  [ESCAPE]: `${ESCAPE}-`,
};
const DECODED = Object.fromEntries(Object.entries(ENCODED).map(([char, code]) => [code, char]));

/** The form in which a text is stored. */
export function encodeText(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000\u0002\u0003\u0010]/g, (char) => ENCODED[char] ?? char);
}

/** A list of texts as one parameter: in JSON, each as it is stored. */
export function encodeTexts(texts: readonly string[]): string {
  return JSON.stringify(texts.map(encodeText));
}

/** The stored form of the name of an account or a room, for look-ups regardless of case. */
export function encodeFolded(name: string): string {
  return encodeText(foldName(name));
}

/** Decodes the result of `encodeText`. */
export function decodeText(stored: string): string {
  if (!stored.includes(ESCAPE)) return stored;
  // deno-lint-ignore no-control-regex -- as above
  return stored.replace(/\u0010[!()-]/g, (code) => DECODED[code] ?? code);
}

/** The length of a snippet: before its first match at most, and in total. */
const BEFORE_MATCH = 80;
const SNIPPET_LENGTH = 240;

/** A text, and its matches: pairs of start and end, in UTF-16 code units. */
interface Marked {
  readonly snippet: string;
  readonly highlights: readonly (readonly [number, number])[];
}

/** The part of a text around its first match, cut between words if possible. */
export function cutSnippet({ snippet: text, highlights }: Marked): Marked {
  const [first = 0] = highlights[0] ?? [];
  const from = first <= BEFORE_MATCH ? 0 : startNear(text, first - BEFORE_MATCH, first);
  const to = from + SNIPPET_LENGTH >= text.length ? text.length : endNear(text, from, first);
  const [head, tail] = [from > 0 ? "…" : "", to < text.length ? "…" : ""];
  const shift = head.length - from;
  return {
    snippet: head + text.slice(from, to) + tail,
    highlights: highlights.filter(([start]) => start < to)
      .map(([start, end]) => [start + shift, Math.min(end, to) + shift] as const),
  };
}

/** The first start of a word after `at` and before `limit`. */
function startNear(text: string, at: number, limit: number): number {
  const gap = text.slice(at, limit).search(/\s/);
  return gap < 0 ? wholeAt(text, at) : at + gap + 1;
}

/** The last end of a word that fits after `from`, and beyond `first`. */
function endNear(text: string, from: number, first: number): number {
  const end = from + SNIPPET_LENGTH;
  const gap = text.lastIndexOf(" ", end);
  return gap <= first ? wholeAt(text, end) : gap;
}

/** The position, or the next one if it is inside a character. */
function wholeAt(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? "") ? at + 1 : at;
}
