/**
 * The page's IndexedDB database: tables whose records belong to an owner.
 *
 * A browser may refuse storage, or have no space left. Chatting must work all the same: an
 * operation that fails behaves as if nothing were stored.
 *
 * @module
 */
import type { Unstored } from "../state/types.ts";
import { BY_ID, upgradeNames } from "./upgrade.ts";

/** The tables: unacknowledged drafts, unsent drafts, room snapshots, and single values. */
const TABLES = ["outbox", "drafts", "rooms", "notes"] as const;

/**
 * Raise this when the shape of the room snapshots changes: the page then fetches the rooms anew.
 */
const VERSION = BY_ID;

/** Some browsers never answer: after this long, in ms, the page goes on without a database. */
const openPatience = 1_000;

/** The name of a table. */
export type TableName = typeof TABLES[number];

/** The database of this origin; opened on first use. */
export class PageDatabase {
  readonly #name: string;
  readonly #onUnstored: (why: Unstored) => void;
  readonly #patience: number;
  #opened: Promise<IDBDatabase> | undefined;
  /** Whether the browser has not answered in time; it may still do so. */
  #isOverdue = false;
  #hasReported = false;

  /**
   * @param name Two instances with one name share their data.
   * @param onUnstored Called at the first failure.
   * @param patience How long the browser may take to open the database, in ms.
   */
  constructor(
    name: string,
    onUnstored: (why: Unstored) => void = () => {},
    patience = openPatience,
  ) {
    this.#name = name;
    this.#onUnstored = onUnstored;
    this.#patience = patience;
  }

  /**
   * Runs an operation on the database.
   *
   * @returns Its result; `otherwise` if the database is unavailable.
   */
  async use<T>(otherwise: T, run: (database: IDBDatabase) => Promise<T>): Promise<T> {
    if (this.#isOverdue) return otherwise;
    try {
      this.#opened ??= this.#open();
      return await run(await this.#opened);
    } catch (error) {
      this.#opened = undefined;
      this.#report(error);
      return otherwise;
    }
  }

  #report(error: unknown): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    console.warn("This browser keeps nothing:", error);
    const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
    this.#onUnstored(isFull ? "full" : "refused");
  }

  /** Closes the database. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  async #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#name, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      makeTables(request.result);
      if (oldVersion < BY_ID && request.transaction !== null) {
        upgradeNames(request.transaction, Date.now());
      }
    };
    const opening = resultOf(request).then((database) => {
      // A newer page in another tab waits for this one to close it, or the browser has cleared it.
      database.onversionchange = database.onclose = () => void this.close();
      return database;
    });
    return await this.#inTime(opening);
  }

  /** Rejects if the database is not open in time. If it is later, it is used from then on. */
  #inTime(opening: Promise<IDBDatabase>): Promise<IDBDatabase> {
    const { promise, resolve, reject } = Promise.withResolvers<IDBDatabase>();
    const timer = setTimeout(() => {
      this.#isOverdue = true;
      reject(new Error("The browser does not open its database"));
    }, this.#patience);
    opening.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      if (!this.#isOverdue) return;
      this.#isOverdue = false;
      this.#opened = opening;
    });
    return promise;
  }
}

function makeTables(database: IDBDatabase): void {
  const there = database.objectStoreNames;
  if (there.contains("rooms")) database.deleteObjectStore("rooms");
  for (const table of TABLES) {
    if (!there.contains(table)) database.createObjectStore(table);
  }
}

/** Resolves with the result of an IndexedDB request. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Resolves when a transaction is committed; rejects when it is aborted, also by a failed request.
 */
function madeBy(change: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = () => reject(change.error);
  });
}

/** The key of a record: its owner and its id. */
type Key = [owner: string, id: string];

/** One table: records by owner and id, ordered by id. */
export class Table<T> {
  readonly #database: PageDatabase;
  readonly #name: TableName;

  constructor(database: PageDatabase, name: TableName) {
    this.#database = database;
    this.#name = name;
  }

  /** Returns one record of an owner. */
  get(owner: string, id: string): Promise<T | undefined> {
    return this.#database.use<T | undefined>(
      undefined,
      (database) => resultOf(this.#in(database).get([owner, id] satisfies Key)),
    );
  }

  /** Returns every record of an owner. */
  all(owner: string): Promise<T[]> {
    return this.#database.use<T[]>(
      [],
      (database) => resultOf(this.#in(database).getAll(allOf(owner))),
    );
  }

  /** Writes and removes records in one transaction. */
  write(owner: string, puts: ReadonlyMap<string, T>, gone: Iterable<string> = []): Promise<void> {
    return this.#change((table) => {
      for (const [id, value] of puts) table.put(value, [owner, id] satisfies Key);
      for (const id of gone) table.delete([owner, id] satisfies Key);
      // Commits at once: the page may be gone before the browser would commit by itself.
      table.transaction.commit();
    });
  }

  /** Replaces records of an owner in one transaction. */
  change(owner: string, change: (value: T) => T | undefined): Promise<void> {
    return this.#change((table) => {
      const request = table.openCursor(allOf(owner));
      request.onsuccess = () => {
        const cursor = request.result;
        if (cursor === null) return;
        const changed = change(cursor.value);
        if (changed !== undefined) cursor.update(changed);
        cursor.continue();
      };
    });
  }

  /** Removes every record of an owner. */
  clear(owner: string): Promise<void> {
    return this.#change((table) => void table.delete(allOf(owner)));
  }

  #in(database: IDBDatabase, mode: IDBTransactionMode = "readonly"): IDBObjectStore {
    return database.transaction(this.#name, mode).objectStore(this.#name);
  }

  #change(run: (table: IDBObjectStore) => void): Promise<void> {
    return this.#database.use<void>(undefined, async (database) => {
      const table = this.#in(database, "readwrite");
      const made = madeBy(table.transaction);
      run(table);
      await made;
    });
  }
}

/** In IndexedDB's key order, an array sorts after every string. */
function allOf(owner: string): IDBKeyRange {
  return IDBKeyRange.bound([owner], [owner, []]);
}
