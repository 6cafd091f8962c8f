/**
 * The commands that a client has not seen acknowledged. Each has a key, chosen before it is first
 * sent. The server carries out a key once, so a command that is sent again, after a lost connection
 * or a crash, has its effect once.
 *
 * @module
 */
import type { CommandOf, CommandType, ErrorFrame, RoomEvent } from "@hubbub/protocol";
import { isInRoomOf, laneOf } from "./address.ts";
import { type Deferred, deferred } from "./deferred.ts";
import { ClosedError, RefusedError } from "./errors.ts";
import type { ClientStore } from "./store.ts";

/** The commands that append an event to a room's log: the event is their acknowledgement. */
export const STORED_COMMANDS = [
  "room_message",
  "private_message",
  "edit_message",
  "delete_message",
  "react",
  "pin_message",
  "vote",
  "close_poll",
  "remove_preview",
] as const satisfies readonly CommandType[];

/** A command that appends an event to a room's log. */
export type StoredCommand = {
  [T in (typeof STORED_COMMANDS)[number]]: CommandOf<T>;
}[(typeof STORED_COMMANDS)[number]];

/** A stored command under its key. */
export type KeyedCommand = StoredCommand & { readonly key: string };

/** How long to wait before the next attempt if the server does not say, in ms. */
const RETRY_AFTER = 1_000;

/** The prefix of the keys in the store. */
const PREFIX = "send:";

/** The dependencies of a queue. */
export interface SendQueueOptions {
  readonly store: ClientStore;
  /** Sends a command on the present connection. */
  readonly transmit: (command: KeyedCommand) => void;
  readonly after: (ms: number, run: () => void) => unknown;
  /** Called for a refused command of a previous run, which no program waits for. */
  readonly onRefused: (command: KeyedCommand, error: RefusedError) => void;
}

/** A command that waits, or was sent and is not acknowledged. */
interface QueuedSend {
  readonly id: string;
  readonly lane: string;
  readonly command: KeyedCommand;
  readonly outcome: Deferred<RoomEvent>;
  /** Whether the store has it: only then is it sent. */
  isStored: boolean;
}

/** Whether an event was caused by the client's own user. */
export type IsOwn = (event: RoomEvent) => boolean;

/**
 * Sends the commands of each room in order, one after the other: the next one only when the one
 * before is acknowledged, so that a refusal for the moment does not change their order.
 */
export class SendQueue {
  readonly #options: SendQueueOptions;
  /** By room, in order; the first of each is due or in flight. */
  readonly #lanes = new Map<string, QueuedSend[]>();
  /** The commands that were sent on the present connection, by key. */
  readonly #inFlight = new Map<string, QueuedSend>();
  #last = 0;
  #isOnline = false;
  #closed: ClosedError | undefined;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  /** Takes over what a previous run has left in the store; called before `submit`. */
  restore(stored: ReadonlyMap<string, string>): void {
    const ids = [...stored.keys()].filter((name) => name.startsWith(PREFIX)).sort();
    for (const id of ids) {
      const entry = queued(id, JSON.parse(stored.get(id)!));
      entry.isStored = true;
      entry.outcome.promise.catch((error) => {
        if (error instanceof RefusedError) this.#options.onRefused(entry.command, error);
      });
      this.#lane(entry.lane).push(entry);
    }
    this.#last = Number(ids.at(-1)?.slice(PREFIX.length) ?? 0);
  }

  /**
   * Stores a command and sends it until the server has answered.
   *
   * @returns The event that it caused, once the server has stored it. A command under the key of
   * one that still waits in the same room is the same command.
   * @throws {RefusedError} If the server refuses it.
   * @throws {ClosedError} If the connection ends for good before; the command stays in the store.
   */
  submit(command: KeyedCommand): Promise<RoomEvent> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const lane = this.#lane(laneOf(command));
    const same = lane.find((one) => one.command.key === command.key);
    if (same !== undefined) return same.outcome.promise;
    const entry = queued(idOf(++this.#last), command);
    lane.push(entry);
    this.#options.store.set(entry.id, JSON.stringify(command)).then(() => {
      entry.isStored = true;
      this.#flush();
    }, (error) => {
      this.#remove(entry);
      entry.outcome.reject(error);
    });
    return entry.outcome.promise;
  }

  /** Sends everything that is due on a new connection. */
  connected(): void {
    this.#isOnline = true;
    this.#flush();
  }

  /** What was sent on a lost connection waits for the next one. */
  disconnected(): void {
    this.#isOnline = false;
    this.#inFlight.clear();
  }

  /** Takes the acknowledgement of a command, if an event is one. */
  acknowledge(event: RoomEvent, isOwn: IsOwn): void {
    const entry = event.key === undefined ? undefined : this.#inFlight.get(event.key);
    if (entry === undefined || !isOwn(event) || !isInRoomOf(event, entry.command)) return;
    void this.#settle(entry, () => entry.outcome.resolve(event));
  }

  /** Takes the refusal of a command. @returns Whether it was one of this queue. */
  refuse(frame: ErrorFrame): boolean {
    const entry = frame.key === undefined ? undefined : this.#inFlight.get(frame.key);
    if (entry === undefined) return false;
    const error = new RefusedError(frame);
    if (!error.isTemporary) {
      void this.#settle(entry, () => entry.outcome.reject(error));
      return true;
    }
    this.#options.after(error.retryAfter ?? RETRY_AFTER, () => {
      if (this.#inFlight.get(entry.command.key) !== entry) return;
      this.#inFlight.delete(entry.command.key);
      this.#flush();
    });
    return true;
  }

  /** Ends the queue. What is in it stays in the store. */
  close(error: ClosedError): void {
    this.#closed = error;
    this.disconnected();
    for (const entry of [...this.#lanes.values()].flat()) {
      // A program that does not wait for its command need not catch this.
      entry.outcome.promise.catch(() => {});
      entry.outcome.reject(error);
    }
    this.#lanes.clear();
  }

  async #settle(entry: QueuedSend, tell: () => void): Promise<void> {
    this.#inFlight.delete(entry.command.key);
    this.#remove(entry);
    this.#flush();
    try {
      await this.#options.store.delete(entry.id);
    } finally {
      // If it cannot be deleted, the next run sends it again, under its key: nothing happens twice.
      tell();
    }
  }

  #remove(entry: QueuedSend): void {
    const rest = this.#lane(entry.lane).filter((one) => one !== entry);
    if (rest.length > 0) this.#lanes.set(entry.lane, rest);
    else this.#lanes.delete(entry.lane);
  }

  #lane(name: string): QueuedSend[] {
    const lane = this.#lanes.get(name) ?? [];
    this.#lanes.set(name, lane);
    return lane;
  }

  #flush(): void {
    if (!this.#isOnline) return;
    for (const [first] of this.#lanes.values()) {
      // An answer names only the key: the same key in another room waits.
      if (!first?.isStored || this.#inFlight.has(first.command.key)) continue;
      this.#inFlight.set(first.command.key, first);
      this.#options.transmit(first.command);
    }
  }
}

function queued(id: string, command: KeyedCommand): QueuedSend {
  return {
    ...{ id, command, lane: laneOf(command), isStored: false },
    outcome: deferred<RoomEvent>(),
  };
}

/** Ids sort in the order of the commands. */
function idOf(n: number): string {
  return `${PREFIX}${String(n).padStart(12, "0")}`;
}
