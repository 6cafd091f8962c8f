import type { HookPosition, HookRecord, HookState, IncomingHook, NewHook } from "../hooks.ts";
import { MAY_ACT, SELECT_HOOKS, selectNews, toHook, toPosition } from "../sql/hook_rows.ts";
import { storedText } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import { arrayOf, type Database } from "./database.ts";

const INSERT_INCOMING =
  `INSERT INTO hooks (id, kind, creator, bot, created_at, room, hash, everywhere)
  VALUES ($1, 'incoming', $2, $3, $4, $5, $6, false)`;

const INSERT_OUTGOING = `WITH made AS (
    INSERT INTO hooks (id, kind, creator, bot, created_at, url, secret, events, everywhere)
    VALUES ($1, 'outgoing', $2, $3, $4, $5, $6, $7, $8::bigint[] IS NULL) RETURNING id
  )
  INSERT INTO hook_rooms (hook, room, seq) SELECT made.id, r.id, r.seq FROM made, rooms r
  WHERE CASE WHEN $8::bigint[] IS NULL THEN r.kind = 'public' AND r.deleted_at IS NULL ELSE r.id = ANY ($8::bigint[]) END`;

const ROOMS =
  `SELECT r.public_id FROM hook_rooms p JOIN hooks h ON h.id = p.hook JOIN rooms r ON r.id = p.room
  WHERE p.hook = $1 AND NOT h.everywhere ORDER BY r.public_id`;

const ADVANCE = `INSERT INTO hook_rooms (hook, room, seq)
  SELECT id, $2::bigint, $3::bigint FROM hooks WHERE id = $1
  ON CONFLICT (hook, room) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > hook_rooms.seq`;

const SET_STATE = `UPDATE hooks SET failing_since = $2::bigint, paused_at = $3::bigint
  WHERE id = $1
    AND (failing_since IS DISTINCT FROM $2::bigint OR paused_at IS DISTINCT FROM $3::bigint)
  RETURNING id`;

/** The clock of the database decides: those of the instances may differ. */
const HOLD = `UPDATE hooks SET holder = $2, held_until = now() + make_interval(secs => $3)
  WHERE id = $1 AND (holder IS NULL OR holder = $2 OR held_until < now()) RETURNING id`;

const RELEASE = "UPDATE hooks SET holder = NULL WHERE id = $1 AND holder = $2";

/** Webhooks. */
export class PostgresHooks {
  readonly #db: Database;
  readonly #instance: string;

  constructor(db: Database, instance: string) {
    this.#db = db;
    this.#instance = instance;
  }

  async create(hook: NewHook): Promise<void> {
    const { id, creator, bot, at } = hook;
    if (hook.kind === "incoming") {
      await this.#db.run(INSERT_INCOMING, [id, creator, bot, at, hook.room, hook.hash]);
      return;
    }
    const { url, secret, events, rooms } = hook;
    const types = events === null ? null : JSON.stringify(events);
    const only = rooms === null ? null : arrayOf(rooms);
    const made = [id, creator, bot, at, encodeText(url), secret, types, only];
    await this.#db.run(INSERT_OUTGOING, made);
  }

  async list(): Promise<readonly HookRecord[]> {
    return (await this.#db.run(`${SELECT_HOOKS} ORDER BY h.number`)).map(toHook);
  }

  async byHash(hash: string): Promise<IncomingHook | null> {
    const [row] = await this.#db.run(`${SELECT_HOOKS} WHERE h.hash = $1 AND ${MAY_ACT}`, [hash]);
    const hook = row === undefined ? null : toHook(row);
    return hook?.kind === "incoming" ? hook : null;
  }

  async rooms(id: string): Promise<readonly string[]> {
    return (await this.#db.run(ROOMS, [id])).map((row) => storedText(row, "public_id"));
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#db.run("DELETE FROM hooks WHERE id = $1 RETURNING id", [id])).length > 0;
  }

  async news(id: string, rooms: readonly number[] | null): Promise<readonly HookPosition[]> {
    const rows = rooms === null
      ? await this.#db.run(selectNews("$1"), [id])
      : await this.#db.run(selectNews("$1", "AND r.id = ANY ($2::bigint[])"), [id, arrayOf(rooms)]);
    return rows.map(toPosition);
  }

  async advance(id: string, room: number, seq: number): Promise<void> {
    await this.#db.run(ADVANCE, [id, room, seq]);
  }

  async setState(id: string, { failingSince, pausedAt }: HookState): Promise<boolean> {
    return (await this.#db.run(SET_STATE, [id, failingSince, pausedAt])).length > 0;
  }

  async hold(id: string, ms: number): Promise<boolean> {
    return (await this.#db.run(HOLD, [id, this.#instance, ms / 1_000])).length > 0;
  }

  async release(id: string): Promise<void> {
    await this.#db.run(RELEASE, [id, this.#instance]);
  }
}
