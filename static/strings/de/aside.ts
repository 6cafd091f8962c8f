/**
 * What the page says in what is opened beside the chat, in German.
 *
 * @module
 */
import { dialogs } from "./dialogs.ts";
import { finding } from "./finding.ts";
import { keyboard } from "./keyboard.ts";
import { person } from "./person.ts";
import { settings } from "./settings.ts";
import type { Asides } from "../en/aside.ts";

/** The catalogue. */
export const aside: Asides = {
  ...dialogs,
  ...finding,
  ...keyboard,
  ...person,
  ...settings,
};
