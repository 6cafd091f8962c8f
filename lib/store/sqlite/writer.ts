import type { DatabaseSync } from "node:sqlite";
import type { EventRefusal, Target } from "../../chat/events/event.ts";
import { changesOf, definitionOf, refusesEvent, targetOf } from "../../chat/events/index.ts";
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
import type { Transaction } from "./transaction.ts";
import type { WordIndex } from "./word_index.ts";

/** The columns of an event that its definition fills. */
const COLUMNS = [...FIELD_COLUMNS.keys()];

/** Appends to the rooms' logs. */
export class SqliteLogWriter {
  readonly #transaction: Transaction;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #messages: Messages;
  readonly #reactions: Reactions;
  readonly #files: SqliteFiles;
  readonly #index: WordIndex;
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
    index: WordIndex,
  ) {
    this.#transaction = transaction;
    this.#idempotencyKeys = idempotencyKeys;
    this.#messages = messages;
    this.#reactions = reactions;
    this.#files = files;
    this.#index = index;
    this.#head = db.prepare("SELECT seq FROM rooms WHERE id = ?");
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
      // The newest seq of each room in the batch: read once, counted here, written once.
      const positions = new Map<number, number>();
      const results = batch.map((item) => this.#appendOne(item, positions));
      for (const [room, seq] of positions) this.#setHead.run(seq, room);
      return results;
    });
    this.#index.grow(results.length);
    return results;
  }

  #appendOne(item: Append, positions: Map<number, number>): AppendResult {
    // The key comes first: a stored event counts, whatever became of its target.
    const key = this.#idempotencyKeys.keyOf(item);
    const first = key === null ? null : this.firstWithKey(item.room, key);
    if (first !== null) return { event: first, repeated: true };
    const seqOfTarget = targetOf(item);
    const target = seqOfTarget === null ? null : this.#messages.find(item.room, seqOfTarget);
    const refused = seqOfTarget === null ? null : refusalOf(item, target);
    if (refused !== null) return { refused };
    if (item.files !== undefined && !this.#files.areAttachable(item, item.files)) {
      return { refused: "no_such_file" };
    }
    const seq = (positions.get(item.room) ?? this.headOf(item.room)) + 1;
    positions.set(item.room, seq);
    return { event: this.#write(item, key, target, seq), repeated: false };
  }

  /** The event stored in a room under a key, if any. */
  firstWithKey(room: number, { keySpace, stored }: StoredKey): StoredEvent | null {
    const row = this.#byKey.get(room, keySpace, stored);
    if (row === undefined) return null;
    const [event] = this.#files.fill([toEvent(row)]);
    return event ?? null;
  }

  /** The newest seq of a room. */
  headOf(room: number): number {
    const row = this.#head.get(room);
    // Not a refusal: room ids come from the store and stay valid.
    if (row === undefined) throw new Error(`Cannot append: there is no room with id ${room}`);
    return int(row, "seq");
  }

  #write(
    item: Append,
    key: StoredKey | null,
    target: FoundMessage | null,
    seq: number,
  ): StoredEvent {
    const { room, sender, at, kind, files = [] } = item;
    const { columns, payload } = writeFields(definitionOf(kind)?.fields ?? {}, item);
    const values = COLUMNS.map((column) => columns[column] ?? null).map(toSqlite);
    const [keySpace, stored] = [key?.keySpace ?? null, key?.stored ?? null];
    const { lastInsertRowid: id } = this.#insert.run(
      ...[room, seq, sender.id, at, keySpace, stored, kind, payload, ...values],
    );
    if (kind === "message" && payload !== null) this.#addMentions.run(id);
    if (target !== null) this.#apply(item, target, seq);
    return toAppended(item, seq, this.#files.attach(seq, files));
  }

  /** Applies the event's definition to its target. */
  #apply(item: Append, target: FoundMessage, seq: number): void {
    const { room, sender } = item;
    const seqOfTarget = targetOf(item) ?? 0;
    const change = changesOf(item);
    const { deleted, reaction } = change;
    this.#messages.change(target, change);
    if (deleted) {
      this.#reactions.drop(room, seqOfTarget);
      this.#files.detach(room, seqOfTarget);
    }
    if (reaction?.on) this.#reactions.put(room, seqOfTarget, reaction.emoji, sender.id, seq);
    else if (reaction) this.#reactions.take(room, seqOfTarget, reaction.emoji, sender.id);
  }
}

/** The refusal of an event, if its definition refuses it. */
function refusalOf(item: Append, target: FoundMessage | null): EventRefusal | null {
  const { kind, sender, asModerator = false } = item;
  return refusesEvent(kind, { target: factOf(target, sender), asModerator });
}

function factOf(target: FoundMessage | null, sender: Account): Target {
  if (target === null) return "none";
  if (target.deleted) return "deleted";
  return target.sender === sender.id ? "own" : "foreign";
}

function toSqlite(value: Value): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}
