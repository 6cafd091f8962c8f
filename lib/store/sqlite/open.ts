/**
 * Opens the data file: locks it, checks that it is a whole file of this application, and configures
 * it.
 *
 * @module
 */
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Connection } from "./connection.ts";
import { StoreError } from "../error.ts";
import { readCommitLog } from "./commit_log.ts";
import { type Hold, takeFile, takeLock } from "./hold.ts";
import {
  examine,
  type Findings,
  isApplied,
  type OnDamage,
  orphans,
  recover,
  refusal,
} from "./recovery.ts";
import { noticeOf } from "../sql/refold.ts";
import { refoldNames } from "./refold.ts";
import { resultCode } from "./result.ts";
import { ifThere, keepCopy, moveAway, sideSize } from "./side_files.ts";
import { COPY_ID, readState } from "./state.ts";
import {
  APPLICATION_ID,
  isUnreleased,
  migrate,
  SCHEMA_VERSION,
  schemaVersion,
} from "./migrations.ts";
import { transactions } from "./transaction.ts";

/** What an acknowledged append survives: the end of the process, or a power cut too. */
export type Durability = "process" | "power";

/** The path of the data file, and how it is opened. */
export interface SqliteOptions {
  /** The data file, created with its directory if needed; ":memory:" for a store in memory. */
  readonly path: string;
  /**
   * What an append survives once it is acknowledged: `process`, the death of the process, or
   * `power`, a power cut too, at the cost of a wait for the disk with each batch.
   */
  readonly durability: Durability;
  /**
   * Whether no other process may have it open; `true` by default. A tool opens it beside a running
   * server with `false`: then the file must exist, with the schema of this version. Such a tool
   * must not append to a log, or change what the server caches.
   */
  readonly exclusive?: boolean;
  /**
   * What to do if acknowledged data is missing: `refuse` by default, or `keep-going` with
   * everything else. Damaged files are kept under another name in both cases.
   */
  readonly onDamage?: OnDamage;
  /** Called with messages for the operator's log about what was found or repaired. */
  readonly onNotice?: (notice: string) => void;
  /** Called when acknowledged rows cannot be applied, and with `null` when they can again. */
  readonly onFault?: (fault: Error | null) => void;
}

/** An open data file, with the locks on it. */
export interface OpenDatabase {
  readonly db: DatabaseSync;
  /** Closes the file, which has everything that was committed, and releases the locks. */
  close(): void;
}

/** The readable part of a damaged file may be newer than any backup. */
export const DAMAGED =
  "it is damaged; nothing was changed. Keep it with the files beside it, restore a " +
  "backup, and look with sqlite3's .recover for what came after that";

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that an operator can act on. */
const REASONS: Readonly<Record<number, string>> = {
  8: "it cannot be written. Check who owns the file and its directory",
  10: "the disk failed to read or write it. Check the disk",
  11: DAMAGED,
  13: "the disk is full. Make room",
  14: "it cannot be opened. Check that it is a file, and who owns it and its directory",
  26: "it is not a SQLite database. Give another path, or move that file away",
};

/**
 * Opens a data file. In exclusive mode it creates the file if needed.
 *
 * @throws {StoreError} If the file cannot be used. A file of another application, or with missing
 * data, is left unchanged.
 */
export function openDatabase(options: SqliteOptions): OpenDatabase {
  const { path, exclusive = true } = options;
  const opened: Hold[] = [];
  const close = () => {
    // The database first: closing any handle of a file ends all locks of the process on it.
    for (const one of opened.splice(0).reverse()) one.close();
  };
  try {
    if (path === ":memory:" && exclusive) {
      const db = add(opened, new Connection(path));
      setUp(db, options);
      return { db, close };
    }
    if (exclusive) {
      makeDirectory(path);
      makeFile(path);
    } else checkExists(path);
    return { db: openFile(options, opened), close };
  } catch (error) {
    close();
    throw new StoreError(`Cannot open store: ${path}: ${reasonOf(error)}.`, { cause: error });
  }
}

function add<T extends Hold>(opened: Hold[], one: T): T {
  opened.push(one);
  return one;
}

function openFile(options: SqliteOptions, opened: Hold[]): DatabaseSync {
  const { path, exclusive = true, onDamage = "refuse", onNotice } = options;
  putRestoredFirst(path, onNotice);
  look(path, (db) => exclusive ? checkIdentity(db) : checkCurrent(db));
  if (exclusive) {
    add(opened, takeLock(path));
    add(opened, takeFile(path));
  }
  // A tool beside a server must not examine files that the server is writing.
  const lock = exclusive ? null : takeLockIfFree(path);
  try {
    const findings = exclusive || lock !== null ? examineFile(options) : null;
    const db = add(opened, new Connection(path));
    setUp(db, options);
    if (findings === null) waitForServer(db, path);
    else {
      const notice = recover(db, path, findings, onDamage);
      if (notice !== null) onNotice?.(notice);
    }
    if (exclusive) {
      const renamed = transactions(db)(() => refoldNames(db));
      for (const one of renamed) onNotice?.(noticeOf(one));
    }
    return db;
  } finally {
    lock?.close();
  }
}

/** Examines the file before any connection may write to it, if only by closing. */
function examineFile({ path, exclusive = true, onDamage = "refuse" }: SqliteOptions): Findings {
  const findings = look(path, (db) => {
    if (exclusive) checkIntact(db);
    return examine(db, path);
  });
  if (findings.damage === null) return findings;
  if (onDamage === "refuse") throw refusal(findings.damage);
  keepCopy(path, "damaged", "wal");
  return findings;
}

/** Reads a file without changing it, not even by closing it. */
function look<T>(path: string, at: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return at(db);
  } finally {
    db.close();
  }
}

function setUp(db: DatabaseSync, { path, durability }: SqliteOptions): void {
  configure(db, durability, path !== ":memory:");
  migrate(db);
  checkWritable(db);
}

/** The offset of the application id in the header (https://sqlite.org/fileformat.html). */
const ID_OFFSET = 68;

/**
 * Handles a copy that was put in the place of the data file: the side files belong to the replaced
 * file, and SQLite would mix them in. They are renamed, not deleted.
 */
function putRestoredFirst(path: string, onNotice: SqliteOptions["onNotice"]): void {
  const beside = (["wal", "log0", "log1", "mark"] as const)
    .filter((file) => sideSize(path, file) > 0);
  if (beside.length === 0) return;
  const lock = takeLockIfFree(path);
  if (lock === null) return;
  try {
    if (applicationId(path) !== COPY_ID) return;
    const renamed = moveAway(path, "before-restore", [...beside, "shm"]);
    onNotice?.(
      `A backup was restored. The side files of the replaced file are kept: ${renamed.join(", ")}`,
    );
  } finally {
    lock.close();
  }
}

/** Reads the id from the file itself: SQLite would read the write-ahead log first. */
function applicationId(path: string): number {
  const header = new Uint8Array(ID_OFFSET + 4);
  using file = Deno.openSync(path, { read: true });
  file.readSync(header);
  return new DataView(header.buffer).getUint32(ID_OFFSET);
}

function takeLockIfFree(path: string): Hold | null {
  try {
    return takeLock(path);
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

/** SQLite would silently create a missing file. */
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
    // For its owner only: it will contain password hashes and private conversations.
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StoreError(`its directory cannot be created. ${messageOf(cause)}`, { cause });
  }
}

/** Creates an empty file, which is a new database, with permissions for its owner only. */
function makeFile(path: string): void {
  const found = ifThere(() => Deno.statSync(path));
  if (found?.isDirectory) throw new StoreError(REASONS[14]!);
  if ((found?.size ?? 0) === 0) checkNoOrphans(path);
  try {
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
  } catch {
    // Most likely the file exists already. SQLite reports other errors better.
  }
}

/** A lost data file must not be created anew beside its side files. */
function checkNoOrphans(path: string): void {
  const left = orphans(path);
  if (left.length === 0) return;
  throw new StoreError(
    `the data file is missing or empty, and files of it lie beside it (${left.join(", ")}): it ` +
      "held acknowledged messages. Put the data file back, or give another path",
  );
}

/** Reads the header and the schema: fails here if the file is no database, or truncated. */
function checkIdentity(db: DatabaseSync): void {
  const objects = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  const id = Number(db.prepare("PRAGMA application_id").get()?.application_id);
  if (id !== APPLICATION_ID && id !== COPY_ID && (id !== 0 || objects > 0)) {
    throw new StoreError(
      "it is the database of another application. Give another path, or move that file away",
    );
  }
  const version = schemaVersion(db);
  if (isUnreleased(version)) {
    throw new StoreError(
      `a version of Hubbub from before the first release wrote it (its schema is ${version}); ` +
        "nothing was changed. Export it with that version, and import the export with this one " +
        "into a new file",
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      `a newer version of Hubbub wrote it (its schema is ${version}, this version knows ` +
        `${SCHEMA_VERSION}); nothing was changed. Run the newer version`,
    );
  }
}

/**
 * The largest file, in bytes, that is checked completely at start, which takes half a second. Of a
 * larger one only the beginning is read; `sqlite3 FILE "PRAGMA quick_check"` checks any file.
 */
const CHECKED_BYTES = 67_108_864;

/** A server that runs on a damaged file would make the damage worse. */
function checkIntact(db: DatabaseSync): void {
  const count = Number(db.prepare("PRAGMA page_count").get()?.page_count);
  const size = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  if (count * size > CHECKED_BYTES) return;
  const found = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw new StoreError(DAMAGED);
}

/** A tool must not migrate a file that a server may have open. */
function checkCurrent(db: DatabaseSync): void {
  checkIdentity(db);
  const version = schemaVersion(db);
  if (version === SCHEMA_VERSION) return;
  throw new StoreError(
    `an older version of Hubbub wrote it (its schema is ${version}, this version needs ` +
      `${SCHEMA_VERSION}). Start the server of this version once`,
  );
}

function configure(db: DatabaseSync, durability: Durability, onDisk: boolean): void {
  // In WAL mode readers and the writer do not wait for each other, and a commit is one write.
  const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (onDisk && mode !== "wal") {
    throw new StoreError("its file system does not support SQLite's WAL. Use a local disk");
  }
  db.exec(connectionPragmas(durability));
  // Shrink the write-ahead log again after a backup has kept it from being reused.
  db.exec("PRAGMA journal_size_limit = 67108864");
}

/** The settings of every connection that writes. */
export function connectionPragmas(durability: Durability): string {
  const power = durability === "power";
  return `
    -- NORMAL hands each commit to the system, FULL waits until the disk has it.
    PRAGMA synchronous = ${power ? "FULL" : "NORMAL"};
    -- Where the system's own sync stops at the drive's cache (macOS), go further.
    PRAGMA fullfsync = ${power ? "ON" : "OFF"};
    PRAGMA foreign_keys = ON;
    -- Only an operator at a shell can hold the write lock. Waiting blocks all clients: not for long.
    PRAGMA busy_timeout = 1000;
    -- In pages: 64 MiB between two copies into the database, where no thread makes them sooner.
    PRAGMA wal_autocheckpoint = 16000;
    -- In KiB: the upper levels of the indexes of millions of messages.
    PRAGMA cache_size = -32768;
    -- Only small results are sorted.
    PRAGMA temp_store = MEMORY;
    -- Overwrite deleted content, in free pages as well.
    PRAGMA secure_delete = ON;
  `;
}

/** How often (in ms), and how many times, a tool checks whether the server has caught up. */
const LOOK_MS = 20;
const MAX_LOOKS = 250;

/**
 * A running server may not have applied its commit log yet: a tool waits for the records that are
 * in it now. Later records are newer than the tool's snapshot.
 */
function waitForServer(db: DatabaseSync, path: string): void {
  const { records } = readCommitLog(path, readState(db)?.identity ?? "");
  const newest = records.at(-1)?.number ?? 0;
  for (let looks = 0; looks < MAX_LOOKS && !isApplied(db, newest); looks++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
}

/** SQLite silently opens a file that it may not write for reading. */
function checkWritable(db: DatabaseSync): void {
  db.prepare(`PRAGMA user_version = ${SCHEMA_VERSION}`).run();
}

function reasonOf(error: unknown): string {
  return REASONS[resultCode(error)] ?? messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
