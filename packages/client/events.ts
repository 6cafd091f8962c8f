/**
 * The events of one room or of all, for a program that processes each exactly once: in order,
 * without gaps, over lost connections and crashes.
 *
 * A room's log is the queue. The iterator holds a bounded number of events and reads the rest from
 * the log when the program has taken these.
 *
 * @module
 */
import type { History, Joined, RoomEvent, ServerFrame, Welcome } from "@hubbub/protocol";
import { ERRORS, isRoomEvent } from "@hubbub/protocol";
import { type RoomFields, roomFields } from "./address.ts";
import { RefusedError } from "./errors.ts";
import type { ClientStore } from "./store.ts";

/** How many events an iterator holds before it stops taking live ones. */
const MAX_QUEUED = 1_000;

/** How many events are left when it reads on. */
const LOW_QUEUED = 500;

/** How long to wait before the next attempt if the server does not say, in ms. */
export const RETRY_AFTER = 1_000;

/** The prefix of the keys in the store. */
const PREFIX = "position:";

/** A room whose log was replaced: by a backup, or by a new log after a loss. */
export interface ReplacedLog {
  readonly room_id: string;
  /** The position of the program in the log that it knew. */
  readonly position: number;
  /** The end of the log now. */
  readonly end: number;
}

/** Where and how a program reads events. */
export interface EventOptions {
  /** Where a program without a stored position begins: after this `seq`, or at the end. */
  readonly after?: number;
  /**
   * Called when a room's log is not the one that the program knew. Returns the position after which
   * it goes on; by default that is the end, so that nothing is processed twice.
   */
  readonly onLogReplaced?: (log: ReplacedLog) => number;
}

/** What an iterator needs of its client. */
export interface EventSource {
  readonly store: ClientStore;
  /** The store as it was when the client started. */
  readonly stored: Pick<ReadonlyMap<string, string>, "get" | "has">;
  /** Sends a command; calls back in the turn in which the answer arrives. */
  readonly request: (
    command: { readonly type: "join" | "history" } & RoomFields & Readonly<Record<string, unknown>>,
    onReply: (frame: Joined | History) => void,
    onRefused: (error: RefusedError) => void,
  ) => void;
  /** Finds every room that the user is in: more than `welcome` lists. */
  readonly findRooms: (onRoom: (room_id: string) => void) => void;
  readonly after: (ms: number, run: () => void) => unknown;
  readonly onEnded: (events: EventIterator) => void;
  /** Remembers the log that an event is of. */
  readonly tag: (event: RoomEvent, epoch: string) => void;
}

/** A position in a room's log, as it is stored. */
interface StoredPosition {
  readonly room_id: string;
  readonly epoch: string;
  readonly seq: number;
}

/** A room that is followed. */
interface Cursor {
  /** The room as the program named it. */
  readonly name: string;
  readonly fields: RoomFields;
  /** Where to begin without a stored position. */
  readonly start: number | undefined;
  /** The last event in the queue or taken from it. Undefined until the room was joined. */
  position: StoredPosition | undefined;
  /** The log is read in pages up to here: too much was missed for a replay. */
  until: number;
  /** Whether every event up to `position` was taken, and the next live one is the next one. */
  isLive: boolean;
  isBusy: boolean;
}

/** Iterates over events. An event counts as processed when the program asks for the next one. */
export class EventIterator implements AsyncIterableIterator<RoomEvent> {
  readonly #source: EventSource;
  readonly #options: EventOptions;
  /** Whether it follows every room of the user. */
  readonly #isOfAll: boolean;
  readonly #cursors = new Map<string, Cursor>();
  #queue: { readonly cursor: Cursor; readonly event: RoomEvent; readonly epoch: string }[] = [];
  #current: { readonly cursor: Cursor; readonly position: StoredPosition } | undefined;
  #isOnline = false;
  #wake = () => {};
  #failure: Error | undefined;
  #isDone = false;

  /** @param rooms The rooms to follow; none for all rooms of the user. */
  constructor(source: EventSource, rooms: readonly string[], options: EventOptions) {
    this.#source = source;
    this.#options = options;
    this.#isOfAll = rooms.length === 0;
    for (const room of rooms) this.#cursors.set(room, this.#open(room, options.after));
  }

  /** Returns the iterator itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Commits the event before, and waits for the next one.
   *
   * @throws {RefusedError} If a room that the program named cannot be read (any more).
   * @throws {ClosedError} If the server has closed the connection for good.
   */
  async next(): Promise<IteratorResult<RoomEvent, undefined>> {
    await this.commit();
    while (true) {
      const item = this.#queue.shift();
      if (this.#queue.length <= LOW_QUEUED) this.#pullAll();
      if (item !== undefined) {
        const { cursor, event, epoch } = item;
        const position = { room_id: event.room_id, epoch, seq: event.seq };
        this.#current = { cursor, position };
        return { done: false, value: event };
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isDone) return { done: true, value: undefined };
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /**
   * Stores that the present event is processed. `next` does so too; a program that leaves its loop
   * calls this before.
   */
  async commit(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    // The position in a log that was replaced meanwhile means nothing.
    if (current === undefined || current.position.epoch !== current.cursor.position?.epoch) return;
    await this.#save(current.cursor, current.position);
  }

  /** Ends the iteration. The present event does not count as processed. */
  return(): Promise<IteratorResult<RoomEvent, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the iteration after what is in the queue, or with an error. */
  end(failure?: Error): void {
    this.#failure ??= failure;
    this.#isDone = true;
    this.#wake();
    this.#source.onEnded(this);
  }

  /** Resumes every room on a new connection. */
  connected(welcome: Welcome): void {
    this.#isOnline = true;
    if (this.#isOfAll) this.#findRooms(welcome);
    this.#pullAll();
  }

  /** Nothing is live on a lost connection. */
  disconnected(): void {
    this.#isOnline = false;
    for (const cursor of this.#cursors.values()) cursor.isLive = cursor.isBusy = false;
  }

  /** Takes a frame of the server. */
  receive(frame: ServerFrame): void {
    if (this.#isDone) return;
    if (isEvent(frame)) return this.#take(frame);
    if (frame.type === "left") return this.#leave(frame.room_id);
    if (!this.#isOfAll) return;
    // A room of which the user becomes a member while the program runs.
    if (frame.type === "joined") this.#discover(frame.room_id, undefined);
  }

  #open(name: string, start: number | undefined): Cursor {
    return {
      ...{ name, fields: roomFields(name), start, position: undefined },
      ...{ until: 0, isLive: false, isBusy: false },
    };
  }

  /** Follows the rooms of the user. One that began while the program did not run is new to it. */
  #findRooms({ rooms, more_rooms }: Welcome): void {
    const isFirstRun = !this.#source.stored.has(`${PREFIX}*`);
    if (isFirstRun) void this.#source.store.set(`${PREFIX}*`, "");
    for (const { room_id, kind } of rooms) {
      this.#discover(room_id, !isFirstRun && kind === "direct" ? 0 : this.#options.after);
    }
    // An old conversation that is not listed is found by its next message.
    if (more_rooms) {
      this.#source.findRooms((room_id) => this.#discover(room_id, this.#options.after));
    }
  }

  #discover(room_id: string, start: number | undefined): void {
    const name = `id:${room_id}`;
    if (this.#cursors.has(name)) return;
    const cursor = this.#open(name, start);
    this.#cursors.set(name, cursor);
    this.#pull(cursor);
  }

  /** The user is not a member of a room any more. */
  #leave(room_id: string): void {
    const { message } = ERRORS.not_a_member;
    for (const cursor of this.#cursors.values()) {
      if (cursor.position?.room_id !== room_id) continue;
      cursor.isLive = false;
      this.#refused(cursor, new RefusedError({ code: "not_a_member", message }));
    }
  }

  #take(event: RoomEvent): void {
    if (this.#isOfAll) this.#discover(event.room_id, event.seq - 1);
    for (const cursor of this.#cursors.values()) {
      const { position } = cursor;
      if (position?.room_id !== event.room_id) continue;
      if (event.seq <= position.seq || !cursor.isLive) continue;
      const isNext = event.seq === position.seq + 1 && this.#queue.length < MAX_QUEUED;
      if (isNext) this.#push(cursor, position, event);
      else {
        cursor.isLive = false;
        this.#pull(cursor);
      }
    }
  }

  #push(cursor: Cursor, position: StoredPosition, event: RoomEvent): void {
    this.#source.tag(event, position.epoch);
    cursor.position = { ...position, seq: event.seq };
    this.#queue.push({ cursor, event, epoch: position.epoch });
    this.#wake();
  }

  #pullAll(): void {
    for (const cursor of this.#cursors.values()) this.#pull(cursor);
  }

  /** Reads on in the log, unless live events do, or the queue is full. */
  #pull(cursor: Cursor): void {
    const isFull = this.#queue.length > LOW_QUEUED;
    if (cursor.isLive || cursor.isBusy || isFull || !this.#isOnline || this.#isDone) return;
    cursor.isBusy = true;
    // Not before: the client is online only once it has read the store.
    const { fields, position = cursor.position = this.#storedPosition(cursor) } = cursor;
    const refused = (error: RefusedError) => this.#refused(cursor, error);
    if (position === undefined) {
      const joined = (frame: Joined | History) => this.#begin(cursor, frame as Joined);
      return this.#source.request({ type: "join", ...fields }, joined, refused);
    }
    const { room_id, epoch, seq: after } = position;
    if (after < cursor.until) {
      const read = (frame: Joined | History) => this.#read(cursor, position, frame as History);
      return this.#source.request({ type: "history", room_id, after, epoch }, read, refused);
    }
    const resumed = (frame: Joined | History) => this.#resume(cursor, position, frame as Joined);
    this.#source.request({ type: "join", room_id, after, epoch }, resumed, refused);
  }

  /** Has joined a room for the first time. */
  #begin(cursor: Cursor, { room_id, epoch, seq }: Joined): void {
    cursor.isBusy = false;
    const start = Math.min(cursor.start ?? seq, seq);
    this.#moveTo(cursor, { room_id, epoch, seq: start }, seq);
  }

  /** Has joined a room again: with the events after the position, if these are not too many. */
  #resume(cursor: Cursor, position: StoredPosition, frame: Joined): void {
    cursor.isBusy = false;
    const { room_id, epoch, seq: end, truncated, messages } = frame;
    if (epoch !== position.epoch || end < position.seq) {
      const log = { room_id, position: position.seq, end };
      const seq = Math.min(this.#options.onLogReplaced?.(log) ?? end, end);
      // What waits is of the log that was replaced.
      this.#queue = this.#queue.filter((item) => item.cursor !== cursor);
      return this.#moveTo(cursor, { room_id, epoch, seq }, end);
    }
    if (truncated) {
      cursor.until = end;
      return this.#pull(cursor);
    }
    for (const event of messages) this.#pushAfter(cursor, event);
    cursor.position = { ...position, seq: end };
    cursor.isLive = true;
  }

  /** Has read a page of messages, as they are now: changes to them are part of them. */
  #read(cursor: Cursor, position: StoredPosition, { messages, more }: History): void {
    cursor.isBusy = false;
    for (const event of messages) if (event.seq <= cursor.until) this.#pushAfter(cursor, event);
    const last = messages.at(-1)?.seq ?? cursor.until;
    if (!more || last >= cursor.until) cursor.position = { ...position, seq: cursor.until };
    this.#pull(cursor);
  }

  #pushAfter(cursor: Cursor, event: RoomEvent): void {
    const { position } = cursor;
    if (position !== undefined && event.seq > position.seq) this.#push(cursor, position, event);
  }

  #moveTo(cursor: Cursor, position: StoredPosition, end: number): void {
    cursor.position = position;
    cursor.until = 0;
    cursor.isLive = position.seq === end;
    // Stored at once, so that a crash before the first event skips none.
    this.#save(cursor, position).catch((error) => this.end(error));
    this.#pull(cursor);
  }

  #refused(cursor: Cursor, error: RefusedError): void {
    cursor.isBusy = false;
    if (error.isTemporary) {
      this.#source.after(error.retryAfter ?? RETRY_AFTER, () => this.#pull(cursor));
    } else if (error.code === "stale_epoch") {
      // The log was replaced between two pages: `join` says by which.
      cursor.until = 0;
      this.#pull(cursor);
    } else if (this.#isOfAll) {
      this.#cursors.delete(cursor.name);
    } else this.end(error);
  }

  #storedPosition({ name }: Cursor): StoredPosition | undefined {
    const text = this.#source.stored.get(PREFIX + name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async #save(cursor: Cursor, position: StoredPosition): Promise<void> {
    await this.#source.store.set(PREFIX + cursor.name, JSON.stringify(position));
  }
}

/** Whether a frame is an event of a room's log, also of a type that this version does not know. */
export function isEvent(frame: ServerFrame): frame is RoomEvent {
  if (isRoomEvent(frame)) return true;
  const { seq, room_id, at, sender_id } = frame as unknown as Partial<RoomEvent>;
  return typeof seq === "number" && typeof at === "number" && typeof room_id === "string" &&
    typeof sender_id === "string";
}
