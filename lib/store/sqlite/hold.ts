/** Locks a data file for one server. @module */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../error.ts";
import { resultCode } from "./result.ts";
import { sidePath } from "./side_files.ts";

const BUSY = 5;
/** SQLITE_CORRUPT and SQLITE_NOTADB: the codes of a file that cannot be locked. */
const NOT_EMPTY: ReadonlySet<number> = new Set([11, 26]);

/** A lock that can be released. */
export interface Hold {
  close(): void;
}

/**
 * Locks the data file: two servers on one file would each show users half of the messages. The lock
 * is an open transaction on an empty file beside the database. The system ends it with the process,
 * however that ends, and other processes, such as a backup, can still read the database.
 *
 * @throws {StoreError} If another server holds it.
 */
export function takeLock(path: string): Hold {
  const file = sidePath(path, "lock");
  try {
    return begin(file);
  } catch (error) {
    if (resultCode(error) === BUSY) throw inUse(error);
    if (!NOT_EMPTY.has(resultCode(error))) throw error;
  }
  Deno.truncateSync(file);
  return begin(file);
}

function begin(file: string): Hold {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.prepare("BEGIN EXCLUSIVE").run();
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Locks the file itself: through hard links or bind mounts it can be opened under another name,
 * where no lock file lies beside it. On Linux this lock does not conflict with SQLite's own;
 * elsewhere it might, and older versions of Deno cannot try a lock: there, a file with two names is
 * refused instead.
 *
 * @throws {StoreError} If another server holds it.
 */
export function takeFile(path: string): Hold {
  if (Deno.build.os !== "linux" || !("tryLockSync" in Deno.FsFile.prototype)) {
    if ((Deno.statSync(path).nlink ?? 1) > 1) {
      throw new StoreError("it has another name too (a hard link). Remove that, or copy the file");
    }
    return { close() {} };
  }
  const file = Deno.openSync(path, { read: true, write: true });
  if (!file.tryLockSync(true)) {
    file.close();
    throw inUse();
  }
  // A process that another thread is starting shares the lock until it runs its own program: only
  // unlocking releases the lock for all.
  return {
    close() {
      file.unlockSync();
      file.close();
    },
  };
}

function inUse(cause?: unknown): StoreError {
  return new StoreError("another server has it open. Stop that one, or give another path", {
    cause,
  });
}
