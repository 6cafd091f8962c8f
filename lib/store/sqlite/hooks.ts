import type { DatabaseSync } from "node:sqlite";
import type { HookPosition, HookRecord, HookState, IncomingHook, NewHook } from "../hooks.ts";
import { MAY_ACT, SELECT_HOOKS, selectNews, toHook, toPosition } from "../sql/hook_rows.ts";
import { storedText } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import type { Transaction } from "./transaction.ts";

/** Webhooks. */
export class SqliteHooks {
  readonly #transaction: Transaction;
  readonly #insertIncoming;
  readonly #insertOutgoing;
  readonly #begin;
  readonly #beginEverywhere;
  readonly #list;
  readonly #byHash;
  readonly #rooms;
  readonly #remove;
  readonly #news;
  readonly #newsIn;
  readonly #advance;
  readonly #setState;
  readonly #exists;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#insertIncoming = db.prepare(
      `INSERT INTO hooks (id, kind, creator, bot, created_at, room, hash, everywhere)
       VALUES (?, 'incoming', ?, ?, ?, ?, ?, 0)`,
    );
    this.#insertOutgoing = db.prepare(
      `INSERT INTO hooks (id, kind, creator, bot, created_at, url, secret, events, everywhere)
       VALUES (?, 'outgoing', ?, ?, ?, ?, ?, ?, ?)`,
    );
    const begin = "INSERT INTO hook_rooms (hook, room, seq) SELECT ?, id, seq FROM rooms";
    this.#begin = db.prepare(`${begin} WHERE id IN (SELECT value FROM json_each(?))`);
    this.#beginEverywhere = db.prepare(`${begin} WHERE kind = 'public' AND deleted_at IS NULL`);
    this.#list = db.prepare(`${SELECT_HOOKS} ORDER BY h.number`);
    this.#byHash = db.prepare(`${SELECT_HOOKS} WHERE h.hash = ? AND ${MAY_ACT}`);
    this.#rooms = db.prepare(
      `SELECT r.public_id FROM hook_rooms p JOIN hooks h ON h.id = p.hook JOIN rooms r ON r.id = p.room
       WHERE p.hook = ? AND NOT h.everywhere ORDER BY r.public_id`,
    );
    this.#remove = db.prepare("DELETE FROM hooks WHERE id = ?");
    this.#news = db.prepare(selectNews(":hook"));
    this.#newsIn = db.prepare(
      selectNews(":hook", "AND r.id IN (SELECT value FROM json_each(:rooms))"),
    );
    this.#advance = db.prepare(
      `INSERT INTO hook_rooms (hook, room, seq) SELECT id, :room, :seq FROM hooks WHERE id = :hook
       ON CONFLICT (hook, room) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq`,
    );
    this.#setState = db.prepare(
      `UPDATE hooks SET failing_since = :failing, paused_at = :paused
       WHERE id = :hook AND (failing_since IS NOT :failing OR paused_at IS NOT :paused)`,
    );
    this.#exists = db.prepare("SELECT 1 FROM hooks WHERE id = ?");
  }

  create(hook: NewHook): void {
    const { id, creator, bot, at } = hook;
    if (hook.kind === "incoming") {
      this.#insertIncoming.run(id, creator, bot, at, hook.room, hook.hash);
      return;
    }
    const { url, secret, events, rooms } = hook;
    const types = events === null ? null : JSON.stringify(events);
    this.#transaction(() => {
      const everywhere = rooms === null ? 1 : 0;
      this.#insertOutgoing.run(id, creator, bot, at, encodeText(url), secret, types, everywhere);
      if (rooms === null) this.#beginEverywhere.run(id);
      else this.#begin.run(id, JSON.stringify(rooms));
    });
  }

  list(): readonly HookRecord[] {
    return this.#list.all().map(toHook);
  }

  byHash(hash: string): IncomingHook | null {
    const row = this.#byHash.get(hash);
    const hook = row === undefined ? null : toHook(row);
    return hook?.kind === "incoming" ? hook : null;
  }

  rooms(id: string): readonly string[] {
    return this.#rooms.all(id).map((row) => storedText(row, "public_id"));
  }

  remove(id: string): boolean {
    return this.#remove.run(id).changes > 0;
  }

  news(hook: string, rooms: readonly number[] | null): readonly HookPosition[] {
    const rows = rooms === null
      ? this.#news.all({ hook })
      : this.#newsIn.all({ hook, rooms: JSON.stringify(rooms) });
    return rows.map(toPosition);
  }

  advance(hook: string, room: number, seq: number): void {
    this.#advance.run({ hook, room, seq });
  }

  setState(hook: string, { failingSince, pausedAt }: HookState): boolean {
    const changed = this.#setState.run({ hook, failing: failingSince, paused: pausedAt });
    return changed.changes > 0;
  }

  /** There is no other instance that could have reserved it. */
  hold(id: string): boolean {
    return this.#exists.get(id) !== undefined;
  }
}
