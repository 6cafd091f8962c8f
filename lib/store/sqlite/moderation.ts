import type { DatabaseSync } from "node:sqlite";
import type { ModerationEntry } from "../people.ts";
import type { Account } from "../store.ts";
import { encodeText } from "../text.ts";
import { SELECT_BLOCKS, toEntry } from "../people_rows.ts";
import { int, toAccount } from "../rows.ts";

/** Who may not speak, who hears nothing from whom, and what moderators did. */
export class Moderation {
  readonly #mute;
  readonly #mutes;
  readonly #setRules;
  readonly #block;
  readonly #unblock;
  readonly #blocks;
  readonly #record;
  readonly #log;

  constructor(db: DatabaseSync) {
    this.#mute = db.prepare("UPDATE accounts SET muted_until = nullif(?, 0) WHERE id = ?");
    this.#mutes = db.prepare("SELECT id, muted_until FROM accounts WHERE muted_until > ?");
    this.#setRules = db.prepare("UPDATE rooms SET locked = ?, slow_ms = ? WHERE id = ?");
    this.#block = db.prepare(
      "INSERT INTO blocks (account, other) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#unblock = db.prepare("DELETE FROM blocks WHERE account = ? AND other = ?");
    this.#blocks = db.prepare(SELECT_BLOCKS);
    this.#record = db.prepare(
      "INSERT INTO moderation (at, by, action, subject, room, detail) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#log = db.prepare("SELECT * FROM moderation WHERE id < ? ORDER BY id DESC LIMIT ?");
  }

  mute(account: number, until: number): void {
    this.#mute.run(until, account);
  }

  mutes(at: number): ReadonlyMap<number, number> {
    const rows = this.#mutes.all(at);
    return new Map(rows.map((row) => [int(row, "id"), int(row, "muted_until")]));
  }

  setRules(room: number, { locked, slowMs }: { locked: boolean; slowMs: number }): void {
    this.#setRules.run(locked ? 1 : 0, slowMs, room);
  }

  block(account: number, other: number, on: boolean): void {
    const statement = on ? this.#block : this.#unblock;
    statement.run(account, other);
  }

  blocks(): readonly { readonly account: Account; readonly other: Account }[] {
    return this.#blocks.all().map((row) => ({
      account: toAccount(row, "account_"),
      other: toAccount(row, "other_"),
    }));
  }

  record({ at, by, action, subject, room, detail }: Omit<ModerationEntry, "id">): void {
    const texts = [by, action, subject, room, detail];
    this.#record.run(at, ...texts.map((value) => value === null ? null : encodeText(value)));
  }

  log(before: number | null, limit: number): readonly ModerationEntry[] {
    return this.#log.all(before ?? Number.MAX_SAFE_INTEGER, limit).map(toEntry);
  }
}
