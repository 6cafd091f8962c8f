/**
 * A message: the event that the other events change.
 *
 * @module
 */
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import { defineEvent, type MessageChange, refusesTarget, type WireFields } from "./event.ts";
import type { Votes } from "./poll.ts";

/** `message`: a message of a member. In a direct conversation its type is `private_message`. */
export const message = defineEvent({
  kind: "message",
  type: "room_message",
  action: "post",
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
    thread: {
      type: "number",
      column: "thread",
      optional: true,
      sparse: true,
      about: "the first message of the thread that it is in",
    },
    alsoInRoom: {
      type: "boolean",
      wire: "also_in_room",
      column: "state",
      optional: true,
      sparse: true,
      about: "`true` for a reply in a thread that is shown in the room as well",
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
    poll: {
      type: "poll",
      optional: true,
      sparse: true,
      about: "its poll",
    },
    forwarded: {
      type: "forwarded",
      optional: true,
      sparse: true,
      about: "where it comes from, if it was forwarded: `sender`, `sender_id`, `at`, and `room`, " +
        "`room_id` and `seq` if that is a public room",
    },
  },
  refuses: refusesTarget,
  changes: () => ({}),
});

/** How many names a message carries for each of its reactions. */
export const REACTION_NAMES = 3;

/**
 * One emoji under a message, for one user. It names some of the users who reacted with it:
 * `list_reactions` lists all.
 */
export interface Reaction {
  readonly emoji: string;
  /** How many users have reacted with it. */
  readonly count: number;
  /** Whether the user who reads it is one of them. */
  readonly mine?: true;
  /** Some of them: the first ones in a page from the server. */
  readonly names: readonly string[];
  /** The ids of `names`, in the same order. */
  readonly ids: readonly string[];
}

/** A file attached to a message. Its bytes are at `/api/files/{id}`. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  /**
   * The type of an image, a video, audio or a PDF, which are shown in place, detected from the bytes;
   * or `application/octet-stream`.
   */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** In pixels; images have both. */
  readonly width?: number;
  readonly height?: number;
  /** Its small image is at `/api/files/{id}/thumbnail`, and has this size in pixels. */
  readonly thumbnail?: { readonly width: number; readonly height: number };
  /** How long audio or video lasts, in ms, as its uploader says. */
  readonly duration?: number;
  /** The waveform of audio, as its uploader says: a level from 0 to 63 in each character. */
  readonly peaks?: string;
}

/** The replies in a thread, as its root carries them. */
export interface Replies {
  /** Those that are not deleted. */
  readonly count: number;
  /** The time of the newest, in milliseconds since the Unix epoch, and its `seq`. */
  readonly last_at: number;
  readonly last_seq: number;
  /** Who wrote the newest, at most three users, the latest first. */
  readonly people: readonly { readonly name: string; readonly id: string }[];
}

/** The content of a message on the wire: its text, and in a page of history its later changes. */
export type MessageBody = WireFields<typeof message.fields> & {
  readonly edited_at?: number;
  readonly deleted?: true;
  readonly files?: readonly FileInfo[];
  readonly reactions?: readonly Reaction[];
  readonly replies?: Replies;
};

/** The properties of `MessageBody` beyond the fields of the event, for the documentation. */
export const BECOMES: Readonly<
  Record<Exclude<keyof MessageBody, keyof WireFields<typeof message.fields>>, string>
> = {
  edited_at: "when its text was last changed",
  deleted: "`true` once it is gone",
  files: "the files under it",
  reactions: "the reactions to it",
  replies: "the replies in the thread of which it is the root",
};

/** Whether a message is shown in its room: it is no reply in a thread, or one in the room as well. */
export function isInRoom(
  { thread, also_in_room }: {
    readonly thread?: number | undefined;
    readonly also_in_room?: boolean | undefined;
  },
): boolean {
  return thread === undefined || also_in_room === true;
}

/** The user who caused an event. */
interface Actor {
  readonly sender: string;
  readonly sender_id: string;
}

/**
 * Applies a change to a message. A deleted message stays as it is; applying twice changes nothing.
 *
 * @param viewer The id of the user for whom the message is: `Reaction.mine` is about that user.
 */
export function changeMessage<M extends MessageBody>(
  before: M,
  { text, editedAt, deleted, reaction, vote, state: set = {} }: MessageChange,
  actor: Actor,
  viewer?: string,
): M {
  if (before.deleted) return before;
  if (deleted) return tombstone(before, set);
  const state = vote?.votes === undefined
    ? set
    : { ...set, votes: { ...vote.votes, ...mineAfter(before, vote.options, actor, viewer) } };
  const { reactions, ...rest } = before;
  const changed = reaction === undefined
    ? reactions
    : react(reactionsOf(before, viewer), reaction, actor, viewer);
  return withState({
    ...rest,
    ...(text === undefined ? {} : { message: text }),
    ...(editedAt === undefined ? {} : { edited_at: editedAt }),
    ...(changed === undefined || changed.length === 0 ? {} : { reactions: changed }),
  } as M, state);
}

/** What the viewer has voted for after a vote: an anonymous one tells no user that it is theirs. */
function mineAfter(
  before: object,
  options: readonly number[],
  { sender_id }: Actor,
  viewer: string | undefined,
): Pick<Votes, "mine"> {
  const { votes } = before as { readonly votes?: Votes };
  const mine = sender_id === viewer ? options : votes?.mine ?? [];
  return mine.length === 0 ? {} : { mine };
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

/** A reaction as versions before 2 had it: with the names of everyone, and nothing else. */
type AnyReaction = Omit<Reaction, "count"> & Partial<Pick<Reaction, "count">>;

/**
 * The reactions to a message, each once. What a version before 2 stored in the page, with all names
 * and perhaps one emoji in two forms, becomes counts.
 *
 * @param viewer The id of the user for whom the message is.
 */
export function reactionsOf(
  { reactions = [] }: Pick<MessageBody, "reactions">,
  viewer?: string,
): readonly Reaction[] {
  const gathered = new Map<string, Reaction>();
  for (const one of reactions) {
    const emoji = canonicalEmoji(one.emoji);
    gathered.set(emoji, { ...counted(one, gathered.get(emoji), viewer), emoji });
  }
  return Array.from(gathered.values(), ({ names, ids, ...rest }) => ({
    ...rest,
    names: names.slice(0, REACTION_NAMES),
    ids: ids.slice(0, REACTION_NAMES),
  }));
}

function counted(
  one: AnyReaction,
  other: AnyReaction | undefined,
  viewer: string | undefined,
): Omit<Reaction, "emoji"> {
  const { count, names, ids, mine } = one;
  if (count !== undefined) return { count, names, ids, ...(mine ? { mine } : {}) };
  const people = new Map(other?.ids.map((id, place) => [id, other.names[place] ?? ""]));
  for (const [place, id] of ids.entries()) if (!people.has(id)) people.set(id, names[place] ?? "");
  const isMine = viewer !== undefined && people.has(viewer);
  return {
    count: people.size,
    ...(isMine ? { mine: true } : {}),
    names: [...people.values()],
    ids: [...people.keys()],
  };
}

/** Applies one user's change to the reactions of a message. */
function react(
  all: readonly Reaction[],
  { emoji: written, on, count }: NonNullable<MessageChange["reaction"]>,
  { sender, sender_id }: Actor,
  viewer: string | undefined,
): readonly Reaction[] {
  const emoji = canonicalEmoji(written);
  const before = all.find((one) => one.emoji === emoji) ??
    { emoji, count: 0, names: [], ids: [] };
  const { mine, ...others } = before;
  const isOwn = sender_id === viewer;
  const after: Reaction = {
    ...others,
    ...namesAfter(before, on, { sender, sender_id }),
    count: count ?? countAfter(before, on, sender_id, isOwn),
    ...((isOwn ? on : mine) ? { mine: true } : {}),
  };
  const rest = all.includes(before)
    ? all.map((one) => one === before ? after : one)
    : [...all, after];
  return rest.filter((one) => one.count > 0);
}

function namesAfter(
  { names, ids }: Reaction,
  on: boolean,
  { sender, sender_id }: Actor,
): Pick<Reaction, "names" | "ids"> {
  const place = ids.indexOf(sender_id);
  if (on) {
    if (place >= 0 || ids.length >= REACTION_NAMES) return { names, ids };
    return { names: [...names, sender], ids: [...ids, sender_id] };
  }
  if (place < 0) return { names, ids };
  return { names: names.toSpliced(place, 1), ids: ids.toSpliced(place, 1) };
}

/** The count after an event of a version before 2, which does not say it: right if the names are. */
function countAfter(
  { count, ids, mine }: Reaction,
  on: boolean,
  sender: string,
  isOwn: boolean,
): number {
  const had = ids.includes(sender) || (isOwn && mine === true);
  if (on) return had ? count : count + 1;
  const isUnnamed = !isOwn && count > ids.length;
  return had || isUnnamed ? count - 1 : count;
}
