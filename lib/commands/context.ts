/**
 * What all commands share: room lookup with the access checks, membership changes, and replies.
 *
 * @module
 */
import * as v from "valibot";
import { echo } from "../chat/replies.ts";
import type { Clock } from "../util/clock.ts";
import type { Connection } from "../chat/connection.ts";
import { type Effects } from "../chat/effects.ts";
import { placeOf } from "../chat/effect.ts";
import { BotCommands } from "../chat/bot_commands.ts";
import type { Groups } from "../chat/groups.ts";
import type { HubApi } from "../chat/hub_api.ts";
import type { Moderation } from "../chat/moderation.ts";
import { type ActionTarget, isModerator, type Power } from "../auth/permissions.ts";
import { People } from "./people.ts";
import type { Quotas } from "../auth/quotas.ts";
import { ReservedNames } from "../auth/reserved_names.ts";
import type { ModerationAction, ServerFrame } from "../protocol/frames.ts";
import type { PersonAddress, RoomAddress } from "../protocol/address.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldRoom } from "../protocol/names.ts";
import type { Refusal } from "../protocol/errors.ts";
import { roomName } from "../protocol/schemas/fields.ts";
import type { Room } from "../chat/room.ts";
import type { Revoked } from "../store/people.ts";
import type { FileRecord } from "../store/files.ts";
import type { Store } from "../store/store.ts";
import type { Account, RoomRecord, StoredEvent } from "../store/records.ts";

/** The dependencies and settings of the commands. */
export interface CommandContextOptions {
  readonly hub: HubApi;
  readonly store: Store;
  readonly clock: Clock;
  readonly moderation: Moderation;
  readonly groups: Groups;
  readonly effects: Effects;
  /** The limits on what one user may store. */
  readonly quotas: Quotas;
  /** The names that no group may take; those without the name of the server if omitted. */
  readonly reservedNames?: ReservedNames;
  /** Whether joining a room that does not exist creates it. */
  readonly openRooms: boolean;
  /** The room that new users join automatically. Sharing it does not make users acquainted. */
  readonly defaultRoom?: string;
  /** Called when an account is about to post to a room. */
  readonly onSaying?: (account: Account, room: Room) => void;
  /** Called with each event that was posted, once it is stored. */
  readonly onSaid?: (room: Room, event: StoredEvent) => void;
  /** For how long who was removed from a room needs an invitation to come back, in ms; 0 if omitted. */
  readonly expulsionMs?: number;
  /** Called when messages are to be deleted in the background: see `sweepErased`, `sweepExpired`. */
  readonly onErasing?: () => void;
  /** Copies a file into a room for a message of the account, as `Files.copy` specifies. */
  readonly copyFile?: CopyFile;
  /** Called when something was stored that is due at a time, in ms since the Unix epoch. */
  readonly onScheduled?: (at: number) => void;
}

/** Copies a file: see `CommandContextOptions.copyFile`. */
export type CopyFile = (
  file: FileRecord,
  account: Account,
  room: Room,
  authorize: () => Promise<Refusal | null>,
) => Promise<string | Refusal>;

/** The refusal of a direct conversation where a room is required. */
export const NOT_A_ROOM: Refusal = {
  code: "forbidden",
  message: "This is a conversation, not a room.",
};

/** The refusal to add one more user to a conversation without a name. */
const FULL: Refusal = {
  code: "limit_reached",
  message:
    `${LIMITS.conversation_people} people can be in a conversation without a name. Give it a name to add more.`,
};

const INVALID_ROOM_NAME = "This is not a valid name of a room.";

const NO_SUCH_ROOM: Refusal = { code: "no_such_room" };

/** The refusal to add a user to a room while the user is in another room of the same name. */
const NAMESAKE: Refusal = {
  code: "room_exists",
  message: "You're in another room with this name. Leave that one first.",
};

/** The refusal of a user whom a moderator removed from the room a short while ago. */
const EXPELLED: Refusal = {
  code: "forbidden",
  message: "You were removed from this room. For a while you need an invitation to come back.",
};

/** The state and the operations that all commands share. */
export class CommandContext {
  readonly hub: HubApi;
  readonly store: Store;
  readonly clock: Clock;
  readonly moderation: Moderation;
  readonly groups: Groups;
  readonly effects: Effects;
  readonly quotas: Quotas;
  readonly reservedNames: ReservedNames;
  readonly botCommands: BotCommands;
  readonly people: People;
  readonly onSaid: (room: Room, event: StoredEvent) => void;
  readonly onErasing: () => void;
  readonly onScheduled: (at: number) => void;
  readonly copyFile: CopyFile;
  readonly onSaying: (account: Account, room: Room) => void;
  readonly #expulsionMs: number;
  readonly #openRooms: boolean;
  readonly #defaultRoom: string;
  /** The id of the room that new users join, once it was looked up. */
  #defaultRoomId: number | undefined;

  constructor(options: CommandContextOptions) {
    this.hub = options.hub;
    this.store = options.store;
    this.clock = options.clock;
    this.moderation = options.moderation;
    this.groups = options.groups;
    this.effects = options.effects;
    this.quotas = options.quotas;
    this.reservedNames = options.reservedNames ?? new ReservedNames();
    this.people = new People(this);
    this.botCommands = new BotCommands(options.clock);
    this.onSaid = options.onSaid ?? (() => {});
    this.onErasing = options.onErasing ?? (() => {});
    this.onScheduled = options.onScheduled ?? (() => {});
    this.copyFile = options.copyFile ?? (() => Promise.resolve({ code: "files_off" }));
    this.onSaying = options.onSaying ?? (() => {});
    this.#defaultRoom = options.defaultRoom ?? "";
    this.#expulsionMs = options.expulsionMs ?? 0;
    this.#openRooms = options.openRooms;
  }

  /**
   * Checks whether a connection's account may use a power now. The result holds for the current
   * turn only: apply the change before awaiting anything else.
   *
   * @returns The account and the subject as they are now, or the refusal.
   */
  async authorize(
    connection: Connection,
    power: Power,
    { subject, room }: ActionTarget<Room> = {},
  ): Promise<{ readonly by: Account; readonly subject: Account | undefined } | Refusal> {
    const { account } = connection;
    const asked = subject === undefined ? [account] : [account, subject];
    const [by, other] = await this.moderation.current(this.store, asked);
    if (by === null || by === undefined) return { code: "banned" };
    // Changed outside the server, or a notice was lost: the store is authoritative.
    if (by.role !== account.role) this.effects.emit({ type: "role_changed", account: by });
    const now = other ?? subject;
    return this.moderation.refuses(power, by, { subject: now, room }) ?? { by, subject: now };
  }

  /**
   * Refuses an account that may not use a power in a room in this turn, whatever it was at the
   * beginning of the command. For what happens too often to read the store.
   */
  refuses(power: Power, account: Account, room: Room): Refusal | null {
    return this.moderation.refuses(power, this.hub.connections.current(account), { room });
  }

  /** Ends everything that depends on the revoked tokens of bots. */
  endBots({ bots }: Revoked): void {
    for (const account of bots) this.effects.emit({ type: "signed_out", account });
  }

  /** Finds a room of which `account` is a member. */
  async memberRoom(
    account: Account,
    address: RoomAddress,
    on?: Connection,
  ): Promise<Room | Refusal> {
    // A room to which the connection is subscribed needs no lookup.
    const room = on?.room(address) ?? await this.visible(account, address);
    if ("code" in room) return room;
    // It was renamed since the connection subscribed to it.
    if (on?.isSubscribed(room)) on.add(room);
    return room.has(account) ? room : { code: "not_a_member" };
  }

  /** Returns a refusal if the account was removed from the room during a read of it. */
  partedFrom(room: Room, account: Account): Refusal | null {
    if (room.isDeleted) return NO_SUCH_ROOM;
    if (room.has(account)) return null;
    return { code: room.record.kind === "public" ? "not_a_member" : "no_such_room" };
  }

  /** Finds a room. To an account that is not a member, only a public room exists. */
  async visible(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    return visibleTo(account, await this.#find(account, address));
  }

  /** Finds a room to resume. Creates nothing, not even a direct conversation. */
  async resumable(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    const room = await this.#find(account, address, () => ({ code: "no_such_user" }));
    return visibleTo(account, room);
  }

  async #find(
    account: Account,
    address: RoomAddress,
    mayOpen = () => this.mayConverse(account),
  ): Promise<Room | Refusal> {
    const room = await this.hub.rooms.find(address, account, mayOpen);
    if (typeof room === "string") return { code: room };
    return !("code" in room) && room.isDeleted ? NO_SUCH_ROOM : room;
  }

  /** Returns a refusal if the account may open no more conversations now; counts one otherwise. */
  mayConverse(account: Account): Refusal | null {
    return this.quotas.take("conversations_per_day", account);
  }

  /** Finds a room to join. Creates it if it was addressed by name and the settings allow it. */
  async enterable(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    const { room: name, room_id } = address;
    if (room_id !== undefined) return await this.#enterableById(account, address);
    const room = await this.visible(account, address);
    const isMissing = "code" in room && room.code === "no_such_room";
    if (!isMissing || !this.#openRooms || name === undefined) return room;
    if (!v.is(roomName, name)) return { code: "bad_request", message: INVALID_ROOM_NAME };
    const refusal = await this.refusesRoom(account);
    if (refusal !== null) return refusal;
    const { store, clock } = this;
    const creator = account.id;
    // `null` means that another client created it first: then it exists as well.
    await store.createRoom({ name, kind: "public", title: null, creator, at: clock.now() });
    return this.visible(account, address);
  }

  /**
   * Finds a room by its id. Includes a private room that the account is invited to, and for an
   * owner one that no user can enter any more.
   */
  async #enterableById(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    const room = await this.#find(account, address);
    if ("code" in room || !isHidden(room, account)) return room;
    if (!room.isDirect && await this.store.isInvited(room.id, account.id)) return room;
    if (account.role !== "owner" || !await this.#isAbandoned(room)) return { code: "no_such_room" };
    await this.record(account, "recover", { room });
    return room;
  }

  async #isAbandoned({ id }: Room): Promise<boolean> {
    return (await this.store.abandonedRooms()).some((room) => room.id === id);
  }

  /** Whether a room is the one that new users join. */
  async isDefaultRoom({ id }: Pick<Room, "id">): Promise<boolean> {
    // The name leads to one room for ever: a join costs no look-up.
    this.#defaultRoomId ??= (await this.#findDefaultRoom())?.id;
    return id === this.#defaultRoomId;
  }

  /** Whether a name is the one by which new users join a room: it leads to that room for ever. */
  async namesDefaultRoom(name: string): Promise<boolean> {
    return foldRoom(name) === foldRoom(this.#defaultRoom) && await this.#findDefaultRoom() !== null;
  }

  async #findDefaultRoom(): Promise<RoomRecord | null> {
    return this.#defaultRoom === "" ? null : await this.store.findRoom(this.#defaultRoom, 0);
  }

  /** Returns a refusal if the account may create no room now; counts one otherwise. */
  async refusesRoom(account: Account): Promise<Refusal | null> {
    const { moderation, quotas } = this;
    return moderation.refusesSpeaking(account) ??
      await quotas.refusesMore("rooms_per_user", account) ??
      await quotas.refusesMore("memberships_per_user", account) ??
      quotas.take("rooms_per_day", account);
  }

  /**
   * Adds a user to a room, or asks for consent: a user who does not know the sender gets an
   * invitation. One from a blocked sender is not delivered, and gets the same reply.
   */
  async invite(
    account: Account,
    room: Room,
    other: Account,
  ): Promise<"member" | "invited" | Refusal> {
    const { moderation, quotas } = this;
    const refused = this.#refusesInviting(account, room);
    if (refused !== null) return refused;
    if (room.has(other)) return "member";
    const refusal = quotas.take("invitations_per_day", account) ??
      await quotas.refusesMore("invitations_per_user", other);
    if (refusal !== null) return refusal;
    // The place of a user who was asked stays taken: nobody learns of an answer by counting.
    if (room.isNameless && !await this.store.addPerson(room.id, other.id)) return FULL;
    if (moderation.isBlocked(other, account)) return "invited";
    // A bot has no reader to protect, and may have no connection to answer on.
    if (other.role === "bot" || await this.#areAcquainted(account, other, room)) {
      const full = await this.addMember(other, room, { by: account });
      // The sender must not learn of the user's other room of this name: the user gets an
      // invitation, like one who does not know the sender.
      if (full !== NAMESAKE) return full ?? "member";
    }
    const lost = this.#refusesInviting(account, room);
    if (lost !== null) return lost;
    const at = this.clock.now();
    const invitation = { room: room.id, account: other.id, inviter: account.id, at };
    if (!await this.store.addInvitation(invitation)) return "invited";
    this.effects.emit({ type: "invited", record: room.record, account: other, by: account });
    return "invited";
  }

  /** Returns a refusal if an account may not bring users into a room now. */
  #refusesInviting(account: Account, room: Room): Refusal | null {
    return this.partedFrom(room, account) ?? this.refuses("invite", account, room);
  }

  /** Whether two users are acquainted outside `room` and the default room. */
  async #areAcquainted(one: Account, other: Account, room: Room): Promise<boolean> {
    const { store } = this;
    const defaultRoom = await this.#findDefaultRoom();
    return await store.areAcquainted(one.id, other.id, [room.id, defaultRoom?.id ?? 0]);
  }

  /**
   * Adds a member to a room.
   *
   * @param how The connection that joins, which gets `joined` instead of a notice; or the member who
   *   adds the user.
   * @returns The refusal if the user is in another room of that name, or was removed lately.
   */
  async addMember(
    account: Account,
    room: Room,
    { on, by }: { readonly on?: Connection; readonly by?: Account } = {},
  ): Promise<Refusal | null> {
    if (room.has(account)) return null;
    const refusal = room.isDirect
      ? null
      : (by === undefined ? await this.#refusesReturn(account, room) : null) ??
        await this.quotas.refusesMore("memberships_per_user", account) ??
        (by === undefined ? null : this.#refusesInviting(by, room));
    if (refusal !== null) return refusal;
    const result = await this.store.addMember(room.id, account.id, this.clock.now());
    if (result === "conflict") return NAMESAKE;
    if (result === "member") room.add(account);
    else this.effects.emit({ type: "member_added", ...placeOf(room), account }, on);
    return null;
  }

  /** Returns a refusal if a moderator removed the user from the room lately, and nobody has invited them. */
  async #refusesReturn(account: Account, room: Room): Promise<Refusal | null> {
    const until = await this.store.expelledUntil(room.id, account.id, this.clock.now());
    if (until === null || await this.store.isInvited(room.id, account.id)) return null;
    return EXPELLED;
  }

  /**
   * Removes a member from a room. Once stored, no event of the room reaches the user.
   *
   * @param how The connection that leaves, which gets a reply instead of a notice; or the moderator
   *   who removes the member.
   */
  async removeMember(
    account: Account,
    room: Room,
    { on, by }: { readonly on?: Connection; readonly by?: Account },
  ): Promise<void> {
    const wasHost = room.host === account.id;
    const at = this.clock.now();
    const expulsion = by === undefined || this.#expulsionMs === 0
      ? undefined
      : { at, until: at + this.#expulsionMs };
    await this.store.removeMember(room.id, account.id, expulsion);
    const next = wasHost ? { host: (await this.store.roomById(room.id)).host } : {};
    const reason = by === undefined ? {} : { by };
    // A conversation has no name of its own: the notice has the one that this user knows.
    const place = { ...placeOf(room), name: room.nameFor(account) };
    const effect = { type: "member_removed", ...place, account, ...reason } as const;
    this.effects.emit({ ...effect, ...next }, on);
  }

  /** Reads what a room is now, for the effect `room_changed`. */
  async recordOf(room: Room): Promise<RoomRecord> {
    for (;;) {
      const { changes } = room;
      const record = await this.store.roomById(room.id);
      // A change that came meanwhile may be newer.
      if (room.changes === changes) return record;
    }
  }

  /** Records a moderation action in the moderation log. */
  async record(
    by: Account,
    action: ModerationAction,
    what: { subject?: Pick<Account, "name" | "publicId">; room?: Room; detail?: string },
  ): Promise<void> {
    const { subject, room, detail = null } = what;
    await this.store.recordModeration({
      at: this.clock.now(),
      by: by.name,
      byId: by.publicId,
      action,
      subject: subject?.name ?? null,
      subjectId: subject?.publicId ?? null,
      room: room?.nameFor(by) ?? null,
      roomId: room?.record.publicId ?? null,
      detail,
    });
  }

  /**
   * Records a moderation action in a room. An action of a host in a private room is not recorded:
   * the server's moderators need not know that the room exists.
   */
  async recordIn(
    room: Room,
    by: Account,
    action: ModerationAction,
    subject: Pick<Account, "name" | "publicId"> | null,
    detail?: string,
  ): Promise<void> {
    if (room.record.kind === "private" && !isModerator(by)) return;
    await this.record(by, action, {
      room,
      ...(subject === null ? {} : { subject }),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** Sends a reply to a command, with its key. */
  answer(
    connection: Connection,
    frame: Extract<ServerFrame, { readonly key?: string }>,
    command: { readonly key?: string | undefined },
  ): void {
    this.hub.tell(connection, { ...frame, ...echo(command) });
  }

  /** Finds an account or a living guest by id or name, or by a name that nobody has but that is reserved. */
  async person({ name = "", id }: PersonAddress): Promise<Account | Refusal> {
    const { store, clock } = this;
    const found = id === undefined
      ? await store.findAccount(name) ?? await store.accountThatHad(name, clock.now())
      : await store.accountByPublicId(id);
    return found ?? { code: "no_such_user" };
  }
}

function visibleTo(account: Account, room: Room | Refusal): Room | Refusal {
  return "code" in room || !isHidden(room, account) ? room : { code: "no_such_room" };
}

/** Whether a room is hidden from an account: it is not public, and the account is no member. */
function isHidden(room: Room, account: Account): boolean {
  return room.record.kind !== "public" && !room.has(account);
}
