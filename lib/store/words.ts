/**
 * The words that people search for: runs of letters and digits, whatever their case and marks.
 *
 * @module
 */

/** A word in a text. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

/** The words of a text, as they stand there. */
export function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}

/** The form in which two words are the same word: no case, no marks. */
export function foldWord(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
