/** The errors that a program can tell apart: `storage_full`, the disk or a quota is full. */
export type StoreErrorCode = "storage_full";

/**
 * A store cannot be opened or, with a `code`, cannot store at the moment. The message tells the
 * operator what to do.
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** The kind of error, if a program handles it specially. */
  readonly code: StoreErrorCode | null;

  constructor(message: string, options: ErrorOptions & { readonly code?: StoreErrorCode } = {}) {
    super(message, options);
    this.code = options.code ?? null;
  }
}

/** The codes of the system, SQLite and PostgreSQL for a full disk or quota. */
const FULL_CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "53100"]);
/** SQLITE_FULL, and SQLITE_IOERR_WRITE, by which SQLite reports a quota. */
const FULL_RESULTS: ReadonlySet<unknown> = new Set([13, 778]);
/** SQLite's message where the driver passes on no result code, as for COMMIT. */
const FULL_MESSAGE = "database or disk is full";

/**
 * Turns the error of a full disk into a `StoreError` with a code; returns other errors as they are.
 */
export function asStorageError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown };
  const isFull = FULL_CODES.has(code) || FULL_RESULTS.has(errcode) ||
    error.message === FULL_MESSAGE;
  if (!isFull) return error;
  return new StoreError("Cannot store: the disk is full. Make room on it.", {
    code: "storage_full",
    cause: error,
  });
}

/** SQLite's transient results: busy, locked, out of memory, interrupted, disk, read-only. */
const PASSING_RESULTS: ReadonlySet<number> = new Set([5, 6, 7, 8, 9, 10, 13, 14, 15]);
/**
 * PostgreSQL's classes of transient errors (appendix A of its manual): connection, rollback,
 * resources, operator intervention; and the codes of its driver and the system for a lost
 * connection.
 */
const PASSING_CODE = /^(08|25006|40|53|55|57|58)|^(CONNECT|ECONN|EPIPE|ETIMEDOUT|EHOST|ENOTFOUND)/;

/**
 * Whether an error of a store is transient: nothing is wrong with the call, and a retry may
 * succeed.
 */
export function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof StoreError) return true;
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return PASSING_RESULTS.has(errcode & 0xff);
  if (typeof code === "string" && PASSING_CODE.test(code)) return true;
  return PASSING_MESSAGES.some((message) => error.message.startsWith(message));
}

/** Prefixes of transient errors without a code, of SQLite's driver and of our own. */
const PASSING_MESSAGES = [
  "disk I/O error",
  "database is locked",
  "database or disk is full",
  "attempt to write a readonly database",
  "unable to open database file",
  "Cannot ask the database",
];
