/**
 * Preferences of this device. A browser may refuse storage; the page then uses the defaults each
 * time.
 *
 * @module
 */

/** Returns a stored preference. */
export function preference(name: string): string | undefined {
  try {
    return localStorage.getItem(`hubbub-${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a preference, or deletes it. */
export function setPreference(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`hubbub-${name}`);
    else localStorage.setItem(`hubbub-${name}`, value);
  } catch {
    // Without storage, the preference lasts for this call only.
  }
}
