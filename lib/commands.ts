/**
 * What people may ask for: each command is authorised at the moment it is carried out, carried
 * out in the order in which it came, and answered. Refusals are values. The commands themselves
 * are in `commands/`, by theme.
 *
 * @module
 */
import { echo, watching } from "./answers.ts";
import { Desk, type DeskOptions, type Handlers, type Result } from "./commands/desk.ts";
import { append, messageCommands, type Said } from "./commands/messages.ts";
import { moderationCommands } from "./commands/moderation.ts";
import { roomCommands } from "./commands/rooms.ts";
import type { Connection } from "./connection.ts";
import type { Outcome } from "./journal.ts";
import { type Command, type CommandType, errorFrame, type Refusal } from "./protocol.ts";
import type { Decoded } from "./schemas/frames.ts";
import { type Rate, RateLimiter } from "./rate_limit.ts";
import type { Room } from "./room.ts";
import type { Account, RoomRecord } from "./store/store.ts";

/** What commands are made with. */
export interface CommandOptions extends DeskOptions {
  /** How often one person, over all connections, may ask for something. */
  readonly rate: Rate;
  /** Called with every refusal, and the type of what was refused where it is a command. */
  readonly onRefused?: (code: Refusal["code"], type?: CommandType) => void;
}

/** What a page sends by itself, whether anybody is in front of it or not. */
const UNATTENDED: ReadonlySet<CommandType> = new Set(["ping", "watch"]);

/** How many refusals for going too fast are a flood: so many at once, or so many a second. */
const FLOOD: Rate = { perSecond: 10, burst: 500 };

/** Carries out commands. */
export class Commands {
  readonly #desk: Desk;
  readonly #handlers: Handlers<CommandType>;
  readonly #rate: RateLimiter<number>;
  readonly #floods: RateLimiter<number>;
  readonly #onRefused: CommandOptions["onRefused"];

  constructor(options: CommandOptions) {
    const desk = new Desk(options);
    this.#desk = desk;
    this.#handlers = {
      ...roomCommands(desk),
      ...messageCommands(desk),
      ...moderationCommands(desk),
      // Whoever sends anything is there; this is for those who have nothing else to say.
      presence: () => {},
      watch: (connection, command) => {
        const { audience, presence } = desk.hub;
        audience.watch(connection, command.names);
        const here = { people: presence.among(command.names), count: presence.size };
        desk.hub.tell(connection, watching(here, command));
      },
      ping: (connection, command) => {
        desk.hub.tell(connection, { type: "pong", ...echo(command) });
      },
    };
    this.#rate = new RateLimiter(options.rate, options.clock);
    this.#floods = new RateLimiter(FLOOD, options.clock);
    this.#onRefused = options.onRefused;
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
    if (!refusal) return;
    this.#onRefused?.(refusal.code, "command" in decoded ? decoded.command.type : undefined);
    this.#desk.hub.tell(connection, errorFrame(refusal, key));
  }

  /**
   * Counts something that somebody asks for, on whatever way.
   *
   * @returns 0, or the milliseconds to wait.
   */
  count(account: Account): number {
    return this.#rate.take(account.id);
  }

  /** Posts a message for somebody who need not be connected. Resolves once it is stored. */
  async post(
    account: Account,
    roomName: string,
    said: Extract<Said, { kind: "message" }>,
  ): Promise<{ room: Room; outcome: Outcome } | Refusal> {
    const room = await this.#entered(account, roomName);
    if ("code" in room) return room;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const refusal = append(this.#desk, account, room, said, resolve);
    return refusal ?? { room, outcome: await promise };
  }

  /** The room in which somebody may write now: for what is to be under a message of theirs. */
  async writableRoom(account: Account, roomName: string): Promise<Room | Refusal> {
    const room = await this.#entered(account, roomName);
    if ("code" in room) return room;
    return this.#desk.moderation.refusesWriting(account, room) ?? room;
  }

  /** Makes somebody a member of a room that they could join by themselves. */
  async admit(account: Account, roomName: string): Promise<void> {
    const room = await this.#desk.enterable(account, roomName);
    if (!("code" in room)) await this.#desk.addMember(account, room);
  }

  /** Makes somebody a member of a room to which they were invited. */
  async admitTo(account: Account, record: RoomRecord): Promise<void> {
    await this.#desk.addMember(account, await this.#desk.hub.rooms.load(record));
  }

  /** The room that `account` calls `name`, where they are a member. */
  memberRoom(account: Account, name: string): Promise<Room | Refusal> {
    return this.#desk.memberRoom(account, name);
  }

  /** Why somebody gets nothing of a room who was put out of it while it was read, if so. */
  partedFrom(room: Room, account: Account): Refusal | null {
    return this.#desk.partedFrom(room, account);
  }

  /** A room that somebody is in, or now is: a script has no other way to join. */
  async #entered(account: Account, roomName: string): Promise<Room | Refusal> {
    const room = await this.#desk.enterable(account, roomName);
    if ("code" in room) return room;
    return await this.#desk.addMember(account, room) ?? room;
  }

  #tooFast({ account, member }: Connection): Refusal | undefined {
    const wait = this.count(account);
    if (wait === 0) return undefined;
    if (this.#floods.take(account.id) > 0) this.#desk.hub.drop(member, "flooding");
    return { code: "rate_limited", retry_after: wait };
  }

  #carryOut(connection: Connection, command: Command): Result {
    const { presence } = this.#desk.hub;
    const leaves = command.type === "presence" && command.state === "away";
    if (leaves) presence.idle(connection.account, connection);
    else if (!UNATTENDED.has(command.type)) presence.active(connection.account, connection);
    // The table pairs each type with its own handler, which TypeScript cannot follow here.
    const handler = this.#handlers[command.type] as (c: Connection, command: Command) => Result;
    return handler(connection, command);
  }
}
