import type { DatabaseSync } from "node:sqlite";
import { EVENTS_A_STEP } from "../departures.ts";
import { int } from "../sql/rows.ts";
import type { SqliteFiles } from "./files.ts";
import type { Messages } from "./messages.ts";
import type { Reactions } from "./reactions.ts";
import type { SqliteThreads } from "./threads.ts";
import type { Transaction } from "./transaction.ts";
import type { SqliteVotes } from "./votes.ts";

/** Removes events from logs, with all that is stored about them. */
export class LogRemoval {
  readonly #transaction: Transaction;
  readonly #messages: Messages;
  readonly #reactions: Reactions;
  readonly #files: SqliteFiles;
  readonly #threads: SqliteThreads;
  readonly #votes: SqliteVotes;
  readonly #oldest;
  readonly #dropEvent;
  readonly #emptyNewest;
  readonly #deletedRoom;

  constructor(
    db: DatabaseSync,
    transaction: Transaction,
    messages: Messages,
    reactions: Reactions,
    files: SqliteFiles,
    threads: SqliteThreads,
    votes: SqliteVotes,
  ) {
    this.#transaction = transaction;
    this.#messages = messages;
    this.#reactions = reactions;
    this.#files = files;
    this.#threads = threads;
    this.#votes = votes;
    this.#oldest = db.prepare(
      `SELECT id, seq, id = (SELECT max(id) FROM events) AS is_newest FROM events
       WHERE room = ? ORDER BY seq LIMIT ${EVENTS_A_STEP}`,
    );
    this.#dropEvent = db.prepare("DELETE FROM events WHERE id = ?");
    this.#emptyNewest = db.prepare(
      `UPDATE events SET key = NULL, key_space = NULL, emoji = NULL, payload = NULL, thread = NULL, state = NULL,
         deleted = 1
       WHERE id = ?`,
    );
    this.#deletedRoom = db.prepare(
      `SELECT id FROM rooms r WHERE deleted_at IS NOT NULL AND EXISTS (
         SELECT 1 FROM events e WHERE e.room = r.id
           AND (e.deleted = 0 OR e.id < (SELECT max(id) FROM events))
       ) LIMIT 1`,
    );
  }

  /**
   * Removes the oldest events of a room, within the current transaction. Of the newest event of all
   * the empty row stays, for SQLite would use its id again.
   *
   * @returns Whether there may be more to remove at once.
   */
  removeOldest(room: number): boolean {
    const events = this.#oldest.all(room);
    for (const event of events) {
      const [id, seq] = [int(event, "id"), int(event, "seq")];
      const message = this.#messages.find(room, seq);
      if (message !== null && !message.deleted) this.#messages.delete(message);
      this.#reactions.drop(room, seq);
      this.#files.detach(room, seq);
      this.#threads.drop(room, seq);
      this.#votes.drop(room, seq);
      if (event.is_newest === 1) this.#emptyNewest.run(id);
      else this.#dropEvent.run(id);
    }
    return events.length === EVENTS_A_STEP;
  }

  /** Removes events of a deleted room. @returns Whether there may be more. */
  sweep(): boolean {
    const row = this.#deletedRoom.get();
    if (row === undefined) return false;
    this.#transaction(() => this.removeOldest(int(row, "id")));
    return true;
  }
}
