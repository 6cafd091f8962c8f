/**
 * The default backend: everything in one SQLite file beside the server. It needs no service and
 * no setting, and commits tens of thousands of messages a second. The work is in `sqlite/`.
 *
 * @module
 */
import type { Store } from "./store.ts";
import { StoreError } from "./error.ts";
import { Files } from "./sqlite/files.ts";
import { Keyrings } from "./sqlite/keyrings.ts";
import { Messages } from "./sqlite/messages.ts";
import { Meta } from "./sqlite/meta.ts";
import { type OpenDatabase, openDatabase, type SqliteOptions } from "./sqlite/open.ts";
import { peopleStore } from "./sqlite/people.ts";
import { promised } from "./sqlite/promised.ts";
import { Reactions } from "./sqlite/reactions.ts";
import { LogReader } from "./sqlite/reader.ts";
import { Rooms } from "./sqlite/rooms.ts";
import { Search } from "./sqlite/search.ts";
import { transactions } from "./sqlite/transaction.ts";
import { WordIndex } from "./sqlite/word_index.ts";
import { LogWriter } from "./sqlite/writer.ts";

export type { Durability, SqliteOptions } from "./sqlite/open.ts";

/**
 * Opens the SQLite store, or makes a new one. Until it is closed, no other server can open the
 * same file; a small tool can, with `exclusive: false`.
 *
 * @throws {StoreError} If it cannot be used, with a sentence that says what to do: no permission,
 * no database, a damaged one, another application's, a newer version's, or one in use.
 */
export function openSqlite(options: SqliteOptions): Promise<Store> {
  return Promise.try(() => {
    const database = openDatabase(options);
    try {
      return storeIn(database);
    } catch (cause) {
      database.close();
      throw new StoreError(`Cannot open store: ${options.path}: it is damaged. Restore a backup.`, {
        cause,
      });
    }
  });
}

/** How messages are searched, where it is not as usual. */
export interface Searching {
  /** How many ids of the log a part of the word index spans. */
  readonly partIds?: number;
  /** After how many milliseconds a search lets others have their turn. */
  readonly turnMs?: number;
}

/**
 * The store in an open file, and which part does what. Exported for tests that reach beneath it.
 */
export function storeIn(database: OpenDatabase, { partIds, turnMs }: Searching = {}): Store {
  const { db } = database;
  const transaction = transactions(db);
  const meta = new Meta(db);
  const keyrings = new Keyrings(db);
  const reactions = new Reactions(db);
  const files = new Files(db, transaction);
  const index = new WordIndex(db, transaction, partIds);
  const rooms = new Rooms(db, transaction);
  const writer = new LogWriter(
    db,
    transaction,
    keyrings,
    new Messages(db, index),
    reactions,
    files,
    index,
  );
  const reader = new LogReader(db, reactions, files);
  const search = new Search(db, rooms, reactions, files, index, turnMs);
  return {
    epoch: meta.epoch(),
    // The file is this server's alone.
    peers: null,
    ...peopleStore(db, transaction, keyrings, meta),

    createRoom: promised((room) => rooms.create(room)),
    findRoom: promised((name, viewer) => rooms.find(name, viewer)),
    roomById: promised((id) => rooms.get(id)),
    directRoom: promised((one, other, at) => rooms.direct(one, other, at)),
    addMember: promised((room, account, at) => rooms.addMember(room, account, at)),
    removeMember: promised((room, account) => rooms.removeMember(room, account)),
    membersOf: promised((room) => rooms.membersOf(room)),
    roomsOf: promised((account) => rooms.roomsOf(account)),
    listRooms: promised((account) => rooms.list(account)),
    readMark: promised((room, account) => rooms.readMark(room, account)),
    markRead: promised((room, account, seq) => rooms.markRead(room, account, seq)),
    setLevel: promised((room, account, level) => rooms.setLevel(room, account, level)),

    append: promised((batch) => writer.append(batch)),
    replay: promised((room, after, upTo, bounds) => reader.replay(room, after, upTo, bounds)),
    pageBefore: promised((room, before, bounds) => reader.pageBefore(room, before, bounds)),
    pageAfter: promised((room, after, bounds) => reader.pageAfter(room, after, bounds)),
    search: (query) => search.search(query),

    beginFile: promised((file) => files.begin(file)),
    addFilePart: promised((id, part, total) => files.addPart(id, part, total)),
    finishFile: promised((id, content) => files.finish(id, content)),
    dropFile: promised((id) => files.drop(id)),
    findFile: promised((id, viewer, at) => files.find(id, viewer, at)),
    filePart: promised((id, place) => files.part(id, place)),
    sweepFiles: promised((at) => files.sweep(at)),

    close: promised(() => {
      try {
        index.catchUp();
      } finally {
        database.close();
      }
    }),
  };
}
