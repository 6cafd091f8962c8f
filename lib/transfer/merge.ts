/**
 * Merges an imported store into another one that is in use: users and rooms are matched, messages
 * that are there already are recognized, and all others come at the end of the logs of their rooms,
 * with their own times. To merge the same again changes nothing.
 *
 * @module
 */
import type { Fields } from "../chat/events/event.ts";
import { definitionOf, targetOf } from "../chat/events/index.ts";
import { StoreError } from "../store/error.ts";
import { PREVIEW_PLACE, THUMBNAIL_PLACE } from "../store/files.ts";
import { toFile } from "../store/sql/file_rows.ts";
import type { Account, Append, AppendResult, StoredEvent } from "../store/records.ts";
import {
  bytes,
  int,
  intOrNull,
  readFields,
  type Row,
  text,
  textOrNull,
} from "../store/sql/rows.ts";
import { peopleKey } from "../store/sql/people.ts";
import type { Store } from "../store/store.ts";
import { hashToken } from "../util/secrets.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldRoom } from "../protocol/names.ts";
import type { Dump } from "./dump.ts";
import { RoomNames } from "../auth/fitting_names.ts";
import { type Kind, KINDS, toRecord, toRow } from "./records.ts";

/** How users and rooms are matched that have another id here. */
export interface MergeRules {
  /** Whether a user is the user of the same name here. */
  readonly usersByName: boolean;
  /** Whether a public room is the public room of the same name here. */
  readonly roomsByName: boolean;
}

/** What a merge has added, and what it left out. */
export interface MergeReport {
  users: number;
  rooms: number;
  events: number;
  /** What belongs to users and rooms beside their logs. */
  records: number;
  /** Events that were there already. */
  repeated: number;
  /** Events that have no effect any more, such as a reaction to a message that was deleted here. */
  void: number;
  /** What the operator should know about. */
  readonly notes: string[];
}

/** A conversation or a room of the source, here. */
export interface MergedRoom {
  readonly id: number;
  /** The room's id in the source, for the keys of events that have none. */
  readonly publicId: string;
  /** By the `seq` in the source, less 1: the `seq` here, or 0 where there is no such event here. */
  seqs: Uint32Array;
  /** The next `seq` of the source. */
  next: number;
  /** The `seq` up to which the two logs may be the same, while they are. */
  common: number;
  /** Events of the target, read ahead to be compared. */
  ahead: readonly StoredEvent[];
}

/** What the numbers and ids of the source mean here; and read marks to be moved. */
export interface MergePlan {
  readonly accounts: ReadonlyMap<number, Account>;
  readonly rooms: ReadonlyMap<number, MergedRoom>;
  /** The public ids of users who have another one here. */
  readonly ids: ReadonlyMap<string, string>;
  /** Members that were added: the room in the source, the account here, and what they have read. */
  readonly members: readonly (readonly [source: number, account: number, read: number])[];
  /** Members who had read everything: the room and the account here. */
  readonly upToDate: readonly (readonly [room: number, account: number])[];
}

const kindOf = (type: string): Kind => KINDS.find((kind) => kind.type === type)!;
const ACCOUNT = kindOf("account");
const ROOM = kindOf("room");
const MEMBER = kindOf("member");
const EVENT = kindOf("event");
const FILE = kindOf("file");

/** What holds for every event of another log: it was allowed there, and did there what it does. */
const IMPORTED = { asModerator: true, whileArchived: true, isImported: true } as const;

/** How many events are appended at once. */
const BATCH = 500;
/** How many events of the target are read ahead. */
const AHEAD = 100;
/** How long an uploaded file waits for its message, in ms. */
const UPLOAD_MS = 86_400_000;

/**
 * Matches users and rooms, and creates those that are new, in one transaction.
 *
 * @param target Begun for writing.
 * @throws {StoreError} If a user or a room can be taken for another one; the message lists them.
 */
export async function planMerge(
  source: Dump,
  target: Dump,
  rules: MergeRules,
  report: MergeReport,
): Promise<MergePlan> {
  const planner = new Planner(source, target, rules, report);
  const accounts = await planner.accounts();
  const rooms = await planner.rooms();
  planner.refuseConflicts();
  const upToDate = await planner.upToDate();
  const members = await planner.members();
  return { accounts, rooms, members, upToDate, ids: planner.ids };
}

/** Matches and creates. */
class Planner {
  readonly #source: Dump;
  readonly #target: Dump;
  readonly #rules: MergeRules;
  readonly #report: MergeReport;
  readonly #conflicts: string[] = [];
  readonly #accounts = new Map<number, Account>();
  readonly #rooms = new Map<number, MergedRoom>();
  /** The numbers here of the accounts and rooms that were created. */
  readonly #newAccounts = new Set<number>();
  readonly #newRooms = new Set<number>();
  readonly #names = new RoomNames();
  /** See `MergePlan`. */
  readonly ids = new Map<string, string>();

  constructor(source: Dump, target: Dump, rules: MergeRules, report: MergeReport) {
    this.#source = source;
    this.#target = target;
    this.#rules = rules;
    this.#report = report;
  }

  async accounts(): Promise<ReadonlyMap<number, Account>> {
    const all: Row[] = [];
    for await (const row of this.#source.rows(ACCOUNT)) all.push(row);
    // A user of the same id comes first, so that another one does not take the place by name.
    for (const row of all) this.#put(row, await this.#sameAccount(row));
    for (const row of all) {
      if (!this.#accounts.has(int(row, "id"))) this.#put(row, await this.#accountByName(row));
    }
    if (this.#conflicts.length > 0) return this.#accounts;
    for (const row of all) {
      if (!this.#accounts.has(int(row, "id"))) await this.#createAccount(row);
    }
    return this.#accounts;
  }

  #put(row: Row, found: Row | null): void {
    if (found === null) return;
    this.#accounts.set(int(row, "id"), accountIn(found));
    const [there, here] = [text(row, "public_id"), text(found, "public_id")];
    if (there !== here) this.ids.set(there, here);
  }

  async #sameAccount(row: Row): Promise<Row | null> {
    const [found] = await this.#target.run("SELECT * FROM accounts WHERE public_id = $1", [
      text(row, "public_id"),
    ]);
    if (found === undefined) return null;
    if (
      found.created_at === row.created_at || found.folded !== null && found.folded === row.folded
    ) {
      return found;
    }
    this.#conflicts.push(
      `user ${quote(row)} has the id of ${quote(found)} here, ${text(row, "public_id")}, and is ` +
        "another one",
    );
    return null;
  }

  async #accountByName(row: Row): Promise<Row | null> {
    if (row.folded === null || row.role === "guest") return null;
    const [found] = await this.#target.run(
      "SELECT * FROM accounts WHERE folded = $1 OR skeleton = $2 ORDER BY folded = $1 DESC",
      [String(row.folded), String(row.skeleton)],
    );
    if (found === undefined) return null;
    const isSameName = found.folded === row.folded && found.role !== "guest";
    const isTaken = this.#accounts.values().some(({ id }) => id === found.id);
    if (isSameName && !isTaken && this.#rules.usersByName) return found;
    this.#conflicts.push(
      isSameName
        ? `user ${quote(row)} has a name that is taken here`
        : `user ${quote(row)} has a name that looks like ${quote(found)} here`,
    );
    return null;
  }

  async #createAccount(row: Row): Promise<void> {
    const record = toRecord(ACCOUNT, row);
    const { creator, password: _password, ...rest } = record;
    const role = row.role === "owner" || row.role === "moderator" ? "member" : String(row.role);
    if (role !== row.role) {
      this.#report.notes.push(`${quote(row)} was ${row.role} there, and is a member here`);
    }
    const made = creator === undefined ? undefined : this.#accounts.get(Number(creator));
    const id = await this.#target.nextId("accounts");
    await this.#insert(ACCOUNT, {
      ...rest,
      ...(role === "guest" ? await this.#goneGuest(row) : {}),
      ...(made === undefined ? {} : { creator: made.id }),
      ...{ id, role },
    });
    this.#accounts.set(int(row, "id"), accountIn({ ...row, id, role }));
    this.#newAccounts.add(id);
    if (role !== "guest") this.#report.users++;
  }

  /** A guest has left: the name is free for others, and its space of keys is that of the name. */
  async #goneGuest(row: Row): Promise<Record<string, unknown>> {
    const [name] = await this.#source.run("SELECT folded FROM guest_names WHERE id = $1", [
      -int(row, "key_space"),
    ]);
    const folded = String(name?.folded);
    await this.#target.run(
      "INSERT INTO guest_names (folded) VALUES ($1) ON CONFLICT (folded) DO NOTHING",
      [folded],
    );
    const [here] = await this.#target.run("SELECT id FROM guest_names WHERE folded = $1", [folded]);
    const leftAt = intOrNull(row, "left_at") ?? int(row, "created_at");
    return {
      ...{ folded: undefined, skeleton: undefined, key_space: -int(here ?? {}, "id") },
      ...{ left_at: leftAt, ends_at: intOrNull(row, "ends_at") ?? 0, traces: undefined },
    };
  }

  async rooms(): Promise<ReadonlyMap<number, MergedRoom>> {
    if (this.#conflicts.length > 0) return this.#rooms;
    const taken = await this.#target.run("SELECT DISTINCT folded FROM rooms WHERE folded > ''");
    for (const row of taken) this.#names.reserve(text(row, "folded"));
    for await (const row of this.#source.rows(ROOM)) {
      if (row.deleted_at !== null) continue;
      const found = row.kind === "direct"
        ? await this.#sameConversation(row)
        : await this.#sameRoom(row) ?? await this.#roomByName(row);
      if (found?.deleted_at != null) {
        this.#report.notes.push(`room ${quote(row)} was deleted here, and stays so`);
        continue;
      }
      const id = found === null ? await this.#createRoom(row) : int(found, "id");
      if (id === null) continue;
      const publicId = text(row, "public_id");
      const isSame = found !== null && text(found, "public_id") === publicId;
      this.#rooms.set(int(row, "id"), {
        ...{ id, publicId, seqs: new Uint32Array(int(row, "seq")), next: 1, ahead: [] },
        common: isSame ? int(found, "seq") : 0,
      });
    }
    return this.#rooms;
  }

  async #sameRoom(row: Row): Promise<Row | null> {
    const [found] = await this.#target.run("SELECT * FROM rooms WHERE public_id = $1", [
      text(row, "public_id"),
    ]);
    if (found === undefined) return null;
    if (
      (found.kind === "direct") === (row.kind === "direct") &&
      (found.created_at === row.created_at || found.folded === row.folded)
    ) return found;
    this.#conflicts.push(
      `room ${quote(row)} has the id of ${quote(found)} here, ${text(row, "public_id")}, and is ` +
        "another one",
    );
    return null;
  }

  async #roomByName(row: Row): Promise<Row | null> {
    if (row.kind !== "public") return null;
    const [found] = await this.#target.run(
      "SELECT * FROM rooms WHERE folded = $1 AND kind = 'public'",
      [String(row.folded)],
    );
    if (found === undefined || this.#rules.roomsByName) return found ?? null;
    this.#conflicts.push(`room ${quote(row)} has the name of a public room here`);
    return null;
  }

  /** The pair of a conversation, as accounts here. */
  #pairOf(row: Row): readonly [low: number, high: number] {
    const ids = [row.low, row.high].map((id) => this.#accounts.get(Number(id))!.id);
    return [Math.min(...ids), Math.max(...ids)];
  }

  async #sameConversation(row: Row): Promise<Row | null> {
    const [found] = await this.#target.run(
      "SELECT * FROM rooms WHERE low = $1 AND high = $2",
      this.#pairOf(row),
    );
    return found ?? null;
  }

  async #createRoom(row: Row): Promise<number | null> {
    if (this.#conflicts.length > 0) return null;
    const { creator: _creator, host: _host, ...record } = toRecord(ROOM, row);
    const id = await this.#target.nextId("rooms");
    const own = row.kind === "direct"
      ? { low: this.#pairOf(row)[0], high: this.#pairOf(row)[1] }
      : this.#named(text(row, "name"));
    const people = ["creator", "host"].flatMap((field) => {
      const account = this.#accounts.get(Number(row[field]));
      return account === undefined ? [] : [[field, account.id]];
    });
    const chosen = textOrNull(row, "people")?.split(",")
      .flatMap((id) => this.#accounts.get(Number(id))?.id ?? []);
    await this.#insert(ROOM, {
      ...{ ...record, id, seq: 0, ...own, ...Object.fromEntries(people) },
      ...(chosen === undefined ? {} : { people: peopleKey(chosen) }),
    });
    this.#newRooms.add(id);
    this.#report.rooms++;
    return id;
  }

  /** A name that no other room has: a user cannot be in two rooms of one name. */
  #named(name: string): Record<string, string> {
    const free = this.#names.take(name);
    if (free !== name) this.#report.notes.push(`room "${name}" is "${free}" here`);
    return { name: free, folded: foldRoom(free) };
  }

  /** @throws {StoreError} If a user or a room can be taken for another one. */
  refuseConflicts(): void {
    if (this.#conflicts.length === 0) return;
    const list = this.#conflicts.map((conflict) => `\n  ${conflict}`).join("");
    throw new StoreError(
      `Cannot merge: it is not clear who is who. Nothing was changed.${list}\n` +
        "Rename one of each two. If all users, or all public rooms, of one name are the same, add " +
        "--map-users-by-name or --map-rooms-by-name",
    );
  }

  /** The members of the merged rooms who have nothing unread. */
  async upToDate(): Promise<(readonly [number, number])[]> {
    const found: (readonly [number, number])[] = [];
    for (const { id } of this.#rooms.values()) {
      if (this.#newRooms.has(id)) continue;
      const rows = await this.#target.run(
        `SELECT m.account FROM members m JOIN rooms r ON r.id = m.room
         WHERE m.room = $1 AND m.read = r.seq`,
        [id],
      );
      for (const row of rows) found.push([id, int(row, "account")]);
    }
    return found;
  }

  /**
   * Adds the members of rooms that are new, and new users to their rooms. Nobody returns to a room
   * that they have left here.
   */
  async members(): Promise<(readonly [number, number, number])[]> {
    const added: (readonly [number, number, number])[] = [];
    for await (const row of this.#source.rows(MEMBER)) {
      const room = this.#rooms.get(int(row, "room"));
      const account = this.#accounts.get(int(row, "account"));
      if (room === undefined || account === undefined) continue;
      if (!this.#newRooms.has(room.id) && !this.#newAccounts.has(account.id)) continue;
      const [here] = await this.#target.run(
        "SELECT folded FROM rooms WHERE id = $1 AND NOT EXISTS (" +
          "SELECT 1 FROM members WHERE room = $2 AND account = $3)",
        [room.id, room.id, account.id],
      );
      if (here === undefined) continue;
      const { folded: _folded, ...rest } = toRecord(MEMBER, row);
      const folded = here.folded === null ? {} : { folded: text(here, "folded") };
      const ids = { room: room.id, account: account.id };
      await this.#insert(MEMBER, { ...rest, ...folded, ...ids, read: 0 });
      added.push([int(row, "room"), account.id, int(row, "read")]);
    }
    return added;
  }

  async #insert(kind: Kind, record: Readonly<Record<string, unknown>>): Promise<void> {
    const given = Object.fromEntries(
      Object.entries(record).filter(([, value]) => value !== undefined),
    );
    const misfit = await this.#target.insert(kind, [toRow(kind, given)]);
    if (misfit === null) return;
    const { cause } = misfit;
    throw new StoreError(
      `Cannot merge: ${kind.type} ${JSON.stringify(record.name ?? "")} does not fit here. ${cause}`,
      { cause },
    );
  }
}

function accountIn(row: Row): Account {
  const role = String(row.role) as Account["role"];
  return { id: int(row, "id"), publicId: text(row, "public_id"), name: text(row, "name"), role };
}

function quote(row: Row): string {
  return JSON.stringify(text(row, "name"));
}

/** Appends what is new, and moves read marks. */
export async function mergeLogs(
  source: Dump,
  store: Store,
  plan: MergePlan,
  report: MergeReport,
  now: number,
): Promise<void> {
  const { rooms, members, upToDate } = plan;
  const merger = new LogMerger(source, store, plan, report, now);
  for await (const row of source.rows(EVENT)) await merger.take(row);
  await merger.finish();
  await merger.keepFiles();
  for (const [from, account, read] of members) {
    const { id, seqs } = rooms.get(from)!;
    // Of the events up to the mark, the last that is here.
    const seq = seqs.subarray(0, read).findLast((each) => each > 0) ?? 0;
    if (seq > 0) await store.markRead(id, account, seq);
  }
  for (const [room, account] of upToDate) {
    await store.markRead(room, account, (await store.roomById(room)).seq);
  }
}

/** An event to append, with its target as in the source, and where it comes from. */
interface MergedEvent {
  readonly append: Append;
  readonly room: MergedRoom;
  readonly seq: number;
}

/** A message that is another one in the end: changed, or gone. */
interface MessageOutcome {
  readonly room: MergedRoom;
  readonly seq: number;
  /** The message. */
  readonly row: Row;
  readonly sender: Account;
  readonly key: string;
  /** When it was last edited here, before the merge. */
  editedHere: number;
  /** Whether an event of the source has made it what it is. */
  isDone: boolean;
}

/** Reads the source's log, and appends what is new. */
class LogMerger {
  readonly #source: Dump;
  readonly #store: Store;
  readonly #accounts: ReadonlyMap<number, Account>;
  readonly #rooms: ReadonlyMap<number, MergedRoom>;
  readonly #ids: ReadonlyMap<string, string>;
  readonly #report: MergeReport;
  readonly #now: number;
  /** Messages that were edited or deleted, by the room and the `seq` in the source. */
  readonly #outcomes = new Map<string, MessageOutcome>();
  #batch: MergedEvent[] = [];
  /** Events whose target is in the batch. */
  #later: MergedEvent[] = [];
  /** The places of the messages in the batch. */
  readonly #waiting = new Set<string>();

  constructor(
    source: Dump,
    store: Store,
    { accounts, rooms, ids }: MergePlan,
    report: MergeReport,
    now: number,
  ) {
    this.#source = source;
    this.#store = store;
    this.#accounts = accounts;
    this.#rooms = rooms;
    this.#ids = ids;
    this.#report = report;
    this.#now = now;
  }

  async take(row: Row): Promise<void> {
    const room = this.#rooms.get(int(row, "room"));
    const sender = this.#accounts.get(int(row, "sender"));
    if (room === undefined || sender === undefined) return;
    const seq = int(row, "seq");
    const key = textOrNull(row, "key") ?? `import ${room.publicId} ${seq}`;
    if (row.kind === "message") this.#noteOutcome(row, room, sender, key);
    if (await this.#isCommon(row, room, sender)) return;
    const append = await this.#appendOf(row, room, sender, key);
    if (append === null) return;
    const target = targetOf(append);
    let isWaiting = target !== null && this.#waiting.has(placeOf(room, target));
    const isFull = this.#batch.length + this.#later.length >= BATCH;
    // A reply keeps its place in the log: what it replies to is appended first.
    if (isFull || isWaiting && append.kind === "message") {
      await this.#flush();
      isWaiting = false;
    }
    (isWaiting ? this.#later : this.#batch).push({ append, room, seq });
    if (append.kind === "message") this.#waiting.add(placeOf(room, seq));
  }

  /** What to append for an event; `null` if it can have no effect here. */
  async #appendOf(
    row: Row,
    room: MergedRoom,
    sender: Account,
    key: string,
  ): Promise<Append | null> {
    const fields = definitionOf(row.kind)?.fields;
    const outcome = row.kind === "edit" || row.kind === "delete"
      ? this.#outcomes.get(placeOf(room, int(row, "target")))
      : undefined;
    // What an event says that is stored in its target only.
    const about = outcome?.row ?? (row.kind === "preview_added" ? await this.#targetOf(row) : row);
    const values = fields && this.#valuesOf(fields, row, about);
    if (!values) {
      this.#report.void++;
      return null;
    }
    if (outcome !== undefined) outcome.isDone = true;
    const at = int(row, "at");
    // The source has the last text only. One that was written here since is newer.
    if (row.kind === "edit" && (outcome?.editedHere ?? 0) >= at) return null;
    const base = { ...IMPORTED, room: room.id, sender, at, key: keyOf(key) };
    const append = { ...base, ...values, kind: row.kind } as Append;
    if (append.kind === "preview_added") return await this.#withPicture(append, room);
    if (append.kind !== "message") return append;
    const files = await this.#filesOf(row, room);
    return files.length === 0 ? append : { ...append, files };
  }

  /** A preview with its picture: a copy for each, for the next one takes the place of the last. */
  async #withPicture(
    append: Extract<Append, { kind: "preview_added" }>,
    room: MergedRoom,
  ): Promise<Append> {
    const { preview } = append;
    if (!preview?.image) return append;
    const { image, ...texts } = preview;
    const [row] = await this.#source.run("SELECT * FROM files WHERE id = $1", [image.id]);
    // The same one in each merge.
    const copy = hashToken(`${image.id} ${append.key}`);
    const id = row === undefined ? null : await this.#upload(row, room, { id: copy });
    if (id === null) return { ...append, preview: texts };
    return { ...append, preview: { ...texts, image: { ...image, id } }, files: [id] };
  }

  async #targetOf(row: Row): Promise<Row> {
    const [target] = await this.#source.run(
      "SELECT * FROM events WHERE room = $1 AND seq = $2",
      [int(row, "room"), int(row, "target")],
    );
    return target ?? {};
  }

  /**
   * The fields of an event; `null` if it lacks some.
   *
   * @param about The message that it changes, which has what it does not have itself.
   */
  #valuesOf(fields: Fields, row: Row, about: Row): Record<string, unknown> | null {
    const values = readFields(fields, {
      ...row,
      text: about.text ?? "",
      target_payload: about.payload ?? null,
      state: row.state === null || row.state === undefined ? null : Boolean(row.state),
    });
    if (values === null) return null;
    const { mentions } = values;
    if (!Array.isArray(mentions)) return { ...values };
    return { ...values, mentions: mentions.map((id) => this.#ids.get(id) ?? id) };
  }

  /** Appends what has been collected. */
  async #flush(): Promise<void> {
    const [batch, later] = [this.#batch, this.#later];
    [this.#batch, this.#later] = [[], []];
    this.#waiting.clear();
    await this.#append(batch);
    await this.#append(later);
  }

  /** Appends events. What they name has been appended before. */
  async #append(some: readonly MergedEvent[]): Promise<void> {
    const aimed = some.flatMap((pending) => {
      const append = aimedIn(pending);
      if (append === null) this.#report.void++;
      return append === null ? [] : [{ ...pending, append }];
    });
    if (aimed.length === 0) return;
    const results = await this.#store.append(aimed.map(({ append }) => append));
    for (const [n, result] of results.entries()) await this.#settle(aimed[n]!, result);
  }

  async #settle(pending: MergedEvent, result: AppendResult): Promise<void> {
    const { append, room, seq } = pending;
    if ("refused" in result) {
      // What it replies to was deleted here: the reply is worth as much without it.
      if (append.kind === "message" && append.replyTo !== null) {
        return await this.#append([{ ...pending, append: withoutTarget(append) }]);
      }
      this.#report.void++;
      return;
    }
    const { event, repeated } = result;
    room.seqs[seq - 1] = event.seq;
    if (!repeated) {
      this.#report.events++;
      return;
    }
    this.#report.repeated++;
    for (const file of append.files ?? []) await this.#store.dropFile(file);
    if (append.kind !== "message") return;
    this.#noteEdit(room, seq, event);
  }

  #noteEdit(room: MergedRoom, seq: number, event: StoredEvent): void {
    const outcome = this.#outcomes.get(placeOf(room, seq));
    if (outcome === undefined || event.kind !== "message") return;
    outcome.editedHere = event.deleted ? Infinity : event.editedAt ?? 0;
    const { deleted } = outcome.row;
    if (event.deleted === Boolean(deleted) && event.text === text(outcome.row, "text")) {
      outcome.isDone = true;
    }
  }

  #noteOutcome(row: Row, room: MergedRoom, sender: Account, key: string): void {
    if (row.edited_at === null && !row.deleted) return;
    const seq = int(row, "seq");
    const outcome = { room, seq, row, sender, key, editedHere: 0, isDone: false };
    this.#outcomes.set(placeOf(room, seq), outcome);
  }

  /** Appends the edits and deletions that the source knows only by what they have done. */
  async finish(): Promise<void> {
    await this.#flush();
    for (const outcome of this.#outcomes.values()) {
      const { room, seq, row, sender, key, editedHere, isDone } = outcome;
      const target = room.seqs[seq - 1] ?? 0;
      const kind = row.deleted ? "delete" : "edit";
      const at = kind === "delete" ? this.#now : int(row, "edited_at");
      if (isDone || target === 0 || editedHere >= at) continue;
      const values = this.#valuesOf(
        definitionOf(kind)!.fields,
        { target: seq, payload: null },
        row,
      );
      const base = { ...IMPORTED, room: room.id, sender, at, ...values, kind, target };
      const done = (await this.#store.append([
        { ...base, key: keyOf(`${key} ${kind} ${intOrNull(row, "edited_at")}`) } as Append,
      ]))[0];
      if (done === undefined || "refused" in done) this.#report.void++;
      else if (!done.repeated) this.#report.events++;
    }
  }

  /** Whether an event is the one at its place here, as long as all before it were. */
  async #isCommon(row: Row, room: MergedRoom, sender: Account): Promise<boolean> {
    const seq = int(row, "seq");
    if (seq !== room.next || seq > room.common) return false;
    if (room.ahead.length === 0) {
      const upTo = Math.min(room.common, seq + AHEAD - 1);
      const bounds = { limit: AHEAD, maxLength: Number.MAX_SAFE_INTEGER };
      room.ahead = await this.#store.replay(room.id, seq - 1, upTo, bounds) ?? [];
    }
    const [here, ...rest] = room.ahead;
    const isSame = here !== undefined && here.seq === seq && here.senderId === sender.publicId &&
      here.at === row.at && here.key === textOrNull(row, "key") &&
      (here.kind === "other" ? here.type : here.kind) === row.kind;
    if (!isSame) {
      room.common = 0;
      room.ahead = [];
      return false;
    }
    room.ahead = rest;
    room.next += 1;
    room.seqs[seq - 1] = seq;
    this.#report.repeated++;
    this.#noteEdit(room, seq, here);
    return true;
  }

  /** Uploads the files of a message, and returns their ids. */
  async #filesOf(row: Row, room: MergedRoom): Promise<readonly string[]> {
    const rows = await this.#source.run(
      "SELECT * FROM files WHERE room = $1 AND seq = $2 AND place < $3 ORDER BY place",
      [int(row, "room"), int(row, "seq"), PREVIEW_PLACE],
    );
    const ids: string[] = [];
    for (const file of rows) {
      const id = await this.#upload(file, room);
      if (id !== null) ids.push(id);
    }
    return ids;
  }

  /** Uploads the files of messages that are to be sent later: they have longer than others. */
  async keepFiles(): Promise<void> {
    const waiting = await this.#source.run(
      "SELECT * FROM files WHERE seq IS NULL AND type IS NOT NULL AND expires_at > $1",
      [this.#now + UPLOAD_MS],
    );
    for (const row of waiting) {
      const room = this.#rooms.get(int(row, "room"));
      if (room === undefined || await this.#store.filePart(text(row, "id"), 0) !== null) continue;
      await this.#upload(row, room, { expiresAt: int(row, "expires_at") });
    }
  }

  /** @param id The id of the copy. Without it, the copy keeps the id of the file. */
  async #upload(
    row: Row,
    room: MergedRoom,
    { id: as, expiresAt = this.#now + UPLOAD_MS }: {
      readonly id?: string;
      readonly expiresAt?: number;
    } = {},
  ): Promise<string | null> {
    const { id, name } = toRecord(FILE, row);
    const uploader = this.#accounts.get(int(row, "uploader"));
    if (uploader === undefined) return null;
    const upload = {
      id: as ?? String(id),
      room: room.id,
      uploader: uploader.id,
      name: String(name),
    };
    await this.#store.dropFile(upload.id);
    try {
      await this.#store.beginFile({ ...upload, expiresAt });
    } catch {
      // It is under a message here already.
      return null;
    }
    const content = toFile(row);
    if (content.thumbnail !== undefined) {
      const thumbnail = await this.#filePart(row, THUMBNAIL_PLACE);
      await this.#store.addThumbnail(upload.id, thumbnail, Number.MAX_SAFE_INTEGER);
    }
    for (let place = 0; place < int(row, "parts"); place++) {
      const part = await this.#filePart(row, place);
      await this.#store.addFilePart(upload.id, part, Number.MAX_SAFE_INTEGER);
    }
    await this.#store.finishFile(upload.id, content);
    return upload.id;
  }

  async #filePart(file: Row, place: number): Promise<Uint8Array> {
    const [part] = await this.#source.run(
      "SELECT bytes FROM file_parts WHERE file = $1 AND place = $2",
      [int(file, "number"), place],
    );
    return bytes(part ?? {}, "bytes");
  }
}

/** The event with its target as it is here; `null` if that is not here. A reply needs none. */
function aimedIn({ append, room }: MergedEvent): Append | null {
  const target = targetOf(append);
  if (target === null) return append;
  const here = room.seqs[target - 1] ?? 0;
  if (append.kind === "message") {
    if (here === 0) return withoutTarget(append);
    return { ...append, replyTo: here, ...(append.thread ? { thread: here } : {}) };
  }
  return here === 0 ? null : { ...append, target: here } as Append;
}

/** A message that answers none. */
function withoutTarget(
  { thread: _thread, alsoInRoom: _alsoInRoom, ...append }: Extract<Append, { kind: "message" }>,
): Append {
  return { ...append, replyTo: null };
}

function placeOf({ id }: MergedRoom, seq: number): string {
  return `${id} ${seq}`;
}

/** A key of the protocol: what is too long is hashed. */
function keyOf(key: string): string {
  return key.length <= LIMITS.key_length ? key : hashToken(key);
}

/** An empty report. */
export function newReport(): MergeReport {
  return { users: 0, rooms: 0, events: 0, records: 0, repeated: 0, void: 0, notes: [] };
}

/** What was merged, for the operator. */
export function* reportLines(report: MergeReport): Generator<string> {
  yield `Merged ${report.users} users, ${report.rooms} rooms and ${report.events} events.`;
  if (report.records > 0) yield `${report.records} records beside the logs were added.`;
  if (report.repeated > 0) yield `${report.repeated} events were there already.`;
  if (report.void > 0) {
    yield `${report.void} events were left out: their message was deleted, or no version knows them.`;
  }
  yield* report.notes;
}
