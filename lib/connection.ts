/**
 * What the hub keeps of one connection.
 *
 * @module
 */
import type { Member } from "./channel.ts";
import { foldRoom } from "./protocol.ts";
import type { Room } from "./room.ts";
import type { Account } from "./store/store.ts";

/** A connection that has been let in: whose it is, and what it follows. */
export class Connection {
  readonly member: Member;
  /** Whose it is. Replaced when their role changes. */
  account: Account;
  /** The session it stands on, if it ends with one. */
  readonly session: string | null;
  /** Where it comes from. */
  readonly address: string;
  /** Whether it is still there. */
  open = true;
  /** How often its person has left a room, or was put out of one, since it is there. */
  partings = 0;
  /**
   * How far its person's conversations had come when it came in, by their rooms' ids: what is not
   * among them began later. `null` while it is only coming in.
   */
  heads: ReadonlyMap<number, number> | null = null;
  /** The rooms it follows, by the names that it has for them. */
  readonly #rooms = new Map<string, Room>();

  constructor(member: Member, account: Account, session: string | null, address: string) {
    this.member = member;
    this.account = account;
    this.session = session;
    this.address = address;
  }

  /** The rooms it follows. */
  rooms(): Iterable<Room> {
    return this.#rooms.values();
  }

  /**
   * The room that it follows under a name. Not the conversation with somebody who is gone: their
   * name can be another one's by now.
   */
  room(name: string): Room | undefined {
    // Most names come as they are kept: folding one costs as much as all the rest of finding it.
    const room = this.#rooms.get(name) ?? this.#rooms.get(foldRoom(name));
    return room?.isOver ? undefined : room;
  }

  /** Whether it follows a room. */
  follows(room: Room): boolean {
    return this.#rooms.get(foldRoom(room.nameFor(this.account))) === room;
  }

  /** Notes that it follows a room. @returns The one that had the name before, if another had. */
  add(room: Room): Room | undefined {
    const name = foldRoom(room.nameFor(this.account));
    const before = this.#rooms.get(name);
    this.#rooms.set(name, room);
    return before === room ? undefined : before;
  }

  /** Notes that it follows a room no more. */
  remove(room: Room): void {
    if (this.follows(room)) this.#rooms.delete(foldRoom(room.nameFor(this.account)));
  }
}
