/**
 * The hub: who is here, who follows what, and in which order things happen. What people say goes
 * through its journal into the store, and what is committed goes to those who follow. It knows no
 * socket: a connection is a `Member` that takes batches and can be closed. What people may ask
 * for, and whether they may, is decided in `lib/commands.ts`.
 *
 * @module
 */
import { presence, welcome } from "./lib/answers.ts";
import { arrive, headsOf, summariesOf } from "./lib/arrival.ts";
import { Audience } from "./lib/audience.ts";
import { Batch } from "./lib/batch.ts";
import { catchUp, type CaughtUp } from "./lib/catch_up.ts";
import { type Member, roomPace } from "./lib/channel.ts";
import type { Clock } from "./lib/clock.ts";
import { Healer } from "./lib/cluster/healer.ts";
import { Voice } from "./lib/cluster/notices.ts";
import { Connection } from "./lib/connection.ts";
import { Connections } from "./lib/connections.ts";
import { Journal, type Outcome } from "./lib/journal.ts";
import type { Log } from "./lib/log.ts";
import { type HubMeasures, measureHub } from "./lib/measures.ts";
import type { Metrics } from "./lib/metrics.ts";
import { Presence } from "./lib/presence.ts";
import type { CloseName, Limits, ServerFrame } from "./lib/protocol.ts";
import type { Room } from "./lib/room.ts";
import { RoomCache } from "./lib/room_cache.ts";
import type { Account, Append, RoomRecord, Store, StoredEvent } from "./lib/store/store.ts";

/** What a hub is made with. */
export interface HubOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What `welcome` says of the server. */
  readonly server: { readonly name: string; readonly version: string };
  readonly limits: Limits;
  /** How long a person without connections still counts as online, in ms. */
  readonly graceMs: number;
  /** After how much silence a person is away, in ms. */
  readonly awayMs: number;
  /** How many bytes may wait for one reader. */
  readonly queueBytes: number;
}

/** Appends that may wait for the store: seconds of work, not minutes. */
const MAX_PENDING = 50_000;

/** How long, after the store failed, a server sends newcomers elsewhere. */
const UNHEALTHY_MS = 5_000;

/** Who is told of in `welcome`, here or not. */
const STAFF = ["owner", "moderator", "bot"] as const;

/** The server's one place where people meet. */
export class Hub {
  readonly rooms: RoomCache;
  readonly presence: Presence<Connection>;
  readonly connections = new Connections();
  /** Keeps the rooms up with what other instances append. */
  readonly healer: Healer;
  /** Tells the other instances. */
  readonly voice: Voice;
  /** Who hears of whom. */
  readonly audience: Audience;
  readonly #options: HubOptions;
  readonly #journal: Journal;
  /** Rooms with events that are committed and not flushed yet. */
  readonly #grown = new Set<Room>();
  readonly #measures: HubMeasures;
  #failedAt = -Infinity;
  #closed = false;

  constructor(options: HubOptions) {
    const { store, clock, metrics, queueBytes } = options;
    this.#options = options;
    this.voice = new Voice(store.peers);
    this.#measures = measureHub(metrics, this);
    const channel = { clock, onSlow: (slow: Member) => this.drop(slow, "slow_reader") };
    this.audience = new Audience(channel);
    this.rooms = new RoomCache({
      store,
      clock,
      channel: { ...channel, pace: roomPace(queueBytes), onSent: this.#measures.fannedOut },
      startOf: (record) => this.#startOf(record),
      onDirect: (room) => this.#seatBoth(room),
    });
    const { rooms, connections } = this;
    this.healer = new Healer({ ...options, rooms, connections });
    this.presence = new Presence({
      ...options,
      listed: options.limits.listed_people,
      announce: (account, state) => this.audience.announce(presence(account, state)),
      onState: (account, state) => this.audience.tell(account, state),
      onSeen: (account, state) => this.voice.tell({ type: "presence", account, state }),
    });
    this.#journal = this.#createJournal();
  }

  /** Whether the store has taken everything lately. */
  get healthy(): boolean {
    return this.#options.clock.elapsed() - this.#failedAt > UNHEALTHY_MS;
  }

  // Coming and going ---------------------------------------------------------------------------

  /**
   * Lets a connection in: it gets `welcome`, then everything that concerns its person.
   *
   * @param session The session it stands on: it ends with it.
   * @param address Where it comes from.
   */
  async enter(
    member: Member,
    account: Account,
    session: string | null,
    address: string,
  ): Promise<Connection> {
    const { store, server, limits } = this.#options;
    const connection = new Connection(member, account, session, address);
    // Known before the store is asked, so that it can be dropped in the meantime.
    this.connections.add(connection);
    if (this.#closed) this.drop(member, "going_away");
    // They may have signed out since the handshake, or have another role.
    const found = session === null ? null : await store.findSession(session);
    if (session !== null && found === null) this.drop(member, "signed_out");
    // What was told while the store was read is newer.
    if (connection.account === account) connection.account = found?.account ?? account;
    const staff = await Promise.all(STAFF.map((role) => store.accountsOf(role)));
    await arrive(store, this, account, (memberships) => {
      if (!connection.open) return;
      connection.heads = headsOf(memberships);
      this.presence.enter(account, connection);
      const rooms = summariesOf(this.rooms, account, memberships);
      const here = { people: this.presence.listed(), count: this.presence.size };
      this.tell(
        connection,
        welcome(account, server, limits, store.epoch, rooms, here, staff.flat()),
      );
      // Dropped over the welcome, they would follow for ever.
      if (connection.open) this.audience.join(connection);
      for (const room of this.rooms.directsOf(account)) this.#follow(connection, room);
    });
    return connection;
  }

  /** A connection is gone, or as good as gone. Harmless when it was not there. */
  exit(member: Member): void {
    const connection = this.connections.take(member);
    if (connection === undefined) return;
    connection.open = false;
    this.audience.leave(connection);
    for (const room of connection.rooms()) room.channel.unfollow(member);
    this.presence.exit(connection.account, connection);
  }

  /** Ends a connection from this side. */
  drop(member: Member, reason: CloseName): void {
    this.exit(member);
    this.#measures.dropped(reason);
    member.close(reason);
  }

  /** Ends a person's connections: all, or those that stand on one session. */
  dropPerson(account: Account, reason: CloseName, session?: string): void {
    for (const one of this.connections.of(account.id)) {
      if (session === undefined || one.session === session) this.drop(one.member, reason);
    }
  }

  /** Ends the connections of which something is true, those that are only coming in as well. */
  dropAll(reason: CloseName, fits: (connection: Connection) => boolean): void {
    for (const one of this.connections.all()) if (fits(one)) this.drop(one.member, reason);
  }

  /** A person has another role from now on, and everybody knows. */
  changeRole(account: Account): void {
    const { name, role } = account;
    for (const connection of this.connections.of(account.id)) connection.account = account;
    this.audience.announce({ type: "role_changed", name, role });
  }

  /** Writes what is under way, then says goodbye to everybody. */
  async close(): Promise<void> {
    await this.#journal.drain();
    this.#closed = true;
    this.dropAll("going_away", () => true);
    this.healer.close();
    this.presence.close();
    this.audience.close();
    await this.rooms.close();
  }

  // Following ----------------------------------------------------------------------------------

  /**
   * Makes a connection follow a room from where it stands.
   *
   * @param after The `seq` up to which it has the room; `null` for nothing.
   * @param arrive Called with what it missed, before it gets anything else from the room.
   */
  async follow(
    connection: Connection,
    room: Room,
    after: number | null,
    arrive: (missed: CaughtUp) => void,
  ): Promise<void> {
    // Live events would overtake what is being read.
    this.unfollow(connection, room);
    await this.healer.reach(room, after ?? 0);
    await catchUp(this.#options.store, room, after, (missed) => {
      if (!connection.open || !room.has(connection.account)) return;
      arrive(missed);
      this.#follow(connection, room);
    });
  }

  /** Makes a connection follow a room no more. */
  unfollow(connection: Connection, room: Room): void {
    connection.remove(room);
    room.channel.unfollow(connection.member);
  }

  #follow(connection: Connection, room: Room): void {
    if (!connection.open) return;
    connection.add(room)?.channel.unfollow(connection.member);
    room.channel.follow(connection.member);
  }

  /** A conversation reaches both people wherever they are, without their asking. */
  #seatBoth(room: Room): void {
    for (const account of room.members()) {
      for (const connection of this.presence.connectionsOf(account)) {
        this.#follow(connection, room);
      }
    }
    void this.healer.heal(room, room.record.seq);
  }

  /** Where a conversation was when the first of those who are here came in. */
  #startOf({ id, pair, seq }: RoomRecord): number {
    const here = pair?.flatMap((account) => this.presence.connectionsOf(account)) ?? [];
    return Math.min(seq, ...here.map(({ heads }) => heads?.get(id) ?? 0));
  }

  // Saying -------------------------------------------------------------------------------------

  /**
   * Appends to a room's log and, once it is committed, shows it to those who follow.
   *
   * @param settle Called once, after the commit and before anybody is shown anything.
   */
  append(room: Room, append: Append, settle: (outcome: Outcome) => void): void {
    room.appending += 1;
    const taken = this.#journal.submit({
      append,
      settle: (outcome) => {
        room.appending -= 1;
        if ("event" in outcome) this.#publish(room, outcome.event);
        settle(outcome);
      },
    });
    if (taken) return;
    room.appending -= 1;
    settle({ refused: "try_again" });
  }

  #publish(room: Room, event: StoredEvent): void {
    this.#measures.stored(event.kind);
    if (room.publish(event)) this.#grown.add(room);
    // Another instance has stored something in between.
    else void this.healer.heal(room, event.seq);
  }

  /** Tells one connection something; one that does not read is dropped. */
  tell(connection: Connection, frame: ServerFrame): void {
    if (!connection.open) return;
    if (!connection.member.offer(Batch.of(frame))) this.drop(connection.member, "slow_reader");
  }

  #createJournal(): Journal {
    const { store, clock, log } = this.#options;
    return new Journal({
      store,
      clock,
      maxPending: MAX_PENDING,
      onCommit: (commit) => {
        this.#measures.committed(commit);
        for (const room of this.#grown) room.channel.flush();
        this.#grown.clear();
      },
      onError: (error) => {
        this.#measures.failed();
        this.#failedAt = clock.elapsed();
        log.error("commit failed", error);
      },
    });
  }
}
