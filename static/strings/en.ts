/**
 * Every sentence of the page, in English. Other languages have the same shape.
 *
 * @module
 */
import { entry } from "./en/entry.ts";
import { files } from "./en/files.ts";
import { keyboard } from "./en/keyboard.ts";
import { page } from "./en/page.ts";
import { people } from "./en/people.ts";
import { rooms } from "./en/rooms.ts";
import { settings } from "./en/settings.ts";
import { talk } from "./en/talk.ts";
import { told } from "./en/told.ts";

/** The catalogue. */
export const en = {
  ...page,
  ...entry,
  ...rooms,
  ...talk,
  ...people,
  ...settings,
  ...keyboard,
  ...told,
  ...files,
};

/** The shape of a catalogue: what is missing in a translation does not pass the type checker. */
export type Strings = typeof en;
