/**
 * What the word index has for a message. Words are cut and folded here and not by the database,
 * whose dictionaries and extensions differ from host to host.
 *
 * @module
 */
import { foldWord, wordsOf } from "../words.ts";

/** Characters of a word that count: an index takes no more than some hundred bytes. */
const MAX_LENGTH = 64;
/**
 * An unfinished word of so few letters is the beginning of very many: those beginnings are in the
 * index themselves. Longer ones are gathered from the words that begin so.
 */
const MAX_BEGINNING = 2;

/** A word as the index has it. */
function toLexeme(word: string): string {
  return [...foldWord(word)].slice(0, MAX_LENGTH).join("");
}

/** Everything by which a text is found: its words, and the shortest beginnings of them. */
export function toLexemes(text: string): readonly string[] {
  const lexemes = new Set<string>();
  for (const word of wordsOf(text)) {
    const lexeme = toLexeme(word);
    lexemes.add(lexeme);
    const letters = [...lexeme.slice(0, 2 * MAX_BEGINNING)];
    for (let count = 1; count <= Math.min(MAX_BEGINNING, letters.length); count++) {
      lexemes.add(`p:${letters.slice(0, count).join("")}`);
    }
  }
  return [...lexemes];
}

/**
 * What a message must match that has every word of a query, the last of them perhaps unfinished;
 * `null` where the query has no word. In PostgreSQL's `tsquery`, each word quoted: they are letters
 * and digits alone, so that no query can say anything else.
 */
export function toTerms(query: string): string | null {
  const words = wordsOf(query).map(toLexeme);
  const last = words.at(-1);
  if (last === undefined) return null;
  const terms = new Set(words.slice(0, -1).map(quoted));
  terms.add([...last].length <= MAX_BEGINNING ? quoted(`p:${last}`) : `${quoted(last)}:*`);
  return [...terms].join(" & ");
}

/** Any of these words of the index. */
export function anyOf(lexemes: readonly string[]): string {
  return `(${lexemes.map(quoted).join(" | ")})`;
}

function quoted(lexeme: string): string {
  return `'${lexeme}'`;
}
