/**
 * What the page says from the start, in German.
 *
 * @module
 */
import { entry } from "./de/entry.ts";
import { files } from "./de/files.ts";
import { page } from "./de/page.ts";
import { people } from "./de/people.ts";
import { rooms } from "./de/rooms.ts";
import { talk } from "./de/talk.ts";
import type { Strings } from "./en.ts";

/** The catalogue. */
export const de: Strings = {
  ...page,
  ...entry,
  ...rooms,
  ...talk,
  ...people,
  ...files,
};
