/**
 * The sentences of what is opened beside the chat. They come with it, and not before.
 *
 * @module
 */
import { language } from "../language.ts";
import { aside, type Asides } from "./en/aside.ts";
import { isolating } from "./isolate.ts";

async function load(): Promise<Asides> {
  if (language === "de") return (await import("./de/aside.ts")).aside;
  return aside;
}

/** The catalogue. */
export const asides: Asides = isolating(await load());
