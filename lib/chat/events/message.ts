/**
 * A message: the event that the other events change.
 *
 * @module
 */
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import { defineEvent, type MessageChange, refusesTarget, type WireFields } from "./event.ts";

/** `message`: a message of a member. In a direct conversation its type is `private_message`. */
export const message = defineEvent({
  kind: "message",
  type: "room_message",
  about: "a message",
  fields: {
    text: { type: "text", wire: "message", column: "text", about: "the present text" },
    replyTo: {
      type: "target",
      wire: "reply_to",
      column: "reply_to",
      optional: true,
      about: "the message that it answers",
    },
    mentions: {
      type: "texts",
      optional: true,
      computed: true,
      about: "whom it mentions: ids of users, `room`, `here`, and `group:ID`",
    },
    mentionNames: {
      type: "texts",
      wire: "mention_names",
      optional: true,
      computed: true,
      about: "the names by which its text mentions the first of `mentions`, in the same order",
    },
  },
  refuses: refusesTarget,
  changes: () => ({}),
});

/** One emoji under a message, and the members who reacted with it, in order. */
export interface Reaction {
  readonly emoji: string;
  readonly names: readonly string[];
  /** The ids of `names`, in the same order. */
  readonly ids: readonly string[];
}

/** A file attached to a message. Its bytes are at `/api/files/{id}`. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  /**
   * The type of an image that is shown inline, detected from the bytes, or
   * `application/octet-stream`.
   */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** In pixels; images have both. */
  readonly width?: number;
  readonly height?: number;
}

/** The content of a message on the wire: its text, and in a page of history its later changes. */
export type MessageBody = WireFields<typeof message.fields> & {
  readonly edited_at?: number;
  readonly deleted?: true;
  readonly files?: readonly FileInfo[];
  readonly reactions?: readonly Reaction[];
};

/** The properties of `MessageBody` beyond the fields of the event, for the documentation. */
export const BECOMES: Readonly<
  Record<Exclude<keyof MessageBody, keyof WireFields<typeof message.fields>>, string>
> = {
  edited_at: "when its text was last changed",
  deleted: "`true` once it is gone",
  files: "the files under it",
  reactions: "the reactions to it",
};

/** The user who caused an event. */
interface Actor {
  readonly sender: string;
  readonly sender_id: string;
}

/** Applies a change to a message. A deleted message stays as it is; applying twice changes nothing. */
export function changeMessage<M extends MessageBody>(
  before: M,
  { text, editedAt, deleted, reaction, state = {} }: MessageChange,
  actor: Actor,
): M {
  if (before.deleted) return before;
  if (deleted) return tombstone(before, state);
  const { reactions, ...rest } = before;
  const changed = reaction === undefined ? reactions : toggle(reactionsOf(before), reaction, actor);
  return withState({
    ...rest,
    ...(text === undefined ? {} : { message: text }),
    ...(editedAt === undefined ? {} : { edited_at: editedAt }),
    ...(changed === undefined || changed.length === 0 ? {} : { reactions: changed }),
  } as M, state);
}

function tombstone<M extends MessageBody>(
  before: M,
  state: NonNullable<MessageChange["state"]>,
): M {
  const { reactions: _reactions, files: _files, edited_at: _edited, ...rest } = before;
  return withState({ ...rest, message: "", deleted: true } as M, state);
}

/** Sets properties, and removes those that are `null`. */
export function withState<M extends object>(
  before: M,
  state: Readonly<Record<string, unknown>>,
): M {
  const entries = Object.entries(state);
  if (entries.length === 0) return before;
  const unchanged = Object.entries(before).filter(([name]) => !Object.hasOwn(state, name));
  return Object.fromEntries([...unchanged, ...entries.filter(([, value]) => value !== null)]) as M;
}

/** One reaction of one member. */
export interface OneReaction {
  readonly emoji: string;
  readonly name: string;
  readonly id: string;
}

/**
 * Gathers the reactions to a message by emoji, in canonical form, with each member once, in order.
 * What an older version kept apart becomes one.
 */
export function gatherReactions(all: Iterable<OneReaction>): readonly Reaction[] {
  const forms = new Map<string, Map<string, string>>();
  const gathered = new Map<string, Map<string, string>>();
  for (const { emoji, name, id } of all) {
    let people = forms.get(emoji);
    if (people === undefined) {
      const form = canonicalEmoji(emoji);
      people = gathered.get(form) ?? new Map();
      gathered.set(form, people);
      forms.set(emoji, people);
    }
    if (!people.has(id)) people.set(id, name);
  }
  return Array.from(gathered, ([emoji, people]) => ({
    emoji,
    names: [...people.values()],
    ids: [...people.keys()],
  }));
}

/** The reactions to a message, each once: an older version could keep one in several forms. */
export function reactionsOf({ reactions }: Pick<MessageBody, "reactions">): readonly Reaction[] {
  return reactions === undefined ? [] : gatherReactions(eachOf(reactions));
}

function* eachOf(reactions: readonly Reaction[]): Generator<OneReaction> {
  for (const { emoji, names, ids } of reactions) {
    for (const [place, id] of ids.entries()) yield { emoji, name: names[place] ?? "", id };
  }
}

const NO_REACTION: Omit<Reaction, "emoji"> = { names: [], ids: [] };

function toggle(
  all: readonly Reaction[],
  { emoji: written, on }: NonNullable<MessageChange["reaction"]>,
  { sender, sender_id }: Actor,
): readonly Reaction[] {
  const emoji = canonicalEmoji(written);
  const { names, ids } = all.find((one) => one.emoji === emoji) ?? NO_REACTION;
  const place = ids.indexOf(sender_id);
  if ((place >= 0) === on) return all;
  if (on && ids.length === 0) return [...all, { emoji, names: [sender], ids: [sender_id] }];
  const changed = on
    ? { emoji, names: [...names, sender], ids: [...ids, sender_id] }
    : { emoji, names: names.toSpliced(place, 1), ids: ids.toSpliced(place, 1) };
  return all.map((one) => one.emoji === emoji ? changed : one).filter((one) => one.ids.length > 0);
}
