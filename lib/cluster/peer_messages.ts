/**
 * Messages between instances: that something has changed, and the ids that it concerns. They carry
 * no names, no texts and no permissions: the receiver reads those from the store.
 *
 * @module
 */
import type { Effect, EffectOf } from "../chat/effect.ts";
import type { PersonalChange } from "../chat/personal.ts";
import type { PresentUser } from "../chat/presence.ts";
import type { PresenceState } from "../protocol/frames.ts";
import type { PeerPayload, Peers, PeerTopic } from "../store/peers.ts";

/** A change without its content: the receiver reads the current state from the store. */
export type Hint =
  | {
    readonly type:
      | "member_added"
      | "said"
      | "unread"
      | "level"
      | "invited"
      | "invitation_declined";
    readonly room: number;
    readonly account: number;
  }
  | {
    readonly type: "typing" | "read" | "thread_followed";
    readonly room: number;
    readonly account: number;
    /** The root of the thread that it is about; 0 for none. An older instance leaves it out. */
    readonly thread?: number;
  }
  | {
    readonly type: "member_removed";
    readonly room: number;
    readonly account: number;
    /** The moderator who removed the member; `null` when the member left. */
    readonly by: number | null;
  }
  | { readonly type: "room_changed"; readonly room: number }
  | { readonly type: "room_deleted"; readonly room: number; readonly by: number | null }
  | { readonly type: "emoji_changed"; readonly emoji: string }
  | { readonly type: "groups_changed" }
  | { readonly type: "server_changed" }
  | { readonly type: "reported" | "report_resolved"; readonly id: string }
  | { readonly type: "personal"; readonly account: number; readonly change: PersonalChange }
  | {
    readonly type:
      | "muted"
      | "role_changed"
      | "account_changed"
      | "erased"
      | "signed_out"
      | "unbanned"
      | "retired"
      | "quiet"
      | "profile";
    readonly account: number;
  }
  | { readonly type: "blocked"; readonly account: number; readonly other: number }
  | { readonly type: "banned"; readonly account: number; readonly everywhere: boolean };

/** A user's state at one instance. */
export interface PresenceEntry {
  readonly account: number;
  readonly state: PresenceState;
}

/** A message to the other instances. */
export type PeerMessage =
  /** A stored change takes effect. */
  | { readonly type: "effect"; readonly effect: Hint }
  /** A user's state at this instance has changed. */
  | PresenceEntry & { readonly type: "presence" }
  /** All users who are online or away at this instance. */
  | { readonly type: "roster"; readonly people: readonly PresenceEntry[] }
  /** Asks one instance for its roster, or all (`null`). */
  | { readonly type: "roster_request"; readonly of: string | null }
  /** A new epoch has started; its name is in the store. */
  | { readonly type: "epoch" }
  /** A heartbeat. */
  | { readonly type: "alive" }
  /** This instance is stopping. */
  | { readonly type: "bye" };

/**
 * A message with the number of messages that its sender has published, this one included: a
 * receiver that counts along detects a lost message.
 */
export type CountedPeerMessage = PeerMessage & { readonly count: number };

/** Publishes messages to the other instances and counts them. Does nothing on a store for one. */
export class PeerPublisher {
  readonly #peers: Peers | null;
  #count = 0;

  constructor(peers: Peers | null) {
    this.#peers = peers;
  }

  /** Publishes a message to all other instances soon. They detect for themselves when it is lost. */
  publish(message: PeerMessage): void {
    if (this.#peers === null) return;
    const topic = topicOf(message);
    if (isCounted(message, this.#peers)) this.#count += 1;
    this.#peers.publish({ ...message, count: this.#count }, ...topic === null ? [] : [topic]);
  }
}

/**
 * Whether a message is among those that its sender counts. Heartbeats are not, which carry the
 * current count; nor are those that only some instances get, where there are topics.
 */
export function isCounted(message: PeerMessage, { hasTopics }: Pick<Peers, "hasTopics">): boolean {
  return message.type !== "alive" && (!hasTopics || topicOf(message) === null);
}

/**
 * Whom a message concerns: only the instances with connections in a room, or of a user; `null` for
 * everyone. A lost message with a topic is not noticed, so that nothing lasting depends on it.
 */
function topicOf(message: PeerMessage): PeerTopic | null {
  if (message.type !== "effect") return null;
  const { effect } = message;
  switch (effect.type) {
    case "said":
    case "typing":
      return `room.${effect.room}`;
    case "read":
    case "unread":
    case "thread_followed":
    case "level":
    case "quiet":
    case "personal":
      return `user.${effect.account}`;
    default:
      return null;
  }
}

/** A user's state as other instances get it. */
export function presenceEntryOf({ account, state }: PresentUser): PresenceEntry {
  return { account: account.id, state };
}

/** An effect as other instances get it: by ids only. */
export function hintOf(effect: Effect): Hint {
  switch (effect.type) {
    case "member_added":
    case "said":
      return { type: effect.type, room: effect.room, account: effect.account.id };
    case "typing":
      return threadHint(effect, effect.room);
    case "read":
    case "thread_followed":
      return threadHint(effect, effect.record.id);
    case "unread":
    case "level":
    case "invited":
    case "invitation_declined":
      return { type: effect.type, room: effect.record.id, account: effect.account.id };
    case "member_removed": {
      const { type, room, account, by } = effect;
      return { type, room, account: account.id, by: by?.id ?? null };
    }
    case "room_changed":
      return { type: effect.type, room: effect.record.id };
    case "room_deleted":
      return { type: effect.type, room: effect.room, by: effect.by?.id ?? null };
    case "emoji_changed":
      return { type: effect.type, emoji: effect.emoji };
    case "groups_changed":
    case "server_changed":
      return { type: effect.type };
    case "reported":
    case "report_resolved":
      return { type: effect.type, id: effect.id };
    case "personal":
      return { type: effect.type, account: effect.account.id, change: effect.change };
    case "muted":
    case "role_changed":
    case "account_changed":
    case "erased":
    case "signed_out":
    case "unbanned":
    case "retired":
    case "quiet":
    case "profile":
      return { type: effect.type, account: effect.account.id };
    case "blocked":
      return { type: effect.type, account: effect.account.id, other: effect.other.id };
    case "banned": {
      const { type, account, everywhere } = effect;
      return { type, account: account.id, everywhere: everywhere !== null };
    }
  }
}

function threadHint(
  { type, account, thread = 0 }: EffectOf<"typing" | "read" | "thread_followed">,
  room: number,
): Hint {
  return { type, room, account: account.id, thread };
}

// Reading ----------------------------------------------------------------------------------------

type FieldChecks = Readonly<Record<string, (value: unknown) => boolean>>;

const isId = (value: unknown) => Number.isSafeInteger(value);
const isIdOrNull = (value: unknown) => value === null || isId(value);
const isFlag = (value: unknown) => typeof value === "boolean";
const isState = (value: unknown) => value === "online" || value === "away" || value === "offline";

const isIdOrMissing = (value: unknown) => value === undefined || isId(value);

const ROOM_AND_ACCOUNT = { room: isId, account: isId };
const IN_THREAD = { ...ROOM_AND_ACCOUNT, thread: isIdOrMissing };
const PRESENCE_ENTRY = { account: isId, state: isState };

const isText = (value: unknown) => typeof value === "string";
const isEnd = (value: unknown) => value === null || value === "sent" || value === "cancelled";

/** What a user keeps for themselves, by topic. */
const CHANGES: Readonly<Record<PersonalChange["topic"], FieldChecks>> = {
  saved: {},
  scheduled: { id: isText, ended: isEnd },
  reminder: { room: isId, seq: isId },
  draft: { room: isId, thread: isId },
  prefs: { room: isId },
};

const HINTS: Readonly<Record<Hint["type"], FieldChecks>> = {
  member_added: ROOM_AND_ACCOUNT,
  said: ROOM_AND_ACCOUNT,
  typing: IN_THREAD,
  read: IN_THREAD,
  thread_followed: IN_THREAD,
  unread: ROOM_AND_ACCOUNT,
  level: ROOM_AND_ACCOUNT,
  invited: ROOM_AND_ACCOUNT,
  invitation_declined: ROOM_AND_ACCOUNT,
  member_removed: { ...ROOM_AND_ACCOUNT, by: isIdOrNull },
  room_changed: { room: isId },
  room_deleted: { room: isId, by: isIdOrNull },
  emoji_changed: { emoji: isText },
  groups_changed: {},
  server_changed: {},
  personal: { account: isId, change: (value) => isKnown(value, CHANGES, "topic") !== "malformed" },
  muted: { account: isId },
  role_changed: { account: isId },
  account_changed: { account: isId },
  erased: { account: isId },
  signed_out: { account: isId },
  unbanned: { account: isId },
  retired: { account: isId },
  quiet: { account: isId },
  profile: { account: isId },
  reported: { id: isText },
  report_resolved: { id: isText },
  blocked: { account: isId, other: isId },
  banned: { account: isId, everywhere: isFlag },
};

const MESSAGES: Readonly<Record<PeerMessage["type"], FieldChecks>> = {
  effect: { effect: (value) => isKnown(value, HINTS) !== "malformed" },
  presence: PRESENCE_ENTRY,
  roster: {
    people: (value) => Array.isArray(value) && value.every((one) => fits(one, PRESENCE_ENTRY)),
  },
  roster_request: { of: (value) => value === null || typeof value === "string" },
  epoch: {},
  alive: {},
  bye: {},
};

function fits(value: unknown, fields: FieldChecks): boolean {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Readonly<Record<string, unknown>>;
  return Object.entries(fields).every(([name, isValid]) => isValid(record[name]));
}

/** @param by The field that names the type. */
function isKnown(
  value: unknown,
  types: Readonly<Record<string, FieldChecks>>,
  by = "type",
): "known" | "unknown" | "malformed" {
  if (!fits(value, { [by]: isText })) return "malformed";
  const type = (value as Readonly<Record<string, string>>)[by]!;
  const fields = Object.hasOwn(types, type) ? types[type] : undefined;
  if (fields === undefined) return "unknown";
  return fits(value, fields) ? "known" : "malformed";
}

/** A message that only a newer version understands: it is counted and otherwise ignored. */
export interface UnknownPeerMessage {
  readonly type: "unknown";
  readonly count: number;
}

/** Parses a message. Ignores unknown fields; returns `null` when a known type is malformed. */
export function parsePeerMessage(
  json: PeerPayload,
): CountedPeerMessage | UnknownPeerMessage | null {
  if (!fits(json, { count: isId })) return null;
  const known = isKnown(json, MESSAGES);
  if (known === "malformed") return null;
  const isNew = known === "unknown" || json.type === "effect" &&
      isKnown(json.effect, HINTS) === "unknown";
  return isNew
    ? { type: "unknown", count: json.count as number }
    : json as unknown as CountedPeerMessage;
}
