import type { DatabaseSync } from "node:sqlite";
import type { Append, AppendResult, StoredEvent } from "../store.ts";
import { encodeText } from "../text.ts";
import type { LiveMessage, Messages } from "./messages.ts";
import type { Reactions } from "./reactions.ts";
import { int, SELECT_EVENTS, toEvent } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** What can be appended about a message. */
type Change = Exclude<Append, { kind: "message" }>;

type Refused = { readonly refused: "no_such_message" | "forbidden" };
const NO_SUCH_MESSAGE: Refused = { refused: "no_such_message" };
const FORBIDDEN: Refused = { refused: "forbidden" };

/** Appends to the rooms' logs. */
export class LogWriter {
  readonly #transaction: Transaction;
  readonly #messages: Messages;
  readonly #reactions: Reactions;
  readonly #head;
  readonly #setHead;
  readonly #byKey;
  readonly #insertChange;

  constructor(
    db: DatabaseSync,
    transaction: Transaction,
    messages: Messages,
    reactions: Reactions,
  ) {
    this.#transaction = transaction;
    this.#messages = messages;
    this.#reactions = reactions;
    this.#head = db.prepare("SELECT seq FROM rooms WHERE id = ?");
    this.#setHead = db.prepare("UPDATE rooms SET seq = ? WHERE id = ?");
    this.#byKey = db.prepare(`${SELECT_EVENTS} WHERE e.room = ? AND e.sender = ? AND e.key = ?`);
    this.#insertChange = db.prepare(
      `INSERT INTO events (room, seq, sender, at, key, kind, target, emoji, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

  #appendOne(item: Append, heads: Map<number, number>): AppendResult {
    // The key comes first: what was stored once stays so, whatever became of its target.
    const first = this.#firstWithKey(item);
    if (first !== null) return { event: first, repeated: true };
    const about = item.kind === "message" ? item.replyTo : item.target;
    const target = about === null ? null : this.#messages.find(item.room, about);
    if (about !== null && target === null) return NO_SUCH_MESSAGE;
    if (target !== null && !mayTouch(item, target)) return FORBIDDEN;
    const seq = (heads.get(item.room) ?? this.#headOf(item.room)) + 1;
    heads.set(item.room, seq);
    return { event: this.#write(item, target, seq), repeated: false };
  }

  #firstWithKey({ room, sender, key }: Append): StoredEvent | null {
    if (key === null) return null;
    const row = this.#byKey.get(room, sender.id, encodeText(key));
    return row === undefined ? null : toEvent(row);
  }

  #headOf(room: number): number {
    const row = this.#head.get(room);
    // Not a refusal: the ids of rooms come from the store and stay valid.
    if (row === undefined) throw new Error(`Cannot append: there is no room with id ${room}`);
    return int(row, "seq");
  }

  #write(item: Append, target: LiveMessage | null, seq: number): StoredEvent {
    const { room, sender, at, key } = item;
    const event = { room, seq, sender: sender.name, at, key };
    if (item.kind === "message") {
      const { kind, text, replyTo } = item;
      this.#messages.add(item, seq);
      return { ...event, kind, text, replyTo, editedAt: null, deleted: false, reactions: [] };
    }
    this.#insert(item, seq);
    if (target !== null) this.#apply(item, target, seq);
    return { ...event, ...contentOf(item) };
  }

  #insert(change: Change, seq: number): void {
    const { room, sender, at, kind, target } = change;
    const key = change.key === null ? null : encodeText(change.key);
    const [emoji, state] = change.kind === "reaction"
      ? [encodeText(change.emoji), change.on ? 1 : 0]
      : [null, null];
    this.#insertChange.run(room, seq, sender.id, at, key, kind, target, emoji, state);
  }

  /** Does to a message what the event says. */
  #apply(change: Change, target: LiveMessage, seq: number): void {
    const { room, sender, at } = change;
    switch (change.kind) {
      case "edit":
        return this.#messages.edit(room, target, change.text, at);
      case "delete":
        this.#reactions.drop(room, change.target);
        return this.#messages.delete(room, target);
      case "reaction":
        return change.on
          ? this.#reactions.put(room, change.target, change.emoji, sender.id, seq)
          : this.#reactions.take(room, change.target, change.emoji, sender.id);
    }
  }
}

/** Texts are their author's alone; everybody may answer and react. */
function mayTouch(item: Append, target: LiveMessage): boolean {
  const changesText = item.kind === "edit" || item.kind === "delete";
  return !changesText || target.sender === item.sender.id;
}

/** What a change says, apart from who said it when and where. */
function contentOf(change: Change) {
  switch (change.kind) {
    case "edit":
      return { kind: change.kind, target: change.target, text: change.text };
    case "delete":
      return { kind: change.kind, target: change.target };
    case "reaction": {
      const { kind, target, emoji, on } = change;
      return { kind, target, emoji, on };
    }
  }
}
