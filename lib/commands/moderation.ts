/**
 * Keeping order: who is put out, kept out, silenced; which rooms are locked or slowed. Each of it
 * leaves a line in a log that moderators can read.
 *
 * @module
 */
import * as answer from "../answers.ts";
import type { Connection } from "../connection.ts";
import { isModerator, outranks } from "../moderation.ts";
import { type CommandOf, foldName, type ModerationListing, type Refusal } from "../protocol.ts";
import type { Ban, ModerationEntry } from "../store/people.ts";
import type { Account } from "../store/store.ts";
import { type Desk, type Handlers, placeOf, type Result } from "./desk.ts";

type ModerationCommand =
  | "kick"
  | "ban"
  | "unban"
  | "list_bans"
  | "mute"
  | "set_room"
  | "set_role"
  | "block"
  | "list_blocks"
  | "moderation_log";

const FORBIDDEN: Refusal = { code: "forbidden" };

/** Entries in a page of the moderation log, where nothing else is asked for. */
const PAGE = 50;

/** The commands of moderators, and blocking, which is everybody's own. */
export function moderationCommands(desk: Desk): Handlers<ModerationCommand> {
  const { hub, store, clock, moderation, effects } = desk;

  /** Carries out what only moderators may ask for. */
  function asModerator<C>(
    carryOut: (connection: Connection, command: C) => Result,
  ): (connection: Connection, command: C) => Promise<Refusal | void> {
    return async (connection, command) =>
      isModerator(connection.account) ? await carryOut(connection, command) : FORBIDDEN;
  }

  /** Somebody who stands below the one who asks. */
  async function subject(by: Account, name: string): Promise<Account | Refusal> {
    const person = await desk.person(name);
    if ("code" in person || outranks(by, person)) return person;
    return { code: "forbidden", message: "Only somebody of a higher rank can do this to them." };
  }

  async function ban(connection: Connection, command: CommandOf<"ban">): Promise<Refusal | void> {
    const { account: by } = connection;
    const person = await subject(by, command.name);
    if ("code" in person) return person;
    const { reason = "" } = command;
    const at = clock.now();
    const addresses = command.address ? effects.addressesOf(person) : [];
    for (const address of addresses.length === 0 ? [null] : addresses) {
      await store.ban({ account: person.id, address, reason, at });
    }
    const everywhere = command.address ? { reason, at } : null;
    effects.emit({ type: "banned", account: person, addresses, everywhere });
    await desk.record(by, "ban", { subject: person.name, detail: reason });
    hub.tell(connection, { type: "banned", name: person.name, ...answer.echo(command) });
  }

  async function unban(
    connection: Connection,
    command: CommandOf<"unban">,
  ): Promise<Refusal | void> {
    const { account: by } = connection;
    // Looked for among the bans: a guest who was banned is gone, and has the name no more.
    const people = (await store.bans()).flatMap(({ account }) => account ?? [])
      .filter(({ name }) => foldName(name) === foldName(command.name));
    const [person] = people;
    if (person === undefined) {
      const free = await desk.person(command.name);
      return "code" in free ? free : { code: "not_found" };
    }
    if (!people.every((one) => outranks(by, one))) return FORBIDDEN;
    for (const { id } of people) await store.unban(id);
    await desk.record(by, "unban", { subject: person.name });
    hub.tell(connection, { type: "unbanned", name: person.name, ...answer.echo(command) });
  }

  async function mute(connection: Connection, command: CommandOf<"mute">): Promise<Refusal | void> {
    const { account: by } = connection;
    const person = await subject(by, command.name);
    if ("code" in person) return person;
    const until = command.seconds === 0 ? 0 : clock.now() + command.seconds * 1_000;
    await store.mute(person.id, until);
    effects.emit({ type: "muted", account: person, until });
    await desk.record(by, "mute", { subject: person.name, detail: `${command.seconds} s` });
    desk.answer(connection, { type: "muted", name: person.name, until }, command);
  }

  async function setRole(
    connection: Connection,
    command: CommandOf<"set_role">,
  ): Promise<Refusal | void> {
    const { account: by } = connection;
    if (by.role !== "owner") return FORBIDDEN;
    const person = await subject(by, command.name);
    if ("code" in person) return person;
    if (person.role === "guest" || person.role === "bot") return FORBIDDEN;
    const { role } = command;
    await store.setRole(person.id, role);
    effects.emit({ type: "role_changed", account: { ...person, role } });
    await desk.record(by, "set_role", { subject: person.name, detail: role });
    hub.tell(connection, {
      type: "role_changed",
      name: person.name,
      role,
      ...answer.echo(command),
    });
  }

  return {
    ban: asModerator(ban),
    mute: asModerator(mute),
    set_role: setRole,

    kick: asModerator(desk.asMember(async (connection, room, command: CommandOf<"kick">) => {
      const person = await subject(connection.account, command.name);
      if ("code" in person) return person;
      if (!room.has(person)) return { code: "no_such_user" };
      await desk.removeMember(person, room, { by: connection.account });
      const name = room.record.name;
      await desk.record(connection.account, "kick", { subject: person.name, room: name });
      const notice = { type: "member_left", room: name, name: person.name } as const;
      hub.tell(connection, { ...notice, ...answer.echo(command) });
    })),

    unban: asModerator(unban),

    list_bans: asModerator(async (connection, command: CommandOf<"list_bans">) => {
      const bans = (await store.bans()).map(listBan);
      hub.tell(connection, { type: "bans", bans, ...answer.echo(command) });
    }),

    set_room: asModerator(
      desk.asMember(async (connection, room, command: CommandOf<"set_room">) => {
        const { locked = room.locked, slow_seconds = room.slowMs / 1_000 } = command;
        await store.setRoomRules(room.id, { locked, slowMs: slow_seconds * 1_000 });
        const slowMs = slow_seconds * 1_000;
        effects.emit({ type: "room_changed", ...placeOf(room), locked, slowMs });
        const name = room.record.name;
        const detail = `${locked ? "locked" : "open"}, ${slow_seconds} s`;
        await desk.record(connection.account, "set_room", { room: name, detail });
        desk.answer(
          connection,
          { type: "room_changed", room: name, locked, slow_seconds },
          command,
        );
      }),
    ),

    block: async (connection, command) => {
      const { account } = connection;
      const other = await desk.person(command.name);
      if ("code" in other) return other;
      if (other.id === account.id) return FORBIDDEN;
      await store.block(account.id, other.id, command.on);
      effects.emit({ type: "blocked", account, other, on: command.on }, connection);
      desk.answer(connection, { type: "blocks", names: moderation.blockedBy(account) }, command);
    },

    list_blocks: (connection, command) => {
      const names = moderation.blockedBy(connection.account);
      hub.tell(connection, { type: "blocks", names, ...answer.echo(command) });
    },

    moderation_log: asModerator(async (connection, command: CommandOf<"moderation_log">) => {
      const { before = null, limit = PAGE } = command;
      const entries = await store.moderationLog(before, limit + 1);
      hub.tell(connection, {
        type: "moderation_log",
        entries: entries.slice(0, limit).map(listEntry),
        more: entries.length > limit,
        ...answer.echo(command),
      });
    }),
  };
}

function listBan({ account, address, reason, at }: Ban) {
  return {
    ...(account === null ? {} : { name: account.name }),
    ...(address === null ? {} : { address }),
    reason,
    at,
  };
}

function listEntry({ subject, room, detail, ...rest }: ModerationEntry): ModerationListing {
  return {
    ...rest,
    ...(subject === null ? {} : { subject }),
    ...(room === null ? {} : { room }),
    ...(detail === null ? {} : { detail }),
  };
}
