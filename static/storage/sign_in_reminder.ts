/**
 * Whether the user still needs the reminder to add a password or a passkey, without which they
 * cannot get their name back.
 *
 * @module
 */
import { foldName } from "../../lib/protocol/names.ts";

const place = (name: string) => `hubbub-kept:${foldName(name)}`;

/** Whether the user has a way to sign in again, or has dismissed the reminder. */
export function isReminderOff(name: string): boolean {
  try {
    return localStorage.getItem(place(name)) !== null;
  } catch {
    // Without storage the reminder could not be dismissed, and would come back each time.
    return true;
  }
}

/** Turns the reminder off for a user. */
export function turnOffReminder(name: string): void {
  try {
    localStorage.setItem(place(name), "yes");
  } catch {
    // Without storage there is no reminder either.
  }
}
