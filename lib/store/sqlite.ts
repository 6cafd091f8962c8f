/**
 * The default backend: everything in one SQLite file beside the server. It needs no service and
 * no setting, and takes tens of thousands of messages a second. New messages are stored by one write
 * to a commit log and come from there into the tables, in a thread of its own; whoever reads waits
 * until they are there. The work is in `sqlite/`.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Store } from "./store.ts";
import { StoreError } from "./error.ts";
import { APPLY_SQL, createApply } from "./sqlite/apply.ts";
import { ApplyThread } from "./sqlite/apply_thread.ts";
import { Backlog } from "./sqlite/backlog.ts";
import { CommitLog } from "./sqlite/commit_log.ts";
import { Files } from "./sqlite/files.ts";
import { Intake } from "./sqlite/intake.ts";
import { Keyrings } from "./sqlite/keyrings.ts";
import { Messages } from "./sqlite/messages.ts";
import { Meta } from "./sqlite/meta.ts";
import {
  connectionPragmas,
  type OpenDatabase,
  openDatabase,
  type SqliteOptions,
} from "./sqlite/open.ts";
import { peopleStore } from "./sqlite/people.ts";
import { accessTo, promised } from "./sqlite/promised.ts";
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
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const database = openDatabase(options);
  let backlog: Backlog | undefined;
  try {
    if (needsBacklog(options)) backlog = await openBacklog(database.db, options);
    return storeIn(database, { backlog });
  } catch (cause) {
    await backlog?.close();
    database.close();
    throw new StoreError(`Cannot open store: ${options.path}: it is damaged. Restore a backup.`, {
      cause,
    });
  }
}

/** A tool appends nothing, and what is in memory has no log beside it. */
function needsBacklog({ path, exclusive = true }: SqliteOptions): boolean {
  return exclusive && path !== ":memory:";
}

async function openBacklog(db: DatabaseSync, options: SqliteOptions): Promise<Backlog> {
  const { path, durability } = options;
  const apply = createApply(db, APPLY_SQL);
  const thread = await ApplyThread.start(path, connectionPragmas(durability));
  return new Backlog({
    db,
    thread,
    apply,
    log: new CommitLog(path),
    power: durability === "power",
  });
}

/** How a store works, where it is not as usual. */
export interface StoreParts {
  /** Where new messages go first, if not into the tables. */
  readonly backlog?: Backlog | undefined;
  /** How many ids of the log a part of the word index spans. */
  readonly partIds?: number;
  /** After how many milliseconds a search lets others have their turn. */
  readonly turnMs?: number;
}

/**
 * The store in an open file, and which part does what. Exported for tests that reach beneath it.
 */
export function storeIn(
  database: OpenDatabase,
  { backlog, partIds, turnMs }: StoreParts = {},
): Store {
  const { db } = database;
  const access = accessTo(backlog);
  const { reading, writing } = access;
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
  backlog?.afterwards(() => index.keepParts());
  const intake = backlog && new Intake(db, backlog, writer, keyrings, rooms);
  const search = new Search(db, rooms, reactions, files, index, turnMs);
  return {
    epoch: meta.epoch(),
    // The file is this server's alone.
    peers: null,
    ...peopleStore(db, access, transaction, keyrings, meta),

    createRoom: writing((room) => rooms.create(room)),
    findRoom: reading((name, viewer) => rooms.find(name, viewer)),
    roomById: reading((id) => rooms.get(id)),
    directRoom: writing((one, other, at) => rooms.direct(one, other, at)),
    addMember: writing((room, account, at) => rooms.addMember(room, account, at)),
    removeMember: writing((room, account) => rooms.removeMember(room, account)),
    membersOf: promised((room) => rooms.membersOf(room)),
    roomsOf: reading((account) => rooms.roomsOf(account)),
    listRooms: reading((account) => rooms.list(account)),
    readMark: reading((room, account) => rooms.readMark(room, account)),
    markRead: intake === undefined
      ? promised((room, account, seq) => rooms.markRead(room, account, seq))
      : (room, account, seq) => intake.markRead(room, account, seq),
    setLevel: writing((room, account, level) => rooms.setLevel(room, account, level)),

    append: intake === undefined
      ? promised((batch) => writer.append(batch))
      : (batch) => intake.append(batch),
    replay: reading((room, after, upTo, bounds) => reader.replay(room, after, upTo, bounds)),
    pageBefore: reading((room, before, bounds) => reader.pageBefore(room, before, bounds)),
    pageAfter: reading((room, after, bounds) => reader.pageAfter(room, after, bounds)),
    search: reading((query) => search.search(query)),

    beginFile: writing((file) => files.begin(file)),
    addFilePart: writing((id, part, total) => files.addPart(id, part, total)),
    finishFile: writing((id, content) => files.finish(id, content)),
    dropFile: writing((id) => files.drop(id)),
    findFile: promised((id, viewer, at) => files.find(id, viewer, at)),
    filePart: promised((id, place) => files.part(id, place)),
    sweepFiles: writing((at) => files.sweep(at)),

    close: async () => {
      try {
        await backlog?.close();
        index.catchUp();
      } finally {
        database.close();
      }
    },
  };
}
