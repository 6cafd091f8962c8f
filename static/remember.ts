/**
 * What this device remembers for the page. A browser may be told to remember nothing; the page
 * then is as on its first day, each day.
 *
 * @module
 */

/** What was remembered under a name. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`hubbub-${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers something under a name, or forgets it. */
export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`hubbub-${name}`);
    else localStorage.setItem(`hubbub-${name}`, value);
  } catch {
    // As the module says.
  }
}
