/**
 * Completes the records of another system: a converter leaves out what the import can work out.
 * `docs/moving.md` says what that is.
 *
 * @module
 */
import { skeletonOf } from "../util/confusables.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldName, foldRoom } from "../protocol/names.ts";
import type { Account } from "../store/records.ts";
import { hashToken } from "../util/secrets.ts";
import { PeopleNames, RoomNames } from "../auth/fitting_names.ts";
import type { FindEmoji } from "../slack/emoji.ts";
import { canonicalEmoji, customEmoji, isEmoji } from "../protocol/text/emoji.ts";
import { mentionPayload } from "./mention_payload.ts";
import type { Summary } from "./summary.ts";

/** The fields that a converter may leave out, by the type of the record. */
export const COMPLETED: Readonly<Record<string, readonly string[]>> = {
  account: ["role", "created_at"],
  room: ["name", "seq", "locked", "slow_ms", "created_at"],
  member: ["read", "joined_at"],
  event: ["id", "seq", "deleted"],
};

/** A record as a converter wrote it, or completed. */
type LooseRecord = Readonly<Record<string, unknown>>;

/** What is known about a room. */
interface CompletedRoom {
  readonly folded: string | undefined;
  readonly createdAt: unknown;
  readonly members: Map<string, Account>;
  seq: number;
}

/** Completes records, one after another. */
export class Completion {
  readonly #source: string;
  readonly #summary: Summary;
  readonly #emoji: FindEmoji;
  readonly #people = new PeopleNames();
  readonly #names = new RoomNames();
  readonly #accounts = new Map<unknown, Account>();
  readonly #rooms = new Map<unknown, CompletedRoom>();
  #event = 0;

  /**
   * @param source Names the system that the records come from: the ids in it become public ids.
   * @param summary Lists the names that are others here.
   * @param emoji Finds emoji by name.
   */
  constructor(source: string, summary: Summary, emoji: FindEmoji) {
    this.#source = source;
    this.#summary = summary;
    this.#emoji = emoji;
  }

  /** Adds the fields that were left out. What is there stays, except for names that are not valid. */
  complete(record: LooseRecord): LooseRecord {
    switch (record.type) {
      case "account":
        return this.#account(record);
      case "room":
        return this.#room(record);
      case "member":
        return this.#member(record);
      case "event":
        return this.#completeEvent(record);
      default:
        return record;
    }
  }

  #account({ name, ...record }: LooseRecord): LooseRecord {
    const taken = typeof name === "string" ? this.#people.take([name], String(record.id)) : "";
    if (typeof name === "string") this.#summary.renamed("user", name, taken);
    const publicId = this.#publicId("account", record);
    this.#accounts.set(record.id, { id: 0, publicId, name: taken, role: "member" });
    return {
      ...{ role: "member", created_at: 0 },
      ...record,
      public_id: publicId,
      ...(typeof name === "string"
        ? { name: taken, folded: foldName(taken), skeleton: skeletonOf(taken) }
        : { name }),
    };
  }

  #room(record: LooseRecord): LooseRecord {
    const { kind, name = "", low, high, created_at = 0 } = record;
    const isDirect = kind === "direct";
    const taken = isDirect ? "" : this.#names.take(String(name));
    if (!isDirect) this.#summary.renamed("room", String(name), taken);
    const folded = isDirect ? undefined : foldRoom(taken);
    this.#rooms.set(record.id, { folded, createdAt: created_at, members: new Map(), seq: 0 });
    const isSwapped = typeof low === "number" && typeof high === "number" && low > high;
    return {
      ...{ locked: false, slow_ms: 0, created_at },
      ...record,
      seq: 0,
      public_id: this.#publicId("room", record),
      ...(isDirect ? { name: "" } : { name: taken, folded }),
      ...(isSwapped ? { low: high, high: low } : {}),
    };
  }

  #member(record: LooseRecord): LooseRecord {
    const { folded, createdAt = 0, members } = this.#rooms.get(record.room) ?? {};
    const account = this.#accounts.get(record.account);
    if (account !== undefined) members?.set(foldName(account.name), account);
    const known = folded === undefined ? {} : { folded };
    return { ...{ read: 0, joined_at: createdAt }, ...record, ...known };
  }

  #completeEvent(record: LooseRecord): LooseRecord {
    const room = this.#rooms.get(record.room);
    if (room !== undefined) room.seq += 1;
    this.#event += 1;
    const { key, emoji, kind, text } = record;
    const payload = kind === "message" && typeof text === "string" && room !== undefined
      ? mentionPayload(text, room.members)
      : null;
    const found = typeof emoji === "string" ? this.#emojiOf(emoji) : undefined;
    const completed = {
      ...{ id: this.#event, seq: room?.seq ?? 1, deleted: false },
      ...(payload === null ? {} : { payload }),
      ...record,
      ...(found === undefined ? {} : { emoji: found }),
    };
    if (typeof key !== "string") return completed;
    const short = key.length <= LIMITS.key_length ? key : hashToken(key);
    return { key_space: record.sender, ...completed, key: short };
  }

  /** The emoji that a converter means: it writes the emoji, or its name. */
  #emojiOf(written: string): string {
    const emoji = canonicalEmoji(written);
    if (isEmoji(emoji)) return emoji;
    const name = written.replace(/^:|:$/g, "");
    return this.#emoji(name) ?? customEmoji(name) ?? emoji;
  }

  /** The same id for the same thing in every export of the same system. */
  #publicId(type: string, { public_id: own, id }: LooseRecord): string {
    return hashToken(`${this.#source} ${type} ${own ?? id}`).slice(0, 16);
  }
}

/**
 * The statements that work out what is known only after the last event, once the log has its
 * indexes. Every backend understands them.
 */
export const CONCLUSIONS: readonly string[] = [
  "UPDATE rooms SET seq = (SELECT coalesce(max(e.seq), 0) FROM events e WHERE e.room = rooms.id)",
  // Imported messages count as read: no user starts with years of unread messages.
  `UPDATE members SET read = (SELECT r.seq FROM rooms r WHERE r.id = members.room)
   WHERE read = 0 OR read > (SELECT r.seq FROM rooms r WHERE r.id = members.room)`,
  `INSERT INTO reactions (room, target, emoji, account, seq)
   SELECT e.room, e.target, e.emoji, e.sender, e.seq FROM (
     SELECT room, target, emoji, sender, seq, state, row_number() OVER (
       PARTITION BY room, target, emoji, sender ORDER BY seq DESC
     ) AS number FROM events WHERE kind = 'reaction'
   ) e WHERE e.number = 1 AND e.state AND NOT EXISTS (
     SELECT 1 FROM events t WHERE t.room = e.room AND t.seq = e.target AND t.deleted)`,
];
