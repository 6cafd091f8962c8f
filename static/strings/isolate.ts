/**
 * Names in sentences. What is written from right to left must not turn the sentence around it,
 * so it stands between marks that isolate it (Unicode Standard Annex 9, section 2.4).
 *
 * @module
 */

/** The letters of the scripts that are written from right to left. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const first = "\u2068";
const last = "\u2069";

/** A text that leaves the direction of what stands around it alone. */
export function isolated(text: string): string {
  return rightToLeft.test(text) ? first + text + last : text;
}

function isolatedIn(value: unknown): unknown {
  if (typeof value === "string") return isolated(value);
  return Array.isArray(value) ? value.map(isolatedIn) : value;
}

/** The same catalogue, with everything isolated that is filled into its sentences. */
export function isolating<C>(catalogue: C): C {
  const of = (value: unknown): unknown => {
    if (typeof value === "function") {
      return (...filled: unknown[]) => value(...filled.map(isolatedIn));
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, of(part)]));
  };
  return of(catalogue) as C;
}
