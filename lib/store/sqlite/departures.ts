import type { DatabaseSync } from "node:sqlite";
import { AGAIN_MS, ROOMS_A_STEP } from "../departures.ts";
import { int, intOrNull, type Row } from "../sql/rows.ts";
import type { LogRemoval } from "./log_removal.ts";
import type { Transaction } from "./transaction.ts";

/** The columns that can refer to a row of `accounts` after its guest has left. */
const STILL_NAMED = `SELECT EXISTS (SELECT 1 FROM rooms WHERE low = :guest)
    OR EXISTS (SELECT 1 FROM rooms WHERE high = :guest)
    OR EXISTS (SELECT 1 FROM rooms WHERE creator = :guest)
    OR EXISTS (SELECT 1 FROM bans WHERE account = :guest) AS named`;

/** Deletes what guests left behind, step by step. */
export class SqliteDepartures {
  readonly #db: DatabaseSync;
  readonly #transaction: Transaction;
  readonly #logRemoval: LogRemoval;
  readonly #due;
  readonly #rooms;
  readonly #hasFiles;
  readonly #dropMembers;
  readonly #named;
  readonly #disown;
  readonly #later;
  readonly #dropName;

  constructor(db: DatabaseSync, transaction: Transaction, logRemoval: LogRemoval) {
    this.#db = db;
    this.#transaction = transaction;
    this.#logRemoval = logRemoval;
    this.#due = db.prepare(
      `SELECT id, left_at, traces, key_space FROM accounts
       WHERE ends_at <= ? AND folded IS NULL ORDER BY ends_at LIMIT 1`,
    );
    // Not the newest row of all: SQLite would reuse its id.
    this.#rooms = db.prepare(
      `SELECT id, seq FROM rooms WHERE id IN (
         SELECT id FROM rooms WHERE low = :guest UNION SELECT id FROM rooms WHERE high = :guest
       ) AND id < (SELECT max(id) FROM rooms) AND (seq = 0 OR :overdue)
       ORDER BY id LIMIT ${ROOMS_A_STEP}`,
    );
    this.#hasFiles = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM files WHERE room = :room)
         OR EXISTS (SELECT 1 FROM events WHERE room = :room) AS named`,
    );
    this.#dropMembers = db.prepare("DELETE FROM members WHERE room = ?");
    this.#named = db.prepare(STILL_NAMED);
    this.#disown = db.prepare("UPDATE rooms SET creator = NULL WHERE creator = ?");
    this.#later = db.prepare("UPDATE accounts SET ends_at = ? WHERE id = ?");
    this.#dropName = db.prepare(
      `DELETE FROM guest_names WHERE id = -:keySpace
         AND NOT EXISTS (SELECT 1 FROM accounts WHERE key_space = :keySpace)`,
    );
  }

  sweep(at: number, retentionMs: number | null): boolean {
    const guest = this.#due.get(at);
    if (guest === undefined) return false;
    // The log has no index by sender, which every message would pay for: nothing refers to the
    // deleted rows, so the database need not check.
    this.#db.exec("PRAGMA foreign_keys = OFF");
    try {
      return this.#transaction(() => this.#step(guest, at, retentionMs));
    } finally {
      this.#db.exec("PRAGMA foreign_keys = ON");
    }
  }

  #step(row: Row, at: number, retentionMs: number | null): boolean {
    const guest = int(row, "id");
    const end = retentionMs === null ? null : (intOrNull(row, "left_at") ?? 0) + retentionMs;
    const overdue = end !== null && end <= at ? 1 : 0;
    const rooms = this.#rooms.all({ guest, overdue });
    for (const room of rooms) {
      if (!this.#clear(int(room, "id"))) return true;
    }
    if (rooms.length === ROOMS_A_STEP && this.#isFreed(rooms)) return true;
    this.#disown.run(guest);
    const traces = intOrNull(row, "traces");
    const isNamed = int(this.#named.get({ guest }) ?? {}, "named") === 1;
    const next = end === null || end > at ? end : at + AGAIN_MS;
    if (isNamed) this.#later.run(next, guest);
    else if (traces === 0 || traces === 1) this.#forget(guest, intOrNull(row, "key_space"));
    else this.#later.run(null, guest);
    return true;
  }

  /** Whether any of the rooms is gone: if none could be deleted, an immediate retry is useless. */
  #isFreed(rooms: readonly Row[]): boolean {
    return rooms.some((room) =>
      int(this.#hasFiles.get({ room: int(room, "id") }) ?? {}, "named") === 0
    );
  }

  /** Deletes a conversation, or its oldest events. @returns Whether it is deleted completely. */
  #clear(room: number): boolean {
    if (this.#logRemoval.removeOldest(room)) return false;
    this.#dropMembers.run(room);
    if (int(this.#hasFiles.get({ room }) ?? {}, "named") === 0) this.#dropRow("rooms", room);
    return true;
  }

  /** Prepared while foreign keys are off: statements prepared before would check them. */
  #dropRow(table: "rooms" | "accounts", id: number): void {
    this.#db.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
  }

  #forget(guest: number, keySpace: number | null): void {
    this.#dropRow("accounts", guest);
    if (keySpace !== null) this.#dropName.run({ keySpace });
  }
}
