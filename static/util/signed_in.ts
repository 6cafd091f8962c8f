/**
 * Whether a user is signed in on this device, as far as the device knows: it decides only what the
 * first paint looks like.
 *
 * @module
 */
import { preference, setPreference } from "./preferences.ts";

/** The name of the preference. */
const name = "signed-in";

/** Whether a user was signed in when the page was last open. */
export function wasSignedIn(): boolean {
  return preference(name) !== undefined;
}

/** Keeps for the next load whether a user is signed in. */
export function keepSignedIn(isSignedIn: boolean): void {
  if (isSignedIn !== wasSignedIn()) setPreference(name, isSignedIn ? "yes" : undefined);
}
