/**
 * The hub: connections, rooms, presence, and the order of events between them. It appends through
 * the group commit and publishes what is committed to the subscribers. It knows no sockets: a
 * connection is a `Subscriber` that takes batches and can be closed. Commands and their permissions
 * are in `lib/commands/`.
 *
 * @module
 */
import { dueReminders } from "./lib/chat/personal.ts";
import { accountChanged, presence, profileTag, welcome } from "./lib/chat/replies.ts";
import { Appender } from "./lib/chat/appender.ts";
import { connect, summariesOf } from "./lib/chat/connect.ts";
import { PresenceSubscriptions } from "./lib/chat/presence_subscriptions.ts";
import { Batch } from "./lib/chat/outbound_batch.ts";
import { readStateNow, type Replay, replayAfter, type Replayed } from "./lib/chat/replay.ts";
import { type ChannelOptions, roomFlushPolicy, type Subscriber } from "./lib/chat/channel.ts";
import type { Clock } from "./lib/util/clock.ts";
import type { ClusterHub } from "./lib/cluster/cluster_hub.ts";
import { SharedReplays } from "./lib/chat/shared_replays.ts";
import { LogSync } from "./lib/cluster/log_sync.ts";
import { LogGuard } from "./lib/cluster/log_guard.ts";
import { hintOf, PeerPublisher, presenceEntryOf } from "./lib/cluster/peer_messages.ts";
import type { Effect } from "./lib/chat/effect.ts";
import { Connection } from "./lib/chat/connection.ts";
import { ConnectionRegistry } from "./lib/chat/connection_registry.ts";
import type { Outcome } from "./lib/chat/group_commit.ts";
import type { Log } from "./lib/observability/log.ts";
import { type HubInstruments, instrumentHub } from "./lib/observability/instruments.ts";
import type { Metrics } from "./lib/observability/metrics.ts";
import { Presence } from "./lib/chat/presence.ts";
import type { ServerFrame } from "./lib/protocol/frames.ts";
import type { CloseName } from "./lib/protocol/errors.ts";
import type { Limits } from "./lib/protocol/limits.ts";
import type { Room } from "./lib/chat/room.ts";
import { RoomCache } from "./lib/chat/room_cache.ts";
import type { ServerProfile } from "./lib/chat/server_profile.ts";
import type { Store } from "./lib/store/store.ts";
import type { Account, Append, ReadState, RoomRecord } from "./lib/store/records.ts";

/** Options of a hub. */
export interface HubOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What the owners have said about the server. */
  readonly server: ServerProfile;
  readonly limits: Limits;
  /** How long, in ms, a user without connections still counts as online. */
  readonly graceMs: number;
  /** After how much inactivity, in ms, a user is away. */
  readonly awayMs: number;
  /** How many bytes may wait in one connection's queue. */
  readonly queueBytes: number;
}

/** The roles whose holders `welcome` lists, online or not. */
const STAFF = ["owner", "moderator", "bot"] as const;

/** The hub of one instance. `HubApi` documents its methods. */
export class Hub implements ClusterHub {
  readonly rooms: RoomCache;
  readonly server: ServerProfile;
  readonly presence: Presence<Connection>;
  readonly connections = new ConnectionRegistry();
  readonly logSync: LogSync;
  readonly guard: LogGuard | null;
  readonly publisher: PeerPublisher;
  readonly presenceSubscriptions: PresenceSubscriptions;
  commitIntervalMs = 0;
  readonly #options: HubOptions;
  readonly #appender: Appender;
  readonly #replays: SharedReplays;
  readonly #instruments: HubInstruments;
  #closed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.server = options.server;
    this.publisher = new PeerPublisher(options.store.peers);
    this.#instruments = instrumentHub(options.metrics, this);
    this.#replays = new SharedReplays(options.store, options.clock);
    const channel = {
      clock: options.clock,
      onSlow: (slow: Subscriber) => this.drop(slow, "slow_reader"),
    };
    this.presenceSubscriptions = new PresenceSubscriptions(channel);
    this.rooms = this.#createRooms(channel);
    this.guard = this.#createGuard();
    const { rooms, connections, guard } = this;
    const onBehind = (room: Room) => void guard?.suspect(room, room.seq + 1);
    this.logSync = new LogSync({ ...options, rooms, connections, onBehind });
    this.presence = this.#createPresence();
    const { logSync } = this;
    const instruments = this.#instruments;
    const commitIntervalMs = () => this.commitIntervalMs;
    this.#appender = new Appender({
      ...options,
      ...{ rooms, logSync, guard, instruments, commitIntervalMs },
    });
  }

  #createRooms(channel: Pick<ChannelOptions, "clock" | "onSlow">): RoomCache {
    const { store, clock, queueBytes } = this.#options;
    return new RoomCache({
      store,
      clock,
      channel: {
        ...channel,
        flushPolicy: roomFlushPolicy(queueBytes),
        onSent: this.#instruments.fannedOut,
      },
      startSeqOf: (record) => this.#startSeqOf(record),
      onLoading: async (room) => await store.peers?.follow(`room.${room}`),
      versionOf: async (room) => (await store.peers?.positionsOf([room]))?.[0]?.version ?? null,
      onEvicted: (room) => store.peers?.unfollow(`room.${room}`),
      onDirectLoaded: (room) => this.#subscribeParticipants(room),
    });
  }

  #createGuard(): LogGuard | null {
    const { store, log } = this.#options;
    const { peers } = store;
    if (peers === null) return null;
    const { rooms, publisher } = this;
    const onRestored = (lost: number) => this.#restart(lost);
    return new LogGuard({ store, peers, rooms, publisher, log, onRestored });
  }

  #createPresence(): Presence<Connection> {
    const { clock, graceMs, awayMs, limits } = this.#options;
    return new Presence({
      clock,
      graceMs,
      awayMs,
      maxListed: limits.listed_people,
      announce: (account, state) => this.presenceSubscriptions.announce(presence(account, state)),
      onState: (account, state) => this.presenceSubscriptions.notify(account, state),
      onLocalState: (account, state) =>
        this.publisher.publish({ type: "presence", ...presenceEntryOf({ account, state }) }),
    });
  }

  /** Whether the store has taken every recent append. */
  get healthy(): boolean {
    return this.#appender.healthy;
  }

  // Connections ----------------------------------------------------------------------------------

  async enter(
    subscriber: Subscriber,
    account: Account,
    session: string | null,
    address: string,
  ): Promise<Connection> {
    const { store } = this.#options;
    const connection = new Connection(subscriber, account, session, address);
    // Registered before the store is read, so that it can be dropped in the meantime.
    this.attach(connection);
    if (store.peers !== null) await store.peers.follow(`user.${account.id}`);
    // Since the handshake, the session may have ended or the role may have changed.
    const found = session === null ? null : await store.findSession(session);
    if (session !== null && found === null) this.drop(subscriber, "signed_out");
    // A role that was changed while the store was read is newer than what was read.
    if (connection.account === account) connection.account = found?.account ?? account;
    const { listed_people: limit } = this.#options.limits;
    const staff = await Promise.all(STAFF.map((role) => store.accountsOf(role, limit)));
    await connect(store, this, account, (found) => {
      const { memberships, more, positions, invitations, quiet, reminders, profile } = found;
      if (!connection.open) return;
      connection.positions = positions;
      this.presence.enter(account, connection);
      const limits = { ...this.#options.limits, retention_days: this.server.retentionDays };
      const server = this.server.tag;
      const rooms = summariesOf(this.rooms, account, memberships);
      const online = { people: this.presence.listed(), count: this.presence.size };
      const roles = staff.flat().slice(0, limits.listed_people);
      const about = [store.epoch, { rooms, more }, online, roles, invitations, quiet] as const;
      const due = dueReminders(reminders);
      const own = profileTag(account, profile, this.#options.clock.now());
      this.tell(connection, welcome(account, server, limits, ...about, due, own));
      // The welcome itself may have dropped the connection: it must not be subscribed after that.
      if (connection.open) this.presenceSubscriptions.join(connection);
      for (const room of this.rooms.directsOf(account)) this.#subscribe(connection, room);
    });
    return connection;
  }

  isOnline(account: Account): boolean {
    if (this.connections.hasAny(account.id)) return true;
    // Without other instances nobody can be online there.
    return this.#options.store.peers !== null && this.presence.isRemote(account);
  }

  attach(connection: Connection): void {
    this.connections.add(connection);
    void this.#options.store.peers?.follow(`user.${connection.account.id}`);
    if (this.#closed) this.drop(connection.subscriber, "going_away");
  }

  exit(subscriber: Subscriber): void {
    const connection = this.connections.remove(subscriber);
    if (connection === undefined) return;
    connection.open = false;
    const { id } = connection.account;
    if (!this.connections.hasAny(id)) this.#options.store.peers?.unfollow(`user.${id}`);
    this.presenceSubscriptions.leave(connection);
    for (const room of connection.rooms()) room.channel.unsubscribe(subscriber);
    this.presence.exit(connection.account, connection);
  }

  publish(effect: Effect): void {
    this.publisher.publish({ type: "effect", effect: hintOf(effect) });
  }

  drop(subscriber: Subscriber, reason: CloseName): void {
    this.exit(subscriber);
    this.#instruments.dropped(reason);
    subscriber.close(reason);
  }

  dropAccount(account: Account, reason: CloseName, session?: string): void {
    for (const connection of this.connections.of(account.id)) {
      if (session !== undefined && connection.session !== session) continue;
      this.drop(connection.subscriber, reason);
    }
  }

  dropAll(reason: CloseName, matches: (connection: Connection) => boolean): void {
    for (const connection of this.connections.all()) {
      if (matches(connection)) this.drop(connection.subscriber, reason);
    }
  }

  changeRole(account: Account): void {
    const { name, publicId: id, role } = account;
    for (const connection of this.connections.of(account.id)) connection.account = account;
    this.presenceSubscriptions.announce({ type: "role_changed", name, id, role });
  }

  changeAccount(account: Account): void {
    for (const connection of this.connections.of(account.id)) connection.account = account;
    this.presence.setAccount(account);
    this.showAccount(account);
  }

  showAccount(account: Account): void {
    this.#replays.clear();
    this.rooms.forEach((room) => {
      room.replaceAccount(account);
      if (!room.isDirect) return;
      for (const member of room.members()) {
        for (const connection of this.connections.of(member.id)) connection.rename(room);
      }
    });
    this.presenceSubscriptions.announce(accountChanged(account));
  }

  /** Waits for pending appends, then closes every connection with `going_away`. */
  async close(): Promise<void> {
    await this.#appender.drain();
    this.#closed = true;
    this.dropAll("going_away", () => true);
    this.logSync.close();
    this.guard?.close();
    this.presence.close();
    this.presenceSubscriptions.close();
    await this.rooms.close();
  }

  // Subscriptions --------------------------------------------------------------------------------

  async subscribe(
    connection: Connection,
    room: Room,
    position: Pick<Replayed, "after" | "known">,
    onReplayed: (replay: Replay) => void,
  ): Promise<void> {
    // Live events would overtake the replay while it is read.
    this.#unsubscribe(connection, room);
    await this.logSync.syncForReplay(room, position.after ?? 0);
    const { store } = this.#options;
    const about = { store, replays: this.#replays, room, viewer: connection.account };
    await replayAfter({ ...about, ...position }, (replay) => {
      if (!connection.open || !room.has(connection.account)) return;
      onReplayed(replay);
      this.#subscribe(connection, room);
    });
  }

  readStateNow(room: Room, viewer: Account, act: (state: ReadState) => void): Promise<void> {
    return readStateNow({ store: this.#options.store, room, viewer }, act);
  }

  async follow(connection: Connection, room: Room, after: number): Promise<boolean> {
    await this.logSync.syncForReplay(room, after);
    if (!connection.open || !room.has(connection.account)) return false;
    this.#subscribe(connection, room);
    return true;
  }

  unsubscribe(connection: Connection, room: Room): void {
    const ends = connection.isStream && connection.isSubscribed(room);
    this.#unsubscribe(connection, room);
    if (ends) this.drop(connection.subscriber, "normal");
  }

  #unsubscribe(connection: Connection, room: Room): void {
    connection.remove(room);
    room.channel.unsubscribe(connection.subscriber);
  }

  #subscribe(connection: Connection, room: Room): void {
    if (!connection.open) return;
    connection.add(room)?.channel.unsubscribe(connection.subscriber);
    room.channel.subscribe(connection.subscriber);
  }

  /** Subscribes every connection of both participants: conversations need no `join`. */
  #subscribeParticipants(room: Room): void {
    for (const account of room.members()) {
      for (const connection of this.presence.connectionsOf(account)) {
        this.#subscribe(connection, room);
      }
    }
    void this.logSync.syncTo(room, room.record.seq);
  }

  /** The lowest position that a connection of a conversation's participants was welcomed with. */
  #startSeqOf({ id, pair, seq }: RoomRecord): number {
    const connections = pair?.flatMap((account) => this.presence.connectionsOf(account)) ?? [];
    return Math.min(seq, ...connections.map(({ positions }) => positions?.get(id) ?? 0));
  }

  // Appending ------------------------------------------------------------------------------------

  append(room: Room, append: Append, onCommitted: (outcome: Outcome) => void): void {
    this.#appender.append(room, append, onCommitted);
  }

  /** After the log went back: forgets all rooms and makes every client reconnect. */
  #restart(lost: number): void {
    this.#instruments.restored(lost);
    const connections = this.connections.all();
    for (const connection of connections) {
      for (const room of [...connection.rooms()]) this.#unsubscribe(connection, room);
    }
    this.rooms.reset();
    this.#replays.clear();
    // Replies that are due in this turn go out first.
    this.#options.clock.soon(() => {
      for (const { subscriber } of connections) this.drop(subscriber, "log_restored");
    });
  }

  tell(connection: Connection, frame: ServerFrame): void {
    const { open, subscriber } = connection;
    if (open && !subscriber.enqueue(Batch.of(frame))) this.drop(subscriber, "slow_reader");
  }
}
