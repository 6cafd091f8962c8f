/**
 * Detects that the log went back: a database can lose acknowledged events when it fails over to a
 * replica that lags behind, or when a backup replaces it. What clients have then belongs to another
 * log. The guard starts a new epoch: every room is loaded again, and every client reconnects.
 *
 * @module
 */
import type { Log } from "../observability/log.ts";
import type { Room } from "../chat/room.ts";
import type { RoomCache } from "../chat/room_cache.ts";
import type { Peers } from "../store/peers.ts";
import type { Store } from "../store/store.ts";
import type { PeerPublisher } from "./peer_messages.ts";

/** Options of a guard. */
export interface LogGuardOptions {
  readonly store: Store;
  readonly peers: Pick<Peers, "positionsOf">;
  readonly rooms: RoomCache;
  readonly publisher: PeerPublisher;
  readonly log: Log;
  /** Called after a new epoch has started. @param lost How many events are known to be lost. */
  readonly onRestored: (lost: number) => void;
}

/** How many rooms the log line names; the rest is counted. */
const NAMED_ROOMS = 50;

/** How many rooms one query reads. */
const CHUNK = 1_000;

/** Detects that the log went back, and starts a new epoch. */
export class LogGuard {
  readonly #options: LogGuardOptions;
  readonly #suspicions = new Map<Room, Promise<boolean>>();
  #proof: Promise<void> | undefined;
  #epoch: string;
  #closed = false;

  constructor(options: LogGuardOptions) {
    this.#options = options;
    this.#epoch = options.store.epoch;
  }

  /** Stops. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Checks a room whose log seems to end before its last published event.
   *
   * @param from The first published `seq` that seems to be lost.
   * @returns Whether the log went back; a new epoch has started then.
   */
  suspect(room: Room, from: number): Promise<boolean> {
    const known = this.#suspicions.get(room);
    if (known !== undefined) return known;
    const suspicion = this.#verify(room, from).finally(() => this.#suspicions.delete(room));
    this.#suspicions.set(room, suspicion);
    return suspicion;
  }

  /**
   * Starts a new epoch because a room's log has another event at a published `seq`.
   *
   * @param from The first such `seq` that is known.
   */
  async prove(room: Room, from: number): Promise<void> {
    const known = this.#proof ??= this.#startEpoch(room, from).finally(() =>
      this.#proof = undefined
    );
    await known;
  }

  /** Checks whether the store has started, or has to start, a new epoch. */
  async check(): Promise<void> {
    await this.#options.store.checkEpoch();
    if (this.#options.store.epoch !== this.#epoch) await this.#restart(new Map());
  }

  async #verify(room: Room, from: number): Promise<boolean> {
    const { store, rooms } = this.#options;
    const epoch = this.#epoch;
    const { seq: published } = room;
    const { seq: stored } = await store.roomById(room.id);
    if (this.#epoch !== epoch) return true;
    if (stored >= published || rooms.peek(room.id) !== room || this.#closed) return false;
    await this.prove(room, from);
    return true;
  }

  async #startEpoch(room: Room, from: number): Promise<void> {
    const { store, publisher } = this.#options;
    // Invariant E1: another log gets another epoch, before any of its events is published.
    await store.renewEpoch();
    await this.#restart(new Map([[room.id, from - 1]]));
    publisher.publish({ type: "epoch" });
  }

  /** @param ends The last `seq` of logs before they continued differently, as far as known. */
  async #restart(ends: ReadonlyMap<number, number>): Promise<void> {
    const { store, log, onRestored } = this.#options;
    if (this.#closed || store.epoch === this.#epoch) return;
    this.#epoch = store.epoch;
    const lost = await this.#countLost(ends).catch(() => new Map<number, number>());
    const total = [...lost.values()].reduce((sum, count) => sum + count, 0);
    log.error(
      "the log went back: acknowledged events are lost, or another log took its place",
      null,
      {
        epoch: this.#epoch,
        lost: total,
        rooms: lost.size,
        ...Object.fromEntries(
          [...lost].slice(0, NAMED_ROOMS).map(([room, count]) => [`room_${room}`, count]),
        ),
      },
    );
    onRestored(total);
  }

  /** Counts the published events that are no longer in the log, by room id. */
  async #countLost(ends: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, number>> {
    const { rooms, peers } = this.#options;
    const published = new Map(rooms.loaded().map(({ id, seq }) => [id, seq]));
    const ids = [...published.keys()];
    const lost = new Map<number, number>();
    for (let i = 0; i < ids.length; i += CHUNK) {
      for (const { room, seq } of await peers.positionsOf(ids.slice(i, i + CHUNK))) {
        const end = Math.min(seq, ends.get(room) ?? seq);
        const count = (published.get(room) ?? 0) - end;
        if (count > 0) lost.set(room, count);
      }
    }
    return lost;
  }
}
