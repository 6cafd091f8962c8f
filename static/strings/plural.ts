/**
 * Numbers in sentences: what is counted takes the form that the language wants.
 *
 * @module
 */

/** Puts a number before what it counts: `1 word`, `1,200 words`. */
export type Plural = (n: number, one: string, other: string) => string;

/** The rule of a language with two forms, one and other, as English and German have them. */
export function pluralIn(language: string): Plural {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (n, one, other) => `${numbers.format(n)} ${rules.select(n) === "one" ? one : other}`;
}
