/**
 * The reactions to messages, as a page of messages carries them. A message can have many thousands:
 * a page reads how many there are of each emoji, and the first few users.
 *
 * An older version stored an emoji as it was written, so one emoji can be there in several forms.
 *
 * @module
 */
import { type Reaction, REACTION_NAMES } from "../../chat/events/message.ts";
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import type { ReactionEntry, ReactionPage, StoredMessage } from "../records.ts";
import { flag, int, type Row, storedText, text } from "./rows.ts";

/** The columns for `withReactions`, of a count `c`, a reaction `x` and its account `a`. */
export const REACTION_COLUMNS = "c.room, c.target, c.emoji, c.count, a.name, a.public_id";

/** The column `mine` for `withReactions`. @param viewer The number of the user who reads. */
export function mineColumn(viewer: string): string {
  return `EXISTS (
    SELECT 1 FROM reactions own WHERE own.room = c.room AND own.target = c.target
      AND own.emoji = c.emoji AND own.account = ${viewer}
  ) AS mine`;
}

/** The first users who reacted with the emoji of a count `c`. */
export const FIRST_REACTIONS = `SELECT f.account, f.seq FROM reactions f
  WHERE f.room = c.room AND f.target = c.target AND f.emoji = c.emoji
  ORDER BY f.seq LIMIT ${REACTION_NAMES}`;

/** What is gathered for one emoji, from all of its forms. */
interface Gathered {
  /** The number for each form. */
  readonly counts: Map<string, number>;
  readonly people: Map<string, string>;
  mine: boolean;
}

/**
 * Adds the reactions to messages.
 *
 * @param rows The first reactions with each emoji, of each message in order of arrival: with
 * `REACTION_COLUMNS` and `mineColumn`.
 */
export function withReactions(
  messages: readonly StoredMessage[],
  rows: Iterable<Row>,
): readonly StoredMessage[] {
  const found = new Map<string, Map<string, Gathered>>();
  for (const row of rows) {
    const target = placeOf(int(row, "room"), int(row, "target"));
    const of = found.get(target) ?? new Map<string, Gathered>();
    found.set(target, of);
    const emoji = canonicalEmoji(text(row, "emoji"));
    const one = of.get(emoji) ?? { counts: new Map(), people: new Map(), mine: false };
    of.set(emoji, one);
    one.counts.set(storedText(row, "emoji"), int(row, "count"));
    one.people.set(storedText(row, "public_id"), text(row, "name"));
    one.mine ||= flag(row, "mine");
  }
  return messages.map((message) => {
    const all = found.get(placeOf(message.room, message.seq));
    return all === undefined ? message : { ...message, reactions: Array.from(all, toReaction) };
  });
}

function toReaction([emoji, { counts, people, mine }]: [string, Gathered]): Reaction {
  const first = [...people].slice(0, REACTION_NAMES);
  return {
    emoji,
    count: counts.values().reduce((sum, count) => sum + count, 0),
    ...(mine ? { mine } : {}),
    names: first.map(([, name]) => name),
    ids: first.map(([id]) => id),
  };
}

/** The forms in which an emoji is stored under a message. @param rows The `emoji` of each count. */
export function formsOf(emoji: string, rows: readonly Row[]): readonly string[] {
  const wanted = canonicalEmoji(emoji);
  return rows.filter((row) => canonicalEmoji(text(row, "emoji")) === wanted)
    .map((row) => storedText(row, "emoji"));
}

/** The columns for `toReactionPage`, of a reaction `x` and its account `a`. */
export const LISTED_REACTION = "x.emoji, x.seq, a.name, a.public_id";

/** Reads a page of reactions. @param rows Up to one more than `limit`, in order. */
export function toReactionPage(rows: readonly Row[], limit: number): ReactionPage {
  const entries = rows.slice(0, limit).map((row): ReactionEntry => ({
    emoji: canonicalEmoji(text(row, "emoji")),
    name: text(row, "name"),
    id: storedText(row, "public_id"),
  }));
  const last = rows[limit - 1];
  const next = rows.length > limit && last !== undefined
    ? `${int(last, "seq")} ${storedText(last, "emoji")}`
    : null;
  return { entries, next };
}

/** Reads the `next` of a page of reactions: anything that is none is the beginning. */
export function reactionCursor(next: string): { readonly seq: number; readonly emoji: string } {
  const [, seq = "0", emoji = ""] = /^(\d{1,15}) (.+)$/su.exec(next) ?? [];
  return { seq: Number(seq), emoji };
}

function placeOf(room: number, seq: number): string {
  return `${room} ${seq}`;
}
