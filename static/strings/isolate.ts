/**
 * Names in sentences. A name that is written from right to left must not turn the sentence around
 * it, so it stands between marks that isolate it (Unicode Standard Annex 9, section 2.4).
 *
 * @module
 */

/** The letters of the scripts that are written from right to left. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const first = "\u2068";
const last = "\u2069";

/** Isolates a text, so that it leaves the direction of the text around it alone. */
export function isolated(text: string): string {
  return rightToLeft.test(text) ? first + text + last : text;
}
