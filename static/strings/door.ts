/**
 * The sentences of the sign-in page and of passkeys. They come with those, and not before.
 *
 * @module
 */
import { language } from "../language.ts";
import { type Door, door } from "./en/door.ts";
import { isolating } from "./isolate.ts";

async function load(): Promise<Door> {
  if (language === "de") return (await import("./de/door.ts")).door;
  return door;
}

/** The catalogue. */
export const doors: Door = isolating(await load());
