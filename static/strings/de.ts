/**
 * Every sentence of the page, in German.
 *
 * @module
 */
import { entry } from "./de/entry.ts";
import { files } from "./de/files.ts";
import { keyboard } from "./de/keyboard.ts";
import { page } from "./de/page.ts";
import { people } from "./de/people.ts";
import { rooms } from "./de/rooms.ts";
import { settings } from "./de/settings.ts";
import { talk } from "./de/talk.ts";
import { told } from "./de/told.ts";
import type { Strings } from "./en.ts";

/** The catalogue. */
export const de: Strings = {
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
