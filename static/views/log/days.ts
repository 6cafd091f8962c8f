/**
 * When days begin, where the reader is.
 *
 * @module
 */

/** Returns the beginning of the day so many days before `now`. */
export function daysAgo(count: number, now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - count).getTime();
}

/** Returns the beginning of a day as a date field has it, such as `2026-11-30`; never before 1970. */
export function startOfDay(date: string): number | undefined {
  const [year, month, day] = date.split("-").map(Number);
  // While the user types the year, it is a small number.
  if (year === undefined || month === undefined || day === undefined || year < 1970) {
    return undefined;
  }
  return Math.max(0, new Date(year, month - 1, day).getTime());
}
