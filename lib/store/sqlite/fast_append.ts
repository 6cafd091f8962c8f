/**
 * Appends the most frequent writes to the commit log: messages that name no target and carry no
 * file, and read marks. They need only a look-up of the key and of the room's newest seq. All other
 * appends go through the tables.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Field } from "../../chat/events/event.ts";
import { message } from "../../chat/events/message.ts";
import { toAppended } from "../sql/appended.ts";
import type { Append, AppendResult, StoredEvent } from "../records.ts";
import { writeFields } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import type { MessageRow } from "./apply.ts";
import type { ApplyQueue } from "./apply_queue.ts";
import type { IdempotencyKeys, StoredKey } from "./idempotency_keys.ts";
import { newestIdIn } from "./newest.ts";
import type { SqliteRooms } from "./rooms.ts";
import type { CountedWrite } from "./state.ts";
import { type LogHead, refusalOfRoom, type SqliteLogWriter } from "./writer.ts";

type Message = Append & { readonly kind: "message" };

/** The number of rooms whose newest seq is cached. */
const MAX_HEADS = 10_000;

/** Accepts messages and read marks. */
export class FastAppend {
  readonly #applyQueue: ApplyQueue;
  readonly #writer: SqliteLogWriter;
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #rooms: SqliteRooms;
  readonly #counted: CountedWrite;
  readonly #newestId;
  /** The ends of logs, applied to the tables or not. */
  readonly #heads = new Map<number, LogHead>();
  /** The newest id, applied to the tables or not. */
  #id: number;
  /** Appends that wait for their turn at the tables. */
  #slow = 0;

  constructor(
    db: DatabaseSync,
    applyQueue: ApplyQueue,
    writer: SqliteLogWriter,
    idempotencyKeys: IdempotencyKeys,
    rooms: SqliteRooms,
    counted: CountedWrite,
  ) {
    this.#counted = counted;
    this.#rooms = rooms;
    this.#applyQueue = applyQueue;
    this.#writer = writer;
    this.#idempotencyKeys = idempotencyKeys;
    this.#newestId = newestIdIn(db);
    this.#id = this.#newestId();
  }

  /** Appends a batch, all or nothing. */
  append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    // Appends that go through the tables come before this one.
    const isFree = this.#slow === 0 && !this.#applyQueue.isFull;
    if (isFree && batch.every(isPlain)) return this.#appendAtOnce(batch);
    return this.#appendSlowly(batch);
  }

  #appendSlowly(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    return this.inTurn(() => this.#writer.append(batch));
  }

  /** Runs a change of the tables that decides about the appends after it. */
  async inTurn<T>(change: () => T): Promise<Awaited<T>> {
    this.#slow += 1;
    try {
      return await this.#applyQueue.write(() => {
        try {
          return this.#counted(change);
        } finally {
          this.#heads.clear();
          this.#id = this.#newestId();
        }
      });
    } finally {
      this.#slow -= 1;
    }
  }

  async #appendAtOnce(batch: readonly Message[]): Promise<readonly AppendResult[]> {
    // Only while nothing is in flight can the tables be read instead.
    if (this.#heads.size > MAX_HEADS && this.#applyQueue.size === 0) this.#heads.clear();
    const draft = new AppendPlan(this.#id);
    const results = batch.map((item) => this.#place(item, draft));
    if (draft.rows.length > 0) {
      const stored = this.#applyQueue.add(draft);
      this.#keep(draft);
      // Durable on disk, if the setting requires it.
      if (stored !== undefined) await stored;
    }
    return results;
  }

  /** Moves a read mark, as `Store.markRead` specifies. */
  async markRead(room: number, account: number, seq: number): Promise<number> {
    const whose = `${room} ${account}`;
    const before = this.#applyQueue.markOf(whose) ?? this.#rooms.markOfMember(room, account);
    // A user who is not a member has none.
    if (before === null) return 0;
    const mark = Math.min(seq, this.#headOf(room).seq);
    if (mark <= before) return before;
    const rows = [[room, account, mark] as const];
    const stored = this.#applyQueue.add({ rows, marks: new Map([[whose, mark]]) });
    if (stored !== undefined) await stored;
    return mark;
  }

  #place(item: Message, draft: AppendPlan): AppendResult {
    const head = draft.heads.get(item.room) ?? this.#headOf(item.room);
    if (head.deleted) return { refused: "no_such_room" };
    const key = this.#idempotencyKeys.keyOf(item);
    const keyId = key === null ? null : keyIdOf(item.room, key);
    const first = key === null || keyId === null
      ? null
      : draft.events.get(keyId) ?? this.#applyQueue.eventOf(keyId) ??
        this.#writer.firstWithKey(item.room, key);
    if (first !== null) return { event: first, repeated: true };
    const refused = refusalOfRoom(item, head);
    if (refused !== null) return { refused };
    const seq = 1 + head.seq;
    const event = toAppended(item, seq);
    draft.heads.set(item.room, { ...head, seq });
    draft.add(item, key, seq);
    if (keyId !== null) draft.events.set(keyId, event);
    return { event, repeated: false };
  }

  #headOf(room: number): LogHead {
    return this.#heads.get(room) ?? this.#writer.headOf(room);
  }

  #keep({ id, heads }: AppendPlan): void {
    this.#id = id;
    for (const [room, head] of heads) this.#heads.set(room, head);
  }
}

/** A batch on its way into the log: it has no effect until it is stored. */
class AppendPlan {
  readonly rows: MessageRow[] = [];
  readonly heads = new Map<number, LogHead>();
  readonly events = new Map<string, StoredEvent>();
  id: number;

  constructor(id: number) {
    this.id = id;
  }

  add(item: Message, key: StoredKey | null, seq: number): void {
    const { room, sender, at, text } = item;
    this.id += 1;
    const [keySpace, stored] = [key?.keySpace ?? null, key?.stored ?? null];
    const row = [this.id, room, seq, sender.id, at, keySpace, stored, encodeText(text)] as const;
    const { payload } = item.mentions || item.poll || item.forwarded
      ? writeFields(message.fields, item)
      : { payload: null };
    this.rows.push(payload === null ? row : [...row, payload]);
  }
}

/** The fields of a message that its record in the commit log does not hold. */
const OTHER_FIELDS = Object.entries<Field>(message.fields)
  .filter(([name, { column }]) => column !== undefined && name !== "text").map(([name]) => name);

function isPlain(item: Append): item is Message {
  return item.kind === "message" && !item.files?.length &&
    OTHER_FIELDS.every((name) => (item[name as keyof Message] ?? null) === null);
}

function keyIdOf(room: number, { keySpace, stored }: StoredKey): string {
  return `${room} ${keySpace} ${stored}`;
}
