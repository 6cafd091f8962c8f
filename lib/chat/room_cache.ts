/**
 * The cache of loaded rooms. Every caller gets the same `Room` object, so that each room has one
 * order of events.
 *
 * @module
 */
import type { ChannelOptions } from "./channel.ts";
import type { Cancel, Clock } from "../util/clock.ts";
import type { RoomAddress } from "../protocol/address.ts";
import type { Refusal } from "../protocol/errors.ts";
import { Members } from "./members.ts";
import { Room } from "./room.ts";
import type { Store } from "../store/store.ts";
import type { Account, RoomRecord } from "../store/records.ts";

/** Options of a room cache. */
export interface RoomCacheOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly channel: ChannelOptions;
  /** The position from which a conversation has to continue for its participants' connections. */
  readonly startSeqOf: (record: RoomRecord) => number;
  /** Called before a room is read: what other instances append from then on must arrive here. */
  readonly onLoading: (room: number) => Promise<void>;
  /** Reads the version of a room's members and rules; `null` on a store for one instance. */
  readonly versionOf: (room: number) => Promise<number | null>;
  /** Called when a room is no longer loaded. */
  readonly onEvicted: (room: number) => void;
  /** Called when a direct conversation is loaded: its participants are subscribed without `join`. */
  readonly onDirectLoaded: (room: Room) => void;
}

/**
 * After how many ms without use a room without subscribers is evicted. This is much longer than any
 * command takes, so that no command ever holds an evicted room.
 */
const UNUSED_MS = 300_000;

/** Returns why a new conversation may not be opened; `null` when it may. */
type MayOpen = () => Refusal | null;

interface CachedRoom {
  readonly loading: Promise<Room>;
  /** `null` until it is loaded. */
  room: Room | null;
  usedAt: number;
}

/** Loads rooms, and evicts those that are not used. */
export class RoomCache {
  readonly #options: RoomCacheOptions;
  readonly #loaded = new Map<number, CachedRoom>();
  readonly #directs = new Map<number, Set<Room>>();
  #cancelSweep: Cancel | undefined;
  /** Counts how often all rooms were evicted. */
  #resets = 0;

  constructor(options: RoomCacheOptions) {
    this.#options = options;
    this.#scheduleSweep();
  }

  /** The number of rooms that are loaded or loading. */
  get size(): number {
    return this.#loaded.size;
  }

  /** Finds a room by public id, or by the name that `viewer` knows it by (`@Name` for a direct one). */
  async find(
    { room: name = "", room_id }: RoomAddress,
    viewer: Account,
    mayOpen: MayOpen = () => null,
  ): Promise<Room | "no_such_room" | "no_such_user" | Refusal> {
    const { store } = this.#options;
    if (room_id === undefined && name.startsWith("@")) {
      return await this.#findDirect(name.slice(1), viewer, mayOpen);
    }
    const record = room_id === undefined
      ? await store.findRoom(name, viewer.id)
      : await store.roomByPublicId(room_id);
    return record === null ? "no_such_room" : await this.load(record);
  }

  async #findDirect(
    name: string,
    viewer: Account,
    mayOpen: MayOpen,
  ): Promise<Room | "no_such_user" | Refusal> {
    const { store } = this.#options;
    const other = await store.findAccount(name) ??
      await store.accountThatHad(name, this.#options.clock.now());
    if (other !== null) return await this.direct(viewer, other, mayOpen);
    // A conversation with a departed guest can be read until another account takes the name.
    const ended = await store.endedConversation(viewer.id, name);
    return ended === null ? "no_such_user" : await this.load(ended);
  }

  /** The conversation of two accounts; created when there is none and `mayOpen` allows it. */
  async direct(
    one: Account,
    other: Account,
    mayOpen: MayOpen = () => null,
  ): Promise<Room | Refusal> {
    const { store, clock } = this.#options;
    const refusal = await store.hasConversation(one.id, other.id) ? null : mayOpen();
    if (refusal !== null) return refusal;
    return await this.load(await store.directRoom(one, other, clock.now()));
  }

  /** Whether a room is loaded or loading. */
  has(id: number): boolean {
    return this.#loaded.has(id);
  }

  /** Whether a room is loaded. */
  isLoaded(id: number): boolean {
    return this.#loaded.get(id)?.room != null;
  }

  /** The loaded room with an id; `null` when it is not loaded, or still loading. */
  peek(id: number): Room | null {
    return this.#loaded.get(id)?.room ?? null;
  }

  /** The loaded rooms. */
  loaded(): readonly Room[] {
    return [...this.#loaded.values()].flatMap(({ room }) => room ?? []);
  }

  /** Loads the room with an id, unless it is loaded. */
  load({ id }: { readonly id: number }): Promise<Room> {
    const usedAt = this.#options.clock.elapsed();
    const known = this.#loaded.get(id);
    if (known !== undefined) {
      known.usedAt = usedAt;
      return known.loading;
    }
    const loading = this.#read(id);
    const loaded: CachedRoom = { loading, room: null, usedAt };
    this.#loaded.set(id, loaded);
    // The first reaction to `loading`: callers that waited run before callers that find it loaded.
    // After a failure the next caller tries again: the store may work by then.
    loading.then((room) => loaded.room = room, () => {
      if (this.#loaded.get(id) === loaded) this.#delete(id);
    });
    return loading;
  }

  /**
   * Runs a change on a loaded room, or on a loading one as soon as it is loaded. Does nothing for
   * any other room: it will be loaded from the store with the change in it.
   */
  whenLoaded(id: number, run: (room: Room) => void): void {
    const loaded = this.#loaded.get(id);
    if (loaded === undefined) return;
    if (loaded.room !== null) run(loaded.room);
    // The callers of `load` get the error.
    else loaded.loading.then(run).catch(() => {});
  }

  /** An account's loaded conversations. */
  directsOf(account: Account): Iterable<Room> {
    return this.#directs.get(account.id) ?? [];
  }

  /** Removes a member; a conversation is then no longer among the account's. */
  removeMember(room: Room, account: Account): void {
    room.remove(account);
    if (room.isDirect) this.#removeDirect(room, account.id);
  }

  /** Runs a change on every loaded room, and on each loading one as soon as it is loaded. */
  forEach(run: (room: Room) => void): void {
    for (const id of this.#loaded.keys()) this.whenLoaded(id, run);
  }

  /** Removes an account from every loaded room. */
  removeEverywhere(account: Account): void {
    this.forEach((room) => {
      // Under the name by which the others know it, also after it was erased.
      const known = room.member(account.id);
      if (known === undefined) return;
      this.removeMember(room, known);
      const { record } = room;
      // In a conversation only the other participant is left, who knows it by this name.
      const name = room.isDirect ? `@${known.name}` : record.name;
      const left = { type: "member_left", room: name, room_id: record.publicId } as const;
      const { memberCount: member_count } = room;
      room.notify({ ...left, name: known.name, id: known.publicId, member_count });
    });
  }

  /** Evicts all rooms, used or not: each is loaded again. */
  reset(): void {
    this.#resets += 1;
    for (const { room } of this.#loaded.values()) {
      if (room === null) continue;
      room.isReplaced = true;
      room.channel.close();
    }
    for (const id of [...this.#loaded.keys()]) this.#delete(id);
    this.#directs.clear();
  }

  /** Evicts a room that was deleted. */
  forget(room: Room): void {
    if (this.peek(room.id) === room) this.#delete(room.id);
    room.channel.close();
  }

  /** Closes all rooms. */
  async close(): Promise<void> {
    this.#cancelSweep?.();
    for (const { loading } of this.#loaded.values()) {
      (await loading.catch(() => null))?.channel.close();
    }
    this.#loaded.clear();
    this.#directs.clear();
  }

  #delete(id: number): void {
    this.#loaded.delete(id);
    this.#options.onEvicted(id);
  }

  async #read(id: number): Promise<Room> {
    const { store, clock, channel, startSeqOf, onLoading, versionOf } = this.#options;
    const resets = this.#resets;
    await onLoading(id);
    // Read first: what changes meanwhile has a later version, and is compared then.
    const version = await versionOf(id);
    // A record that the caller has may be outdated: changes since then are not announced again.
    const record = await store.roomById(id);
    const members = await Members.read(store, clock, id);
    const seq = record.pair === null ? record.seq : startSeqOf(record);
    const room = new Room(record, members, channel, seq);
    if (version !== null) room.setVersion(version);
    // A room that was evicted while it was loading is only for the callers that waited for it.
    if (room.isDirect && resets === this.#resets) this.#addDirect(room);
    return room;
  }

  #addDirect(room: Room): void {
    for (const { id } of room.members()) {
      const directs = this.#directs.get(id) ?? new Set();
      this.#directs.set(id, directs.add(room));
    }
    this.#options.onDirectLoaded(room);
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#options.clock.after(UNUSED_MS / 4, () => {
      const before = this.#options.clock.elapsed() - UNUSED_MS;
      for (const { room, usedAt } of this.#loaded.values()) {
        if (room !== null && usedAt < before) this.#evict(room);
      }
      this.#scheduleSweep();
    });
  }

  #evict(room: Room): void {
    // A room in slow mode has to remember when each member posted.
    if (room.appending > 0 || room.channel.size > 0 || room.slowMs > 0) return;
    this.#delete(room.id);
    room.channel.close();
    if (!room.isDirect) return;
    for (const { id } of room.members()) this.#removeDirect(room, id);
  }

  #removeDirect(room: Room, account: number): void {
    const directs = this.#directs.get(account);
    directs?.delete(room);
    if (directs?.size === 0) this.#directs.delete(account);
  }
}
