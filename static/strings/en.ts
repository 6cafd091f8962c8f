/**
 * What the page says from the start, in English. Other languages have the same shape.
 *
 * @module
 */
import { entry } from "./en/entry.ts";
import { files } from "./en/files.ts";
import { page } from "./en/page.ts";
import { people } from "./en/people.ts";
import { rooms } from "./en/rooms.ts";
import { talk } from "./en/talk.ts";

/** The catalogue. */
export const en = {
  ...page,
  ...entry,
  ...rooms,
  ...talk,
  ...people,
  ...files,
};

/** The shape of a catalogue: what is missing in a translation does not pass the type checker. */
export type Strings = typeof en;
