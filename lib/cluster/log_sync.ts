/**
 * Log sync: publishes the events that other instances have stored, in the order of the log, so that
 * subscribers get each event once and in order, no matter which instance appended it. It takes them
 * from the notice if they follow on what was published, and otherwise reads them from the log.
 *
 * @module
 */
import type { Clock } from "../util/clock.ts";
import type { ConnectionRegistry } from "../chat/connection_registry.ts";
import type { Log } from "../observability/log.ts";
import type { Room } from "../chat/room.ts";
import type { RoomCache } from "../chat/room_cache.ts";
import type { AdvancedRoom } from "../store/peers.ts";
import type { Store } from "../store/store.ts";

/** Options of log sync. */
export interface LogSyncOptions {
  readonly store: Store;
  readonly rooms: RoomCache;
  readonly connections: ConnectionRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when a room's log ends before its last published event. */
  readonly onBehind: (room: Room) => void;
}

/** How many events one query reads. */
const CHUNK = 500;

/** The delay before a failed read is retried, in ms: doubles from `first` to `longest`. */
const RETRY_MS = { first: 100, longest: 2_000 };

interface RunningSync {
  /** The newest `seq` that is known. */
  upTo: number;
  readonly done: Promise<void>;
}

/** Brings rooms up to the end of their logs. */
export class LogSync {
  readonly #options: LogSyncOptions;
  readonly #running = new Map<Room, RunningSync>();
  /** Callbacks that end the current pauses. */
  readonly #pauses = new Set<() => void>();
  #closed = false;

  constructor(options: LogSyncOptions) {
    this.#options = options;
  }

  /**
   * Publishes a room's events up to a `seq` that is in its log. Retries while the store fails.
   *
   * @returns Resolves when everything is published, or log sync is closed.
   */
  syncTo(room: Room, seq: number): Promise<void> {
    if (seq <= room.seq) return Promise.resolve();
    const sync = this.#running.get(room);
    if (sync !== undefined) {
      sync.upTo = Math.max(sync.upTo, seq);
      return sync.done;
    }
    // A later subscriber gets these events by replay.
    if (room.channel.size === 0) return Promise.resolve(room.skipTo(seq));
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const started = { upTo: seq, done };
    this.#running.set(room, started);
    void this.#run(room, started).finally(() => {
      this.#running.delete(room);
      resolve();
    });
    return done;
  }

  /**
   * Brings a room up to the position of a client that is about to subscribe: another instance may
   * have sent it events that this one does not have yet.
   *
   * @param after The client's position. One beyond the end of the log belongs to another log.
   */
  async syncForReplay(room: Room, after: number): Promise<void> {
    if (after <= room.channel.delivered || !Number.isFinite(after)) return;
    const { seq } = await this.#options.store.roomById(room.id);
    await this.syncTo(room, seq);
    room.channel.drain();
  }

  /**
   * Handles that another instance has appended to a log. Loads a conversation whose participants
   * are connected here: they get its events without `join`.
   *
   * @throws {unknown} The store's error.
   */
  async advanced({ room: id, seq, pair, events }: AdvancedRoom): Promise<void> {
    const { rooms } = this.#options;
    if (!rooms.has(id)) {
      if (!pair?.some((account) => this.#lacks(account, id, seq))) return;
      await rooms.load({ id });
    }
    rooms.whenLoaded(id, (room) => {
      if (events !== undefined) this.#publishCarried(room, seq, events);
      void this.syncTo(room, seq);
    });
  }

  /** Stops; ends all pauses. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#pauses]) end();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, end);
      this.#pauses.add(end);
    });
  }

  /** Whether a connection of an account does not know a conversation up to `seq`. */
  #lacks(account: number, room: number, seq: number): boolean {
    return this.#options.connections.of(account).some(({ positions }) =>
      positions === null || (positions.get(room) ?? 0) < seq
    );
  }

  /** Publishes events that came with the notice, if they follow on those that were published. */
  #publishCarried(room: Room, seq: number, read: NonNullable<AdvancedRoom["events"]>): void {
    // What is being read from the log comes in its order.
    if (seq <= room.seq || room.channel.size === 0 || this.#running.has(room)) return;
    const events = read() ?? [];
    if (events.length === 0 || events[0]!.seq > room.seq + 1) return;
    for (const event of events) room.publishRead(event);
    room.channel.flush();
  }

  async #run(room: Room, sync: RunningSync): Promise<void> {
    let delay = RETRY_MS.first;
    const isCurrent = () => this.#options.rooms.peek(room.id) === room;
    while (room.seq < sync.upTo && !this.#closed && isCurrent()) {
      try {
        await this.#publishNext(room, sync);
        delay = RETRY_MS.first;
      } catch (error) {
        // Logged once: while the database is down, every retry of every room fails the same way.
        if (delay === RETRY_MS.first) {
          this.#options.log.error("cannot read a log", error, { room: room.id });
        }
        if (!this.#closed) await this.#pause(delay);
        delay = Math.min(delay * 2, RETRY_MS.longest);
      }
    }
  }

  async #publishNext(room: Room, sync: RunningSync): Promise<void> {
    const from = room.seq;
    const { upTo } = sync;
    const bounds = { limit: CHUNK, maxLength: Infinity };
    const to = Math.min(upTo, from + CHUNK);
    const events = await this.#options.store.replay(room.id, from, to, bounds);
    if (this.#closed) return;
    for (const event of events ?? []) room.publishRead(event);
    room.channel.flush();
    if (room.seq < to) await this.#lowerTarget(room, sync);
  }

  /** Handles a log that ends early: it went back, or the message about it was wrong. */
  async #lowerTarget(room: Room, sync: RunningSync): Promise<void> {
    const { seq } = await this.#options.store.roomById(room.id);
    sync.upTo = Math.min(sync.upTo, seq);
    if (seq < room.seq) this.#options.onBehind(room);
    if (room.seq < sync.upTo) throw new Error(`Cannot read log: ${room.seq + 1} is missing`);
  }
}
