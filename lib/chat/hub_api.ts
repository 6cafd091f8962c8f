/**
 * The hub's interface. Modules that need less of it take a `Pick`.
 *
 * @module
 */
import type { Subscriber } from "./channel.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionRegistry } from "./connection_registry.ts";
import type { Effect } from "./effect.ts";
import type { Outcome } from "./group_commit.ts";
import type { Presence } from "./presence.ts";
import type { PresenceSubscriptions } from "./presence_subscriptions.ts";
import type { Replay, Replayed } from "./replay.ts";
import type { Room } from "./room.ts";
import type { RoomCache } from "./room_cache.ts";
import type { CloseName } from "../protocol/errors.ts";
import type { ServerProfile } from "./server_profile.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import type { Account, Append, ReadState } from "../store/records.ts";

/** Connections, rooms and the order of events between them. */
export interface HubApi {
  /** What the owners have said about the server. */
  readonly server: ServerProfile;
  /** The rooms in memory. */
  readonly rooms: RoomCache;
  /** All connections. */
  readonly connections: ConnectionRegistry;
  /** Which users are online. */
  readonly presence: Presence<Connection>;
  /** Which connections are sent whose presence. */
  readonly presenceSubscriptions: PresenceSubscriptions;

  /**
   * Registers a connection and sends it `welcome`, then every event of its direct conversations.
   *
   * @param session The hash of the session that authenticated it: the connection ends with it.
   * @param address The client's address.
   */
  enter(
    subscriber: Subscriber,
    account: Account,
    session: string | null,
    address: string,
  ): Promise<Connection>;
  /**
   * Registers the connection of a request or of a stream, which has no socket. It ends with its
   * session, like any other connection. Its user does not count as online, and the hub sends it
   * nothing until it subscribes. Call `exit` in the end.
   */
  attach(connection: Connection): void;
  /** Whether an account has a connection, here or at another instance. */
  isOnline(account: Account): boolean;
  /** Removes a connection from rooms and presence; does nothing when it is not registered. */
  exit(subscriber: Subscriber): void;

  /** Closes a connection from the server's side. */
  drop(subscriber: Subscriber, reason: CloseName): void;
  /** Closes an account's connections: all of them, or only those of one session. */
  dropAccount(account: Account, reason: CloseName, session?: string): void;
  /** Closes every connection that matches, including ones still connecting. */
  dropAll(reason: CloseName, matches: (connection: Connection) => boolean): void;
  /** Gives an account's connections its new role, and announces the role to everyone. */
  changeRole(account: Account): void;
  /** Replaces an account in everything that is in memory, and announces its name to everyone. */
  changeAccount(account: Account): void;
  /** As `changeAccount`, for an account that nobody is connected with any more. */
  showAccount(account: Account): void;

  /**
   * Subscribes a connection to a room.
   *
   * @param position The client's position in the room's log, and what of it is unread.
   * @param onReplayed Receives the missed events, before the connection is sent a live one. Not
   * called when the connection or the membership has ended meanwhile.
   */
  subscribe(
    connection: Connection,
    room: Room,
    position: Pick<Replayed, "after" | "known">,
    onReplayed: (replay: Replay) => void,
  ): Promise<void>;
  /**
   * Reads what a member has not read of a room, and calls `act` in the turn in which the room's
   * subscribers have exactly the messages that are counted.
   */
  readStateNow(room: Room, viewer: Account, act: (state: ReadState) => void): Promise<void>;
  /**
   * Subscribes a stream to a room. The stream reads by itself what it missed: live batches continue
   * from the channel's position.
   *
   * @param after The stream's position in the room's log.
   * @returns `false` when the connection or the membership has ended meanwhile.
   */
  follow(connection: Connection, room: Room, after: number): Promise<boolean>;
  /** Ends a subscription, and a stream with it; does nothing when there is none. */
  unsubscribe(connection: Connection, room: Room): void;

  /**
   * Appends to a room's log and publishes the event once it is committed.
   *
   * @param onCommitted Called once, after the commit and before any subscriber is sent the event.
   */
  append(room: Room, append: Append, onCommitted: (outcome: Outcome) => void): void;
  /** Sends a frame to one connection; drops the connection when its queue is full. */
  tell(connection: Connection, frame: ServerFrame): void;
  /** Publishes an effect to the other instances. */
  publish(effect: Effect): void;
}
