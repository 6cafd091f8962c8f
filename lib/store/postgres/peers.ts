import type { Growth, Notice, PeerHandlers, Peers, RoomHead } from "../peers.ts";
import { int, storedText, toAccount } from "../rows.ts";
import { SELECT_SESSIONS } from "../people_rows.ts";
import type { Account } from "../store.ts";
import { arrayOf, type Database } from "./database.ts";
import { Listener, toGrowth } from "./listener.ts";
import { Teller } from "./teller.ts";

const HEADS = `SELECT r.id AS room, r.seq, r.version FROM rooms r WHERE r.id = ANY ($1::bigint[])`;

const SESSIONS = `${SELECT_SESSIONS.replace("SELECT ", "SELECT s.hash, ")}
  WHERE s.hash = ANY ($1::text[]) AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)`;

const ACCOUNTS = `SELECT a.id FROM accounts a
  WHERE a.id = ANY ($1::bigint[]) AND a.folded IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account = a.id)`;

const CONVERSATIONS = `SELECT r.id AS room, r.seq, r.low, r.high FROM rooms r
  WHERE r.kind = 'direct' AND r.seq > 0 AND r.low = ANY ($1::bigint[])
  UNION
  SELECT r.id, r.seq, r.low, r.high FROM rooms r
  WHERE r.kind = 'direct' AND r.seq > 0 AND r.high = ANY ($1::bigint[])`;

/** The other instances on the same database. */
export class PostgresPeers implements Peers {
  readonly self: string;
  readonly #db: Database;
  readonly #teller: Teller;
  #listener: Listener | null = null;

  constructor(db: Database, self: string) {
    this.self = self;
    this.#db = db;
    this.#teller = new Teller(db, self);
  }

  get listening(): boolean {
    return this.#listener?.listening ?? false;
  }

  async listen(handlers: PeerHandlers): Promise<void> {
    this.#listener = new Listener(this.#db, this.self, handlers);
    await this.#listener.begin();
  }

  tell(notice: Notice): void {
    this.#teller.tell(notice);
  }

  /** Tells what is left and stops listening. */
  async close(): Promise<void> {
    await this.#teller.close();
    await this.#listener?.close();
  }

  async headsOf(rooms: readonly number[]): Promise<readonly RoomHead[]> {
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

  async conversationsOf(accounts: readonly number[]): Promise<readonly Growth[]> {
    return (await this.#db.run(CONVERSATIONS, [arrayOf(accounts)])).map(toGrowth);
  }
}
