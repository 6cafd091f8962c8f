/**
 * Reads one record of a channel in a Slack export.
 *
 * @module
 */
import { asTime, fieldOf, listAt, textAt, textsAt } from "../util/loose.ts";

/** Who wrote a message. */
export interface SlackAuthor {
  /** Slack's id of the user or bot; of a program without one, its name. */
  readonly id: string;
  readonly isBot: boolean;
  /** What it may be called if it is in no list of users, the best name first. */
  readonly names: readonly string[];
}

/** A message. */
export interface SlackMessage {
  /** When it was sent, in microseconds since the Unix epoch: also its id in the channel. */
  readonly ts: number;
  /** The `ts` of the thread's first message, if this is an answer. */
  readonly thread: number | null;
  /** Whether this answer was also sent to the channel. */
  readonly alsoInRoom: boolean;
  readonly author: SlackAuthor;
  readonly text: string;
  readonly blocks: unknown;
  readonly attachments: unknown;
  readonly files: readonly unknown[];
  /** Whether it was deleted, and only its answers remain. */
  readonly deleted: boolean;
  /** In ms since the Unix epoch. */
  readonly editedAt: number | null;
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[];
}

/** The result of reading a record. */
export type SlackRecord = { readonly message: SlackMessage } | { readonly notice: true } | {
  readonly problem: string;
};

/** Subtypes of records that tell of something else than a message. */
const NOTICES =
  /^(?:(?:channel|group|mpim|bot|app|pinned|reminder|huddle|ekm|sh_room)_(?!message$)|message_)/;

/** Reads a record, whatever it is. */
export function readMessage(value: unknown): SlackRecord {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "it is no object" };
  }
  const type = textAt(value, "type");
  const subtype = textAt(value, "subtype");
  if (type !== "" && type !== "message" || NOTICES.test(subtype)) return { notice: true };
  const ts = asTime(fieldOf(value, "ts"), 1_000_000);
  if (ts === null) return { problem: 'its "ts" is no time' };
  const author = authorOf(value);
  if (author === null) return { problem: "it does not say who wrote it" };
  const thread = asTime(fieldOf(value, "thread_ts"), 1_000_000);
  const text = textAt(value, "text") || textAt(value, "comment", "comment");
  return {
    message: {
      ts,
      author,
      thread: thread === ts ? null : thread,
      alsoInRoom: subtype === "thread_broadcast",
      text: subtype === "me_message" && text.trim() !== "" ? `_${text.trim()}_` : text,
      blocks: fieldOf(value, "blocks"),
      attachments: fieldOf(value, "attachments"),
      files: [...listAt(value, "files"), fieldOf(value, "file")],
      deleted: subtype === "tombstone",
      editedAt: asTime(fieldOf(fieldOf(value, "edited"), "ts"), 1_000),
      reactions: listAt(value, "reactions").map((one) => ({
        name: textAt(one, "name"),
        users: textsAt(one, "users"),
      })),
    },
  };
}

function authorOf(value: unknown): SlackAuthor | null {
  const profile = fieldOf(value, "user_profile");
  const user = textAt(value, "user") || textAt(value, "comment", "user");
  const bot = textAt(value, "bot_id");
  const name = textAt(value, "username");
  const names = [
    textAt(profile, "display_name"),
    textAt(profile, "real_name"),
    textAt(profile, "name"),
    name,
    textAt(value, "bot_profile", "name"),
  ].filter((each) => each.trim() !== "");
  if (user !== "") return { id: user, isBot: bot !== "", names: [...names, user] };
  const id = name.trim() !== "" ? `program ${name}` : bot;
  return id === "" ? null : { id, isBot: true, names: [...names, bot] };
}
