/**
 * What the browser keeps for the page, in IndexedDB: tables of things that belong to somebody.
 *
 * A browser may refuse to keep anything, or have no room left. That must keep nobody from
 * chatting: what fails here is as if nothing had been kept.
 *
 * @module
 */
/** The tables: drafts on their way, drafts not sent yet, rooms as they were, and small things. */
const TABLES = ["outbox", "drafts", "rooms", "notes"] as const;

/** Raised when what is kept of rooms gets another shape: then they are fetched anew. */
const VERSION = 2;

/** The name of a table. */
export type TableName = typeof TABLES[number];

/** The database of this origin, opened when it is first used. */
export class Database {
  readonly #name: string;
  #opened: Promise<IDBDatabase> | undefined;
  #warned = false;

  /** @param name Two of one name are one. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Does something with the database.
   *
   * @returns What came of it; `otherwise` where nothing can be kept.
   */
  async use<T>(otherwise: T, run: (database: IDBDatabase) => Promise<T>): Promise<T> {
    try {
      this.#opened ??= this.#open();
      return await run(await this.#opened);
    } catch (error) {
      this.#opened = undefined;
      if (!this.#warned) console.warn("This browser keeps nothing:", error);
      this.#warned = true;
      return otherwise;
    }
  }

  /** Lets go of the database. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  async #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#name, VERSION);
    request.onupgradeneeded = () => makeTables(request.result);
    const database = await resultOf(request);
    // A newer page in another tab waits for this one to let go; or the browser has cleared it.
    database.onversionchange = database.onclose = () => void this.close();
    return database;
  }
}

function makeTables(database: IDBDatabase): void {
  const there = database.objectStoreNames;
  if (there.contains("rooms")) database.deleteObjectStore("rooms");
  for (const table of TABLES) {
    if (!there.contains(table)) database.createObjectStore(table);
  }
}

/** What comes of a request to the browser's database. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when a change is made; rejects when nothing of it is, also where a request failed. */
function madeBy(change: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = () => reject(change.error);
  });
}

/** The key of something: whose it is, and which of theirs. */
type Key = [owner: string, id: string];

/** One table: things by whose they are and by name, in the order of their names. */
export class Table<T> {
  readonly #database: Database;
  readonly #name: TableName;

  constructor(database: Database, name: TableName) {
    this.#database = database;
    this.#name = name;
  }

  /** One thing of somebody's, if it is there. */
  get(owner: string, id: string): Promise<T | undefined> {
    return this.#database.use<T | undefined>(
      undefined,
      (database) => resultOf(this.#in(database).get([owner, id] satisfies Key)),
    );
  }

  /** Everything that is somebody's. */
  all(owner: string): Promise<T[]> {
    return this.#database.use<T[]>(
      [],
      (database) => resultOf(this.#in(database).getAll(allOf(owner))),
    );
  }

  /** Writes and removes things, all of them or none. */
  write(owner: string, puts: ReadonlyMap<string, T>, gone: Iterable<string> = []): Promise<void> {
    return this.#change((table) => {
      for (const [id, value] of puts) table.put(value, [owner, id] satisfies Key);
      for (const id of gone) table.delete([owner, id] satisfies Key);
      // At once: the page may be gone before the browser would see that nothing else comes.
      table.transaction.commit();
    });
  }

  /** Changes what is somebody's, with nobody else in between. */
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

  /** Removes everything that is somebody's. */
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

/** In IndexedDB's order an array comes after every string. */
function allOf(owner: string): IDBKeyRange {
  return IDBKeyRange.bound([owner], [owner, []]);
}
