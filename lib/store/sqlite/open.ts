/**
 * Opens the file: takes hold of it, makes sure that it is ours and whole, and sets it up.
 *
 * @module
 */
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../error.ts";
import { holdsAll, recover } from "./apply.ts";
import { readCommitLog } from "./commit_log.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, schemaVersion } from "../migrations.ts";

/** What survives: the end of the process, or a power cut too. */
export type Durability = "process" | "power";

/** Where the data is, and how it is opened. */
export interface SqliteOptions {
  /** The file, made with its directory where there is none; ":memory:" for a store that ends. */
  readonly path: string;
  /**
   * What an append survives once it is acknowledged: `process`, the death of the process, or
   * `power`, a power cut too, at the cost of a wait for the disk with each batch.
   */
  readonly durability: Durability;
  /**
   * Whether nobody else may have it open; `true` by default. A small tool opens it beside a running
   * server with `false`: then the file must be there, and be of this version. Such a tool must not
   * append to a log, or change what the server keeps in mind.
   */
  readonly exclusive?: boolean;
}

/** An open file, and the hold on it. */
export interface OpenDatabase {
  readonly db: DatabaseSync;
  /** Lets go of the file; what was committed is in it. */
  close(): void;
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that a person can act on. */
const REASONS: Readonly<Record<number, string>> = {
  8: "it cannot be written. Check who owns the file and its directory",
  10: "the disk failed to read or write it. Check the disk",
  11: "it is damaged. Restore a backup",
  13: "the disk is full. Make room",
  14: "it cannot be opened. Check that it is a file, and who owns it and its directory",
  26: "it is not a SQLite database. Give another path, or move that file away",
};
const BUSY = 5;

/**
 * Opens a database, or makes one where it is to be this process's alone.
 *
 * @throws {StoreError} If it cannot be used; a file that is not ours is left as it is.
 */
export function openDatabase(
  { path, durability, exclusive = true }: SqliteOptions,
): OpenDatabase {
  const onDisk = path !== ":memory:";
  const opened: DatabaseSync[] = [];
  const close = () => {
    // The lock, opened last, is let go of last.
    for (const db of opened.splice(0)) db.close();
  };
  try {
    if (!exclusive) checkExists(path);
    else if (onDisk) {
      makeDirectory(path);
      makeFile(path);
    }
    const db = new DatabaseSync(path);
    opened.push(db);
    checkIdentity(db);
    if (!exclusive) checkCurrent(db);
    else if (onDisk) {
      opened.push(takeLock(Deno.realPathSync(path)));
      checkIntact(db);
    }
    configure(db, durability, onDisk);
    migrate(db);
    checkWritable(db);
    if (onDisk) recoverLog(db, path, exclusive);
    return { db, close };
  } catch (error) {
    close();
    throw new StoreError(`Cannot open store: ${path}: ${reasonOf(error)}.`, { cause: error });
  }
}

/** SQLite would make a file that is not there, without a word. */
function checkExists(path: string): void {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new StoreError("there is no such file. Start the server once, or give another path", {
      cause: error,
    });
  }
}

function makeDirectory(path: string): void {
  try {
    // For the owner only: passwords' hashes and private conversations will be in it.
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StoreError(`its directory cannot be made. ${messageOf(cause)}`, { cause });
  }
}

/** Makes an empty file, which is a new database, for the owner only wherever it is. */
function makeFile(path: string): void {
  try {
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch {
    // Mostly it is there already. What else is wrong SQLite finds as well, and says better.
  }
}

/** Reads the header and the schema, so that what is no database, or cut short, shows here. */
function checkIdentity(db: DatabaseSync): void {
  const objects = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  const id = Number(db.prepare("PRAGMA application_id").get()?.application_id);
  if (id !== APPLICATION_ID && (id !== 0 || objects > 0)) {
    throw new StoreError(
      "it is the database of another application. Give another path, or move that file away",
    );
  }
  const version = schemaVersion(db);
  if (version <= SCHEMA_VERSION) return;
  throw new StoreError(
    `it was written by a newer version of Hubbub (its schema is ${version}, this version knows ` +
      `${SCHEMA_VERSION}); nothing was changed. Run the newer version, or restore a backup`,
  );
}

/**
 * Bytes of a file that is looked through when a server starts: it takes half a second. Of a larger
 * one only the beginning is read; `sqlite3 FILE "PRAGMA quick_check"` looks through any.
 */
const CHECKED_BYTES = 67_108_864;

/** A server that ran on a damaged file would make the damage larger. */
function checkIntact(db: DatabaseSync): void {
  const count = Number(db.prepare("PRAGMA page_count").get()?.page_count);
  const size = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  if (count * size > CHECKED_BYTES) return;
  const found = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw new StoreError("it is damaged; nothing was changed. Restore a backup");
}

/** A server may have it open, and must not see its tables change under it. */
function checkCurrent(db: DatabaseSync): void {
  const version = schemaVersion(db);
  if (version === SCHEMA_VERSION) return;
  throw new StoreError(
    `it was written by an older version of Hubbub (its schema is ${version}, this version needs ` +
      `${SCHEMA_VERSION}). Start the server of this version once`,
  );
}

/**
 * Two servers on one file would each show people half of what is said. The hold is an open
 * transaction on an empty file beside the database: the system ends it with the process, however
 * that ends, and the database itself stays readable for others, such as a backup.
 */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 });
  try {
    lock.prepare("BEGIN EXCLUSIVE").run();
    return lock;
  } catch (error) {
    lock.close();
    if (resultCode(error) !== BUSY) throw error;
    throw new StoreError("another server has it open. Stop that one, or give another path", {
      cause: error,
    });
  }
}

function configure(db: DatabaseSync, durability: Durability, onDisk: boolean): void {
  // Readers and the writer do not wait for each other, and a commit is one sequential write.
  const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (onDisk && mode !== "wal") {
    throw new StoreError("its file system does not support SQLite's WAL. Use a local disk");
  }
  db.exec(connectionPragmas(durability));
  // After a backup has kept the write-ahead log from being reused, give the room back.
  db.exec("PRAGMA journal_size_limit = 67108864");
}

/** How every connection that writes is set up. */
export function connectionPragmas(durability: Durability): string {
  const power = durability === "power";
  return `
    -- NORMAL hands each commit to the system, FULL waits until the disk has it.
    PRAGMA synchronous = ${power ? "FULL" : "NORMAL"};
    -- Where the system's own sync stops at the drive's cache (macOS), go further.
    PRAGMA fullfsync = ${power ? "ON" : "OFF"};
    PRAGMA foreign_keys = ON;
    -- Only a person at a shell can hold the write lock. Waiting holds up everybody: not for long.
    PRAGMA busy_timeout = 1000;
    -- In pages: 64 MiB between two copies into the database, where no thread makes them sooner.
    PRAGMA wal_autocheckpoint = 16000;
    -- In KiB: the upper levels of the indexes of millions of messages.
    PRAGMA cache_size = -32768;
    -- Sorting is of small things.
    PRAGMA temp_store = MEMORY;
    -- What is deleted is overwritten where that costs no further write.
    PRAGMA secure_delete = FAST;
  `;
}

/** How often and how many times a tool looks whether a server has caught up, in ms. */
const LOOK_MS = 20;
const MAX_LOOKS = 250;

/**
 * Brings the tables up with the commit log: what a server that was killed has left in it, or what
 * one that runs is just carrying over.
 */
function recoverLog(db: DatabaseSync, path: string, exclusive: boolean): void {
  if (exclusive) return recover(db, path);
  // What comes meanwhile is later than the tool.
  const records = readCommitLog(path);
  for (let looks = 0; looks < MAX_LOOKS && !holdsAll(db, records); looks++) {
    if (recoverUnlessHeld(db, path)) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
}

/** @returns `false` where it is a server's that runs. */
function recoverUnlessHeld(db: DatabaseSync, path: string): boolean {
  let lock: DatabaseSync;
  try {
    lock = takeLock(Deno.realPathSync(path));
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
  try {
    recover(db, path);
    return true;
  } finally {
    lock.close();
  }
}

/** SQLite opens a file that it may not write for reading, without a word. */
function checkWritable(db: DatabaseSync): void {
  db.prepare(`PRAGMA user_version = ${SCHEMA_VERSION}`).run();
}

function reasonOf(error: unknown): string {
  return REASONS[resultCode(error)] ?? messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** SQLite's primary result code, the low byte of what the driver reports; 0 where it is none. */
function resultCode(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  // The driver's constructor reports no code.
  return error.message.startsWith("unable to open database file") ? 14 : 0;
}
