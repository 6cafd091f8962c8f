/**
 * Quiet hours: when a user wants no notifications. The server asks before it pushes, the page before
 * it notifies. Ranges are times on the clock of a time zone, whatever the clock does meanwhile: an
 * hour that a change to summer time skips is not quiet, one that comes twice is quiet twice.
 *
 * @module
 */
import { isTimeZone } from "./time_zone.ts";

/** The days of the week, as `Intl` counts them. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** A day of the week. */
export type Weekday = (typeof DAYS)[number];

/** A range of quiet hours. */
export interface QuietRange {
  /** The days on which it begins. */
  readonly days: readonly Weekday[];
  /** When it begins and ends: `HH:MM`. An end that is not later is on the next day. */
  readonly from: string;
  readonly to: string;
}

/** Quiet hours of every week, in a time zone of the IANA database. */
export interface WeeklyQuiet {
  readonly weekly: readonly QuietRange[];
  readonly time_zone: string;
}

/** When a user wants no notifications: until a moment, in ms since the Unix epoch, and each week. */
export interface Quiet extends Partial<WeeklyQuiet> {
  readonly until?: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** For how long `quietEnd` looks ahead: a week, and the longest range. */
const HORIZON_MS = 9 * DAY_MINUTES * MINUTE_MS;

/** How many time zones are kept ready: making a format takes long. */
const MAX_FORMATS = 64;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(timeZone, format);
  return format;
}

/** The time on the clock of a time zone. */
function clockIn(
  timeZone: string,
  at: number,
): { readonly day: Weekday; readonly minutes: number } {
  const parts = formatOf(timeZone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((one) => one.type === type)?.value ?? "";
  const day = part("weekday").toLowerCase() as Weekday;
  return { day, minutes: Number(part("hour")) * 60 + Number(part("minute")) };
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

function dayBefore(day: Weekday): Weekday {
  return DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length]!;
}

function isWithin({ days, from, to }: QuietRange, day: Weekday, minutes: number): boolean {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  if (start < end) return days.includes(day) && start <= minutes && minutes < end;
  return days.includes(day) && minutes >= start || days.includes(dayBefore(day)) && minutes < end;
}

function isWeeklyQuiet({ weekly = [], time_zone }: Quiet, at: number): boolean {
  if (weekly.length === 0 || time_zone === undefined) return false;
  // Another program, which stored it, may know more time zones.
  if (!formats.has(time_zone) && !isTimeZone(time_zone)) return false;
  const { day, minutes } = clockIn(time_zone, at);
  return weekly.some((range) => isWithin(range, day, minutes));
}

/** Whether a user wants no notifications at a moment, in ms since the Unix epoch. */
export function isQuiet(quiet: Quiet | null | undefined, at: number): boolean {
  if (quiet === null || quiet === undefined) return false;
  return at < (quiet.until ?? 0) || isWeeklyQuiet(quiet, at);
}

/**
 * When the present quiet time ends, in ms since the Unix epoch, to the minute.
 *
 * @returns `undefined` if it is not quiet, or never ends.
 */
export function quietEnd(quiet: Quiet | null | undefined, at: number): number | undefined {
  if (!isQuiet(quiet, at)) return undefined;
  const until = Math.max(at, quiet?.until ?? 0);
  if (!isQuiet(quiet, until)) return until;
  // Ranges begin and end with a minute. A gap of less than a quarter of an hour is not looked for.
  const start = Math.floor(until / MINUTE_MS) * MINUTE_MS;
  for (let coarse = start; coarse <= at + HORIZON_MS; coarse += 15 * MINUTE_MS) {
    if (isQuiet(quiet, coarse)) continue;
    let end = coarse;
    while (!isQuiet(quiet, end - MINUTE_MS)) end -= MINUTE_MS;
    return end;
  }
  return undefined;
}
