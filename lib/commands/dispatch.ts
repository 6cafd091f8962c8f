/**
 * Carries out commands: counts each against its sender's rate, checks the epoch and what the
 * command requires at the moment of the act, and calls its handler. A connection's commands are
 * carried out in the order in which they came. Refusals are values. The rows of the commands are in
 * the other files of this folder, by theme.
 *
 * @module
 */
import { profileTag, roomTag, watching } from "../chat/replies.ts";
import { type Act, command, type CommandRow, type CommandRows, type Result } from "./command.ts";
import { CommandContext, type CommandContextOptions, NOT_A_ROOM } from "./context.ts";
import { botCommands } from "./bots.ts";
import { emojiCommands } from "./emoji.ts";
import { groupCommands } from "./groups.ts";
import { append, appendCopy, messageCommands, messageOf, type NewEvent } from "./messages.ts";
import type { OriginalAddress } from "./forwarding.ts";
import { serverCommands } from "./server.ts";
import { moderationCommands } from "./moderation.ts";
import { type LogFilter, logFilter, type LoggedActs } from "./moderation_log.ts";
import { personalCommands, remindDue, sendDue } from "./personal.ts";
import type { People } from "./people.ts";
import { profileCommands } from "./profiles.ts";
import { reportCommands } from "./reports.ts";
import { roomCommands } from "./rooms.ts";
import { pollCommands } from "./polls.ts";
import { previewCommands } from "./previews.ts";
import { threadCommands } from "./threads.ts";
import { isPower, requiresRoom } from "../auth/permissions.ts";
import { Connection } from "../chat/connection.ts";
import { EventStream } from "../chat/event_stream.ts";
import type { Outcome } from "../chat/group_commit.ts";
import {
  type Command,
  type CommandType,
  errorFrame,
  type ServerFrame,
} from "../protocol/frames.ts";
import { type RoomAddress } from "../protocol/address.ts";
import { type Refusal } from "../protocol/errors.ts";
import { foldName } from "../protocol/names.ts";
import { clientFrames, type Decoded } from "../protocol/schemas/frames.ts";
import { type Rate, RateLimiter } from "../util/rate_limit.ts";
import { Reply } from "../chat/reply.ts";
import type { Room } from "../chat/room.ts";
import type { Reminder } from "../store/personal.ts";
import type { Account, RoomRecord } from "../store/records.ts";

/** What commands are made with. */
export interface CommandOptions extends CommandContextOptions {
  /** Called with every refusal, and with the type of the refused command if it is one. */
  readonly onRefused?: (code: Refusal["code"], type?: CommandType) => void;
}

/** The sender of a request. */
export interface RequestSender {
  readonly account: Account;
  /** The hash of the session that proves it. */
  readonly session: string;
  readonly address: string;
}

/** The commands about the connection itself. */
const connectionCommands: CommandRows<"presence" | "watch" | "ping"> = {
  presence: command({
    schema: clientFrames.presence,
    requires: "anyone",
    countsAsActivity: false,
    handle({ context, connection, account, command }) {
      const { presence } = context.hub;
      if (command.state === "away") presence.idle(account, connection);
      else presence.active(account, connection);
    },
  }),
  watch: command({
    schema: clientFrames.watch,
    requires: "anyone",
    countsAsActivity: false,
    async handle({ context, connection, command }) {
      const { presenceSubscriptions, presence } = context.hub;
      const found = await context.store.profilesNamed(command.names.map(foldName));
      // In the turn of the reply: a connection that gets an error instead watches what it did before.
      presenceSubscriptions.watch(connection, command.names);
      const now = context.clock.now();
      const profiles = found.map(({ account, profile }) => profileTag(account, profile, now));
      const here = { people: presence.among(command.names), count: presence.size };
      context.hub.tell(connection, watching(here, profiles, command));
    },
  }),
  ping: command({
    schema: clientFrames.ping,
    requires: "anyone",
    countsAsActivity: false,
    handle: ({ context, connection, command }) =>
      context.answer(connection, { type: "pong" }, command),
  }),
};

/** Every command. */
export const COMMANDS: CommandRows<CommandType> = {
  ...roomCommands,
  ...messageCommands,
  ...threadCommands,
  ...pollCommands,
  ...previewCommands,
  ...moderationCommands,
  ...emojiCommands,
  ...groupCommands,
  ...serverCommands,
  ...personalCommands,
  ...profileCommands,
  ...reportCommands,
  ...botCommands,
  ...connectionCommands,
};

const STALE: Refusal = { code: "stale_epoch" };

/** How many refusals for going too fast are a flood: so many at once, or so many a second. */
const FLOOD: Rate = { perSecond: 10, burst: 500 };

/** Carries out commands. */
export class Commands {
  readonly #context: CommandContext;
  readonly #floods: RateLimiter<number>;
  readonly #onRefused: CommandOptions["onRefused"];

  constructor(options: CommandOptions) {
    this.#context = new CommandContext(options);
    this.#floods = new RateLimiter(FLOOD, options.clock);
    this.#onRefused = options.onRefused;
  }

  /** Which entries of the moderation log a moderator asks for. */
  logFilter(account: Account, acts: LoggedActs): Promise<LogFilter | Refusal> {
    return logFilter(this.#context, account, acts);
  }

  /** Changes users. */
  get people(): People {
    return this.#context.people;
  }

  /**
   * Carries out a command of a connection, and answers it. Resolves when the order of the command
   * among others is settled, which is before its effect is stored: call it with the commands of a
   * connection one after the other. Malformed frames count against the same rate.
   */
  async handle(connection: Connection, decoded: Decoded): Promise<void> {
    const { key } = "command" in decoded ? decoded.command : decoded;
    const refusal = this.#tooFast(connection) ??
      ("command" in decoded
        ? this.#refusesEpoch(decoded.command) ?? await this.#carryOut(connection, decoded.command)
        : decoded.refusal);
    if (!refusal) return;
    this.#onRefused?.(refusal.code, "command" in decoded ? decoded.command.type : undefined);
    this.#context.hub.tell(connection, errorFrame(refusal, key));
  }

  /**
   * Counts a request of an account against its rate, whichever way it came.
   *
   * @returns 0, or the milliseconds to wait.
   */
  count(account: Account): number {
    return this.#context.quotas.countFrame(account);
  }

  /**
   * Carries out a command of a request, as if its sender had a connection. The caller counts the
   * request against the sender's rate.
   *
   * @returns The reply, which may be an `error`.
   */
  async request(sender: RequestSender, command: Command): Promise<ServerFrame> {
    const { hub } = this.#context;
    const { account, session, address } = sender;
    const reply = new Reply();
    const connection = new Connection(reply, account, session, address);
    // Registered, so that a read in progress notices that the sender was removed or signed out.
    hub.attach(connection);
    try {
      const refusal = this.#refusesEpoch(command) ?? await this.#carryOut(connection, command);
      if (!refusal) return await reply.frame;
      this.#onRefused?.(refusal.code, command.type);
      return errorFrame(refusal);
    } finally {
      hub.exit(reply);
    }
  }

  /**
   * Follows a room's log from a position on: see `EventStream`.
   *
   * @param after The position; `null` for the end of the log.
   * @param onEnded Called once, when a stream that was returned has ended.
   */
  async follow(
    { account, session, address: from }: RequestSender,
    address: RoomAddress,
    after: number | null,
    onEnded: () => void,
  ): Promise<EventStream | Refusal> {
    const { hub, store, clock } = this.#context;
    const room = await this.#context.memberRoom(account, address);
    if ("code" in room) return room;
    const position = after ?? room.channel.delivered;
    const stream: EventStream = new EventStream({
      ...{ store, clock, room, after: position },
      opening: { ...roomTag(room, account), epoch: store.epoch, seq: position },
      onEnded: () => {
        hub.exit(stream);
        onEnded();
      },
    });
    const connection = new Connection(stream, account, session, from, true);
    hub.attach(connection);
    try {
      const follows = await hub.follow(connection, room, position);
      // A position that the log has not reached belongs to another log.
      const refusal = follows
        ? position > room.channel.delivered ? STALE : null
        : this.#context.partedFrom(room, account) ?? { code: "unauthorized" as const };
      if (refusal === null) return stream;
      hub.exit(stream);
      return refusal;
    } catch (error) {
      hub.exit(stream);
      throw error;
    }
  }

  /**
   * Posts a message for an account that need not be connected. Resolves once it is stored.
   *
   * @param original The message that it forwards, if any.
   */
  async post(
    account: Account,
    address: RoomAddress,
    message: Extract<NewEvent, { kind: "message" }>,
    original?: OriginalAddress,
  ): Promise<{ room: Room; outcome: Outcome } | Refusal> {
    const room = await this.#entered(account, address);
    if ("code" in room) return room;
    if (original !== undefined) {
      const outcome = await appendCopy(this.#context, account, room, message, original);
      return "code" in outcome ? outcome : { room, outcome };
    }
    const outcome = await this.appendAs(account, room, message);
    return "code" in outcome ? outcome : { room, outcome };
  }

  /** Appends an event in the name of a member. Resolves once it is stored. */
  async appendAs(account: Account, room: Room, event: NewEvent): Promise<Outcome | Refusal> {
    const parted = this.#context.partedFrom(room, account);
    if (parted !== null) return parted;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    return append(this.#context, account, room, event, resolve) ?? await promise;
  }

  /**
   * Sends the scheduled messages whose time has come, each as its author: what the author may not do
   * now is refused, and the author is told why.
   */
  sendDue(): Promise<void> {
    return sendDue(this.#context, async ({ account, room, key, content }) => {
      const message = messageOf({ ...content, key, files: content.files?.map(({ id }) => id) });
      const posted = await this.post(account, { room_id: room.publicId }, message);
      if ("code" in posted) return posted;
      return "refused" in posted.outcome ? { code: posted.outcome.refused } : null;
    });
  }

  /** Reminds users of messages. @param push Notifies the devices of a user whose page is closed. */
  remindDue(push: (reminder: Reminder) => Promise<void>): Promise<void> {
    return remindDue(this.#context, push);
  }

  /** The room at an address if the account may write there now: for files of a coming message. */
  async writableRoom(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    const room = await this.#entered(account, address);
    if ("code" in room) return room;
    return this.#context.refuses("post", account, room) ?? room;
  }

  /** Why a file that was uploaded may not be put in a room now, if so. */
  refusesFile(account: Account, room: Room): Refusal | null {
    return this.#context.partedFrom(room, account) ??
      this.#context.refuses("post", account, room);
  }

  /** Makes an account a member of a room that it could join by itself. */
  async admit(account: Account, roomName: string): Promise<void> {
    const room = await this.#context.enterable(account, { room: roomName });
    if (!("code" in room)) await this.#context.addMember(account, room);
  }

  /** Makes an account a member of a room to which it was invited. */
  async admitTo(account: Account, record: RoomRecord): Promise<void> {
    await this.#context.addMember(account, await this.#context.hub.rooms.load(record));
  }

  /** The room at an address, where `account` is a member. */
  memberRoom(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    return this.#context.memberRoom(account, address);
  }

  /** The room at an address that `account` can see: a public one, or one that it is a member of. */
  visibleRoom(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    return this.#context.resumable(account, address);
  }

  /** Whether an account is a member of a room, by the room's number. */
  async isMember(account: Account, room: number): Promise<boolean> {
    const { store, hub } = this.#context;
    return (await hub.rooms.load(await store.roomById(room))).has(account);
  }

  /** Why an account that was removed from a room while it was read gets nothing of it, if so. */
  partedFrom(room: Room, account: Account): Refusal | null {
    return this.#context.partedFrom(room, account);
  }

  /**
   * The room at an address. The account joins an existing public room addressed by name: a script
   * has no other way to join. No room is created: the name may be a typo.
   */
  async #entered(account: Account, address: RoomAddress): Promise<Room | Refusal> {
    if (address.room_id !== undefined) return await this.#context.memberRoom(account, address);
    const room = await this.#context.visible(account, address);
    if ("code" in room) return room;
    return await this.#context.addMember(account, room) ?? room;
  }

  #tooFast({ account, address, subscriber }: Connection): Refusal | undefined {
    const wait = this.#context.quotas.countFrame(account, address);
    if (wait === 0) return undefined;
    if (this.#floods.take(account.id) > 0) this.#context.hub.drop(subscriber, "flooding");
    return { code: "rate_limited", retry_after: wait };
  }

  /**
   * Invariant E2: a command that carries another epoch has no effect, since it would hit other
   * messages. In `join`, the epoch says what is known.
   */
  #refusesEpoch({ type, epoch }: Command): Refusal | undefined {
    if (epoch === undefined || epoch === this.#context.store.epoch || type === "join") {
      return undefined;
    }
    return STALE;
  }

  /**
   * Carries out a command if its sender has what it requires. In a room that the connection is
   * subscribed to, no promise is made on the way: messages come this way, and each one counts.
   */
  #carryOut(connection: Connection, command: Command): Result {
    const context = this.#context;
    const { account } = connection;
    // The table pairs each type with its own row, which TypeScript cannot follow here.
    const row = COMMANDS[command.type] as unknown as AnyRow;
    if (row.countsAsActivity) context.hub.presence.active(account, connection);
    if (!requiresRoom(row.requires)) return this.#carryOutIn(undefined, row, connection, command);
    const address = command as RoomAddress;
    const room = connection.room(address);
    if (room?.has(account)) return this.#carryOutIn(room, row, connection, command);
    return context.memberRoom(account, address, connection).then((room) =>
      "code" in room ? room : this.#carryOutIn(room, row, connection, command)
    );
  }

  #carryOutIn(
    room: Room | undefined,
    row: AnyRow,
    connection: Connection,
    command: Command,
  ): Result {
    const context = this.#context;
    const { requires } = row;
    if (room?.isDirect && requires !== "member") return NOT_A_ROOM;
    const handle = () =>
      row.handle({ context, connection, account: connection.account, command, room });
    if (!isPower(requires)) return handle();
    return context.authorize(connection, requires, { room })
      .then((may) => "code" in may ? may : handle());
  }
}

/** A row, whatever its type. */
type AnyRow = Omit<CommandRow, "handle"> & {
  handle(act: Omit<Act<CommandType>, "room"> & { readonly room: Room | undefined }): Result;
};
