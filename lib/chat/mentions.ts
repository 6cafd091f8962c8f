/**
 * Finds whom a message mentions, once, before it is stored. Only members of the room can be
 * mentioned: a name must not reveal who exists elsewhere. The names are in memory, so that no
 * message costs a query; a text without a sign is not even parsed.
 *
 * @module
 */
import { LIMITS } from "../protocol/limits.ts";
import { parse } from "../protocol/text/markdown/parse.ts";
import {
  EVERYONE,
  type Everyone,
  groupMention,
  mayMention,
  mentionsIn,
} from "../protocol/text/mentions.ts";
import type { Room } from "./room.ts";
import type { GroupRecord } from "../store/groups.ts";
import type { Account } from "../store/records.ts";

const HERE: Everyone = "here";

/** Whom a message mentions, as it is stored: see `message` in `chat/events`. */
export interface MentionFields {
  readonly mentions: readonly string[];
  readonly mentionNames: readonly string[];
}

/** What decides whom a text can mention. */
export interface MentionOptions {
  /** Whether the sender may mention everyone in the room. */
  readonly everyone: boolean;
  /** Returns the group with a folded name. */
  readonly groupNamed: (folded: string) => GroupRecord | undefined;
  /** The members whom `@here` reaches now, without the sender. Read only where a text has it. */
  readonly here: () => Iterable<Pick<Account, "publicId">>;
}

/** Returns whom a text of a member mentions in a room; `null` for a text that mentions nobody. */
export function mentionFields(
  text: string,
  room: Pick<Room, "memberNamed" | "has">,
  { everyone, groupNamed, here }: MentionOptions,
): MentionFields | null {
  if (!mayMention(text)) return null;
  const groups = new Map<string, GroupRecord>();
  const meaning = (folded: string) => {
    const member = room.memberNamed(folded);
    if (member !== undefined) return member.publicId;
    const group = groupNamed(folded);
    if (group !== undefined) {
      const mention = groupMention(group.publicId);
      groups.set(mention, group);
      return mention;
    }
    return everyone ? EVERYONE.find((word) => word === folded) : undefined;
  };
  // By what they stand for, in the order of the text.
  const names = new Map<string, string>();
  for (const { id, typed } of mentionsIn(parse(text), meaning)) {
    if (names.size >= LIMITS.mentions_per_message) break;
    if (!names.has(id)) names.set(id, typed);
  }
  if (names.size === 0) return null;
  const mentions = new Set(names.keys());
  for (const mention of names.keys()) {
    for (const member of groups.get(mention)?.members ?? []) {
      if (mentions.size < LIMITS.mentions_per_message && room.has(member)) {
        mentions.add(member.publicId);
      }
    }
  }
  // Later nobody could tell whom it reached.
  if (names.has(HERE)) {
    for (const { publicId } of here()) {
      if (mentions.size >= LIMITS.mentions_per_message) break;
      mentions.add(publicId);
    }
  }
  return { mentions: [...mentions], mentionNames: [...names.values()] };
}
