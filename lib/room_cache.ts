/**
 * The rooms that are in use, each loaded once. Whoever asks for a room gets the same object, so
 * that there is one order of events in it.
 *
 * @module
 */
import type { ChannelOptions } from "./channel.ts";
import type { Cancel, Clock } from "./clock.ts";
import { Room } from "./room.ts";
import type { Account, RoomRecord, Store } from "./store/store.ts";

/** What a cache is made with. */
export interface RoomCacheOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly channel: ChannelOptions;
  /** Where a direct conversation that is loaded has to go on, for those of its people who are here. */
  readonly startOf: (record: RoomRecord) => number;
  /** Called when a direct conversation is loaded: its people follow it without asking. */
  readonly onDirect: (room: Room) => void;
}

/**
 * A room that nobody follows is forgotten after this many ms without use. It is much longer than
 * any command takes, so that no command ever holds a room that has been forgotten.
 */
const UNUSED_MS = 300_000;

interface Loaded {
  readonly loading: Promise<Room>;
  /** Once it is loaded. */
  room: Room | null;
  usedAt: number;
}

/** Loads rooms and forgets them when nobody is in them. */
export class RoomCache {
  readonly #options: RoomCacheOptions;
  readonly #loaded = new Map<number, Loaded>();
  readonly #directs = new Map<number, Set<Room>>();
  #cancelSweep: Cancel | undefined;

  constructor(options: RoomCacheOptions) {
    this.#options = options;
    this.#planSweep();
  }

  /** How many are loaded. */
  get size(): number {
    return this.#loaded.size;
  }

  /** The room that `viewer` calls `name`: a room's own name, or `@Name`. */
  async find(name: string, viewer: Account): Promise<Room | "no_such_room" | "no_such_user"> {
    const { store } = this.#options;
    if (!name.startsWith("@")) {
      const record = await store.findRoom(name, viewer.id);
      return record === null ? "no_such_room" : await this.load(record);
    }
    const other = await store.findAccount(name.slice(1));
    return other === null ? "no_such_user" : await this.direct(viewer, other);
  }

  /** The conversation of two people, made where there is none. */
  async direct(one: Account, other: Account): Promise<Room> {
    const { store, clock } = this.#options;
    return await this.load(await store.directRoom(one, other, clock.now()));
  }

  /** Whether a room is in memory, or about to be. */
  has(id: number): boolean {
    return this.#loaded.has(id);
  }

  /** Whether a room is in memory, and not only about to be. */
  isLoaded(id: number): boolean {
    return this.#loaded.get(id)?.room != null;
  }

  /** The rooms that are in memory. */
  loaded(): readonly Room[] {
    return [...this.#loaded.values()].flatMap(({ room }) => room ?? []);
  }

  /** The room of an id. */
  load({ id }: { readonly id: number }): Promise<Room> {
    const usedAt = this.#options.clock.elapsed();
    const known = this.#loaded.get(id);
    if (known !== undefined) {
      known.usedAt = usedAt;
      return known.loading;
    }
    const loading = this.#make(id);
    const loaded: Loaded = { loading, room: null, usedAt };
    this.#loaded.set(id, loaded);
    // Noted before anybody else is told: what waits for the room comes before what finds it there.
    // A fault of the store may have passed the next time.
    loading.then((room) => loaded.room = room, () => this.#loaded.delete(id));
    return loading;
  }

  /**
   * Does something to a room that is in memory, or as soon as it is there; nothing to one that
   * nobody has asked for: whatever happened to it is in the store by the time it is loaded.
   */
  whenLoaded(id: number, run: (room: Room) => void): void {
    const loaded = this.#loaded.get(id);
    if (loaded === undefined) return;
    if (loaded.room !== null) run(loaded.room);
    // Who waits for it hears of the fault.
    else loaded.loading.then(run).catch(() => {});
  }

  /** The loaded conversations of a person. */
  directsOf(account: Account): Iterable<Room> {
    return this.#directs.get(account.id) ?? [];
  }

  /** Somebody is a member of nothing any more. */
  removeEverywhere(account: Account): void {
    for (const id of this.#loaded.keys()) {
      this.whenLoaded(id, (room) => {
        if (!room.has(account)) return;
        room.remove(account);
        if (room.isDirect) return;
        room.notify({ type: "member_left", room: room.record.name, name: account.name });
      });
    }
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    this.#cancelSweep?.();
    for (const { loading } of this.#loaded.values()) {
      (await loading.catch(() => null))?.channel.close();
    }
    this.#loaded.clear();
    this.#directs.clear();
  }

  async #make(id: number): Promise<Room> {
    const { store, channel, startOf } = this.#options;
    // Read now, though whoever asks may have a record: what has happened since then nobody tells.
    const record = await store.roomById(id);
    const members = await store.membersOf(id);
    const seq = record.pair === null ? record.seq : startOf(record);
    const room = new Room(record, members, channel, seq);
    if (room.isDirect) this.#addDirect(room);
    return room;
  }

  #addDirect(room: Room): void {
    for (const { id } of room.members()) {
      const directs = this.#directs.get(id) ?? new Set();
      this.#directs.set(id, directs.add(room));
    }
    this.#options.onDirect(room);
  }

  #planSweep(): void {
    this.#cancelSweep = this.#options.clock.after(UNUSED_MS / 4, () => {
      const before = this.#options.clock.elapsed() - UNUSED_MS;
      for (const { room, usedAt } of this.#loaded.values()) {
        if (room !== null && usedAt < before) this.#forget(room);
      }
      this.#planSweep();
    });
  }

  #forget(room: Room): void {
    // A slowed room remembers who spoke when.
    if (room.appending > 0 || room.channel.size > 0 || room.slowMs > 0) return;
    this.#loaded.delete(room.id);
    room.channel.close();
    if (!room.isDirect) return;
    for (const { id } of room.members()) {
      const directs = this.#directs.get(id);
      directs?.delete(room);
      if (directs?.size === 0) this.#directs.delete(id);
    }
  }
}
