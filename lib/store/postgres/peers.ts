import { LEVELS } from "../../protocol/limits.ts";
import type {
  AdvancedRoom,
  PeerHandlers,
  PeerPayload,
  Peers,
  RoomHead,
  Seat,
  Standing,
} from "../peers.ts";
import {
  accountColumns,
  flag,
  int,
  intOrNull,
  LEVEL,
  maySignIn,
  oneOf,
  storedText,
  text,
  textOrNull,
  toAccount,
} from "../sql/rows.ts";
import { SELECT_SESSIONS } from "../sql/people_rows.ts";
import type { Account } from "../records.ts";
import { arrayOf, type Database } from "./database.ts";
import { Listener, toAdvancedRoom } from "./listener.ts";
import type { Seal } from "./seal.ts";
import { Notifier } from "./notifier.ts";

const HEADS = `SELECT r.id AS room, r.seq, r.version FROM rooms r WHERE r.id = ANY ($1::bigint[])`;

const SESSIONS = `${SELECT_SESSIONS.replace("SELECT ", "SELECT s.hash, ")}
  WHERE s.hash = ANY ($1::text[]) AND ${maySignIn("a")}`;

const ACCOUNTS = `SELECT a.id FROM accounts a
  WHERE a.id = ANY ($1::bigint[]) AND a.folded IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)`;

const CONVERSATIONS = `SELECT r.id AS room, r.seq, r.low, r.high FROM rooms r
  WHERE r.kind = 'direct' AND r.seq > 0 AND r.low = ANY ($1::bigint[])
  UNION
  SELECT r.id, r.seq, r.low, r.high FROM rooms r
  WHERE r.kind = 'direct' AND r.seq > 0 AND r.high = ANY ($1::bigint[])`;

const ACCOUNTS_OF = `SELECT ${accountColumns("a")} FROM accounts a
  WHERE a.id = ANY ($1::bigint[])`;

const STANDING = `SELECT ${accountColumns("a")}, a.folded IS NULL AS is_gone, a.muted_until
  FROM accounts a WHERE a.id = $1`;

const SEAT = `SELECT m.read, ${LEVEL} FROM members m JOIN rooms r ON r.id = m.room
  WHERE m.room = $1 AND m.account = $2`;

/** The other instances on the same database. */
export class PostgresPeers implements Peers {
  readonly self: string;
  readonly #db: Database;
  readonly #seal: Seal;
  readonly #notifier: Notifier;
  #listener: Listener | null = null;

  constructor(db: Database, self: string, seal: Seal) {
    this.self = self;
    this.#db = db;
    this.#seal = seal;
    this.#notifier = new Notifier(db, seal);
  }

  get listening(): boolean {
    return this.#listener?.listening ?? false;
  }

  async listen(handlers: PeerHandlers): Promise<void> {
    this.#listener = new Listener(this.#db, this.self, this.#seal, handlers);
    await this.#listener.begin();
  }

  publish(notice: PeerPayload): void {
    this.#notifier.publish(notice);
  }

  /** Sends the waiting notices and stops listening. */
  async close(): Promise<void> {
    await this.#notifier.close();
    await this.#listener?.close();
  }

  async positionsOf(rooms: readonly number[]): Promise<readonly RoomHead[]> {
    return (await this.#db.run(HEADS, [arrayOf(rooms)])).map((row) => ({
      room: int(row, "room"),
      seq: int(row, "seq"),
      version: int(row, "version"),
    }));
  }

  async sessionsIn(hashes: readonly string[]): Promise<ReadonlyMap<string, Account>> {
    const rows = await this.#db.run(SESSIONS, [arrayOf(hashes)]);
    return new Map(rows.map((row) => [storedText(row, "hash"), toAccount(row)]));
  }

  async accountsIn(accounts: readonly number[]): Promise<ReadonlySet<number>> {
    const rows = await this.#db.run(ACCOUNTS, [arrayOf(accounts)]);
    return new Set(rows.map((row) => int(row, "id")));
  }

  async accountsOf(ids: readonly number[]): Promise<ReadonlyMap<number, Account>> {
    const rows = await this.#db.run(ACCOUNTS_OF, [arrayOf(ids)]);
    return new Map(rows.map((row) => [int(row, "id"), toAccount(row)]));
  }

  async standingOf(account: number): Promise<Standing | null> {
    const [[row], bans, blocks] = await Promise.all([
      this.#db.run(STANDING, [account]),
      this.#db.run(
        "SELECT address, reason, at FROM bans WHERE account = $1 ORDER BY id DESC",
        [account],
      ),
      this.#db.run("SELECT other FROM blocks WHERE account = $1", [account]),
    ]);
    if (row === undefined) return null;
    return {
      account: toAccount(row),
      isGone: flag(row, "is_gone"),
      mutedUntil: intOrNull(row, "muted_until") ?? 0,
      bans: bans.map((ban) => ({
        address: textOrNull(ban, "address"),
        reason: text(ban, "reason"),
        at: int(ban, "at"),
      })),
      blocked: blocks.map((block) => int(block, "other")),
    };
  }

  async seatOf(room: number, account: number): Promise<Seat | null> {
    const [row] = await this.#db.run(SEAT, [room, account]);
    if (row === undefined) return null;
    return { read: int(row, "read"), level: oneOf(LEVELS, row, "level") };
  }

  async conversationsOf(accounts: readonly number[]): Promise<readonly AdvancedRoom[]> {
    return (await this.#db.run(CONVERSATIONS, [arrayOf(accounts)])).map(toAdvancedRoom);
  }
}
