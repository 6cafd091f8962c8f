/**
 * Names in messages: `@Anna Maria`, `#lobby`. Which names have a meaning, the caller says: those
 * that the server found when the message was sent.
 *
 * @module
 */
import { foldName, foldRoom } from "../../lib/protocol/names.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { type Meaning, type Mentioning, nameAt } from "../../lib/protocol/text/mentions.ts";

/** The names that have a meaning. */
export interface Names {
  readonly meaning: Meaning;
  /** The folded names of rooms. */
  readonly rooms: ReadonlySet<string>;
}

/** A piece of a text: a mention, or the text between mentions. `text` is as typed. */
export interface MentionPiece {
  readonly text: string;
  /** What a mention stands for: see `mentions` of a message. */
  readonly mention?: string;
  /** The name of the mentioned room; `isKnown` says whether the room exists. */
  readonly room?: string;
  readonly isKnown?: boolean;
}

/** The fields of a message that say whom it mentions, and by which names. */
export type NamedMentions = Mentioning & { readonly mention_names?: readonly string[] };

/**
 * What names mean in a message. A message of an earlier server does not say so: then they are the
 * names of the members.
 */
export function meaningIn(
  { mentions, mention_names = [] }: NamedMentions,
  memberIds: ReadonlyMap<string, string>,
): Meaning {
  if (!mentions) return (folded) => memberIds.get(folded);
  const ids = new Map(mention_names.map((name, index) => [foldName(name), mentions[index]]));
  return (folded) => ids.get(folded);
}

const sign = /(?<![\p{L}\p{M}\p{N}])[@\ufe6b\uff20#](?=[\p{L}\p{N}])/gu;
const room = /[\p{L}\p{M}\p{N}\u200c\u200d_-]+/uy;

/** Cuts a text at the boundaries of its mentions. */
export function piecesOf(text: string, names: Names): readonly MentionPiece[] {
  const pieces: MentionPiece[] = [];
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(sign)) {
    if (index < end) continue;
    const found = mark === "#" ? roomAt(text, index, names) : mentionAt(text, index, names);
    if (found === undefined) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push(found);
    end = index + found.text.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function mentionAt(text: string, at: number, { meaning }: Names): MentionPiece | undefined {
  const found = nameAt(text, at + 1, meaning);
  return found && { text: text.slice(at, at + 1 + found.typed.length), mention: found.id };
}

function roomAt(text: string, at: number, { rooms }: Names): MentionPiece | undefined {
  room.lastIndex = at + 1;
  const name = room.exec(text)?.[0];
  if (name === undefined || name.length > LIMITS.room_name_length) return undefined;
  return { text: `#${name}`, room: name, isKnown: rooms.has(foldRoom(name)) };
}
