/**
 * The backend for several instances of the server: they share one PostgreSQL database, and tell
 * each other by it. The work is in `postgres/`.
 *
 * @module
 */
import { StoreError } from "./error.ts";
import { type Connection, Database } from "./postgres/database.ts";
import { Files } from "./postgres/files.ts";
import { Instance } from "./postgres/instance.ts";
import { Meta } from "./postgres/meta.ts";
import { migrate, SCHEMA_VERSION, schemaVersion } from "./postgres/migrations.ts";
import { PostgresPeers } from "./postgres/peers.ts";
import { peopleStore } from "./postgres/people.ts";
import { LogReader } from "./postgres/reader.ts";
import { Rooms } from "./postgres/rooms.ts";
import { Search } from "./postgres/search.ts";
import { LogWriter } from "./postgres/writer.ts";
import type { Store } from "./store.ts";

/** Where the database is, and how it is opened. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /**
   * Whether it is opened by an instance of the server; `true` by default. A small tool opens it
   * beside them with `false`: then the schema must be there, and be of this version.
   */
  readonly serving?: boolean;
  /** Milliseconds for which a call may take the database, 5,000 by default; then it rejects. */
  readonly patienceMs?: number;
}

/**
 * Opens the PostgreSQL store, or makes a new one. Any number of instances may have it open.
 *
 * @throws {StoreError} If it cannot be used, with a sentence that says what to do.
 */
export async function openPostgres(
  { url, serving = true, patienceMs = 5_000 }: PostgresOptions,
): Promise<Store> {
  return await opening(new Database({ url, patienceMs }), url, async (db) => {
    await prepare(db, serving);
    return await storeIn(db, serving);
  });
}

/** How long a tool waits for one statement: nobody waits for the tool. */
const TOOL_PATIENCE_MS = 600_000;

/**
 * A connection for a tool that reads a database out, or fills one.
 *
 * @param options Whether to `make` the schema where there is none; otherwise it must be there, and
 * be of this version.
 * @throws {StoreError} If it cannot be used, with a sentence that says what to do.
 */
export async function connectTool(url: string, options: { make: boolean }): Promise<Connection> {
  return await opening(new Database({ url, patienceMs: TOOL_PATIENCE_MS }), url, async (db) => {
    await prepare(db, options.make);
    const connection = db.connect();
    return {
      ...connection,
      async close() {
        await connection.close();
        await db.close();
      },
    };
  });
}

/** Makes something of a database, or lets go of it and says what to do. */
async function opening<T>(
  db: Database,
  url: string,
  make: (db: Database) => Promise<T>,
): Promise<T> {
  try {
    return await make(db);
  } catch (cause) {
    await db.close();
    throw new StoreError(`Cannot open store: ${placeOf(url)}: ${reasonOf(cause)}.`, { cause });
  }
}

async function prepare(db: Database, serving: boolean): Promise<void> {
  const connection = db.connect();
  try {
    const [{ encoding } = {}] = await connection.run(
      "SELECT current_setting('server_encoding') AS encoding",
    );
    if (encoding !== "UTF8") {
      throw new StoreError(`it is encoded in ${encoding}. Make a database with ENCODING 'UTF8'`);
    }
    if (serving) await migrate(connection);
    else checkCurrent(await schemaVersion(connection));
  } finally {
    await connection.close();
  }
}

/** Instances may be running, and must not see their tables change under them by a tool. */
function checkCurrent(version: number): void {
  if (version === SCHEMA_VERSION) return;
  if (version === 0) throw new StoreError("there is no store in it yet. Start the server once");
  throw new StoreError(
    `its schema is ${version}, and this version of Hubbub needs ${SCHEMA_VERSION}. Start the ` +
      "server of the newer version once, and use that",
  );
}

async function storeIn(db: Database, serving: boolean): Promise<Store> {
  const instance = new Instance(db);
  const meta = new Meta(db);
  const rooms = new Rooms(db);
  const writer = new LogWriter(db, instance.id);
  const reader = new LogReader(db);
  const search = new Search(db, rooms);
  const files = new Files(db);
  const peers = new PostgresPeers(db, instance.id);
  const epoch = await meta.epoch();
  if (serving) await instance.begin();
  return {
    epoch,
    peers,
    ...peopleStore(db, instance, meta),

    createRoom: (room) => rooms.create(room),
    findRoom: (name, viewer) => rooms.find(name, viewer),
    roomById: (id) => rooms.get(id),
    directRoom: (one, other, at) => rooms.direct(one, other, at),
    addMember: (room, account, at) => rooms.addMember(room, account, at),
    removeMember: (room, account) => rooms.removeMember(room, account),
    membersOf: (room) => rooms.membersOf(room),
    roomsOf: (account) => rooms.roomsOf(account),
    listRooms: (account) => rooms.list(account),
    readMark: (room, account) => rooms.readMark(room, account),
    markRead: (room, account, seq) => rooms.markRead(room, account, seq),
    setLevel: (room, account, level) => rooms.setLevel(room, account, level),

    append: (batch) => writer.append(batch),
    replay: (room, after, upTo, bounds) => reader.replay(room, after, upTo, bounds),
    pageBefore: (room, before, bounds) => reader.pageBefore(room, before, bounds),
    pageAfter: (room, after, bounds) => reader.pageAfter(room, after, bounds),
    search: (query) => search.search(query),

    beginFile: (file) => files.begin(file),
    addFilePart: (id, part, total) => files.addPart(id, part, total),
    finishFile: (id, content) => files.finish(id, content),
    dropFile: (id) => files.drop(id),
    findFile: (id, viewer, at) => files.find(id, viewer, at),
    filePart: (id, place) => files.part(id, place),
    sweepFiles: (at) => files.sweep(at),

    async close() {
      await peers.close();
      // Where the database is away, the others find out by themselves.
      await instance.end().catch(() => {});
      await db.close();
    },
  };
}

/** The database, without what only its users should know. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** PostgreSQL's error codes that a person can act on. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody answers there. Start PostgreSQL, or correct DATABASE_URL",
  ENOTFOUND: "there is no such host. Correct DATABASE_URL",
  CONNECT_TIMEOUT: "it does not answer. Check the address, and that it can be reached",
  "28P01": "it refuses the password. Correct DATABASE_URL",
  "28000": "it refuses this user. Correct DATABASE_URL, or PostgreSQL's pg_hba.conf",
  "3D000": "there is no such database. Create it with createdb, or correct DATABASE_URL",
  "42501": "the user may not create a schema. Grant CREATE on the database to them",
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
