import { LEVELS } from "../../protocol/limits.ts";
import type {
  AdvancedRoom,
  MemberChange,
  PeerHandlers,
  PeerPayload,
  Peers,
  PeerTopic,
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
import type { Bus } from "./bus/bus.ts";
import { Listener, type ListenerOptions, toAdvancedRoom } from "./listener.ts";
import type { Seal } from "./seal.ts";
import { Notifier } from "./notifier.ts";

const HEADS = `SELECT r.id AS room, r.seq, r.version FROM rooms r WHERE r.id = ANY ($1::bigint[])`;

/** The changes that are kept of each room, less than are kept: see the table. */
const MAX_CHANGES = 900;

const MEMBER_CHANGES = `SELECT ${accountColumns("a")}, m.account IS NOT NULL AS is_member
  FROM (
    SELECT DISTINCT c.account FROM member_changes c WHERE c.room = $1 AND c.version > $2
  ) changed
  JOIN accounts a ON a.id = changed.account
  LEFT JOIN members m ON m.room = $1 AND m.account = changed.account`;

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
  readonly #bus: Bus;
  readonly #seal: Seal;
  readonly #epoch: () => string;
  readonly #notifier: Notifier;
  #listener: Listener | null = null;

  constructor({ db, self, bus, seal, epoch }: Omit<ListenerOptions, "handlers">) {
    this.self = self;
    this.#epoch = epoch;
    this.#db = db;
    this.#bus = bus;
    this.#seal = seal;
    this.#notifier = new Notifier(bus, seal);
  }

  get listening(): boolean {
    return this.#listener?.listening ?? false;
  }

  async listen(handlers: PeerHandlers): Promise<void> {
    const { self } = this;
    const [db, bus, seal, epoch] = [this.#db, this.#bus, this.#seal, this.#epoch];
    this.#listener = new Listener({ db, bus, self, seal, epoch, handlers });
    await this.#listener.begin();
  }

  get isOptional(): boolean {
    return this.#bus.name !== "postgres";
  }

  get hasTopics(): boolean {
    return this.#bus.hasTopics;
  }

  publish(notice: PeerPayload, topic: PeerTopic | null = null): void {
    this.#notifier.publish(notice, topic);
  }

  follow(topic: PeerTopic): Promise<void> {
    return this.#bus.follow(topic);
  }

  unfollow(topic: PeerTopic): void {
    this.#bus.unfollow(topic);
  }

  /** Sends the waiting notices and stops listening. */
  async close(): Promise<void> {
    await this.#notifier.close();
    this.#listener?.close();
    await this.#bus.close();
  }

  async positionsOf(rooms: readonly number[]): Promise<readonly RoomHead[]> {
    return (await this.#db.run(HEADS, [arrayOf(rooms)])).map((row) => ({
      room: int(row, "room"),
      seq: int(row, "seq"),
      version: int(row, "version"),
    }));
  }

  async memberChanges(room: number, after: number): Promise<readonly MemberChange[] | null> {
    const [head] = await this.positionsOf([room]);
    if (head === undefined || head.version - after > MAX_CHANGES) return null;
    const rows = await this.#db.run(MEMBER_CHANGES, [room, after]);
    return rows.map((row) => ({ account: toAccount(row), isMember: flag(row, "is_member") }));
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
