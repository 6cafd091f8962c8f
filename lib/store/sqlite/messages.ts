import type { DatabaseSync } from "node:sqlite";
import type { Append } from "../store.ts";
import { encodeText } from "../text.ts";
import type { StoredKey } from "./keyrings.ts";
import { int, storedText } from "../rows.ts";
import type { WordIndex } from "./word_index.ts";

/** Adds a message: its id (`NULL` for the next one), room, seq, sender, time, keyring, key,
 * text, and the seq of what it answers. */
export const INSERT_MESSAGE =
  `INSERT INTO events (id, room, seq, sender, at, keyring, key, kind, text, reply_to)
   VALUES (?, ?, ?, ?, ?, ?, ?, 'message', ?, ?)`;

/** A message that is there and not deleted. */
export interface LiveMessage {
  readonly id: number;
  /** The account of who wrote it. */
  readonly sender: number;
  /** Its text, as it is stored. */
  readonly stored: string;
}

/** The texts of messages. */
export class Messages {
  readonly #index: WordIndex;
  readonly #insert;
  readonly #find;
  readonly #edit;
  readonly #delete;

  constructor(db: DatabaseSync, index: WordIndex) {
    this.#index = index;
    this.#insert = db.prepare(INSERT_MESSAGE);
    this.#find = db.prepare(
      `SELECT id, sender, text FROM events
       WHERE room = ? AND seq = ? AND kind = 'message' AND deleted = 0`,
    );
    this.#edit = db.prepare("UPDATE events SET text = ?, edited_at = ? WHERE id = ?");
    this.#delete = db.prepare("UPDATE events SET text = '', deleted = 1 WHERE id = ?");
  }

  /** @returns The message, or `null` where there is none or a deleted one. */
  find(room: number, seq: number): LiveMessage | null {
    const row = this.#find.get(room, seq);
    if (row === undefined) return null;
    return { id: int(row, "id"), sender: int(row, "sender"), stored: storedText(row, "text") };
  }

  add(item: Append & { kind: "message" }, key: StoredKey | null, seq: number): void {
    const { room, sender, at, replyTo } = item;
    const [keyring, storedKey] = [key?.keyring ?? null, key?.stored ?? null];
    const text = encodeText(item.text);
    this.#insert.run(null, room, seq, sender.id, at, keyring, storedKey, text, replyTo);
  }

  edit(room: number, { id, sender, stored }: LiveMessage, text: string, at: number): void {
    const next = encodeText(text);
    this.#index.replace({ id, room, sender }, stored, next);
    this.#edit.run(next, at, id);
  }

  delete(room: number, { id, sender, stored }: LiveMessage): void {
    this.#index.forget({ id, room, sender }, stored);
    this.#delete.run(id);
  }
}
