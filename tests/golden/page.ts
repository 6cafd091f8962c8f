/**
 * The page's data in the browser's database (IndexedDB), as JSON.
 *
 * @module
 */
import "fake-indexeddb/auto";
import { PageDatabase, resultOf } from "../../static/storage/database.ts";
import { Persistence } from "../../static/storage/persistence.ts";
import { alice, directMessage, pageIn, roomId, said, say } from "../static/support.ts";

const STORES = ["outbox", "drafts", "rooms", "notes"] as const;

/** A browser database, with the version of its schema. */
export interface StoredPage {
  readonly version: number;
  readonly stores: Readonly<Record<string, readonly (readonly [IDBValidKey, unknown])[]>>;
}

/** Writes a value as JSON; unlike JSON, it may contain maps and sets. */
export function pageToJson(value: unknown): string {
  const encode = (_key: string, value: unknown) => {
    if (value instanceof Map) return { $map: [...value] };
    return value instanceof Set ? { $set: [...value] } : value;
  };
  return `${JSON.stringify(value, encode, 2)}\n`;
}

/** Reads the output of `pageToJson`. */
export function pageFromJson<T>(json: string): T {
  return JSON.parse(json, (_key, value) => {
    if (Array.isArray(value?.$map)) return new Map(value.$map);
    return Array.isArray(value?.$set) ? new Set(value.$set) : value;
  });
}

/** The page's persistence, in a database with a given name. */
export function persistenceIn(database: PageDatabase): Persistence {
  const tabs = { id: "tab", living: () => Promise.resolve(new Set(["tab"])) };
  return new Persistence({ database, tabs, now: () => 5_000, later: () => {} });
}

/** Makes a page store data of every kind. */
export async function keep(name: string): Promise<void> {
  const database = new PageDatabase(name);
  const persistence = persistenceIn(database);
  await persistence.open(alice);
  const page = pageIn(3);
  page.get(
    said(4, { sender: "Alice", key: "k4", reply_to: 2, message: "an answer 👩‍🚀" }),
    {
      type: "message_edited",
      room: "lobby",
      seq: 5,
      target: 1,
      sender: "Bob",
      at: 5,
      message: "edited",
    },
    { type: "message_deleted", room: "lobby", seq: 6, target: 2, sender: "Bob", at: 6 },
    {
      type: "reaction",
      room: "lobby",
      seq: 7,
      target: 3,
      sender: "Bob",
      at: 7,
      emoji: "👍",
      on: true,
    },
    { type: "from_the_future", room: "lobby", seq: 8, sender: "Bob", at: 8, what: ["ever"] },
    directMessage(1),
  );
  page.do(say("not acknowledged yet", "k9"));
  persistence.note(page.state);
  persistence.drafts.set(roomId("lobby"), "not sent yet");
  await persistence.drafts.flush();
  await persistence.flush();
  await database.close();
}

/** The complete contents of a database. */
export async function dump(name: string): Promise<StoredPage> {
  const db = await resultOf(indexedDB.open(name));
  const stores: Record<string, [IDBValidKey, unknown][]> = {};
  for (const store of STORES) {
    const opened = db.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([
      resultOf(opened.getAllKeys()),
      resultOf(opened.getAll()),
    ]);
    stores[store] = keys.map((key, i) => [key, values[i]]);
  }
  const { version } = db;
  db.close();
  return { version, stores };
}

/** Creates a database as an older page left it. */
export async function load(name: string, { version, stores }: StoredPage): Promise<void> {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    for (const [store, entries] of Object.entries(stores)) {
      const made = request.result.createObjectStore(store);
      for (const [key, value] of entries) made.put(value, key);
    }
  };
  (await resultOf(request)).close();
}

/** The stored state that a page shows before it connects. */
export async function pageViewOf(name: string) {
  const database = new PageDatabase(name);
  const persistence = persistenceIn(database);
  const found = await persistence.open(alice);
  const drafts = persistence.drafts.begun;
  await database.close();
  return { ...found, drafts };
}
