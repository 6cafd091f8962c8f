import type { DatabaseSync } from "node:sqlite";
import type { Append } from "../store.ts";
import { encodeText } from "../text.ts";
import type { StoredKey } from "./keyrings.ts";
import { int, storedText } from "./rows.ts";

/** A message that is there and not deleted. */
export interface LiveMessage {
  readonly id: number;
  /** The account of who wrote it. */
  readonly sender: number;
  /** Its text, as it is stored. */
  readonly stored: string;
}

/**
 * The texts of messages, and the index of their words. The index keeps no text of its own: it has
 * to be told of every change in the transaction that makes it, and what it forgets must be exactly
 * what it was given. That is done here and not by triggers, because a statement with a trigger
 * makes the index write itself out after each row: an append took twice as long.
 */
export class Messages {
  readonly #insert;
  readonly #find;
  readonly #edit;
  readonly #delete;
  readonly #index;
  readonly #forget;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO events (room, seq, sender, at, keyring, key, kind, reply_to, text)
       VALUES (?, ?, ?, ?, ?, ?, 'message', ?, ?)`,
    );
    this.#find = db.prepare(
      `SELECT id, sender, text FROM events
       WHERE room = ? AND seq = ? AND kind = 'message' AND deleted = 0`,
    );
    this.#edit = db.prepare("UPDATE events SET text = ?, edited_at = ? WHERE id = ?");
    this.#delete = db.prepare("UPDATE events SET text = '', deleted = 1 WHERE id = ?");
    this.#index = db.prepare("INSERT INTO search (rowid, room, text) VALUES (?, ?, ?)");
    this.#forget = db.prepare(
      "INSERT INTO search (search, rowid, room, text) VALUES ('delete', ?, ?, ?)",
    );
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
    const row = [room, seq, sender.id, at, keyring, storedKey, replyTo, text];
    const { lastInsertRowid } = this.#insert.run(...row);
    this.#index.run(lastInsertRowid, roomWord(room), text);
  }

  edit(room: number, { id, stored }: LiveMessage, text: string, at: number): void {
    const next = encodeText(text);
    this.#forget.run(id, roomWord(room), stored);
    this.#edit.run(next, at, id);
    this.#index.run(id, roomWord(room), next);
  }

  delete(room: number, { id, stored }: LiveMessage): void {
    this.#forget.run(id, roomWord(room), stored);
    this.#delete.run(id);
  }
}

/** The word of the index that stands for a room; the view `searchable` writes the same. */
export function roomWord(room: number): string {
  return `r${room}`;
}
