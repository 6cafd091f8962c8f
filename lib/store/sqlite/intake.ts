/**
 * The short way of what comes most: a new message that answers nothing and carries no file, and the
 * marks of those who read it. Such a one needs no more than a look or two, and goes into the commit
 * log. Everything else takes the way through the tables.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { toAppended } from "../appended.ts";
import type { Append, AppendResult, StoredEvent } from "../store.ts";
import { encodeText } from "../text.ts";
import type { MessageRow } from "./apply.ts";
import type { Backlog } from "./backlog.ts";
import type { Keyrings, StoredKey } from "./keyrings.ts";
import { newestIdIn } from "./newest.ts";
import type { Rooms } from "./rooms.ts";
import type { LogWriter } from "./writer.ts";

type Message = Append & { readonly kind: "message" };

/** Rooms whose heads are kept in mind. */
const MAX_HEADS = 10_000;

/** Takes in messages and read marks. */
export class Intake {
  readonly #backlog: Backlog;
  readonly #writer: LogWriter;
  readonly #keyrings: Keyrings;
  readonly #rooms: Rooms;
  readonly #newestId;
  /** The newest seq of rooms, in the tables or not. */
  readonly #heads = new Map<number, number>();
  /** The newest id, in the tables or not. */
  #id: number;
  /** Appends that wait for their turn at the tables. */
  #slow = 0;

  constructor(
    db: DatabaseSync,
    backlog: Backlog,
    writer: LogWriter,
    keyrings: Keyrings,
    rooms: Rooms,
  ) {
    this.#rooms = rooms;
    this.#backlog = backlog;
    this.#writer = writer;
    this.#keyrings = keyrings;
    this.#newestId = newestIdIn(db);
    this.#id = this.#newestId();
  }

  /** Appends a batch, all or nothing. */
  async append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    // What is on the long way is before this.
    const isFree = this.#slow === 0 && !this.#backlog.isFull;
    if (isFree && batch.every(isPlain)) return await this.#appendAtOnce(batch);
    return await this.#appendSlowly(batch);
  }

  async #appendSlowly(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    this.#slow += 1;
    try {
      return await this.#backlog.write(() => {
        try {
          return this.#writer.append(batch);
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
    // Only while nothing is on its way can the tables be asked instead.
    if (this.#heads.size > MAX_HEADS && this.#backlog.size === 0) this.#heads.clear();
    const draft = new Draft(this.#id);
    const results = batch.map((item) => this.#place(item, draft));
    if (draft.rows.length > 0) {
      const stored = this.#backlog.add(draft);
      this.#keep(draft);
      // On the disk, where that is asked for.
      if (stored !== undefined) await stored;
    }
    return results;
  }

  /** Moves a read mark, as `Store.markRead` says. */
  async markRead(room: number, account: number, seq: number): Promise<number> {
    const whose = `${room} ${account}`;
    const before = this.#backlog.markOf(whose) ?? this.#rooms.markOfMember(room, account);
    // A stranger has none.
    if (before === null) return 0;
    const mark = Math.min(seq, this.#headOf(room));
    if (mark <= before) return before;
    const rows = [[room, account, mark] as const];
    const stored = this.#backlog.add({ rows, marks: new Map([[whose, mark]]) });
    if (stored !== undefined) await stored;
    return mark;
  }

  #place(item: Message, draft: Draft): AppendResult {
    const key = this.#keyrings.keyOf(item);
    const keyId = key === null ? null : keyIdOf(item.room, key);
    const first = key === null || keyId === null
      ? null
      : draft.events.get(keyId) ?? this.#backlog.eventOf(keyId) ??
        this.#writer.firstWithKey(item.room, key);
    if (first !== null) return { event: first, repeated: true };
    const seq = 1 + (draft.heads.get(item.room) ?? this.#headOf(item.room));
    const event = toAppended(item, seq);
    draft.add(item, key, seq);
    if (keyId !== null) draft.events.set(keyId, event);
    return { event, repeated: false };
  }

  #headOf(room: number): number {
    return this.#heads.get(room) ?? this.#writer.headOf(room);
  }

  #keep({ id, heads }: Draft): void {
    this.#id = id;
    for (const [room, seq] of heads) this.#heads.set(room, seq);
  }
}

/** A batch on its way into the log: nothing of it counts until it is there. */
class Draft {
  readonly rows: MessageRow[] = [];
  readonly heads = new Map<number, number>();
  readonly events = new Map<string, StoredEvent>();
  id: number;

  constructor(id: number) {
    this.id = id;
  }

  add({ room, sender, at, text }: Message, key: StoredKey | null, seq: number): void {
    this.id += 1;
    this.heads.set(room, seq);
    const [keyring, stored] = [key?.keyring ?? null, key?.stored ?? null];
    this.rows.push([this.id, room, seq, sender.id, at, keyring, stored, encodeText(text)]);
  }
}

function isPlain(item: Append): item is Message {
  return item.kind === "message" && item.replyTo === null && !item.files?.length;
}

function keyIdOf(room: number, { keyring, stored }: StoredKey): string {
  return `${room} ${keyring} ${stored}`;
}
