import type { DatabaseSync } from "node:sqlite";
import { toAppended } from "../appended.ts";
import type { Append, AppendResult, StoredEvent } from "../store.ts";
import { encodeText } from "../text.ts";
import type { Files } from "./files.ts";
import type { Keyrings, StoredKey } from "./keyrings.ts";
import type { LiveMessage, Messages } from "./messages.ts";
import type { Reactions } from "./reactions.ts";
import { int, SELECT_EVENTS, toEvent } from "../rows.ts";
import type { Transaction } from "./transaction.ts";
import type { WordIndex } from "./word_index.ts";

/** What can be appended about a message. */
type Change = Exclude<Append, { kind: "message" }>;

type Refused = { readonly refused: "no_such_message" | "no_such_file" | "forbidden" };
const NO_SUCH_MESSAGE: Refused = { refused: "no_such_message" };
const NO_SUCH_FILE: Refused = { refused: "no_such_file" };
const FORBIDDEN: Refused = { refused: "forbidden" };

/** Appends to the rooms' logs. */
export class LogWriter {
  readonly #transaction: Transaction;
  readonly #keyrings: Keyrings;
  readonly #messages: Messages;
  readonly #reactions: Reactions;
  readonly #files: Files;
  readonly #index: WordIndex;
  readonly #head;
  readonly #setHead;
  readonly #byKey;
  readonly #insertChange;

  constructor(
    db: DatabaseSync,
    transaction: Transaction,
    keyrings: Keyrings,
    messages: Messages,
    reactions: Reactions,
    files: Files,
    index: WordIndex,
  ) {
    this.#transaction = transaction;
    this.#keyrings = keyrings;
    this.#messages = messages;
    this.#reactions = reactions;
    this.#files = files;
    this.#index = index;
    this.#head = db.prepare("SELECT seq FROM rooms WHERE id = ?");
    this.#setHead = db.prepare("UPDATE rooms SET seq = ? WHERE id = ?");
    this.#byKey = db.prepare(`${SELECT_EVENTS} WHERE e.room = ? AND e.keyring = ? AND e.key = ?`);
    this.#insertChange = db.prepare(
      `INSERT INTO events (room, seq, sender, at, keyring, key, kind, target, emoji, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  append(batch: readonly Append[]): readonly AppendResult[] {
    // Before, not after: once they are stored, nothing may fail any more.
    this.#index.keepUp();
    const results = this.#transaction(() => {
      // The newest seq of each room in the batch: read once, counted here, written once.
      const heads = new Map<number, number>();
      const results = batch.map((item) => this.#appendOne(item, heads));
      for (const [room, seq] of heads) this.#setHead.run(seq, room);
      return results;
    });
    this.#index.grow(results.length);
    return results;
  }

  #appendOne(item: Append, heads: Map<number, number>): AppendResult {
    // The key comes first: what was stored once stays so, whatever became of its target.
    const key = this.#keyrings.keyOf(item);
    const first = key === null ? null : this.firstWithKey(item.room, key);
    if (first !== null) return { event: first, repeated: true };
    const about = item.kind === "message" ? item.replyTo : item.target;
    const target = about === null ? null : this.#messages.find(item.room, about);
    if (about !== null && target === null) return NO_SUCH_MESSAGE;
    if (target !== null && !mayTouch(item, target)) return FORBIDDEN;
    if (item.kind === "message" && !this.#files.areAttachable(item, item.files ?? [])) {
      return NO_SUCH_FILE;
    }
    const seq = (heads.get(item.room) ?? this.headOf(item.room)) + 1;
    heads.set(item.room, seq);
    return { event: this.#write(item, key, target, seq), repeated: false };
  }

  /** The event that was appended to a room with a key, if one was. */
  firstWithKey(room: number, { keyring, stored }: StoredKey): StoredEvent | null {
    const row = this.#byKey.get(room, keyring, stored);
    if (row === undefined) return null;
    const [event] = this.#files.fill([toEvent(row)]);
    return event ?? null;
  }

  /** The newest seq of a room. */
  headOf(room: number): number {
    const row = this.#head.get(room);
    // Not a refusal: the ids of rooms come from the store and stay valid.
    if (row === undefined) throw new Error(`Cannot append: there is no room with id ${room}`);
    return int(row, "seq");
  }

  #write(
    item: Append,
    key: StoredKey | null,
    target: LiveMessage | null,
    seq: number,
  ): StoredEvent {
    if (item.kind === "message") {
      this.#messages.add(item, key, seq);
      return toAppended(item, seq, this.#files.attach(seq, item.files ?? []));
    }
    this.#insert(item, key, seq);
    if (target !== null) this.#apply(item, target, seq);
    return toAppended(item, seq);
  }

  #insert(change: Change, key: StoredKey | null, seq: number): void {
    const { room, sender, at, kind, target } = change;
    const [keyring, stored] = [key?.keyring ?? null, key?.stored ?? null];
    const [emoji, state] = change.kind === "reaction"
      ? [encodeText(change.emoji), change.on ? 1 : 0]
      : [null, null];
    const row = [room, seq, sender.id, at, keyring, stored, kind, target, emoji, state];
    this.#insertChange.run(...row);
  }

  /** Does to a message what the event says. */
  #apply(change: Change, target: LiveMessage, seq: number): void {
    const { room, sender, at } = change;
    switch (change.kind) {
      case "edit":
        return this.#messages.edit(room, target, change.text, at);
      case "delete":
        this.#reactions.drop(room, change.target);
        this.#files.detach(room, change.target);
        return this.#messages.delete(room, target);
      case "reaction":
        return change.on
          ? this.#reactions.put(room, change.target, change.emoji, sender.id, seq)
          : this.#reactions.take(room, change.target, change.emoji, sender.id);
    }
  }
}

/** Texts are their author's alone, but that a moderator may delete them; all may answer and react. */
function mayTouch(item: Append, target: LiveMessage): boolean {
  switch (item.kind) {
    case "edit":
      return target.sender === item.sender.id;
    case "delete":
      return item.asModerator || target.sender === item.sender.id;
    default:
      return true;
  }
}
