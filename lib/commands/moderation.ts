/**
 * The commands of moderation: removing, banning and muting users. Each of them leaves an entry in a
 * log that moderators can read.
 *
 * @module
 */
import * as answer from "../chat/replies.ts";
import { LAST_OWNER, type Power } from "../auth/permissions.ts";
import type { DeletedSpan } from "../protocol/limits.ts";
import { type PersonAddress } from "../protocol/address.ts";
import { foldName } from "../protocol/names.ts";
import { type Refusal } from "../protocol/errors.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import type { Room } from "../chat/room.ts";
import type { Ban } from "../store/people.ts";
import type { Account } from "../store/records.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { listEntry, logFilter } from "./moderation_log.ts";

type ModerationCommand =
  | "kick"
  | "ban"
  | "unban"
  | "list_bans"
  | "mute"
  | "set_role"
  | "block"
  | "list_blocks"
  | "moderation_log";

/** Entries in a page of the moderation log, where the command gives no limit. */
const PAGE = 50;

/** How long before a ban messages are deleted, in ms. */
const SPANS_MS: Readonly<Record<DeletedSpan, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  all: Infinity,
};

/** The commands of moderators, and blocking, which every user can do. */
export const moderationCommands: CommandRows<ModerationCommand> = {
  kick: command({
    schema: clientFrames.kick,
    requires: "kick",
    countsAsActivity: true,
    handle: kick,
  }),
  ban: command({
    schema: clientFrames.ban,
    requires: "ban",
    countsAsActivity: true,
    handle: ban,
  }),
  unban: command({
    schema: clientFrames.unban,
    requires: "unban",
    countsAsActivity: true,
    handle: unban,
  }),
  list_bans: command({
    schema: clientFrames.list_bans,
    requires: "list_bans",
    countsAsActivity: true,
    handle: listBans,
  }),
  mute: command({
    schema: clientFrames.mute,
    requires: "mute",
    countsAsActivity: true,
    handle: mute,
  }),
  set_role: command({
    schema: clientFrames.set_role,
    requires: "set_role",
    countsAsActivity: true,
    handle: setRole,
  }),
  block: command({
    schema: clientFrames.block,
    requires: "anyone",
    countsAsActivity: true,
    handle: block,
  }),
  list_blocks: command({
    schema: clientFrames.list_blocks,
    requires: "anyone",
    countsAsActivity: true,
    handle({ context, connection, account, command }) {
      const blocked = context.moderation.blockedBy(account);
      context.answer(connection, answer.blocks(blocked), command);
    },
  }),
  moderation_log: command({
    schema: clientFrames.moderation_log,
    requires: "moderation_log",
    countsAsActivity: true,
    handle: moderationLog,
  }),
};

/**
 * Finds the user that a power is to be used on, and whether it may be at this moment. The row
 * requires the power as such, so that an account without it learns nothing about the user.
 */
async function against(
  { context, connection }: Pick<Act<ModerationCommand>, "context" | "connection">,
  power: Power,
  address: PersonAddress,
  room?: Room,
): Promise<{ readonly by: Account; readonly person: Account } | Refusal> {
  const found = await context.person(address);
  if ("code" in found) return found;
  const may = await context.authorize(connection, power, { subject: found, room });
  return "code" in may ? may : { by: may.by, person: may.subject ?? found };
}

async function kick(act: Act<"kick", "kick">): Promise<Refusal | void> {
  const { context, connection, account, command, room } = act;
  const may = await against(act, "kick", command, room);
  if ("code" in may) return may;
  const { by, person } = may;
  const parted = context.partedFrom(room, by);
  if (parted !== null) return parted;
  if (!room.has(person)) return { code: "no_such_user" };
  await context.removeMember(person, room, { by });
  await context.recordIn(room, by, "kick", person);
  const { name, publicId: id } = person;
  const tag = answer.roomTag(room, account);
  const { memberCount: member_count } = room;
  context.answer(connection, { type: "member_left", ...tag, name, id, member_count }, command);
}

async function ban(act: Act<"ban">): Promise<Refusal | void> {
  const { context, connection, command } = act;
  const { store, effects } = context;
  const may = await against(act, "ban", command);
  if ("code" in may) return may;
  const { by, person } = may;
  const { reason = "", delete_messages } = command;
  const at = context.clock.now();
  const deleteSince = delete_messages && Math.max(0, at - SPANS_MS[delete_messages]);
  const addresses = command.address ? effects.addressesOf(person) : [];
  for (const address of addresses.length === 0 ? [null] : addresses) {
    const revoked = await store.ban({ account: person.id, address, reason, at, deleteSince });
    if (revoked === "last_owner") return LAST_OWNER;
    context.endBots(revoked);
  }
  if (person.role === "owner") {
    effects.emit({ type: "role_changed", account: { ...person, role: "member" } });
  }
  const everywhere = command.address ? { reason, at } : null;
  effects.emit({ type: "banned", account: person, reason, addresses, everywhere });
  await context.record(by, "ban", { subject: person, detail: reason });
  if (delete_messages !== undefined) {
    await context.record(by, "delete_messages", { subject: person, detail: delete_messages });
    context.onErasing();
  }
  const { name, publicId: id } = person;
  context.answer(connection, { type: "banned", name, id }, command);
}

async function unban(
  { context, connection, account, command }: Act<"unban">,
): Promise<Refusal | void> {
  // Looked for among the bans: a banned guest is gone, and does not have the name any more.
  const people = (await context.store.bans()).flatMap(({ account }) => account ?? [])
    .filter(({ name, publicId }) =>
      command.id === undefined
        ? foldName(name) === foldName(command.name ?? "")
        : publicId === command.id
    );
  const [person] = people;
  if (person === undefined) {
    const free = await context.person(command);
    return "code" in free ? free : { code: "not_found" };
  }
  for (const one of people) {
    const may = await context.authorize(connection, "unban", { subject: one });
    if ("code" in may) return may;
    await context.store.unban(one.id);
    context.effects.emit({ type: "unbanned", account: one });
  }
  await context.record(account, "unban", { subject: person });
  const { name, publicId: id } = person;
  context.answer(connection, { type: "unbanned", name, id }, command);
}

async function listBans(
  { context, connection, command }: Act<"list_bans">,
): Promise<Refusal | void> {
  const bans = (await context.store.bans()).map(listBan);
  const may = await context.authorize(connection, "list_bans");
  if ("code" in may) return may;
  context.answer(connection, { type: "bans", bans }, command);
}

async function mute(act: Act<"mute">): Promise<Refusal | void> {
  const { context, connection, command } = act;
  const may = await against(act, "mute", command);
  if ("code" in may) return may;
  const { by, person } = may;
  const until = command.seconds === 0 ? 0 : context.clock.now() + command.seconds * 1_000;
  await context.store.mute(person.id, until);
  context.effects.emit({ type: "muted", account: person, until });
  await context.record(by, "mute", { subject: person, detail: `${command.seconds} s` });
  const { name, publicId: id } = person;
  context.answer(connection, { type: "muted", name, id, until }, command);
}

async function setRole(act: Act<"set_role">): Promise<Refusal | void> {
  const { context, connection, command } = act;
  const may = await against(act, "set_role", command);
  if ("code" in may) return may;
  const { role } = command;
  const changed = await context.people.setRole(may.by, may.person, role);
  if ("code" in changed) return changed;
  const { name, publicId: id } = changed;
  context.answer(connection, { type: "role_changed", name, id, role }, command);
}

async function block(
  { context, connection, account, command }: Act<"block">,
): Promise<Refusal | void> {
  const other = await context.person(command);
  if ("code" in other) return other;
  if (other.id === account.id) return { code: "forbidden" };
  const refusal = command.on ? await context.quotas.refusesMore("blocks_per_user", account) : null;
  if (refusal !== null) return refusal;
  await context.store.block(account.id, other.id, command.on);
  context.effects.emit({ type: "blocked", account, other, on: command.on }, connection);
  context.answer(connection, answer.blocks(context.moderation.blockedBy(account)), command);
}

async function moderationLog(
  { context, connection, account, command }: Act<"moderation_log">,
): Promise<Refusal | void> {
  const { before = null, limit = PAGE } = command;
  const filter = await logFilter(context, account, command);
  if ("code" in filter) return filter;
  const entries = await context.store.moderationLog({ ...filter, before, limit: limit + 1 });
  const may = await context.authorize(connection, "moderation_log");
  if ("code" in may) return may;
  const frame = {
    type: "moderation_log",
    entries: entries.slice(0, limit).map(listEntry),
    more: entries.length > limit,
  } as const;
  context.answer(connection, frame, command);
}

function listBan({ account, address, reason, at }: Ban) {
  return {
    ...(account === null ? {} : { name: account.name, id: account.publicId }),
    ...(address === null ? {} : { address }),
    reason,
    at,
  };
}
