/**
 * What all commands stand on: finding rooms with the rights that somebody has, making members,
 * answering.
 *
 * @module
 */
import { echo } from "../answers.ts";
import type { Audience } from "../audience.ts";
import type { CaughtUp } from "../catch_up.ts";
import type { Member } from "../channel.ts";
import type { Clock } from "../clock.ts";
import type { Connection } from "../connection.ts";
import type { Effects } from "../effects.ts";
import type { Outcome } from "../journal.ts";
import type { Moderation } from "../moderation.ts";
import type { Presence } from "../presence.ts";
import type { CloseName, CommandOf, CommandType, Refusal, ServerFrame } from "../protocol.ts";
import type { Room } from "../room.ts";
import type { RoomCache } from "../room_cache.ts";
import type { Account, Append, Store, StoredEvent } from "../store/store.ts";

/** What the commands need of the hub. */
export interface CommandHub {
  /** The rooms that are in use. */
  readonly rooms: RoomCache;
  /** Who is here. */
  readonly presence: Presence<Connection>;
  /** Who hears of whom. */
  readonly audience: Audience;
  /** Ends a connection. */
  drop(member: Member, reason: CloseName): void;
  /** Makes a connection follow a room. */
  follow(
    connection: Connection,
    room: Room,
    after: number | null,
    arrive: (missed: CaughtUp) => void,
  ): Promise<void>;
  /** Makes a connection follow a room no more. */
  unfollow(connection: Connection, room: Room): void;
  /** Appends to a room's log. */
  append(room: Room, append: Append, settle: (outcome: Outcome) => void): void;
  /** Tells a connection something. */
  tell(connection: Connection, frame: ServerFrame): void;
}

/** What commands are made with. */
export interface DeskOptions {
  readonly hub: CommandHub;
  readonly store: Store;
  readonly clock: Clock;
  readonly moderation: Moderation;
  readonly effects: Effects;
  /** Whether joining a room that does not exist makes it. */
  readonly openRooms: boolean;
  /** Called with what was said, once it is stored. */
  readonly onSaid?: (room: Room, event: StoredEvent) => void;
}

/** What a command comes to: nothing, where it was carried out and answered, or a refusal. */
export type Result = Promise<Refusal | void> | Refusal | void;

/** How each type of command is carried out. */
export type Handlers<T extends CommandType> = {
  readonly [K in T]: (connection: Connection, command: CommandOf<K>) => Result;
};

/** The common ground of the commands. */
export class Desk {
  readonly hub: CommandHub;
  readonly store: Store;
  readonly clock: Clock;
  readonly moderation: Moderation;
  readonly effects: Effects;
  readonly onSaid: (room: Room, event: StoredEvent) => void;
  readonly #openRooms: boolean;

  constructor(options: DeskOptions) {
    this.hub = options.hub;
    this.store = options.store;
    this.clock = options.clock;
    this.moderation = options.moderation;
    this.effects = options.effects;
    this.onSaid = options.onSaid ?? (() => {});
    this.#openRooms = options.openRooms;
  }

  /** Carries out what only a member of the room may ask for. */
  asMember<C extends { readonly room: string }>(
    carryOut: (connection: Connection, room: Room, command: C) => Result,
  ): (connection: Connection, command: C) => Promise<Refusal | void> {
    return async (connection, command) => {
      const room = await this.memberRoom(connection.account, command.room, connection);
      return "code" in room ? room : await carryOut(connection, room, command);
    };
  }

  /** The room that `account` calls `name`, where they are a member. */
  async memberRoom(account: Account, name: string, on?: Connection): Promise<Room | Refusal> {
    // What a connection follows it need not look for.
    const room = on?.room(name) ?? await this.visible(account, name);
    if ("code" in room || room.has(account)) return room;
    return { code: "not_a_member" };
  }

  /** Why somebody gets nothing of a room who was put out of it while it was read, if so. */
  partedFrom(room: Room, account: Account): Refusal | null {
    if (room.has(account)) return null;
    return { code: room.record.kind === "private" ? "no_such_room" : "not_a_member" };
  }

  /** The room of a name. A private one does not exist for those who are not in it. */
  async visible(account: Account, name: string): Promise<Room | Refusal> {
    const room = await this.hub.rooms.find(name, account);
    if (typeof room === "string") return { code: room };
    const hidden = room.record.kind === "private" && !room.has(account);
    return hidden ? { code: "no_such_room" } : room;
  }

  /** A room that one may be in, made where the settings allow it. */
  async enterable(account: Account, name: string): Promise<Room | Refusal> {
    const room = await this.visible(account, name);
    if (!("code" in room) || room.code !== "no_such_room" || !this.#openRooms) return room;
    const { store, clock } = this;
    const creator = account.id;
    // `null` means that somebody else was first: then it is there as well.
    await store.createRoom({ name, kind: "public", title: null, creator, at: clock.now() });
    return this.visible(account, name);
  }

  /**
   * Makes somebody a member.
   *
   * @param on The connection on which they join, which gets `joined` instead of a notice.
   * @returns Why not, where they are in another room of that name.
   */
  async addMember(account: Account, room: Room, on?: Connection): Promise<Refusal | null> {
    if (room.has(account)) return null;
    const result = await this.store.addMember(room.id, account.id, this.clock.now());
    if (result === "conflict") return { code: "room_exists" };
    if (result === "member") room.add(account);
    else this.effects.emit({ type: "member_added", ...placeOf(room), account }, on);
    return null;
  }

  /**
   * Makes somebody a member no more: once it is stored, nothing of the room reaches them.
   *
   * @param how On which connection they leave, which gets an answer instead of a notice; or which
   *   moderator puts them out.
   */
  async removeMember(
    account: Account,
    room: Room,
    { on, by }: { readonly on?: Connection; readonly by?: Account },
  ): Promise<void> {
    await this.store.removeMember(room.id, account.id);
    const reason = by === undefined ? {} : { by: by.name };
    this.effects.emit({ type: "member_removed", ...placeOf(room), account, ...reason }, on);
  }

  /** Notes what somebody did to keep order, where those who keep order can read it. */
  async record(
    by: Account,
    action: string,
    what: { subject?: string; room?: string; detail?: string },
  ): Promise<void> {
    const { subject = null, room = null, detail = null } = what;
    const at = this.clock.now();
    await this.store.recordModeration({ at, by: by.name, action, subject, room, detail });
  }

  /** Answers a command. */
  answer(
    connection: Connection,
    frame: Extract<ServerFrame, { readonly key?: string }>,
    command: { readonly key?: string | undefined },
  ): void {
    this.hub.tell(connection, { ...frame, ...echo(command) });
  }

  /** Answers a command on all of a person's devices, wherever they are; only one gets the `key`. */
  answerAll(
    connection: Connection,
    frame: Extract<ServerFrame, { readonly key?: string }>,
    command: { readonly key?: string | undefined },
  ): void {
    this.answer(connection, frame, command);
    this.effects.emit({ type: "told", account: connection.account, frame }, connection);
  }

  /** Somebody by name. */
  async person(name: string): Promise<Account | Refusal> {
    return await this.store.findAccount(name) ?? { code: "no_such_user" };
  }
}

/** A room as effects name it. */
export function placeOf(room: Room): { readonly room: number; readonly name: string } {
  return { room: room.id, name: room.record.name };
}
