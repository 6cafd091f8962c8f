/**
 * The reconciler: compares memory with the store and applies the changes whose messages were lost.
 * It runs periodically, and at once when a message is known to be lost.
 *
 * @module
 */
import type { Cancel, Clock } from "../util/clock.ts";
import type { Connection } from "../chat/connection.ts";
import { type Effects } from "../chat/effects.ts";
import { placeOf } from "../chat/effect.ts";
import type { Groups } from "../chat/groups.ts";
import type { Log } from "../observability/log.ts";
import type { Moderation } from "../chat/moderation.ts";
import { isModerator } from "../auth/permissions.ts";
import type { Room } from "../chat/room.ts";
import type { MemberChange, Peers, RoomHead } from "../store/peers.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";
import type { ClusterHub } from "./cluster_hub.ts";

/** Options of a reconciler. */
export interface ReconcilerOptions {
  readonly hub: Pick<ClusterHub, "rooms" | "connections" | "logSync" | "guard" | "drop" | "server">;
  readonly store: Store;
  readonly peers: Peers;
  readonly effects: Effects;
  readonly moderation: Moderation;
  readonly groups: Groups;
  readonly clock: Clock;
  readonly log: Log;
}

/** The interval between two runs when no message is known to be lost, in ms. */
const INTERVAL_MS = 10_000;

/** Mutes and blocks are much to read: after changes they are reloaded every so many runs. */
const RUNS_PER_RELOAD = 6;

/** The delay before the next run after the store failed, in ms. */
const RETRY_MS = 500;

/** How many rows one query asks for. */
const CHUNK = 1_000;

/** Finds and applies missed changes. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #cancelRun: Cancel | undefined;
  #running = false;
  /** Whether the next run compares everything, not only what periodic runs compare. */
  #isFull = false;
  #runs = 0;
  #failing = false;
  #closed = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Compares everything as soon as possible: a message is known to be lost. */
  reconcileSoon(): void {
    this.#isFull = true;
    if (!this.#running) this.#schedule(0);
  }

  /** Compares what periodic runs compare as soon as possible: messages do not arrive. */
  compareSoon(): void {
    if (!this.#running && !this.#failing) this.#schedule(0);
  }

  /** Stops. */
  close(): void {
    this.#closed = true;
    this.#cancelRun?.();
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#cancelRun?.();
    this.#cancelRun = this.#options.clock.after(ms, () => void this.#run());
  }

  async #run(): Promise<void> {
    this.#running = true;
    const isFull = this.#isFull;
    this.#isFull = false;
    try {
      await this.#compare(isFull);
      this.#failing = false;
    } catch (error) {
      this.#isFull ||= isFull;
      // Logged once: every retry fails the same way until the store works again.
      if (!this.#failing) this.#options.log.error("cannot compare memory with the store", error);
      this.#failing = true;
    }
    this.#running = false;
    this.#schedule(this.#failing ? RETRY_MS : this.#isFull ? 0 : INTERVAL_MS);
  }

  /** Permissions come first, so that no event reaches a user who may no longer see it. */
  async #compare(isFull: boolean): Promise<void> {
    const { hub, store, moderation } = this.#options;
    await hub.guard?.check();
    await this.#checkSessions();
    await this.#checkGuests();
    await this.#checkBans();
    this.#runs += 1;
    const isDue = this.#runs % RUNS_PER_RELOAD === 0 && !moderation.isCertain;
    if (isFull || isDue) await moderation.reload(store);
    if (isFull) await this.#options.groups.reload();
    if (isFull) await this.#options.hub.server.reload();
    if (isFull) await this.#checkAccounts();
    await this.#checkRooms();
    if (isFull) await this.#checkConversations();
    await store.retireGuests();
  }

  // Connections ----------------------------------------------------------------------------------

  async #checkSessions(): Promise<void> {
    const { hub, peers, effects } = this.#options;
    const authenticated = hub.connections.all().filter(({ session }) => session !== null);
    for (const some of chunks(authenticated)) {
      const sessions = await peers.sessionsIn(some.flatMap(({ session }) => session ?? []));
      const changed = new Map<number, Account>();
      for (const connection of some) {
        const account = sessions.get(connection.session ?? "");
        if (account === undefined) hub.drop(connection.subscriber, "signed_out");
        else if (account.role !== connection.account.role) changed.set(account.id, account);
      }
      for (const account of changed.values()) effects.apply({ type: "role_changed", account });
    }
  }

  /** Compares the users that this instance has in memory: their names, and whether they are active. */
  async #checkAccounts(): Promise<void> {
    const { hub, peers, effects } = this.#options;
    const known = new Map<number, Account>();
    for (const room of hub.rooms.loaded()) {
      for (const account of room.members()) known.set(account.id, account);
    }
    for (const { account } of hub.connections.all()) known.set(account.id, account);
    for (const some of chunks([...known.keys()])) {
      for (const [id, account] of await peers.accountsOf(some)) {
        const before = known.get(id);
        const isSame = before?.name === account.name &&
          before.deactivated === account.deactivated;
        if (!isSame) effects.apply({ type: "account_changed", account });
      }
    }
  }

  /** Drops guests that another instance has retired: they reconnect as new guests. */
  async #checkGuests(): Promise<void> {
    const { hub, peers } = this.#options;
    const isGuest = ({ account }: Connection) => account.role === "guest";
    for (const some of chunks(hub.connections.all().filter(isGuest))) {
      const living = await peers.accountsIn(some.map(({ account }) => account.id));
      for (const { account, subscriber } of some) {
        if (!living.has(account.id)) hub.drop(subscriber, "going_away");
      }
    }
  }

  /** Drops banned guests, which have no session that a ban ends, and connections from banned addresses. */
  async #checkBans(): Promise<void> {
    const { hub, store } = this.#options;
    const bans = await store.bans();
    const accounts = new Set(bans.map(({ account }) => account?.id));
    const addresses = new Set(bans.map(({ address }) => address));
    for (const { account, address, subscriber } of hub.connections.all()) {
      const isAddressBanned = addresses.has(address) && !isModerator(account);
      if (isAddressBanned || accounts.has(account.id)) hub.drop(subscriber, "banned");
    }
  }

  // Rooms ----------------------------------------------------------------------------------------

  async #checkRooms(): Promise<void> {
    const { hub, peers } = this.#options;
    for (const some of chunks(hub.rooms.loaded())) {
      const rooms = new Map(some.map((room) => [room.id, { room, seq: room.seq }]));
      for (const head of await peers.positionsOf([...rooms.keys()])) {
        const known = rooms.get(head.room);
        if (known === undefined) continue;
        // The log may have gone back.
        if (head.seq < known.seq) await hub.guard?.suspect(known.room, head.seq + 1);
        else await this.#checkRoom(known.room, head);
      }
    }
  }

  async #checkRoom(room: Room, { seq, version }: RoomHead): Promise<void> {
    if (!room.isAt(version)) await this.#refresh(room, version);
    void this.#options.hub.logSync.syncTo(room, seq);
  }

  /**
   * Applies the missed changes of a room's members and rules. Of the members it reads those that have
   * changed since the last time.
   */
  async #refresh(room: Room, version: number): Promise<void> {
    const { store, peers } = this.#options;
    const { changes } = room;
    const before = room.version;
    const changed = before === null ? null : await peers.memberChanges(room.id, before);
    const members = changed === null ? await store.membersOf(room.id) : [];
    const record = await store.roomById(room.id);
    // A change that arrived meanwhile may be newer: the next run compares again.
    if (room.changes !== changes) return;
    if (record.deleted) {
      const { publicId, kind } = record;
      const place = { room: room.id, publicId, name: room.record.name };
      const effect = { type: "room_deleted", ...place, isPublic: kind === "public" } as const;
      return this.#options.effects.apply(effect);
    }
    this.#applyMembers(room, changed ?? changesTo(room, members));
    this.#options.effects.apply({ type: "room_changed", record });
    room.setVersion(version);
  }

  #applyMembers(room: Room, changes: readonly MemberChange[]): void {
    const { effects, hub } = this.#options;
    for (const { account, isMember } of changes) {
      if (isMember === room.has(account)) continue;
      if (isMember) effects.apply({ type: "member_added", ...placeOf(room), account });
      // Users cannot leave a conversation: the account is retired.
      else if (room.isDirect) hub.rooms.removeMember(room, account);
      else effects.apply({ type: "member_removed", ...placeOf(room), account });
    }
  }

  async #checkConversations(): Promise<void> {
    const { hub, peers } = this.#options;
    for (const some of chunks(hub.connections.accounts())) {
      for (const advanced of await peers.conversationsOf(some)) {
        await hub.logSync.advanced(advanced);
      }
    }
  }
}

/** What makes the members of a room those that the store has. */
function changesTo(room: Room, members: readonly Account[]): readonly MemberChange[] {
  const present = new Set(members.map(({ id }) => id));
  return [
    ...[...room.members()].flatMap((account) =>
      present.has(account.id) ? [] : [{ account, isMember: false }]
    ),
    ...members.map((account) => ({ account, isMember: true })),
  ];
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[], void> {
  for (let i = 0; i < items.length; i += CHUNK) yield items.slice(i, i + CHUNK);
}
