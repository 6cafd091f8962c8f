/**
 * How the deferred views put values into words. No DOM.
 *
 * @module
 */
import { isSameDay, timeOf } from "./format.ts";
import { locale } from "./language.ts";

const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });

/** The short name of a day of the week; 0 is Monday. */
export function weekdayOf(index: number): string {
  // The first day of 1970 was a Thursday.
  return weekday.format((index + 4) * 86_400_000);
}

/** A moment to come: its time, with the day if that is not today. */
export function soonOf(at: number, now: number): string {
  return isSameDay(at, now) ? timeOf(at) : `${day.format(at)}, ${timeOf(at)}`;
}

/** A day in few characters, with its year. */
export function dateOf(at: number): string {
  return date.format(at);
}

const durationUnits = [["day", 86_400], ["hour", 3_600], ["minute", 60]] as const;

/** A stretch of time in full: `10 minutes`, `1 day`. */
export function durationOf(seconds: number): string {
  const [unit, size] = durationUnits.find(([, size]) => seconds >= size) ?? ["second", 1];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" })
    .format(seconds / size);
}

/** Cuts a text where its highlights begin and end. */
export function highlighted(
  text: string,
  highlights: readonly (readonly [number, number])[],
): readonly { readonly text: string; readonly marked: boolean }[] {
  const parts: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const [start, end] of highlights) {
    if (start > at) parts.push({ text: text.slice(at, start), marked: false });
    parts.push({ text: text.slice(start, end), marked: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), marked: false });
  return parts;
}

/** A word as a label: it begins with a capital letter. */
export function labelOf(word: string): string {
  return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
}
