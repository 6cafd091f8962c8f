/**
 * The hub's state for one connection: its account and the rooms it is subscribed to.
 *
 * @module
 */
import type { Subscriber } from "./channel.ts";
import { type RoomAddress } from "../protocol/address.ts";
import { foldRoom } from "../protocol/names.ts";
import type { Room } from "./room.ts";
import type { Account } from "../store/records.ts";

/** One connection, from the moment at which it connects. */
export class Connection {
  readonly subscriber: Subscriber;
  /** Replaced when the account changes. */
  account: Account;
  /** The hash of the session that authenticated the connection; `null` for a guest. */
  readonly session: string | null;
  /** The client's IP address, or its IPv6 network. */
  readonly address: string;
  /** Set for a stream of one room's events: the connection ends with its subscription. */
  readonly isStream: boolean;
  /** `false` once the connection has left the hub. */
  open = true;
  /** Counts how often the account has left a room, or was removed from one, since it connected. */
  membershipRevision = 0;
  /**
   * The `seq` of each direct conversation when the connection was welcomed, by room id. A
   * conversation that is not in the map began later. `null` while the connection is connecting.
   */
  positions: ReadonlyMap<number, number> | null = null;
  /** The subscribed rooms, by public id. */
  readonly #rooms = new Map<string, Room>();
  /** The same rooms, by folded name. Of two with one name, the one that is not over. */
  readonly #byName = new Map<string, Room>();

  constructor(
    subscriber: Subscriber,
    account: Account,
    session: string | null,
    address: string,
    isStream = false,
  ) {
    this.subscriber = subscriber;
    this.account = account;
    this.session = session;
    this.address = address;
    this.isStream = isStream;
  }

  /** The subscribed rooms. */
  rooms(): Iterable<Room> {
    return this.#rooms.values();
  }

  /**
   * The subscribed room at an address. A conversation that is over (its guest or bot is gone) is
   * found by id only: another account may have the name by now.
   */
  room({ room: name, room_id }: RoomAddress): Room | undefined {
    if (room_id !== undefined) return this.#rooms.get(room_id);
    if (name === undefined) return undefined;
    // Most names arrive already folded: folding one costs as much as the rest of the lookup.
    let folded = name;
    const room = this.#byName.get(name) ?? this.#byName.get(folded = foldRoom(name));
    if (room === undefined || room.isOver) return undefined;
    // A room that was renamed is found by its new name, and another one may have the old name.
    return room.isDirect || room.foldedName === folded ? room : undefined;
  }

  /** Whether the connection is subscribed to a room. */
  isSubscribed(room: Room): boolean {
    return this.#rooms.get(room.record.publicId) === room;
  }

  /**
   * Records a subscription.
   *
   * @returns The outdated copy of the room that it replaces, if there is one.
   */
  add(room: Room): Room | undefined {
    const before = this.#rooms.get(room.record.publicId);
    this.#rooms.set(room.record.publicId, room);
    const name = foldRoom(room.nameFor(this.account));
    if (!room.isOver || !this.#byName.has(name)) this.#byName.set(name, room);
    return before === room ? undefined : before;
  }

  /** Finds a subscribed conversation by the name that its other participant has now. */
  rename(room: Room): void {
    if (!this.isSubscribed(room)) return;
    this.remove(room);
    this.add(room);
  }

  /** Removes a subscription; does nothing when there is none. */
  remove(room: Room): void {
    if (!this.isSubscribed(room)) return;
    this.#rooms.delete(room.record.publicId);
    for (const [other, named] of this.#byName) if (named === room) this.#byName.delete(other);
  }
}
