/**
 * Keeps rooms up with their logs, whoever appends to them: what another instance has stored is
 * read from the log and published in its place, so that those who follow get each event once and
 * in order.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Connections } from "../connections.ts";
import type { Log } from "../log.ts";
import type { Room } from "../room.ts";
import type { RoomCache } from "../room_cache.ts";
import type { Growth } from "../store/peers.ts";
import type { Store } from "../store/store.ts";

/** What a healer is made with. */
export interface HealerOptions {
  readonly store: Store;
  readonly rooms: RoomCache;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many events are read at once. */
const CHUNK = 500;

/** How long it waits after the store failed, in ms: at first, and at most. */
const RETRY_MS = { first: 100, most: 2_000 };

interface Healing {
  /** The newest `seq` that is known of. */
  upTo: number;
  readonly done: Promise<void>;
}

/** Fills what is missing between a room and its log. */
export class Healer {
  readonly #options: HealerOptions;
  readonly #healings = new Map<Room, Healing>();
  /** What ends the pauses that are made at the moment. */
  readonly #pauses = new Set<() => void>();
  #closed = false;

  constructor(options: HealerOptions) {
    this.#options = options;
  }

  /**
   * Brings a room up to a `seq` that is in its log; nothing where it is there.
   *
   * @returns Resolves when everything is published, or the healer is closed. While the store fails
   * it tries again and again.
   */
  heal(room: Room, seq: number): Promise<void> {
    if (seq <= room.seq) return Promise.resolve();
    const healing = this.#healings.get(room);
    if (healing !== undefined) {
      healing.upTo = Math.max(healing.upTo, seq);
      return healing.done;
    }
    // Whoever follows from now on reads it from the log.
    if (room.channel.size === 0) return Promise.resolve(room.skipTo(seq));
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const started = { upTo: seq, done };
    this.#healings.set(room, started);
    void this.#run(room, started).finally(() => {
      this.#healings.delete(room);
      resolve();
    });
    return done;
  }

  /**
   * Brings a room to where somebody says that they have it: another instance may have shown them
   * more than has come here yet.
   *
   * @param after What they have; beyond the end of the log it is of another one.
   */
  async reach(room: Room, after: number): Promise<void> {
    if (after <= room.channel.delivered || !Number.isFinite(after)) return;
    const { seq } = await this.#options.store.roomById(room.id);
    await this.heal(room, seq);
    room.channel.drain();
  }

  /**
   * A log has grown elsewhere. A conversation comes to its people though it was not in use here.
   *
   * @throws What the store throws.
   */
  async grown({ room: id, seq, pair }: Growth): Promise<void> {
    const { rooms } = this.#options;
    if (!rooms.has(id)) {
      if (!pair?.some((account) => this.#lacks(account, id, seq))) return;
      await rooms.load({ id });
    }
    rooms.whenLoaded(id, (room) => void this.heal(room, seq));
  }

  /** Stops, wherever it is. */
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

  /** Whether somebody is here, or about to be, who does not know a conversation up to there. */
  #lacks(account: number, room: number, seq: number): boolean {
    return this.#options.connections.of(account).some(({ heads }) =>
      heads === null || (heads.get(room) ?? 0) < seq
    );
  }

  async #run(room: Room, healing: Healing): Promise<void> {
    let wait = RETRY_MS.first;
    while (room.seq < healing.upTo && !this.#closed) {
      try {
        await this.#readOn(room, healing.upTo);
        wait = RETRY_MS.first;
      } catch (error) {
        // Once: while the database is away, it is the same for all rooms, again and again.
        if (wait === RETRY_MS.first) {
          this.#options.log.error("cannot read a log", error, { room: room.id });
        }
        if (!this.#closed) await this.#pause(wait);
        wait = Math.min(wait * 2, RETRY_MS.most);
      }
    }
  }

  async #readOn(room: Room, upTo: number): Promise<void> {
    const from = room.seq;
    const bounds = { limit: CHUNK, maxLength: Infinity };
    const to = Math.min(upTo, from + CHUNK);
    const events = await this.#options.store.replay(room.id, from, to, bounds);
    if (this.#closed) return;
    for (const event of events ?? []) room.publish(event);
    // They are stored, or nobody would know of them.
    if (room.seq < to) throw new Error(`Cannot read log: it ends at ${room.seq}, before ${to}`);
    room.channel.flush();
  }
}
