import type { DatabaseSync } from "node:sqlite";
import type { MessageChange } from "../../chat/events/event.ts";
import { withState } from "../../chat/events/message.ts";
import { encodeText } from "../sql/text.ts";
import { parsePayload, toPayload } from "../sql/payload.ts";
import { flag, int, intOrNull, textOrNull } from "../sql/rows.ts";
import type { WordIndex } from "./word_index.ts";

/**
 * Inserts a message without a target: its id (`NULL` for the next one), room, seq, sender, time,
 * key space, key, text and payload. A payload that is not given is none.
 */
export const INSERT_MESSAGE =
  `INSERT INTO events (id, room, seq, sender, at, key_space, key, kind, text, payload)
   VALUES (?, ?, ?, ?, ?, ?, ?, 'message', ?, ?)`;

/** Enters whom every message mentions into the table of mentions. */
export const ADD_ALL_MENTIONS = `INSERT OR IGNORE INTO mentions (account, room, seq)
   SELECT ifnull(a.id, 0), e.room, e.seq
   FROM events e, json_each(e.payload, '$.mentions') m
   LEFT JOIN accounts a ON a.public_id = m.value
   WHERE e.kind = 'message' AND e.deleted = 0 AND (m.value = 'room' OR a.id <> e.sender)`;

/** The same for the message with an id. */
export const ADD_MENTIONS = `${ADD_ALL_MENTIONS} AND e.id = ?`;

/** An existing message, perhaps deleted. */
export interface FoundMessage {
  readonly id: number;
  readonly room: number;
  /** The sender's account. */
  readonly sender: number;
  readonly deleted: boolean;
  readonly payload: string | null;
  /** The root of the thread that it is in. */
  readonly thread: number | null;
  readonly editedAt: number | null;
}

/** The messages of the log, in their current state. */
export class Messages {
  readonly #index: WordIndex;
  readonly #find;
  readonly #edit;
  readonly #delete;
  readonly #setState;
  readonly #dropMentions;
  readonly #addMentions;

  constructor(db: DatabaseSync, index: WordIndex) {
    this.#index = index;
    this.#find = db.prepare(
      `SELECT id, sender, deleted, payload, thread, edited_at FROM events
       WHERE room = ? AND seq = ? AND kind = 'message'`,
    );
    this.#edit = db.prepare("UPDATE events SET text = ?, edited_at = ?, payload = ? WHERE id = ?");
    this.#delete = db.prepare("UPDATE events SET text = '', deleted = 1, payload = ? WHERE id = ?");
    this.#dropMentions = db.prepare(
      "DELETE FROM mentions WHERE (room, seq) IN (SELECT room, seq FROM events WHERE id = ?)",
    );
    this.#addMentions = db.prepare(ADD_MENTIONS);
    this.#setState = db.prepare("UPDATE events SET payload = ? WHERE id = ?");
  }

  /** @returns The message, or `null` if the event is not a message. */
  find(room: number, seq: number): FoundMessage | null {
    const row = this.#find.get(room, seq);
    if (row === undefined) return null;
    return {
      id: int(row, "id"),
      room,
      sender: int(row, "sender"),
      deleted: flag(row, "deleted"),
      payload: textOrNull(row, "payload"),
      thread: intOrNull(row, "thread"),
      editedAt: intOrNull(row, "edited_at"),
    };
  }

  /** Applies a change to a message itself; its reactions and files are stored apart. */
  change(message: FoundMessage, change: MessageChange): void {
    const { text, editedAt, deleted, state } = change;
    if (text === undefined && !deleted && state === undefined) return;
    const { id } = message;
    const before = parsePayload(message.payload);
    const after = state === undefined ? before : withState(before, state);
    const next = toPayload(after);
    this.#index.update(id, () => {
      if (deleted) this.#delete.run(next, id);
      // In one statement: a row that grows while it has its old text leaves a copy of it behind.
      else if (text !== undefined && editedAt !== undefined) {
        this.#edit.run(encodeText(text), editedAt, next, id);
      } else this.#setState.run(next, id);
    });
    const mentions = before.mentions ?? after.mentions;
    if (mentions !== undefined) this.#enterMentions(id);
  }

  /** Deletes a message: only its place in the log remains. */
  delete({ id, payload }: FoundMessage): void {
    this.#index.update(id, () => void this.#delete.run(null, id));
    if (payload !== null) this.#enterMentions(id);
  }

  /** Makes the table of mentions agree with a changed message. */
  #enterMentions(id: number): void {
    this.#dropMentions.run(id);
    this.#addMentions.run(id);
  }
}
