/**
 * The backend for several instances of the server: they share one PostgreSQL database, and notify
 * each other through it.
 *
 * @module
 */
import { StoreError } from "../error.ts";
import type { Bus } from "./bus/bus.ts";
import { NotifyBus } from "./bus/notify_bus.ts";
import { applicationName, type Connection, Database } from "./database.ts";
import { AppendNotifier } from "./appended_rooms.ts";
import { PostgresConsent } from "./consent.ts";
import { PostgresDepartures } from "./departures.ts";
import { Epoch } from "./epoch.ts";
import { PostgresFiles } from "./files.ts";
import { PostgresGroups } from "./groups.ts";
import { PostgresHooks } from "./hooks.ts";
import { Instance } from "./instance.ts";
import { PostgresMeta } from "./meta.ts";
import { checkKnown, locked, migrate, SCHEMA_VERSION, schemaVersion } from "./migrations.ts";
import { PostgresPeers } from "./peers.ts";
import { peopleStore } from "./people.ts";
import { checkNotifications, IS_POOLER } from "./pooler.ts";
import { listReactions } from "./reactions.ts";
import { listVotes } from "./votes.ts";
import { PostgresLogReader } from "./reader.ts";
import { noticeOf, type Renamed } from "../sql/refold.ts";
import { emojiStore } from "../sql/emoji.ts";
import { personalStore } from "../sql/personal.ts";
import { previewStore } from "../sql/previews.ts";
import { profileStore } from "../sql/profiles.ts";
import { reportStore } from "../sql/reports.ts";
import { retentionStore } from "../sql/retention.ts";
import { hasFoldedNames, refoldNames } from "./refold.ts";
import { PostgresRooms } from "./rooms.ts";
import { Seal } from "./seal.ts";
import type { RunSql } from "../sql/run.ts";
import { PostgresSearch } from "./search.ts";
import { SearchIndex } from "./search_index.ts";
import { PostgresThreads } from "./threads.ts";
import { PostgresLogWriter } from "./writer.ts";
import type { Store } from "../store.ts";

/** The address of the database, and how it is opened. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /**
   * Whether an instance of the server opens it; `true` by default. A tool opens it beside them with
   * `false`: then the schema must exist, in this version.
   */
  readonly serving?: boolean;
  /** The NATS server over which instances notify each other; the database itself by default. */
  readonly bus?: string | null;
  /**
   * Milliseconds that the database may take for a call, 5,000 by default; then the call rejects.
   */
  readonly patienceMs?: number;
  /** Called with messages for the operator's log about what delays the start. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Opens the PostgreSQL store, or creates a new one. Any number of instances may have it open.
 *
 * @throws {StoreError} If it cannot be used; the message tells the operator what to do.
 */
export async function openPostgres(
  { url, bus = null, serving = true, patienceMs = 5_000, onNotice }: PostgresOptions,
): Promise<Store> {
  return await opening(new Database({ url, patienceMs, onNotice }), url, async (db) => {
    await prepare(db, serving, onNotice);
    if (serving) await checkNotifications(db);
    return await storeIn(db, { serving, bus: serving ? bus : null, onNotice });
  });
}

/** How long a tool waits for one statement: no user waits for the tool. */
const TOOL_PATIENCE_MS = 600_000;

/**
 * Opens a connection for a tool that exports a database, or imports into one.
 *
 * @param options Whether to `make` the schema if there is none; otherwise it must exist, in this
 * version.
 * @throws {StoreError} If it cannot be used; the message tells the operator what to do.
 */
export async function connectTool(url: string, options: { make: boolean }): Promise<Connection> {
  return await opening(new Database({ url, patienceMs: TOOL_PATIENCE_MS }), url, async (db) => {
    await prepare(db, options.make);
    const connection = db.connect();
    return {
      ...connection,
      async close() {
        await connection.close();
        await db.close();
      },
    };
  });
}

/** Opens something in a database; on failure closes the database and throws a `StoreError`. */
async function opening<T>(
  db: Database,
  url: string,
  make: (db: Database) => Promise<T>,
): Promise<T> {
  try {
    return await make(db);
  } catch (cause) {
    await db.close();
    throw new StoreError(`Cannot open store: ${placeOf(url)}: ${reasonOf(cause)}.`, { cause });
  }
}

async function prepare(
  db: Database,
  serving: boolean,
  onNotice?: PostgresOptions["onNotice"],
): Promise<void> {
  const connection = db.connect();
  try {
    const [{ encoding } = {}] = await connection.run(
      "SELECT current_setting('server_encoding') AS encoding",
    );
    if (encoding !== "UTF8") {
      throw new StoreError(`it is encoded in ${encoding}. Make a database with ENCODING 'UTF8'`);
    }
    if (serving) {
      await migrate(connection);
      for (const renamed of await refoldAlone(connection)) onNotice?.(noticeOf(renamed));
    } else checkCurrent(await schemaVersion(connection));
  } finally {
    await connection.close();
  }
}

/** Folds the names again, if no other instance has done so. */
async function refoldAlone(connection: Connection): Promise<readonly Renamed[]> {
  if (await hasFoldedNames(connection)) return [];
  let renamed: readonly Renamed[] = [];
  await locked(connection, async () => {
    await connection.run("BEGIN");
    try {
      renamed = await refoldNames(connection);
      await connection.run("COMMIT");
    } catch (error) {
      await connection.run("ROLLBACK");
      throw error;
    }
  });
  return renamed;
}

/** A tool must not migrate a schema that instances may be using. */
function checkCurrent(version: number): void {
  if (version === SCHEMA_VERSION) return;
  if (version === 0) throw new StoreError("it contains no store yet. Start the server once");
  checkKnown(version);
  throw new StoreError(
    `an older version of Hubbub wrote it (its schema is ${version}, this version needs ` +
      `${SCHEMA_VERSION}). Start the server of this version once`,
  );
}

/** From how many messages the operator is told that indexing them delays the start. */
const MANY_MESSAGES = 20_000;
/** How often the operator is told how far that is, in ms. */
const PROGRESS_MS = 10_000;

/**
 * Indexes the messages that an update or an import left to be indexed, in steps: an instance that is
 * stopped meanwhile goes on from there at its next start.
 */
async function indexQueue(
  index: SearchIndex,
  onNotice: PostgresOptions["onNotice"],
): Promise<void> {
  const total = await index.queued();
  const notify = (progress: string) =>
    onNotice?.(`The search index is being made for ${total} messages${progress}`);
  if (total >= MANY_MESSAGES) notify(". The server starts when it is complete.");
  let done = 0;
  let since = performance.now();
  await index.workOff((messages) => {
    done += messages;
    if (performance.now() - since < PROGRESS_MS) return;
    notify(`: ${Math.min(done, total)} are done.`);
    since = performance.now();
  });
}

async function storeIn(
  db: Database,
  { serving, bus: url, onNotice }: {
    serving: boolean;
    bus: string | null;
    onNotice: PostgresOptions["onNotice"];
  },
): Promise<Store> {
  const instance = new Instance(db);
  const seal = await Seal.open(db, instance.id);
  const meta = new PostgresMeta(db);
  const rooms = new PostgresRooms(db);
  const index = new SearchIndex(db);
  const bus = await openBus(url, db, seal);
  const peerOptions = { db, bus, seal, self: instance.id, epoch: () => epoch.current };
  const writer = new PostgresLogWriter(db, index, new AppendNotifier(peerOptions));
  const reader = new PostgresLogReader(db);
  const search = new PostgresSearch(db, rooms, index);
  const threads = new PostgresThreads(db, rooms);
  const files = new PostgresFiles(db);
  const consent = new PostgresConsent(db);
  const groups = new PostgresGroups(db);
  const hooks = new PostgresHooks(db, instance.id);
  const departures = new PostgresDepartures(db);
  const peers = new PostgresPeers(peerOptions);
  const run: RunSql = (sql, values) => db.run(sql, values);
  const each = (parameter: string) =>
    `SELECT value FROM json_array_elements_text(${parameter}::text::json)`;
  const access = { read: run, write: run, each };
  if (serving) await indexQueue(index, onNotice);
  if (serving) await meta.renewIfRestored();
  const epoch = new Epoch(db, await meta.epoch());
  if (serving) await epoch.check();
  if (serving) {
    await instance.begin(bus).catch((error) => bus.close().then(() => Promise.reject(error)));
  }
  return {
    get epoch() {
      return epoch.current;
    },
    checkEpoch: () => epoch.check(),
    renewEpoch: () => epoch.renew(),
    // Every acknowledged event is in the tables.
    fault: null,
    peers,
    ...peopleStore(db, instance, meta),
    ...emojiStore(access),
    ...personalStore(access),
    ...previewStore(access),
    ...profileStore(access),
    ...reportStore(access),
    ...retentionStore(access),

    createRoom: (room) => rooms.create(room),
    findConversation: (people, account) => rooms.findConversation(people, account),
    conversationOf: (made) => rooms.conversation(made),
    addPerson: (room, account) => rooms.addPerson(room, account),
    findRoom: (name, viewer) => rooms.find(name, viewer),
    roomById: (id) => rooms.get(id),
    roomByPublicId: (publicId) => rooms.byPublicId(publicId),
    roomsByPublicId: (publicIds) => rooms.allByPublicId(publicIds),
    readStates: (...rest) => rooms.readStates(...rest),
    endedConversation: (viewer, name) => rooms.endedConversation(viewer, name),
    directRoom: (one, other, at) => rooms.direct(one, other, at),
    addMember: (room, account, at) => rooms.addMember(room, account, at),
    removeMember: (room, account, expulsion) => rooms.removeMember(room, account, expulsion),
    expelledUntil: (room, account, at) => rooms.expelledUntil(room, account, at),
    membersOf: (room, page) => rooms.membersOf(room, page),
    roomsOf: (...rest) => rooms.roomsOf(...rest),
    membershipsOf: (...rest) => rooms.membershipsOf(...rest),
    conversationsOf: (account) => rooms.conversationsOf(account),
    listRooms: (account, page) => rooms.list(account, page),
    roomsAt: (account, addresses) => rooms.at(account, addresses),
    readState: (...rest) => rooms.readState(...rest),
    markRead: (room, account, seq) => rooms.markRead(room, account, seq),
    markUnread: (room, account, seq) => rooms.markUnread(room, account, seq),
    setLevel: (room, account, level) => rooms.setLevel(room, account, level),

    append: (batch) => writer.append(batch),
    replay: (room, after, upTo, bounds) => reader.replay(room, after, upTo, bounds),
    pageBefore: (...page) => reader.pageBefore(...page),
    pageAfter: (...page) => reader.pageAfter(...page),
    pageWith: (...page) => reader.pageWith(...page),
    pageWithFiles: (...page) => reader.pageWithFiles(...page),
    reactionsTo: (query) => listReactions(db, query),
    votesIn: (query) => listVotes(db, query),
    messagesAt: (...asked) => reader.messagesAt(...asked),
    search: (query) => search.search(query),

    followThread: (room, root, account, on) => threads.follow(room, root, account, on),
    followedThreads: (account, before, limit) => threads.followed(account, before, limit),
    threadFollowers: (room, root) => threads.followers(room, root),
    markThreadRead: (room, root, account, seq) => threads.markRead(room, root, account, seq),

    addInvitation: (invitation) => consent.add(invitation),
    invitationsOf: (account) => consent.of(account),
    takeInvitation: (room, account) => consent.take(room, account),
    isInvited: (room, account) => consent.isInvited(room, account),
    areAcquainted: (one, other, except) => consent.areAcquainted(one, other, except),
    hasConversation: (one, other) => consent.hasConversation(one, other),
    abandonedRooms: () => consent.abandoned(),
    held: (what, account, limit) => consent.held(what, account, limit),
    fileBytesOf: (account) => consent.fileBytes(account),

    deleteRoom: (room, at) => rooms.delete(room, at),
    sweepRooms: () => rooms.sweep(),
    sweepGuests: (at, retentionMs) => departures.sweep(at, retentionMs),

    groups: () => groups.all(),
    putGroup: (group) => groups.put(group),
    setGroupMember: (publicId, account, on) => groups.setMember(publicId, account, on),
    deleteGroup: (publicId) => groups.delete(publicId),
    createHook: (hook) => hooks.create(hook),
    hooks: () => hooks.list(),
    hookByToken: (hash) => hooks.byHash(hash),
    hookRooms: (id) => hooks.rooms(id),
    removeHook: (id) => hooks.remove(id),
    hookNews: (id, rooms) => hooks.news(id, rooms),
    advanceHook: (id, room, seq) => hooks.advance(id, room, seq),
    setHookState: (id, state) => hooks.setState(id, state),
    holdHook: (id, ms) => hooks.hold(id, ms),
    releaseHook: (id) => hooks.release(id),

    beginFile: (file) => files.begin(file),
    addFilePart: (id, part, total) => files.addPart(id, part, total),
    addThumbnail: (id, thumbnail, total) => files.addThumbnail(id, thumbnail, total),
    finishFile: (id, content) => files.finish(id, content),
    dropFile: (id) => files.drop(id),
    findFile: (id, viewer, at) => files.find(id, viewer, at),
    filePart: (id, place) => files.part(id, place),
    sweepFiles: (at) => files.sweep(at),

    async close() {
      await peers.close();
      // If the database is away, the other instances notice the missing heartbeat.
      await instance.end().catch(() => {});
      await db.close();
    },
  };
}

/** @param url Of a NATS server; `null` for the database itself. */
async function openBus(url: string | null, db: Database, seal: Seal): Promise<Bus> {
  if (url === null) return new NotifyBus(db);
  // Loaded on demand: most servers do not use it.
  const { NatsBus } = await import("./bus/nats_bus.ts");
  return await NatsBus.open(url, seal.derive("bus").toString("hex"), applicationName(db.id));
}

/** The address of the database, without credentials. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** PostgreSQL's error codes that an operator can act on. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no server answers there. Start PostgreSQL, or correct DATABASE_URL",
  ENOTFOUND: "there is no such host. Correct DATABASE_URL",
  CONNECT_TIMEOUT: "it does not answer. Check the address, and that it can be reached",
  "28P01": "it refuses the password. Correct DATABASE_URL",
  "28000": "it refuses this user. Correct DATABASE_URL, or PostgreSQL's pg_hba.conf",
  "3D000": "there is no such database. Create it with createdb, or correct DATABASE_URL",
  EHOSTUNREACH: "it cannot be reached. Check the address, and the network",
  ENETUNREACH: "it cannot be reached. Check the address, and the network",
  EACCES: "the network refuses it. Check the firewall",
  // The errors of a pooler for settings of one connection, and for plans of another connection.
  "08P01": IS_POOLER,
  "26000": IS_POOLER,
  "42P05": IS_POOLER,
  "53300": "it has no connection left. Raise its max_connections, or end other clients",
  "57P03": "it is starting up or shutting down. Try again in a moment",
  "42501": "the user may not create a schema. Grant CREATE on the database to them",
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
