/**
 * How values are put into words and marks. No DOM.
 *
 * @module
 */
import { foldName } from "../../lib/protocol/names.ts";
import { locale } from "./language.ts";
import { strings } from "./strings.ts";

const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const date = new Intl.DateTimeFormat(locale, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const dateAndYear = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const shortAndYear = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

const units = [["d", 86_400], ["h", 3_600], ["min", 60]] as const;

/** The time of day. */
export function timeOf(at: number): string {
  return clock.format(at);
}

const agoUnits = [
  ["year", 31_556_952],
  ["month", 2_629_746],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** How long ago something was. */
export function agoOf(at: number, now: number): string {
  const seconds = (now - at) / 1_000;
  // Two clocks never quite agree: what is from the near future is from now.
  const [unit, size] = agoUnits.find(([, size]) => seconds >= size) ?? ["second", Infinity];
  return relative.format(-Math.floor(seconds / size) || 0, unit);
}

/** Day and time in full, for whoever asks. */
export function momentOf(at: number): string {
  return full.format(at);
}

/** A day in few characters, with its year if that is another one; the time when it is today. */
export function whenOf(at: number, now: number): string {
  if (isSameDay(at, now)) return clock.format(at);
  return (isSameYear(at, now) ? short : shortAndYear).format(at);
}

/** A stretch of time as a clock that runs down shows it: `4:05`. */
export function countdownOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A stretch of time in the largest unit that fits it: `30 s`, `5 min`, `1 h`. */
export function spanOf(seconds: number): string {
  const [unit, size] = units.find(([, size]) => seconds >= size && seconds % size === 0) ??
    ["s", 1];
  return `${seconds / size} ${unit}`;
}

/** Whether two moments are on one calendar day, where the reader is. */
export function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

function isSameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}

/** A day in words, seen from `now`. */
export function dayOf(at: number, now: number): string {
  if (isSameDay(at, now)) return strings.log.today;
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (isSameDay(at, yesterday.getTime())) return strings.log.yesterday;
  return (isSameYear(at, now) ? date : dateAndYear).format(at);
}

/** One or two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[ ._'-]+/).filter((word) => word !== "");
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? "")[0] ?? "").join("").toUpperCase();
}

/** Two hues from 0 to 359 that are the same for a name wherever it is seen. */
export function huesOf(name: string): readonly [number, number] {
  let hash = 2_166_136_261;
  for (const char of foldName(name)) hash = Math.imul(hash ^ char.codePointAt(0)!, 16_777_619);
  // Twelve hues that can be told apart, rather than 360 that cannot: 144 pairs.
  const pair = (hash >>> 0) % 144;
  return [pair % 12 * 30, Math.floor(pair / 12) * 30];
}

/** A room's name as it is spoken of: `#lobby`, or the other person's name. */
export function titleOf(name: string): string {
  return name.startsWith("@") ? name.slice(1) : `#${name}`;
}

const sizes = ["byte", "kilobyte", "megabyte", "gigabyte"].map((unit) =>
  new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    // There is no short form of bytes that has a plural.
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: 1,
  })
);

/** A number of bytes in the unit in which it is short. */
export function sizeOf(bytes: number): string {
  const step = Math.min(Math.max(Math.floor(Math.log10(bytes) / 3), 0), sizes.length - 1);
  return sizes[step]!.format(bytes / 1_000 ** step);
}
