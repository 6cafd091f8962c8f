/**
 * What people may ask for: each command is authorised at the moment it is carried out, carried
 * out in the order in which it came, and answered. Refusals are values.
 *
 * @module
 */
import * as answer from "./answers.ts";
import type { CaughtUp } from "./catch_up.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { wireEvent } from "./events.ts";
import type { Outcome } from "./journal.ts";
import {
  type CloseName,
  type Command,
  type CommandOf,
  type Decoded,
  errorFrame,
  foldName,
  type Refusal,
  type ServerFrame,
} from "./protocol.ts";
import { type Rate, RateLimiter } from "./rate_limit.ts";
import type { Member } from "./channel.ts";
import type { Presence } from "./presence.ts";
import type { Room } from "./room.ts";
import type { RoomCache } from "./room_cache.ts";
import type { Account, Append, Store } from "./store/store.ts";

/** What the commands need of the hub. */
export interface CommandHub {
  readonly rooms: RoomCache;
  readonly presence: Presence<Connection>;
  drop(member: Member, reason: CloseName): void;
  follow(
    connection: Connection,
    room: Room,
    after: number | null,
    arrive: (missed: CaughtUp) => void,
  ): Promise<void>;
  unfollow(connection: Connection, room: Room): void;
  append(room: Room, append: Append, settle: (outcome: Outcome) => void): void;
  tell(connection: Connection, frame: ServerFrame): void;
}

/** What commands are made with. */
export interface CommandOptions {
  readonly hub: CommandHub;
  readonly store: Store;
  readonly clock: Clock;
  /** Whether joining a room that does not exist makes it. */
  readonly openRooms: boolean;
  /** How often one person, over all connections, may ask for something. */
  readonly rate: Rate;
}

/** How many refusals for going too fast are a flood: so many at once, or so many a second. */
const FLOOD: Rate = { perSecond: 10, burst: 500 };

type MessageCommand = CommandOf<"room_message"> | CommandOf<"private_message">;
type LogCommand =
  | MessageCommand
  | CommandOf<"edit_message">
  | CommandOf<"delete_message">
  | CommandOf<"react">;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What is said, without who, where and when. */
export type Said = Without<Append, "room" | "sender" | "at">;

/** Carries out commands. */
export class Commands {
  readonly #options: CommandOptions;
  readonly #commands: RateLimiter<number>;
  readonly #floods: RateLimiter<number>;

  constructor(options: CommandOptions) {
    this.#options = options;
    this.#commands = new RateLimiter(options.rate, options.clock);
    this.#floods = new RateLimiter(FLOOD, options.clock);
  }

  /**
   * Carries out what a connection asks for, and answers it. Resolves when the place of the command
   * in the order of things is certain, which is before it is stored: give it one command of a
   * connection after the other. What is no command counts as well, against the same rate.
   */
  async handle(connection: Connection, decoded: Decoded): Promise<void> {
    const { key } = "command" in decoded ? decoded.command : decoded;
    const refusal = this.#tooFast(connection) ??
      ("command" in decoded ? await this.#carryOut(connection, decoded.command) : decoded.refusal);
    if (refusal) this.#options.hub.tell(connection, errorFrame(refusal, key));
  }

  /** Posts a message for somebody who need not be connected. Resolves once it is stored. */
  async post(
    account: Account,
    roomName: string,
    said: Extract<Said, { kind: "message" }>,
  ): Promise<{ room: Room; outcome: Outcome } | Refusal> {
    const wait = this.#commands.take(account.id);
    if (wait > 0) return { code: "rate_limited", retry_after: wait };
    const room = await this.#enterable(account, roomName);
    if ("code" in room) return room;
    // A script has no other way to join.
    await this.#addMember(account, room);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#append(account, room, said, resolve);
    return { room, outcome: await promise };
  }

  /** Makes somebody a member of a room that they could join by themselves. */
  async admit(account: Account, roomName: string): Promise<void> {
    const room = await this.#enterable(account, roomName);
    if (!("code" in room)) await this.#addMember(account, room);
  }

  /** The room that `account` calls `name`, where they are a member. */
  async memberRoom(account: Account, name: string): Promise<Room | Refusal> {
    const room = await this.#visible(account, name);
    if ("code" in room || room.has(account)) return room;
    return { code: "not_a_member" };
  }

  #tooFast({ account, member }: Connection): Refusal | undefined {
    const wait = this.#commands.take(account.id);
    if (wait === 0) return undefined;
    if (this.#floods.take(account.id) > 0) this.#options.hub.drop(member, "flooding");
    return { code: "rate_limited", retry_after: wait };
  }

  async #carryOut(connection: Connection, command: Command): Promise<Refusal | void> {
    const { hub } = this.#options;
    const { account } = connection;
    if (command.type === "presence" && command.state === "away") {
      return hub.presence.idle(account, connection);
    }
    hub.presence.active(account, connection);
    if ("sender" in command && !isOwnName(account, command.sender)) {
      return { code: "sender_mismatch" };
    }
    switch (command.type) {
      case "presence":
        return;
      case "join":
        return await this.#join(connection, command);
      case "create_room":
        return await this.#createRoom(connection, command);
      case "list_rooms":
        return hub.tell(
          connection,
          await answer.roomList(this.#options.store, account, command),
        );
      case "search":
        return await this.#search(connection, command);
      case "private_message":
        return await this.#asMember(connection, `@${command.receiver}`, command);
      default:
        return await this.#asMember(connection, command.room, command);
    }
  }

  /** The commands that only a member of the room may give. */
  async #asMember(
    connection: Connection,
    name: string,
    command:
      | LogCommand
      | CommandOf<"leave" | "invite" | "typing" | "read" | "list_members" | "history">,
  ): Promise<Refusal | void> {
    const { hub, store } = this.#options;
    const { account } = connection;
    const room = await this.memberRoom(account, name);
    if ("code" in room) return room;
    switch (command.type) {
      case "leave":
        return await this.#leave(connection, room, command);
      case "invite":
        return await this.#invite(connection, room, command);
      case "typing":
        return this.#typing(account, room);
      case "read":
        return await this.#read(account, room, command);
      case "history":
        return hub.tell(connection, await answer.history(store, account, room, command));
      case "list_members":
        return hub.tell(connection, answer.memberList(account, room, command));
      default:
        return this.#say(connection, room, command);
    }
  }

  // Rooms --------------------------------------------------------------------------------------

  /** A private room does not exist for those who are not in it. */
  async #visible(account: Account, name: string): Promise<Room | Refusal> {
    const room = await this.#options.hub.rooms.find(name, account);
    if (typeof room === "string") return { code: room };
    const hidden = room.record.kind === "private" && !room.has(account);
    return hidden ? { code: "no_such_room" } : room;
  }

  /** A room that one may be in, made where the settings allow it. */
  async #enterable(account: Account, name: string): Promise<Room | Refusal> {
    const room = await this.#visible(account, name);
    if (!("code" in room) || room.code !== "no_such_room" || !this.#options.openRooms) return room;
    const { store, clock } = this.#options;
    const creator = account.id;
    // `null` means that somebody else was first, or that the name is a private room's.
    await store.createRoom({ name, kind: "public", title: null, creator, at: clock.now() });
    return this.#visible(account, name);
  }

  async #join(connection: Connection, command: CommandOf<"join">): Promise<Refusal | void> {
    const { account } = connection;
    const room = await this.#enterable(account, command.room);
    if ("code" in room) return room;
    await this.#addMember(account, room, connection);
    await this.#follow(connection, room, command);
  }

  async #follow(
    connection: Connection,
    room: Room,
    command: { after?: number | undefined; epoch?: string | undefined; key?: string | undefined },
  ): Promise<void> {
    const { hub, store } = this.#options;
    const { account } = connection;
    const sameLog = command.epoch === undefined || command.epoch === store.epoch;
    const read = await store.readMark(room.id, account.id);
    // A position in another log means nothing here: one that cannot be reached says so.
    const after = sameLog ? command.after ?? null : Infinity;
    await hub.follow(connection, room, after, (missed) => {
      const rest = { epoch: store.epoch, read, ...answer.echo(command) };
      hub.tell(connection, answer.joined(account, room, missed, rest));
    });
  }

  async #createRoom(
    connection: Connection,
    command: CommandOf<"create_room">,
  ): Promise<Refusal | void> {
    const { store, clock, hub } = this.#options;
    const { account } = connection;
    const { room: name, kind, title = "" } = command;
    const record = await store.createRoom({
      name,
      kind,
      title: title === "" ? null : title,
      creator: account.id,
      at: clock.now(),
    });
    if (record === null) return { code: "room_exists" };
    const room = await hub.rooms.byName(name);
    if (room === null) return { code: "no_such_room" };
    await this.#follow(connection, room, command);
    const notice = { type: "member_joined", room: record.name, name: account.name } as const;
    this.#tellDevices(account, notice, connection);
  }

  /** @param on The connection on which they join, which gets `joined` instead of a notice. */
  async #addMember(account: Account, room: Room, on?: Connection): Promise<void> {
    const { store, clock } = this.#options;
    if (room.has(account)) return;
    const added = await store.addMember(room.id, account.id, clock.now());
    room.add(account);
    if (!added) return;
    const notice = { type: "member_joined", room: room.record.name, name: account.name } as const;
    room.notify(notice);
    // Their other devices do not follow the room yet, and should know of it.
    this.#tellDevices(account, notice, on);
  }

  async #leave(
    { account }: Connection,
    room: Room,
    command: CommandOf<"leave">,
  ): Promise<Refusal | void> {
    const { store, hub } = this.#options;
    if (room.isDirect) return { code: "forbidden", message: "A conversation cannot be left." };
    await store.removeMember(room.id, account.id);
    room.remove(account);
    for (const connection of hub.presence.connectionsOf(account.id)) hub.unfollow(connection, room);
    this.#tellDevices(account, { type: "left", room: room.record.name, ...answer.echo(command) });
    room.notify({ type: "member_left", room: room.record.name, name: account.name });
  }

  async #invite(
    connection: Connection,
    room: Room,
    command: CommandOf<"invite">,
  ): Promise<Refusal | void> {
    if (room.isDirect) return { code: "forbidden", message: "A conversation has two people." };
    const guest = await this.#options.store.findAccount(command.name);
    if (guest === null) return { code: "no_such_user" };
    await this.#addMember(guest, room);
    this.#options.hub.tell(connection, {
      type: "member_joined",
      room: room.record.name,
      name: guest.name,
      ...answer.echo(command),
    });
  }

  // Saying -------------------------------------------------------------------------------------

  #say(connection: Connection, room: Room, command: LogCommand): void {
    this.#append(connection.account, room, said(command), (outcome) => {
      this.#acknowledge(connection, room, command.key, outcome);
    });
  }

  #append(account: Account, room: Room, said: Said, settle: (outcome: Outcome) => void): void {
    const at = this.#options.clock.now();
    this.#options.hub.append(room, { ...said, room: room.id, sender: account, at }, settle);
  }

  /** The event itself is the acknowledgement: most often it comes with what the room gets. */
  #acknowledge(
    connection: Connection,
    room: Room,
    key: string | undefined,
    outcome: Outcome,
  ): void {
    const { hub } = this.#options;
    if ("refused" in outcome) {
      return hub.tell(connection, errorFrame({ code: outcome.refused }, key));
    }
    const onItsWay = connection.rooms.has(room) && outcome.event.seq > room.channel.delivered;
    if (!onItsWay) hub.tell(connection, wireEvent(room.record, outcome.event));
  }

  #typing(account: Account, room: Room): void {
    if (!room.isDirect) {
      return room.notify({ type: "typing", room: room.record.name, name: account.name });
    }
    for (const other of room.members()) {
      if (other.id === account.id) continue;
      const frame = { type: "typing", room: room.nameFor(other), name: account.name } as const;
      this.#tellDevices(other, frame);
    }
  }

  async #read(account: Account, room: Room, command: CommandOf<"read">): Promise<void> {
    const seq = await this.#options.store.markRead(room.id, account.id, command.seq);
    const frame = { type: "read", room: room.nameFor(account), seq } as const;
    this.#tellDevices(account, { ...frame, ...answer.echo(command) });
  }

  async #search(connection: Connection, command: CommandOf<"search">): Promise<Refusal | void> {
    const { hub, store } = this.#options;
    const { account } = connection;
    let room: Room | null = null;
    if (command.room !== undefined) {
      const found = await this.memberRoom(account, command.room);
      if ("code" in found) return found;
      room = found;
    }
    hub.tell(connection, await answer.search(store, account, room, command));
  }

  /** Tells a person's connections something, but for the one that knows. */
  #tellDevices(account: Account, frame: ServerFrame, except?: Connection): void {
    const { hub } = this.#options;
    for (const connection of [...hub.presence.connectionsOf(account.id)]) {
      if (connection !== except) hub.tell(connection, frame);
    }
  }
}

function isOwnName(account: Account, sender: string | undefined): boolean {
  return sender === undefined || foldName(sender) === foldName(account.name);
}

/** A command as what the log takes. */
function said(command: LogCommand): Said {
  const key = command.key ?? null;
  switch (command.type) {
    case "room_message":
    case "private_message":
      return { kind: "message", text: command.message, replyTo: command.reply_to ?? null, key };
    case "edit_message":
      return { kind: "edit", target: command.seq, text: command.message, key };
    case "delete_message":
      return { kind: "delete", target: command.seq, key };
    case "react":
      return { kind: "reaction", target: command.seq, emoji: command.emoji, on: command.on, key };
  }
}
