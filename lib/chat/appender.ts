/**
 * Appends to rooms' logs through the group commit, and publishes what is committed to the rooms'
 * subscribers.
 *
 * @module
 */
import type { Clock } from "../util/clock.ts";
import { GroupCommit, type Outcome } from "./group_commit.ts";
import type { Log } from "../observability/log.ts";
import type { HubInstruments } from "../observability/instruments.ts";
import type { Room } from "./room.ts";
import type { RoomCache } from "./room_cache.ts";
import type { Store } from "../store/store.ts";
import type { Append, StoredEvent } from "../store/records.ts";

/** Publishes the events that other instances have stored. Implemented by `LogSync`. */
export interface LogSyncPort {
  /** Publishes a room's log up to `seq`. */
  syncTo(room: Room, seq: number): Promise<void>;
}

/** Starts a new epoch when a stored event contradicts a published one. Implemented by `LogGuard`. */
export interface LogGuardPort {
  /** @param from The `seq` of the event that contradicts the published one. */
  prove(room: Room, from: number): Promise<void>;
}

/** Options of an appender. */
export interface AppenderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly rooms: RoomCache;
  readonly logSync: LogSyncPort;
  /** `null` where the log cannot go back while the server runs. */
  readonly guard: LogGuardPort | null;
  readonly instruments: HubInstruments;
  /** The least time, in ms, between the beginnings of two commits. */
  readonly commitIntervalMs: () => number;
}

/** How many appends may wait for the store: seconds of work, not minutes. */
const MAX_PENDING = 50_000;

/** How long, in ms, an instance counts as unhealthy after the store failed. */
const UNHEALTHY_MS = 5_000;

/** Appends to rooms' logs, and publishes committed events. */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #groupCommit: GroupCommit;
  /** Rooms with events that are committed but not flushed yet. */
  readonly #advanced = new Set<Room>();
  #failedAt = -Infinity;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#groupCommit = this.#createGroupCommit();
  }

  /** Whether the store has taken every recent append. */
  get healthy(): boolean {
    return this.#options.clock.elapsed() - this.#failedAt > UNHEALTHY_MS;
  }

  /** Resolves when the outcome of everything appended so far is reported. */
  drain(): Promise<void> {
    return this.#groupCommit.drain();
  }

  /**
   * Appends to a room's log and publishes the event once it is committed.
   *
   * @param onCommitted Called once, after the commit and before any subscriber is sent the event.
   */
  append(room: Room, append: Append, onCommitted: (outcome: Outcome) => void): void {
    room.beginAppend();
    const taken = this.#groupCommit.submit({
      append,
      onCommitted: (outcome) => {
        const isContradiction = "event" in outcome && !outcome.repeated &&
          room.contradicts(outcome.event);
        room.endAppend();
        if (isContradiction && this.#options.guard !== null && this.#isInUse(room)) {
          return void this.#commitAfterProof(room, outcome, onCommitted);
        }
        if ("event" in outcome) this.#publish(room, outcome.event);
        onCommitted(outcome);
      },
    });
    if (taken) return;
    room.endAppend();
    onCommitted({ refused: "try_again" });
  }

  /**
   * Starts a new epoch before the outcome is reported: the clients reconnect, so that only the
   * sender gets the event, as the reply.
   */
  async #commitAfterProof(
    room: Room,
    outcome: Extract<Outcome, { event: StoredEvent }>,
    onCommitted: (outcome: Outcome) => void,
  ): Promise<void> {
    const { guard, log } = this.#options;
    try {
      await guard?.prove(room, outcome.event.seq);
    } catch (error) {
      log.error("cannot start a new epoch", error, { room: room.id });
    }
    this.#publish(room, outcome.event);
    onCommitted(outcome);
  }

  /** Whether the cache still has this room: all are loaded again after the log went back. */
  #isInUse(room: Room): boolean {
    return this.#options.rooms.peek(room.id) === room;
  }

  #publish(room: Room, event: StoredEvent): void {
    const { rooms, logSync, instruments } = this.#options;
    instruments.stored(event.kind);
    if (room.isReplaced) {
      rooms.whenLoaded(room.id, (current) => void logSync.syncTo(current, event.seq));
    } else if (room.publish(event)) {
      this.#advanced.add(room);
    } else {
      // Another instance has appended events before this one.
      void logSync.syncTo(room, event.seq);
    }
  }

  #createGroupCommit(): GroupCommit {
    const { store, clock, log, instruments, commitIntervalMs } = this.#options;
    return new GroupCommit({
      store,
      clock,
      intervalMs: commitIntervalMs,
      maxPending: MAX_PENDING,
      onCommit: (commit) => {
        instruments.committed(commit);
        for (const room of this.#advanced) room.channel.flush();
        this.#advanced.clear();
      },
      onError: (error) => {
        instruments.failed();
        this.#failedAt = clock.elapsed();
        log.error("commit failed", error);
      },
    });
  }
}
