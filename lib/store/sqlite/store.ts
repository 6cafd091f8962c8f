/**
 * The default backend: one SQLite file beside the server. It needs no service and no settings, and
 * stores tens of thousands of messages a second. An append is one write to a commit log; a thread
 * applies the log to the tables, and reads wait until it has done so.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Store } from "../store.ts";
import { asStorageError, StoreError } from "../error.ts";
import { applyTo } from "./apply.ts";
import { ApplyThread } from "./apply_thread.ts";
import { ApplyQueue } from "./apply_queue.ts";
import { SqliteConsent } from "./consent.ts";
import { SqliteDepartures } from "./departures.ts";
import { SqliteFiles } from "./files.ts";
import { SqliteGroups } from "./groups.ts";
import { FastAppend } from "./fast_append.ts";
import { SqliteHooks } from "./hooks.ts";
import { IdempotencyKeys } from "./idempotency_keys.ts";
import { LogRemoval } from "./log_removal.ts";
import { Messages } from "./messages.ts";
import { SqliteMeta } from "./meta.ts";
import {
  connectionPragmas,
  DAMAGED,
  type OpenDatabase,
  openDatabase,
  type SqliteOptions,
} from "./open.ts";
import { sqlAccess } from "./numbered.ts";
import { peopleStore } from "./people.ts";
import { accessTo, runNow } from "./access.ts";
import { Reactions } from "./reactions.ts";
import { SqliteLogReader } from "./reader.ts";
import { SqliteRooms } from "./rooms.ts";
import { SqliteSearch } from "./search.ts";
import { startServing, stopServing } from "./serving.ts";
import { countWrites } from "./state.ts";
import { SqliteThreads } from "./threads.ts";
import { SqliteVotes } from "./votes.ts";
import { transactions } from "./transaction.ts";
import { emojiStore } from "../sql/emoji.ts";
import { personalStore } from "../sql/personal.ts";
import { previewStore } from "../sql/previews.ts";
import { profileStore } from "../sql/profiles.ts";
import { reportStore } from "../sql/reports.ts";
import { retentionStore } from "../sql/retention.ts";
import { WordIndex } from "./word_index.ts";
import { SqliteLogWriter } from "./writer.ts";
import { nextTurn } from "../../util/clock.ts";

export type { Durability, SqliteOptions } from "./open.ts";

/**
 * Opens the SQLite store, or creates a new one. Until it is closed, no other server can open the
 * same file; a tool can, with `exclusive: false`.
 *
 * @throws {StoreError} If it cannot be used; the message tells the operator what to do. The file
 * may be unreadable, no database, damaged, in use, or of another application or a newer version.
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const database = openDatabase(options);
  let applyQueue: ApplyQueue | undefined;
  try {
    if (options.exclusive ?? true) await indexQueue(database.db, options.onNotice);
    if (needsApplyQueue(options)) applyQueue = await openApplyQueue(database.db, options);
    return storeIn(database, { applyQueue });
  } catch (cause) {
    await applyQueue?.close();
    database.close();
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`Cannot open store: ${options.path}: ${DAMAGED}.`, { cause });
  }
}

/** From how many messages the operator is told that indexing them delays the start. */
const MANY_MESSAGES = 20_000;

/** How often the operator is told how far that is, in ms. */
const PROGRESS_MS = 10_000;

/**
 * Indexes the messages that an update or an import left to be indexed, in steps: a server that is
 * stopped meanwhile goes on from there at its next start.
 */
async function indexQueue(db: DatabaseSync, onNotice: SqliteOptions["onNotice"]): Promise<void> {
  const index = new WordIndex(db, transactions(db));
  const total = index.queued;
  const notify = (progress: string) =>
    onNotice?.(`The search index is being made for ${total} messages${progress}`);
  if (total >= MANY_MESSAGES) notify(". The server starts when it is complete.");
  let done = 0;
  let since = performance.now();
  for (let step = index.workOff(); step > 0; step = index.workOff()) {
    done += step;
    await nextTurn();
    if (performance.now() - since < PROGRESS_MS) continue;
    notify(`: ${Math.min(done, total)} are done.`);
    since = performance.now();
  }
}

/** A tool appends nothing, and a store in memory has no commit log. */
function needsApplyQueue({ path, exclusive = true }: SqliteOptions): boolean {
  return exclusive && path !== ":memory:";
}

async function openApplyQueue(db: DatabaseSync, options: SqliteOptions): Promise<ApplyQueue> {
  const { path, durability } = options;
  const apply = applyTo(db);
  const power = durability === "power";
  const log = startServing(db, path, power);
  const thread = await ApplyThread.start(path, connectionPragmas(durability)).catch((error) => {
    log.close();
    throw error;
  });
  return new ApplyQueue({ db, thread, apply, log, power, onFault: options.onFault });
}

/** Options of a store for tests and for its parts. */
export interface StoreParts {
  /** Takes new rows before the tables do; without it they go into the tables directly. */
  readonly applyQueue?: ApplyQueue | undefined;
  /** How many messages a part of the word index has. */
  readonly partRows?: number;
  /** After how many milliseconds a search yields to other work. */
  readonly turnMs?: number;
}

/**
 * Assembles the store on an open file. Exported for tests that need access to the parts.
 */
export function storeIn(
  database: OpenDatabase,
  { applyQueue, partRows, turnMs }: StoreParts = {},
): Store {
  const { db } = database;
  const transaction = transactions(db);
  const counted = countWrites(db, transaction, (writes) => applyQueue?.wrote(writes));
  const access = accessTo(applyQueue, counted);
  const { reading, writing } = access;
  const meta = new SqliteMeta(db);
  const idempotencyKeys = new IdempotencyKeys(db);
  const reactions = new Reactions(db);
  const files = new SqliteFiles(db, transaction);
  const consent = new SqliteConsent(db);
  const groups = new SqliteGroups(db, transaction);
  const hooks = new SqliteHooks(db, transaction);
  const index = new WordIndex(db, transaction, partRows);
  const rooms = new SqliteRooms(db, transaction);
  const threads = new SqliteThreads(db, rooms);
  const votes = new SqliteVotes(db);
  const messages = new Messages(db, index);
  const logRemoval = new LogRemoval(db, transaction, messages, reactions, files, threads, votes);
  const departures = new SqliteDepartures(db, transaction, logRemoval);
  const writer = new SqliteLogWriter(
    db,
    transaction,
    idempotencyKeys,
    messages,
    reactions,
    files,
    rooms,
    index,
    threads,
    votes,
  );
  const reader = new SqliteLogReader(db, reactions, files, threads, votes);
  applyQueue?.afterwards(() => index.keepParts());
  const fastAppend = applyQueue &&
    new FastAppend(db, applyQueue, writer, idempotencyKeys, rooms, counted);
  const search = new SqliteSearch(db, rooms, reactions, files, index, turnMs);
  // Read it now: callers may ask for it after the file is closed.
  meta.epoch();
  const sql = sqlAccess(db, access);
  return {
    get epoch() {
      return meta.epoch();
    },
    checkEpoch: runNow(() => meta.epoch()),
    renewEpoch: writing(() => meta.renewEpoch()),
    get fault() {
      return applyQueue?.fault ?? null;
    },
    // No other instance can have the file open.
    peers: null,
    ...peopleStore(db, access, transaction, idempotencyKeys, meta),
    ...emojiStore(sql),
    ...personalStore(sql),
    ...previewStore(sql),
    ...profileStore(sql),
    ...reportStore(sql),
    ...retentionStore(sql),

    createRoom: writing((room) => rooms.create(room)),
    findRoom: reading((name, viewer) => rooms.find(name, viewer)),
    roomById: reading((id) => rooms.get(id)),
    roomByPublicId: reading((publicId) => rooms.byPublicId(publicId)),
    roomsByPublicId: reading((publicIds) => rooms.allByPublicId(publicIds)),
    readStates: reading((...rest) => rooms.readStates(...rest)),
    endedConversation: reading((viewer, name) => rooms.endedConversation(viewer, name)),
    directRoom: writing((one, other, at) => rooms.direct(one, other, at)),
    findConversation: reading((people, account) => rooms.findConversation(people, account)),
    conversationOf: writing((made) => rooms.conversation(made)),
    addPerson: writing((room, account) => rooms.addPerson(room, account)),
    addMember: writing((room, account, at) => rooms.addMember(room, account, at)),
    removeMember: writing((room, account, expulsion) =>
      rooms.removeMember(room, account, expulsion)
    ),
    expelledUntil: runNow((room, account, at) => rooms.expelledUntil(room, account, at)),
    membersOf: runNow((room, page) => rooms.membersOf(room, page)),
    roomsOf: reading((...rest) => rooms.roomsOf(...rest)),
    membershipsOf: reading((...rest) => rooms.membershipsOf(...rest)),
    conversationsOf: reading((account) => rooms.conversationsOf(account)),
    listRooms: reading((account, page) => rooms.list(account, page)),
    roomsAt: reading((account, addresses) => rooms.at(account, addresses)),
    readState: reading((...rest) => rooms.readState(...rest)),
    markRead: fastAppend === undefined
      ? runNow((room, account, seq) => rooms.markRead(room, account, seq))
      : (room, account, seq) => fastAppend.markRead(room, account, seq).catch(rethrow),
    markUnread: writing((room, account, seq) => rooms.markUnread(room, account, seq)),
    setLevel: writing((room, account, level) => rooms.setLevel(room, account, level)),

    append: fastAppend === undefined
      ? runNow((batch) => writer.append(batch))
      : (batch) => fastAppend.append(batch).catch(rethrow),
    replay: reading((room, after, upTo, bounds) => reader.replay(room, after, upTo, bounds)),
    pageBefore: reading((...page) => reader.pageBefore(...page)),
    pageAfter: reading((...page) => reader.pageAfter(...page)),
    pageWith: reading((...page) => reader.pageWith(...page)),
    pageWithFiles: reading((...page) => reader.pageWithFiles(...page)),
    reactionsTo: reading((query) => reactions.list(query)),
    votesIn: reading((query) => votes.list(query)),
    messagesAt: reading((...asked) => reader.messagesAt(...asked)),
    search: reading((query) => search.search(query)),

    followThread: writing((room, root, account, on) => threads.follow(room, root, account, on)),
    followedThreads: reading((account, before, limit) => threads.followed(account, before, limit)),
    threadFollowers: runNow((room, root) => threads.followers(room, root)),
    markThreadRead: writing((room, root, account, seq) =>
      threads.markRead(room, root, account, seq)
    ),

    addInvitation: writing((invitation) => consent.add(invitation)),
    invitationsOf: reading((account) => consent.of(account)),
    takeInvitation: writing((room, account) => consent.take(room, account)),
    isInvited: runNow((room, account) => consent.isInvited(room, account)),
    areAcquainted: reading((one, other, except) => consent.areAcquainted(one, other, except)),
    hasConversation: runNow((one, other) => consent.hasConversation(one, other)),
    abandonedRooms: reading(() => consent.abandoned()),
    held: runNow((what, account, limit) => consent.held(what, account, limit)),
    fileBytesOf: runNow((account) => consent.fileBytes(account)),

    deleteRoom: fastAppend === undefined
      ? runNow((room, at) => rooms.delete(room, at))
      : (room, at) => fastAppend.inTurn(() => rooms.delete(room, at)).catch(rethrow),
    sweepRooms: writing(() => logRemoval.sweep()),
    sweepGuests: writing((at, retentionMs) => departures.sweep(at, retentionMs)),

    groups: runNow(() => groups.all()),
    putGroup: writing((group) => groups.put(group)),
    setGroupMember: writing((publicId, account, on) => groups.setMember(publicId, account, on)),
    deleteGroup: writing((publicId) => groups.delete(publicId)),
    createHook: writing((hook) => hooks.create(hook)),
    hooks: reading(() => hooks.list()),
    hookByToken: reading((hash) => hooks.byHash(hash)),
    hookRooms: runNow((id) => hooks.rooms(id)),
    removeHook: writing((id) => hooks.remove(id)),
    hookNews: reading((id, rooms) => hooks.news(id, rooms)),
    advanceHook: writing((id, room, seq) => hooks.advance(id, room, seq)),
    setHookState: writing((id, state) => hooks.setState(id, state)),
    holdHook: runNow((id) => hooks.hold(id)),
    releaseHook: runNow(() => {}),

    beginFile: writing((file) => files.begin(file)),
    addFilePart: writing((id, part, total) => files.addPart(id, part, total)),
    addThumbnail: writing((id, thumbnail, total) => files.addThumbnail(id, thumbnail, total)),
    finishFile: writing((id, content) => files.finish(id, content)),
    dropFile: writing((id) => files.drop(id)),
    findFile: runNow((id, viewer, at) => files.find(id, viewer, at)),
    filePart: runNow((id, place) => files.part(id, place)),
    sweepFiles: writing((at) => files.sweep(at)),

    close: once(async () => {
      try {
        await applyQueue?.close();
        index.catchUp();
        if (applyQueue !== undefined) stopServing(db);
      } finally {
        database.close();
      }
    }),
  };
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => done ??= act();
}

function rethrow(error: unknown): never {
  throw asStorageError(error);
}
