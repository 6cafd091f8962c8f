/**
 * Time zones by name, such as `Europe/Berlin`.
 *
 * @module
 */

/** Characters in the name of a time zone. */
const LONGEST = 64;

/** Whether a time zone of this name is known here. */
export function isTimeZone(name: string): boolean {
  if (name.length > LONGEST) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
