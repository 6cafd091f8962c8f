/**
 * Reads JSON of another system, of which nothing is certain: a value of an unexpected type reads as
 * if it were missing.
 *
 * @module
 */

/** A field of an object; `undefined` if the value is no object, or lacks the field. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** A text; empty for anything else. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value.toWellFormed() : "";
}

/** The text of a field, or of a field within fields; empty if there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  return asText(path.reduce(fieldOf, value));
}

/** A list; empty for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The list in a field; empty if there is none. */
export function listAt(value: unknown, name: string): readonly unknown[] {
  return asList(fieldOf(value, name));
}

/** The texts in a field's list that are not empty, each once. */
export function textsAt(value: unknown, name: string): readonly string[] {
  return [...new Set(listAt(value, name).map(asText))].filter((text) => text !== "");
}

/** A time in whole units per second, of a number or a text of decimal seconds; `null` for others. */
export function asTime(value: unknown, perSecond: number): number | null {
  const isNumeric = typeof value === "number" ||
    typeof value === "string" && /^\d{1,12}(\.\d{0,12})?$/.test(value);
  if (!isNumeric) return null;
  const time = Math.round(Number(value) * perSecond);
  return time > 0 && time <= MAX_SECONDS * perSecond ? time : null;
}

/** The year 9999. */
const MAX_SECONDS = 253_402_300_799;
