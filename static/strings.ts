/**
 * Every sentence that the page shows, in the language of whoever looks at it.
 *
 * @module
 */
import { language } from "./language.ts";
import type { Strings } from "./strings/en.ts";
import { isolating } from "./strings/isolate.ts";

/** Loads the one language that is read, and no other. Views can wait: they are loaded after it. */
async function load(): Promise<Strings> {
  if (language === "de") return (await import("./strings/de.ts")).de;
  return (await import("./strings/en.ts")).en;
}

/** The catalogue. */
export const strings: Strings = isolating(await load());
