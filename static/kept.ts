/**
 * Whether somebody has what brings them back to their name, or does not want to hear of it.
 *
 * @module
 */
import { foldName } from "../lib/protocol.ts";

const place = (name: string) => `hubbub-kept:${foldName(name)}`;

/** Whether there is nothing to remind somebody of. */
export function isKept(name: string): boolean {
  try {
    return localStorage.getItem(place(name)) !== null;
  } catch {
    // Where nothing can be remembered, a reminder would come each time.
    return true;
  }
}

/** Reminds somebody no more. */
export function noteKept(name: string): void {
  try {
    localStorage.setItem(place(name), "yes");
  } catch {
    // As above.
  }
}
