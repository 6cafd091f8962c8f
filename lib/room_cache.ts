/**
 * The rooms that are in use, each loaded once. Whoever asks for a room gets the same object, so
 * that there is one order of events in it.
 *
 * @module
 */
import type { ChannelOptions } from "./channel.ts";
import type { Cancel, Clock } from "./clock.ts";
import { foldName, foldRoom } from "./protocol.ts";
import { Room } from "./room.ts";
import type { Account, RoomRecord, Store } from "./store/store.ts";

/** What a cache is made with. */
export interface RoomCacheOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly channel: ChannelOptions;
  /** Called when a direct conversation is loaded: its people follow it without asking. */
  readonly onDirect: (room: Room) => void;
}

/**
 * A room that nobody follows is forgotten after this many ms without use. It is much longer than
 * any command takes, so that no command ever holds a room that has been forgotten.
 */
const UNUSED_MS = 300_000;

interface Loaded {
  readonly room: Promise<Room | null>;
  usedAt: number;
}

/** Loads rooms and forgets them when nobody is in them. */
export class RoomCache {
  readonly #options: RoomCacheOptions;
  readonly #loaded = new Map<string, Loaded>();
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

  /** The room of a name, or `null`. */
  async byName(name: string): Promise<Room | null> {
    const key = foldRoom(name);
    const load = () => this.#load(key, () => this.#options.store.findRoom(name));
    const shared = this.#loaded.has(key);
    const room = await load();
    // What somebody else asked for may be answered from before the room was made.
    return room === null && shared ? await load() : room;
  }

  /** The conversation of two people, made where there is none. */
  async direct(one: Account, other: Account): Promise<Room> {
    const key = `@${Math.min(one.id, other.id)}:${Math.max(one.id, other.id)}`;
    const { store, clock } = this.#options;
    const room = await this.#load(key, () => store.directRoom(one, other, clock.now()));
    if (room === null) throw new Error("Cannot load conversation: the store has none");
    return room;
  }

  /** The room that `viewer` calls `name`: a room's own name, or `@Name`. */
  async find(name: string, viewer: Account): Promise<Room | "no_such_room" | "no_such_user"> {
    if (!name.startsWith("@")) return await this.byName(name) ?? "no_such_room";
    const wanted = name.slice(1);
    if (foldName(wanted) === foldName(viewer.name)) return this.direct(viewer, viewer);
    const other = await this.#options.store.findAccount(wanted);
    return other === null ? "no_such_user" : this.direct(viewer, other);
  }

  /** The loaded conversations of a person. */
  directsOf(account: Account): Iterable<Room> {
    return this.#directs.get(account.id) ?? [];
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    this.#cancelSweep?.();
    for (const { room } of this.#loaded.values()) (await room.catch(() => null))?.channel.close();
    this.#loaded.clear();
    this.#directs.clear();
  }

  #load(key: string, find: () => Promise<RoomRecord | null>): Promise<Room | null> {
    const usedAt = this.#options.clock.elapsed();
    const known = this.#loaded.get(key);
    if (known !== undefined) {
      known.usedAt = usedAt;
      return known.room;
    }
    const room = this.#make(find);
    this.#loaded.set(key, { room, usedAt });
    // What is not there may be there the next time, and a fault of the store may have passed.
    room.then(
      (found) => found === null && this.#loaded.delete(key),
      () => this.#loaded.delete(key),
    );
    return room;
  }

  async #make(find: () => Promise<RoomRecord | null>): Promise<Room | null> {
    const record = await find();
    if (record === null) return null;
    const members = await this.#options.store.membersOf(record.id);
    const room = new Room(record, members, this.#options.channel);
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
      for (const [key, { room, usedAt }] of this.#loaded) {
        if (usedAt < before) void room.then((loaded) => this.#forget(key, loaded));
      }
      this.#planSweep();
    });
  }

  #forget(key: string, room: Room | null): void {
    if (room === null || room.appending > 0 || room.channel.size > 0) return;
    this.#loaded.delete(key);
    room.channel.close();
    if (!room.isDirect) return;
    for (const { id } of room.members()) {
      const directs = this.#directs.get(id);
      directs?.delete(room);
      if (directs?.size === 0) this.#directs.delete(id);
    }
  }
}
