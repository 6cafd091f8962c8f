/**
 * The words that people search for: runs of letters and digits, whatever their case and marks.
 *
 * @module
 */

/** A word in a text. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

/** Of nothing but ASCII: most texts, which need none of the rest. */
// deno-lint-ignore no-control-regex -- it is all of ASCII that is meant
const PLAIN = /^[\u0000-\u007f]*$/;

const MARKS = /\p{M}+/gu;

/** The words of a text, as they stand there. */
export function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}

/** The form in which two words are the same word: no case, no marks. A whole text has one too. */
export function foldWord(word: string): string {
  if (PLAIN.test(word)) return word.toLowerCase();
  // Marks go first: to put a thousand of them in order, as the normal form has it, takes seconds.
  return word.replace(MARKS, "").normalize("NFD").replace(MARKS, "").toLowerCase();
}

/**
 * What a query asks of a text: every word must be in it, the last one perhaps as the beginning of
 * a longer one.
 *
 * @returns A function that tells whether a text matches.
 */
export function matcher(query: string): (text: string) => boolean {
  const words = wordsOf(foldWord(query));
  const last = words.at(-1);
  if (last === undefined) return () => false;
  const whole = [...new Set(words.slice(0, -1))];
  return (text) => {
    const folded = foldWord(text);
    // Most texts lack a word even as a part of another one: no need to cut those into words.
    if (!folded.includes(last) || !whole.every((word) => folded.includes(word))) return false;
    const there = new Set(wordsOf(folded));
    return whole.every((word) => there.has(word)) &&
      there.values().some((word) => word.startsWith(last));
  };
}

/**
 * Where the words of a query stand in a text that matches it: the last one also where it is the
 * beginning of a word.
 *
 * @returns The text, and pairs of start and end in it, in UTF-16 code units.
 */
export function highlight(
  text: string,
  query: string,
): { snippet: string; highlights: readonly (readonly [number, number])[] } {
  const words = wordsOf(query).map(foldWord);
  const last = words.at(-1);
  const whole = new Set(words);
  const highlights: (readonly [number, number])[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const folded = foldWord(word);
    if (!whole.has(folded) && (last === undefined || !folded.startsWith(last))) continue;
    highlights.push([index, index + word.length]);
  }
  return { snippet: text, highlights };
}
