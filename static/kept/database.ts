/**
 * What the browser keeps for the page, in IndexedDB: tables of things that belong to somebody.
 *
 * A browser may refuse to keep anything, or have no room left. That must keep nobody from
 * chatting: what fails here is as if nothing had been kept.
 *
 * @module
 */
import { type IDBPDatabase, openDB } from "idb";

/** The tables: drafts on their way, drafts not sent yet, rooms as they were, and small things. */
const TABLES = ["outbox", "drafts", "rooms", "notes"] as const;

/** Raised when what is kept of rooms gets another shape: then they are fetched anew. */
const VERSION = 2;

/** The name of a table. */
export type TableName = typeof TABLES[number];

/** The database of this origin, opened when it is first used. */
export class Database {
  readonly #name: string;
  #opened: Promise<IDBPDatabase> | undefined;
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
  async use<T>(otherwise: T, run: (database: IDBPDatabase) => Promise<T>): Promise<T> {
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

  #open(): Promise<IDBPDatabase> {
    const again = () => void this.close();
    return openDB(this.#name, VERSION, {
      upgrade: (database) => {
        const there = database.objectStoreNames;
        if (there.contains("rooms")) database.deleteObjectStore("rooms");
        for (const table of TABLES) {
          if (!there.contains(table)) database.createObjectStore(table);
        }
      },
      // A newer page in another tab waits for this one to let go.
      blocking: again,
      terminated: again,
    });
  }
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
    return this.#database.use<T | undefined>(undefined, (db) => db.get(this.#name, [owner, id]));
  }

  /** Everything that is somebody's. */
  all(owner: string): Promise<T[]> {
    return this.#database.use<T[]>([], (db) => db.getAll(this.#name, allOf(owner)));
  }

  /** Writes and removes things, all of them or none. */
  async write(owner: string, puts: ReadonlyMap<string, T>, gone: Iterable<string> = []) {
    await this.#database.use(undefined, async (db) => {
      const change = db.transaction(this.#name, "readwrite");
      for (const [id, value] of puts) void change.store.put(value, [owner, id] satisfies Key);
      for (const id of gone) void change.store.delete([owner, id] satisfies Key);
      // At once: the page may be gone before the browser would see that nothing else comes.
      change.commit();
      await change.done;
    });
  }

  /** Changes what is somebody's, with nobody else in between. */
  async change(owner: string, change: (value: T) => T | undefined): Promise<void> {
    await this.#database.use(undefined, async (db) => {
      const { store, done } = db.transaction(this.#name, "readwrite");
      let cursor = await store.openCursor(allOf(owner));
      for (; cursor !== null; cursor = await cursor.continue()) {
        const changed = change(cursor.value);
        if (changed !== undefined) await cursor.update(changed);
      }
      await done;
    });
  }

  /** Removes everything that is somebody's. */
  async clear(owner: string): Promise<void> {
    await this.#database.use(undefined, (db) => db.delete(this.#name, allOf(owner)));
  }
}

/** In IndexedDB's order an array comes after every string. */
function allOf(owner: string): IDBKeyRange {
  return IDBKeyRange.bound([owner], [owner, []]);
}
