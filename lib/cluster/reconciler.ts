/**
 * Compares what is in memory with what is in the store, and makes up for what was missed: now and
 * then in any case, and at once when something is known to be missing.
 *
 * @module
 */
import type { Member } from "../channel.ts";
import type { Cancel, Clock } from "../clock.ts";
import type { Connection } from "../connection.ts";
import type { Connections } from "../connections.ts";
import type { Effects } from "../effects.ts";
import type { Log } from "../log.ts";
import { isModerator, type Moderation } from "../moderation.ts";
import type { CloseName } from "../protocol.ts";
import type { Room } from "../room.ts";
import type { RoomCache } from "../room_cache.ts";
import type { Peers, RoomHead } from "../store/peers.ts";
import type { Account, Store } from "../store/store.ts";
import type { Healer } from "./healer.ts";

/** What a reconciler needs of the hub. */
export interface ReconcilerHub {
  readonly rooms: RoomCache;
  readonly connections: Connections;
  readonly healer: Healer;
  /** Ends a connection. */
  drop(member: Member, reason: CloseName): void;
}

/** What a reconciler is made with. */
export interface ReconcilerOptions {
  readonly hub: ReconcilerHub;
  readonly store: Store;
  readonly peers: Peers;
  readonly effects: Effects;
  readonly moderation: Moderation;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often it looks though nothing is known to be missing, in ms. */
const INTERVAL_MS = 10_000;

/** All mutes and blocks are much to read: where some have changed, every so many looks. */
const LOOKS_PER_RELOAD = 6;

/** How soon it looks again after the store failed, in ms. */
const RETRY_MS = 500;

/** How much one query asks for. */
const CHUNK = 1_000;

/** Finds what was missed. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #cancelPlan: Cancel | undefined;
  #running = false;
  /** Whether anything at all may have been missed, not only what is looked for now and then. */
  #missed = false;
  #looks = 0;
  #failing = false;
  #closed = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Something is missing: it looks as soon as it can. */
  missed(): void {
    this.#missed = true;
    if (!this.#running) this.#plan(0);
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    this.#cancelPlan?.();
  }

  #plan(ms: number): void {
    if (this.#closed) return;
    this.#cancelPlan?.();
    this.#cancelPlan = this.#options.clock.after(ms, () => void this.#run());
  }

  async #run(): Promise<void> {
    this.#running = true;
    const missed = this.#missed;
    this.#missed = false;
    try {
      await this.#look(missed);
      this.#failing = false;
    } catch (error) {
      this.#missed ||= missed;
      // Once: until the store is there again, it is the same again and again.
      if (!this.#failing) this.#options.log.error("cannot look for what was missed", error);
      this.#failing = true;
    }
    this.#running = false;
    this.#plan(this.#failing ? RETRY_MS : this.#missed ? 0 : INTERVAL_MS);
  }

  /** Rights come first: what somebody may not see should not reach them. */
  async #look(missed: boolean): Promise<void> {
    const { store, moderation } = this.#options;
    await this.#checkSessions();
    await this.#checkGuests();
    await this.#checkBans();
    this.#looks += 1;
    const isDue = this.#looks % LOOKS_PER_RELOAD === 0 && !moderation.isCertain;
    if (missed || isDue) await moderation.reload(store);
    await this.#checkRooms();
    if (missed) await this.#checkConversations();
    await store.retireGuests();
  }

  // Who is here --------------------------------------------------------------------------------

  async #checkSessions(): Promise<void> {
    const { hub, peers, effects } = this.#options;
    const standing = hub.connections.all().filter(({ session }) => session !== null);
    for (const some of chunks(standing)) {
      const sessions = await peers.sessionsIn(some.flatMap(({ session }) => session ?? []));
      const changed = new Map<number, Account>();
      for (const connection of some) {
        const account = sessions.get(connection.session ?? "");
        if (account === undefined) hub.drop(connection.member, "signed_out");
        else if (account.role !== connection.account.role) changed.set(account.id, account);
      }
      for (const account of changed.values()) effects.apply({ type: "role_changed", account });
    }
  }

  /** A guest whom another instance held for lost can come back as the next one. */
  async #checkGuests(): Promise<void> {
    const { hub, peers } = this.#options;
    const isGuest = ({ account }: Connection) => account.role === "guest";
    for (const some of chunks(hub.connections.all().filter(isGuest))) {
      const living = await peers.accountsIn(some.map(({ account }) => account.id));
      for (const { account, member } of some) {
        if (!living.has(account.id)) hub.drop(member, "going_away");
      }
    }
  }

  /** Bans of guests, who have no session to be ended with, and of everybody from an address. */
  async #checkBans(): Promise<void> {
    const { hub, store } = this.#options;
    const bans = await store.bans();
    const accounts = new Set(bans.map(({ account }) => account?.id));
    const addresses = new Set(bans.map(({ address }) => address));
    for (const { account, address, member } of hub.connections.all()) {
      const isKeptOut = addresses.has(address) && !isModerator(account);
      if (isKeptOut || accounts.has(account.id)) hub.drop(member, "banned");
    }
  }

  // Rooms --------------------------------------------------------------------------------------

  async #checkRooms(): Promise<void> {
    const { hub, peers } = this.#options;
    for (const some of chunks(hub.rooms.loaded())) {
      const rooms = new Map(some.map((room) => [room.id, room]));
      for (const head of await peers.headsOf([...rooms.keys()])) {
        const room = rooms.get(head.room);
        if (room !== undefined) await this.#checkRoom(room, head);
      }
    }
  }

  async #checkRoom(room: Room, { seq, version }: RoomHead): Promise<void> {
    if (room.version !== version) await this.#readAgain(room, version);
    void this.#options.hub.healer.heal(room, seq);
  }

  /** Makes up for the changes of a room's members and rules that nobody told. */
  async #readAgain(room: Room, version: number): Promise<void> {
    const { store } = this.#options;
    const { changes } = room;
    const members = await store.membersOf(room.id);
    const { locked, slowMs } = await store.roomById(room.id);
    // What was told in the meantime may be newer: the next look will tell.
    if (room.changes !== changes) return;
    this.#setMembers(room, members);
    if (room.locked !== locked || room.slowMs !== slowMs) {
      this.#options.effects.apply({ type: "room_changed", ...place(room), locked, slowMs });
    }
    room.version = version;
  }

  #setMembers(room: Room, members: readonly Account[]): void {
    const { effects } = this.#options;
    const present = new Set(members.map(({ id }) => id));
    for (const account of [...room.members()]) {
      if (present.has(account.id)) continue;
      // Nobody leaves a conversation: they are no more.
      if (room.isDirect) room.remove(account);
      else effects.apply({ type: "member_removed", ...place(room), account });
    }
    for (const account of members) {
      if (!room.has(account)) effects.apply({ type: "member_added", ...place(room), account });
    }
  }

  async #checkConversations(): Promise<void> {
    const { hub, peers } = this.#options;
    for (const some of chunks(hub.connections.accounts())) {
      for (const growth of await peers.conversationsOf(some)) await hub.healer.grown(growth);
    }
  }
}

function place({ id, record }: Room): { readonly room: number; readonly name: string } {
  return { room: id, name: record.name };
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[], void> {
  for (let i = 0; i < items.length; i += CHUNK) yield items.slice(i, i + CHUNK);
}
