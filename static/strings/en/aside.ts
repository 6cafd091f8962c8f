/**
 * What the page says in what is opened beside the chat, in English.
 *
 * @module
 */
import { dialogs } from "./dialogs.ts";
import { finding } from "./finding.ts";
import { keyboard } from "./keyboard.ts";
import { person } from "./person.ts";
import { settings } from "./settings.ts";

/** The catalogue. */
export const aside = {
  ...dialogs,
  ...finding,
  ...keyboard,
  ...person,
  ...settings,
};

/** The shape of such a catalogue. */
export type Asides = typeof aside;
