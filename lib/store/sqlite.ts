/**
 * The default backend: everything in one SQLite file beside the server. It needs no service and
 * no setting, and commits tens of thousands of messages a second.
 *
 * SQLite works where it is called, so each method is done by the time its promise is made; they
 * are promises because other backends wait for a network. The work is in `sqlite/`.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type {
  Account,
  Append,
  AppendResult,
  Bounds,
  Listing,
  Membership,
  Page,
  RoomRecord,
  Store,
  StoredEvent,
} from "./store.ts";
import { StoreError } from "./error.ts";
import { Messages } from "./sqlite/messages.ts";
import { type Durability, type OpenDatabase, openDatabase } from "./sqlite/open.ts";
import { People } from "./sqlite/people.ts";
import { Reactions } from "./sqlite/reactions.ts";
import { LogReader } from "./sqlite/reader.ts";
import { Rooms } from "./sqlite/rooms.ts";
import { text } from "./sqlite/rows.ts";
import { type Found, type Query, Search } from "./sqlite/search.ts";
import { transactions } from "./sqlite/transaction.ts";
import { LogWriter } from "./sqlite/writer.ts";

export type { Durability } from "./sqlite/open.ts";

/** Where the data is, and what it must survive. */
export interface SqliteOptions {
  /** The file, made with its directory where there is none; ":memory:" for a store that ends. */
  readonly path: string;
  /**
   * What an append survives once it is acknowledged: `process`, the death of the process, or
   * `power`, a power cut too, at the cost of a wait for the disk with each batch.
   */
  readonly durability: Durability;
}

/**
 * Opens the SQLite store, or makes a new one. Until it is closed, no other server can open the
 * same file.
 *
 * @throws {StoreError} If it cannot be used, with a sentence that says what to do: no permission,
 * no database, a damaged one, another application's, a newer version's, or one in use.
 */
export function openSqlite({ path, durability }: SqliteOptions): Promise<Store> {
  return Promise.try(() => {
    const database = openDatabase(path, durability);
    try {
      return new SqliteStore(database);
    } catch (cause) {
      database.close();
      throw new StoreError(`Cannot open store: ${path}: it is damaged. Restore a backup.`, {
        cause,
      });
    }
  });
}

/** The store on an open database. Exported for tests that reach beneath it. */
export class SqliteStore implements Store {
  readonly epoch: string;
  readonly #database: OpenDatabase;
  readonly #people: People;
  readonly #rooms: Rooms;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #search: Search;

  constructor(database: OpenDatabase) {
    const { db } = database;
    const transaction = transactions(db);
    const reactions = new Reactions(db);
    this.#database = database;
    this.#people = new People(db);
    this.#rooms = new Rooms(db, transaction);
    this.#writer = new LogWriter(db, transaction, new Messages(db), reactions);
    this.#reader = new LogReader(db, reactions);
    this.#search = new Search(db, this.#rooms, reactions);
    this.epoch = readEpoch(db);
  }

  createAccount(account: Parameters<Store["createAccount"]>[0]): Promise<Account | null> {
    return Promise.try(() => this.#people.create(account));
  }

  findAccount(name: string): Promise<Account | null> {
    return Promise.try(() => this.#people.find(name));
  }

  passwordOf(account: number): Promise<string | null> {
    return Promise.try(() => this.#people.passwordOf(account));
  }

  createSession(session: Parameters<Store["createSession"]>[0]): Promise<void> {
    return Promise.try(() => this.#people.createSession(session));
  }

  findSession(hash: string): Promise<Account | null> {
    return Promise.try(() => this.#people.findSession(hash));
  }

  deleteSession(hash: string): Promise<void> {
    return Promise.try(() => this.#people.deleteSession(hash));
  }

  createRoom(room: Parameters<Store["createRoom"]>[0]): Promise<RoomRecord | null> {
    return Promise.try(() => this.#rooms.create(room));
  }

  findRoom(name: string): Promise<RoomRecord | null> {
    return Promise.try(() => this.#rooms.find(name));
  }

  directRoom(one: Account, other: Account, at: number): Promise<RoomRecord> {
    return Promise.try(() => this.#rooms.direct(one, other, at));
  }

  addMember(room: number, account: number, at: number): Promise<boolean> {
    return Promise.try(() => this.#rooms.addMember(room, account, at));
  }

  removeMember(room: number, account: number): Promise<boolean> {
    return Promise.try(() => this.#rooms.removeMember(room, account));
  }

  membersOf(room: number): Promise<readonly Account[]> {
    return Promise.try(() => this.#rooms.membersOf(room));
  }

  roomsOf(account: number): Promise<readonly Membership[]> {
    return Promise.try(() => this.#rooms.roomsOf(account));
  }

  listRooms(account: number): Promise<readonly Listing[]> {
    return Promise.try(() => this.#rooms.list(account));
  }

  readMark(room: number, account: number): Promise<number> {
    return Promise.try(() => this.#rooms.readMark(room, account));
  }

  markRead(room: number, account: number, seq: number): Promise<number> {
    return Promise.try(() => this.#rooms.markRead(room, account, seq));
  }

  append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    return Promise.try(() => this.#writer.append(batch));
  }

  replay(
    room: number,
    after: number,
    upTo: number,
    bounds: Bounds,
  ): Promise<readonly StoredEvent[] | null> {
    return Promise.try(() => this.#reader.replay(room, after, upTo, bounds));
  }

  pageBefore(room: number, before: number, bounds: Bounds): Promise<Page> {
    return Promise.try(() => this.#reader.pageBefore(room, before, bounds));
  }

  pageAfter(room: number, after: number, bounds: Bounds): Promise<Page> {
    return Promise.try(() => this.#reader.pageAfter(room, after, bounds));
  }

  search(query: Query): Promise<Found> {
    return Promise.try(() => this.#search.search(query));
  }

  close(): Promise<void> {
    return Promise.try(() => this.#database.close());
  }
}

/** A log keeps its name for as long as there is one: it is made with the first opening. */
function readEpoch(db: DatabaseSync): string {
  db.prepare("INSERT INTO meta (name, value) VALUES ('epoch', ?) ON CONFLICT (name) DO NOTHING")
    .run(crypto.randomUUID());
  return text(db.prepare("SELECT value FROM meta WHERE name = 'epoch'").get() ?? {}, "value");
}
