import type { DatabaseSync } from "node:sqlite";
import type { EventRefusal, Target } from "../../chat/events/event.ts";
import {
  changesOf,
  definitionOf,
  refusesEvent,
  roomChangeOf,
  targetOf,
} from "../../chat/events/index.ts";
import type { Votes } from "../../chat/events/poll.ts";
import { refusesVote } from "../../chat/events/votes.ts";
import { toAppended } from "../sql/appended.ts";
import type { Account, Append, AppendResult, StoredEvent } from "../records.ts";
import type { SqliteFiles } from "./files.ts";
import type { IdempotencyKeys, StoredKey } from "./idempotency_keys.ts";
import { ADD_MENTIONS, type FoundMessage, type Messages } from "./messages.ts";
import type { Reactions } from "./reactions.ts";
import {
  FIELD_COLUMNS,
  int,
  SELECT_EVENTS,
  toEvent,
  type Value,
  writeFields,
} from "../sql/rows.ts";
import type { SqliteRooms } from "./rooms.ts";
import { parsePayload } from "../sql/payload.ts";
import type { SqliteThreads } from "./threads.ts";
import { needsOpenPoll, type PollState } from "../sql/votes.ts";
import type { Transaction } from "./transaction.ts";
import type { SqliteVotes } from "./votes.ts";
import type { WordIndex } from "./word_index.ts";

/** The columns of an event that its definition fills. */
const COLUMNS = [...FIELD_COLUMNS.keys()];

/** The end of a room's log, and what the room is as far as it decides about appends. */
export interface LogHead {
  /** The newest seq. */
  readonly seq: number;
  readonly archived: boolean;
  readonly deleted: boolean;
}

/** Why an append comes too late for its room, as it is now; `null` if it does not. */
export function refusalOfRoom(item: Append, { archived, deleted }: LogHead) {
  if (deleted) return "no_such_room";
  return archived && !item.whileArchived ? "room_archived" : null;
}

/** Appends to the rooms' logs. */
export class SqliteLogWriter {
  readonly #transaction: Transaction;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #messages: Messages;
  readonly #reactions: Reactions;
  readonly #files: SqliteFiles;
  readonly #rooms: SqliteRooms;
  readonly #index: WordIndex;
  readonly #threads: SqliteThreads;
  readonly #votes: SqliteVotes;
  readonly #head;
  readonly #setHead;
  readonly #byKey;
  readonly #insert;
  readonly #addMentions;

  constructor(
    db: DatabaseSync,
    transaction: Transaction,
    idempotencyKeys: IdempotencyKeys,
    messages: Messages,
    reactions: Reactions,
    files: SqliteFiles,
    rooms: SqliteRooms,
    index: WordIndex,
    threads: SqliteThreads,
    votes: SqliteVotes,
  ) {
    this.#transaction = transaction;
    this.#idempotencyKeys = idempotencyKeys;
    this.#messages = messages;
    this.#reactions = reactions;
    this.#files = files;
    this.#rooms = rooms;
    this.#index = index;
    this.#threads = threads;
    this.#votes = votes;
    this.#head = db.prepare("SELECT seq, archived_at, deleted_at FROM rooms WHERE id = ?");
    this.#setHead = db.prepare("UPDATE rooms SET seq = ? WHERE id = ?");
    this.#byKey = db.prepare(`${SELECT_EVENTS} WHERE e.room = ? AND e.key_space = ? AND e.key = ?`);
    const columns = "room seq sender at key_space key kind payload".split(" ").concat(COLUMNS);
    this.#addMentions = db.prepare(ADD_MENTIONS);
    this.#insert = db.prepare(
      `INSERT INTO events (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
  }

  append(batch: readonly Append[]): readonly AppendResult[] {
    // Before, not after: once they are stored, nothing may fail.
    this.#index.keepUp();
    const results = this.#transaction(() => {
      // The end of each log in the batch: read once, counted here, written once.
      const heads = new Map<number, LogHead>();
      const results = batch.map((item) => this.#appendOne(item, heads));
      for (const [room, { seq }] of heads) this.#setHead.run(seq, room);
      return results;
    });
    this.#index.grow(results.length);
    return results;
  }

  #appendOne(item: Append, heads: Map<number, LogHead>): AppendResult {
    const { room } = item;
    const head = heads.get(room) ?? this.headOf(room);
    if (head.deleted) return { refused: "no_such_room" };
    // The key comes before the rest: a stored event counts, whatever became of its target.
    const key = this.#idempotencyKeys.keyOf(item);
    const first = key === null ? null : this.firstWithKey(room, key);
    if (first !== null) return { event: first, repeated: true };
    const seqOfTarget = targetOf(item);
    const target = seqOfTarget === null ? null : this.#targetOf(item, seqOfTarget);
    const refused = refusalOfRoom(item, head) ??
      (seqOfTarget === null ? null : refusalOf(item, target));
    if (refused !== null) return { refused };
    if (item.files !== undefined && !this.#files.areAttachable(item, item.files)) {
      return { refused: "no_such_file" };
    }
    const change = item.isImported ? null : roomChangeOf(item);
    const actor = { room, account: item.sender.id, at: item.at };
    const taken = change === null ? null : this.#rooms.change(actor, change);
    if (taken !== null) return { refused: taken };
    const seq = head.seq + 1;
    heads.set(room, { ...head, seq, archived: change?.archived ?? head.archived });
    return { event: this.#write(item, key, target, seq), repeated: false };
  }

  /** The message that an event names. A reply in a thread is no root of another one. */
  #targetOf(item: Append, seq: number): FoundMessage | null {
    const target = this.#messages.find(item.room, seq);
    const isRoot = target === null || target.thread === null;
    return item.kind === "message" && item.thread && !isRoot ? null : target;
  }

  /** The event stored in a room under a key, if any. */
  firstWithKey(room: number, { keySpace, stored }: StoredKey): StoredEvent | null {
    const row = this.#byKey.get(room, keySpace, stored);
    if (row === undefined) return null;
    const [event] = this.#files.fill([toEvent(row)]);
    return event ?? null;
  }

  /** The end of a room's log. */
  headOf(room: number): LogHead {
    const row = this.#head.get(room);
    // Not a refusal: room ids come from the store and stay valid.
    if (row === undefined) throw new Error(`Cannot append: there is no room with id ${room}`);
    const [archived, deleted] = [row.archived_at !== null, row.deleted_at !== null];
    return { seq: int(row, "seq"), archived, deleted };
  }

  #write(
    item: Append,
    key: StoredKey | null,
    target: FoundMessage | null,
    seq: number,
  ): StoredEvent {
    const { room, sender, at, kind, files = [] } = item;
    const applied = target === null ? {} : this.#apply(item, target, seq);
    const { columns, payload } = writeFields(definitionOf(kind)?.fields ?? {}, {
      ...item,
      ...applied,
    });
    const values = COLUMNS.map((column) => columns[column] ?? null).map(toSqlite);
    const [keySpace, stored] = [key?.keySpace ?? null, key?.stored ?? null];
    const { lastInsertRowid: id } = this.#insert.run(
      ...[room, seq, sender.id, at, keySpace, stored, kind, payload, ...values],
    );
    if (kind === "message" && payload !== null) this.#addMentions.run(id);
    if (target !== null && kind === "message" && item.thread) {
      const reply = { room, seq, root: item.thread, sender: sender.id, at };
      const grow = () => this.#threads.grow({ ...reply, rootSender: target.sender });
      // With its first reply the root becomes part of a thread.
      if (this.#threads.count(room, item.thread) > 0) grow();
      else this.#index.update(target.id, grow);
    }
    const appended = { ...item, ...applied };
    if (kind === "message") return toAppended(appended, seq, this.#files.attach(seq, files));
    this.#files.attachPreview(targetOf(item) ?? 0, files);
    return toAppended(appended, seq);
  }

  /** Counts a reply that was deleted. Without replies the root is no longer part of a thread. */
  #shrinkThread(room: number, seq: number): void {
    const shrink = () => this.#threads.shrink(room, seq);
    const root = this.#threads.count(room, seq) === 1 ? this.#messages.find(room, seq) : null;
    if (root === null) shrink();
    else this.#index.update(root.id, shrink);
  }

  /** Applies the event's definition to its target. @returns The fields of the event that follow. */
  #apply(
    item: Append,
    target: FoundMessage,
    seq: number,
  ): { readonly count?: number; readonly votes?: Votes } {
    const { room, sender } = item;
    const seqOfTarget = targetOf(item) ?? 0;
    const change = changesOf(item);
    const { deleted, reaction, vote } = change;
    if (vote !== undefined) {
      const { options } = vote;
      const poll = pollOf(target);
      const votes = this.#votes.put(room, seqOfTarget, sender.id, poll, options);
      this.#messages.change(target, { ...change, state: { votes } });
      return votes === undefined ? {} : { votes };
    }
    this.#messages.change(target, change);
    if (deleted) {
      this.#votes.drop(room, seqOfTarget);
      this.#reactions.drop(room, seqOfTarget);
      this.#files.detach(room, seqOfTarget);
      if (target.thread !== null) this.#shrinkThread(room, target.thread);
    }
    // The next preview has another picture, or none.
    if (change.state?.preview !== undefined) this.#files.detachPreview(room, seqOfTarget);
    if (reaction === undefined) return {};
    const { emoji, on } = reaction;
    return {
      count: on
        ? this.#reactions.put(room, seqOfTarget, emoji, sender.id, seq)
        : this.#reactions.take(room, seqOfTarget, emoji, sender.id),
    };
  }
}

/** The refusal of an event, if its definition refuses it. */
function refusalOf(item: Append, target: FoundMessage | null): EventRefusal | null {
  const { kind, sender, at, basedOn, asModerator = false } = item;
  const refused = refusesEvent(kind, { target: factOf(target, sender), asModerator });
  if (refused !== null || target === null) return refused;
  if (basedOn !== undefined && basedOn !== (target.editedAt ?? 0)) return "edit_conflict";
  return needsOpenPoll(item) ? refusesVote(pollOf(target), at) : null;
}

function pollOf({ payload }: FoundMessage): PollState {
  return parsePayload(payload) as PollState;
}

function factOf(target: FoundMessage | null, sender: Account): Target {
  if (target === null) return "none";
  if (target.deleted) return "deleted";
  return target.sender === sender.id ? "own" : "foreign";
}

function toSqlite(value: Value): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}
