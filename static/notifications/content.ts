/**
 * The content of a notification. The service worker and the page use the same content, and the
 * worker does not know the page's language: so it holds only names, numbers and message text.
 *
 * @module
 */
import { balanced, joined } from "../strings/isolate.ts";

/** A message to notify the user about. */
export interface PushMessage {
  /**
   * The key or address of the room: where a click leads, and which notification this one replaces.
   */
  readonly room: string;
  /** The display name of the room: its name, or `@` and the names of the others. */
  readonly name?: string;
  /** The room's id; the server sends it beside the name in `room`. */
  readonly room_id?: string;
  readonly sender: string;
  readonly text: string;
  /** The `seq` of the message. */
  readonly seq?: number;
  /** How many messages the notification stands for; `text` is from the newest. */
  readonly count?: number;
  /** Whether a click leads to the message itself, and not to what is new in the room. */
  readonly jump?: true;
}

/** The maximum length of the text in a notification, in UTF-16 code units. */
const textMax = 200;

/** Builds a notification: one per room, which replaces the one before. */
export function notificationOf(
  { room_id, name, sender, text, seq, count = 1, jump, ...message }: PushMessage,
) {
  const room = room_id ?? message.room;
  const called = name ?? message.room;
  const others = called.startsWith("@") ? called.slice(1) : undefined;
  const where = others === undefined ? `#${called}` : others === sender ? "" : others;
  const more = count > 1 ? ` (${count})` : "";
  const said = text.length > textMax ? `${text.slice(0, textMax).toWellFormed()}…` : text;
  const options = {
    body: balanced(said),
    tag: room,
    icon: "/server-icon",
    data: {
      room: room_id === undefined && name === undefined ? room : `id:${room}`,
      ...(seq === undefined ? {} : { seq }),
      ...(jump && { jump }),
    },
  };
  return { title: joined([sender, where], " · ") + more, options };
}

/** Where a click on a notification leads, from its `data`. */
export function placeOf({ room, seq, jump }: ReturnType<typeof notificationOf>["options"]["data"]) {
  return { room, ...(jump && seq !== undefined ? { seq } : {}) };
}
