/**
 * How a notification reads. The service worker says the same words as the page, and cannot know
 * which language that speaks: there is nothing in them but names, numbers and what was said.
 *
 * @module
 */

/** What somebody is told of. */
export interface Told {
  /** A room's name, or `@Name`. */
  readonly room: string;
  readonly sender: string;
  readonly text: string;
  /** How many messages it is about, of which this is the newest. */
  readonly count?: number;
}

/** UTF-16 code units of a text that a notification shows. */
const textMax = 200;

/** A notification: one a room, in place of the one before. */
export function notificationOf({ room, sender, text, count = 1 }: Told) {
  const where = room.startsWith("@") ? "" : ` · #${room}`;
  const more = count > 1 ? ` (${count})` : "";
  const body = text.length > textMax ? `${text.slice(0, textMax).toWellFormed()}…` : text;
  const options = { body, tag: room, icon: "/icon-192.png", data: { room } };
  return { title: `${sender}${where}${more}`, options };
}
