import type { DatabaseSync } from "node:sqlite";
import type { Append, AppendResult, Bounds, Page, StoredEvent } from "../store.ts";
import { encodeText } from "../text.ts";
import type { Reactions } from "./reactions.ts";
import { int, type Row, SELECT_EVENTS, SELECT_MESSAGES, toEvent, toMessage } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

type Refused = { readonly refused: "no_such_message" | "forbidden" };
const NO_SUCH_MESSAGE: Refused = { refused: "no_such_message" };
const FORBIDDEN: Refused = { refused: "forbidden" };

/** The rooms' logs. */
export class Log {
  readonly #transaction: Transaction;
  readonly #reactions: Reactions;
  readonly #head;
  readonly #setHead;
  readonly #byKey;
  readonly #target;
  readonly #insertMessage;
  readonly #insertChange;
  readonly #edit;
  readonly #delete;
  readonly #events;
  readonly #before;
  readonly #after;

  constructor(db: DatabaseSync, transaction: Transaction, reactions: Reactions) {
    this.#transaction = transaction;
    this.#reactions = reactions;
    this.#head = db.prepare("SELECT seq FROM rooms WHERE id = ?");
    this.#setHead = db.prepare("UPDATE rooms SET seq = ? WHERE id = ?");
    this.#byKey = db.prepare(`${SELECT_EVENTS} WHERE e.room = ? AND e.sender = ? AND e.key = ?`);
    this.#target = db.prepare(
      `SELECT sender FROM events
       WHERE room = ? AND seq = ? AND kind = 'message' AND deleted = 0`,
    );
    this.#insertMessage = db.prepare(
      `INSERT INTO events (room, seq, sender, at, key, kind, reply_to, text)
       VALUES (?, ?, ?, ?, ?, 'message', ?, ?)`,
    );
    this.#insertChange = db.prepare(
      `INSERT INTO events (room, seq, sender, at, key, kind, target, emoji, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#edit = db.prepare(
      "UPDATE events SET text = ?, edited_at = ? WHERE room = ? AND seq = ?",
    );
    this.#delete = db.prepare(
      "UPDATE events SET text = '', deleted = 1 WHERE room = ? AND seq = ?",
    );
    this.#events = db.prepare(
      `${SELECT_EVENTS} WHERE e.room = ? AND e.seq > ? AND e.seq <= ? ORDER BY e.seq`,
    );
    this.#before = db.prepare(
      `${SELECT_MESSAGES} WHERE e.room = ? AND e.seq < ? AND e.kind = 'message'
       ORDER BY e.seq DESC`,
    );
    this.#after = db.prepare(
      `${SELECT_MESSAGES} WHERE e.room = ? AND e.seq > ? AND e.kind = 'message' ORDER BY e.seq`,
    );
  }

  append(batch: readonly Append[]): readonly AppendResult[] {
    return this.#transaction(() => {
      // The newest seq of each room in the batch: read once, counted here, written once.
      const heads = new Map<number, number>();
      const results = batch.map((item) => this.#appendOne(item, heads));
      for (const [room, seq] of heads) this.#setHead.run(seq, room);
      return results;
    });
  }

  /** The key is looked at first: what was stored once stays so, whatever became of its target. */
  #appendOne(item: Append, heads: Map<number, number>): AppendResult {
    const first = this.#firstWithKey(item);
    if (first !== null) return { event: first, repeated: true };
    const refused = this.#refusalOf(item);
    if (refused !== null) return refused;
    const seq = (heads.get(item.room) ?? this.#headOf(item.room)) + 1;
    heads.set(item.room, seq);
    return { event: this.#write(item, seq), repeated: false };
  }

  #firstWithKey({ room, sender, key }: Append): StoredEvent | null {
    if (key === null) return null;
    const row = this.#byKey.get(room, sender.id, encodeText(key));
    return row === undefined ? null : toEvent(row);
  }

  #refusalOf(item: Append): Refused | null {
    const seq = item.kind === "message" ? item.replyTo : item.target;
    if (seq === null) return null;
    const target = this.#target.get(item.room, seq);
    if (target === undefined) return NO_SUCH_MESSAGE;
    const changesText = item.kind === "edit" || item.kind === "delete";
    return changesText && int(target, "sender") !== item.sender.id ? FORBIDDEN : null;
  }

  #headOf(room: number): number {
    const row = this.#head.get(room);
    // Not a refusal: the ids of rooms come from the store and stay valid.
    if (row === undefined) throw new Error(`Cannot append: there is no room with id ${room}`);
    return int(row, "seq");
  }

  /** Writes the event and what it does to the message it is about. */
  #write(item: Append, seq: number): StoredEvent {
    const { room, sender, at, key } = item;
    const event = { room, seq, sender: sender.name, at, key };
    switch (item.kind) {
      case "message":
        this.#writeMessage(item, seq);
        return { ...event, ...newMessage(item.text, item.replyTo) };
      case "edit":
        this.#writeChange(item, seq);
        this.#edit.run(encodeText(item.text), at, room, item.target);
        return { ...event, kind: "edit", target: item.target, text: item.text };
      case "delete":
        this.#writeChange(item, seq);
        this.#delete.run(room, item.target);
        this.#reactions.drop(room, item.target);
        return { ...event, kind: "delete", target: item.target };
      case "reaction": {
        const { target, emoji, on } = item;
        this.#writeChange(item, seq);
        if (on) this.#reactions.put(room, target, emoji, sender.id, seq);
        else this.#reactions.take(room, target, emoji, sender.id);
        return { ...event, kind: "reaction", target, emoji, on };
      }
    }
  }

  #writeMessage(item: Append & { kind: "message" }, seq: number): void {
    const { room, sender, at, key, replyTo, text } = item;
    this.#insertMessage.run(room, seq, sender.id, at, encodeKey(key), replyTo, encodeText(text));
  }

  #writeChange(item: Exclude<Append, { kind: "message" }>, seq: number): void {
    const { room, sender, at, key, kind, target } = item;
    const [emoji, state] = item.kind === "reaction"
      ? [encodeText(item.emoji), item.on ? 1 : 0]
      : [null, null];
    this.#insertChange.run(room, seq, sender.id, at, encodeKey(key), kind, target, emoji, state);
  }

  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): readonly StoredEvent[] | null {
    const { rows, more } = readWithin(this.#events.iterate(room, after, upTo), bounds);
    return more ? null : rows.map(toEvent);
  }

  pageBefore(room: number, before: number, bounds: Bounds): Page {
    const { rows, more } = readWithin(this.#before.iterate(room, before), bounds);
    return { messages: this.#reactions.fill(rows.reverse().map(toMessage)), more };
  }

  pageAfter(room: number, after: number, bounds: Bounds): Page {
    const { rows, more } = readWithin(this.#after.iterate(room, after), bounds);
    return { messages: this.#reactions.fill(rows.map(toMessage)), more };
  }
}

/** What a message is when nothing has become of it yet. */
function newMessage(text: string, replyTo: number | null) {
  return { kind: "message", text, replyTo, editedAt: null, deleted: false, reactions: [] } as const;
}

function encodeKey(key: string | null): string | null {
  return key === null ? null : encodeText(key);
}

/** Reads rows while they keep within the bounds, and not one more than it takes to know. */
function readWithin(
  source: Iterable<Row>,
  { limit, maxLength }: Bounds,
): { rows: Row[]; more: boolean } {
  const rows: Row[] = [];
  let length = 0;
  for (const row of source) {
    length += typeof row.text === "string" ? row.text.length : 0;
    if (rows.length > 0 && (rows.length >= limit || length > maxLength)) {
      return { rows, more: true };
    }
    rows.push(row);
  }
  return { rows, more: false };
}
