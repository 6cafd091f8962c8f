/**
 * The commands about rooms and their members.
 *
 * @module
 */
import { toWireFields } from "../chat/events/event.ts";
import { roomChanged } from "../chat/events/room_changed.ts";
import type { Outcome } from "../chat/group_commit.ts";
import * as answer from "../chat/replies.ts";
import { placeOf } from "../chat/effect.ts";
import { summariesOf } from "../chat/connect.ts";
import { firstMembers } from "../chat/first_members.ts";
import type { PersonAddress } from "../protocol/address.ts";
import {
  type CommandOf,
  errorFrame,
  type Joined,
  type PersonTag,
  type RefusedPerson,
} from "../protocol/frames.ts";
import { LIMITS } from "../protocol/limits.ts";
import { foldRoom } from "../protocol/names.ts";
import { type Refusal } from "../protocol/errors.ts";
import { createPublicId } from "../util/secrets.ts";
import type { Connection } from "../chat/connection.ts";
import type { CommandContext } from "./context.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import type { Room } from "../chat/room.ts";
import type { Account, ReadState } from "../store/records.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { appendIn, eventOf } from "./messages.ts";

type RoomCommand =
  | "join"
  | "resume"
  | "leave"
  | "create_room"
  | "set_room"
  | "delete_room"
  | "invite"
  | "add_members"
  | "decline_invitation"
  | "list_rooms"
  | "list_memberships"
  | "list_members";

/** The commands about rooms. */
export const roomCommands: CommandRows<RoomCommand> = {
  join: command({
    schema: clientFrames.join,
    requires: "anyone",
    countsAsActivity: true,
    handle: join,
  }),

  resume: command({
    schema: clientFrames.resume,
    requires: "anyone",
    countsAsActivity: false,
    handle: resume,
  }),

  leave: command({
    schema: clientFrames.leave,
    requires: "member",
    countsAsActivity: true,
    async handle({ context, connection, account, command, room }) {
      if (room.isDirect && !room.isOver) {
        return { code: "forbidden", message: "You can't leave a conversation." };
      }
      await context.removeMember(account, room, { on: connection });
      context.answer(connection, { type: "left", ...answer.roomTag(room, account) }, command);
      if (room.isNameless && room.memberCount === 0) await removeRoom(context, room);
    },
  }),

  create_room: command({
    schema: clientFrames.create_room,
    requires: "anyone",
    countsAsActivity: true,
    handle: createRoom,
  }),

  set_room: command({
    schema: clientFrames.set_room,
    requires: "manage_room",
    countsAsActivity: true,
    handle: setRoom,
  }),

  delete_room: command({
    schema: clientFrames.delete_room,
    requires: "delete_room",
    countsAsActivity: true,
    handle: deleteRoom,
  }),

  invite: command({
    schema: clientFrames.invite,
    requires: "invite",
    countsAsActivity: true,
    handle: invite,
  }),

  add_members: command({
    schema: clientFrames.add_members,
    requires: "invite",
    countsAsActivity: true,
    handle: addMembers,
  }),

  decline_invitation: command({
    schema: clientFrames.decline_invitation,
    requires: "anyone",
    countsAsActivity: true,
    handle: declineInvitation,
  }),

  list_rooms: command({
    schema: clientFrames.list_rooms,
    requires: "anyone",
    countsAsActivity: true,
    async handle({ context, connection, account, command }) {
      context.hub.tell(connection, await answer.roomList(context.store, account, command));
    },
  }),

  list_memberships: command({
    schema: clientFrames.list_memberships,
    requires: "anyone",
    countsAsActivity: false,
    async handle({ context, connection, account, command }) {
      const { hub, store } = context;
      for (;;) {
        const { membershipRevision } = connection;
        const page = await answer.membershipList(
          store,
          account,
          command,
          (memberships) => summariesOf(hub.rooms, account, memberships),
        );
        // The user may have been removed from a room meanwhile.
        if (connection.membershipRevision === membershipRevision) {
          return hub.tell(connection, page);
        }
      }
    },
  }),

  list_members: command({
    schema: clientFrames.list_members,
    requires: "member",
    countsAsActivity: true,
    handle({ context, connection, account, command, room }) {
      context.hub.tell(connection, answer.memberList(account, room, command));
    },
  }),
};

async function join(act: Act<"join">): Promise<Refusal | void> {
  const { context, connection, account, command } = act;
  const resumes = isResuming(account, command);
  const room = connection.room(command) ??
    await (resumes ? context.resumable(account, command) : context.enterable(account, command));
  if ("code" in room) return room;
  // A client that resumes does not ask to join again: that is the member's own decision.
  if (resumes && !room.has(account)) return context.partedFrom(room, account) ?? undefined;
  const refusal = await context.addMember(account, room, { on: connection });
  if (refusal !== null) return refusal;
  await subscribe(act, room);
}

/**
 * Subscribes the connection to many rooms of the account, those with news first: to a member who
 * comes back, what was said matters before what was not.
 */
async function resume(act: Act<"resume">): Promise<void> {
  const { context, connection, account, command } = act;
  const { hub, store } = context;
  const entries = new Map(command.rooms.map((entry) => [entry.room_id, entry]));
  const records = await store.roomsByPublicId([...entries.keys()]);
  const rooms = await Promise.all(records.map((record) => hub.rooms.load(record)));
  const states = await store.readStates(rooms.map(({ id }) => id), account.id);
  const mine = new Map<Room, JoinFields>();
  for (const [room_id, { key = command.key, epoch = command.epoch, ...entry }] of entries) {
    const room = rooms.find(({ record }) => record.publicId === room_id);
    const refusal = room === undefined || room.isDeleted
      ? { code: "no_such_room" } as const
      : context.partedFrom(room, account);
    if (refusal !== null) hub.tell(connection, errorFrame(refusal, key));
    else if (room !== undefined) {
      mine.set(room, { ...entry, epoch, ...(key === undefined ? {} : { key }) });
    }
  }
  const hasNews = ([room, { after, epoch = store.epoch }]: readonly [Room, JoinFields]) =>
    epoch !== store.epoch || room.seq !== after;
  const inOrder = [...mine].sort((a, b) => Number(hasNews(b)) - Number(hasNews(a)));
  for (const [room, { brief, only_news: onlyNews, ...fields }] of inOrder) {
    const command = { type: "join", ...fields } as const;
    const about = { known: states.get(room.id), brief: brief ?? onlyNews, onlyNews };
    await subscribe({ context, connection, account, command }, room, about);
  }
}

/** What a client says of a room that it resumes. */
type JoinFields = Pick<CommandOf<"join">, "room_id" | "after" | "epoch" | "key"> & {
  readonly brief?: boolean | undefined;
  readonly only_news?: boolean | undefined;
};

/** Subscribes the connection to a room, and answers with what it missed. */
async function subscribe(
  { context, connection, account, command }: Pick<
    Act<"join" | "create_room">,
    "context" | "connection" | "account" | "command"
  >,
  room: Room,
  { known, asked, brief, onlyNews }: {
    readonly known?: ReadState | undefined;
    readonly asked?: Pick<Joined, "invited" | "refused">;
    /** Whether the reply leaves out the members. */
    readonly brief?: boolean | undefined;
    /** Whether there is no reply if it missed nothing. */
    readonly onlyNews?: boolean | undefined;
  } = {},
): Promise<void> {
  const { hub, store } = context;
  const sameLog = command.epoch === undefined || command.epoch === store.epoch;
  // A position in another log means nothing here: one that cannot be reached says so.
  const after = !sameLog ? Infinity : "after" in command ? command.after ?? null : null;
  const isDefault = await context.isDefaultRoom(room);
  await hub.subscribe(connection, room, { after, known }, (missed) => {
    if (onlyNews && missed.events.length === 0 && !missed.truncated) return;
    const rest = { epoch: store.epoch, ...asked, ...answer.echo(command) };
    const members = brief ? [] : firstMembers(hub, room);
    hub.tell(connection, answer.joined(account, room, members, missed, rest, isDefault));
  });
}

async function createRoom(act: Act<"create_room">): Promise<Refusal | void> {
  const { context, connection, account, command } = act;
  const { room: name, kind, title = "" } = command;
  if (account.role === "guest" && kind === "private") return { code: "forbidden" };
  if (name === undefined) return await openConversation(act);
  const refusal = await context.refusesRoom(account);
  if (refusal !== null) return refusal;
  if (await context.namesDefaultRoom(name)) return { code: "room_exists" };
  const record = await context.store.createRoom({
    name,
    kind,
    title: title === "" ? null : title,
    creator: account.id,
    at: context.clock.now(),
  });
  if (record === null) return { code: "room_exists" };
  const room = await context.hub.rooms.load(record);
  context.effects.emit({ type: "member_added", ...placeOf(room), account }, connection);
  await subscribe(act, room);
}

/**
 * Opens the conversation of the sender with some users. If there is one of the same people, it is
 * that one, and those who are not in it are asked again: so a command that was cut short is completed
 * by sending it again.
 */
async function openConversation(act: Act<"create_room">): Promise<Refusal | void> {
  const { context, connection, account, command } = act;
  const { store, clock, quotas, moderation } = context;
  const muted = moderation.refusesSpeaking(account);
  if (muted !== null) return muted;
  const others = new Map<number, Account>();
  for (const address of addressesIn(command)) {
    const person = await context.person(address);
    if ("code" in person) return person;
    if (person.id !== account.id) others.set(person.id, person);
  }
  if (others.size < 2 || others.size >= LIMITS.conversation_people) return WRONG_NUMBER;
  const people = [account.id, ...others.keys()];
  if (await store.findConversation(people, account.id) === null) {
    const full = await quotas.refusesMore("memberships_per_user", account) ??
      context.mayConverse(account);
    if (full !== null) return full;
  }
  const name = `conversation-${createPublicId()}`;
  const plan = { people, creator: account.id, name, at: clock.now() };
  const made = await store.conversationOf(plan);
  const room = await context.hub.rooms.load(made.room);
  if (made.isNew) {
    context.effects.emit({ type: "member_added", ...placeOf(room), account }, connection);
  }
  const { invited, refused } = await addAll(
    act,
    room,
    [...others.values()].map(({ publicId: id }) => ({ id })),
  );
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  await subscribe(act, room, { asked: { invited, refused } });
}

const WRONG_NUMBER: Refusal = {
  code: "bad_request",
  message: `A conversation without a name has 3 to ${LIMITS.conversation_people} people.`,
};

const NAME_FIRST: Refusal = {
  code: "forbidden",
  message: "This conversation has no name, and no settings. Give it a name first.",
};

const DEFAULT_ROOM: Refusal = {
  code: "forbidden",
  message: "New users join this room, so it stays open to everyone.",
};

async function setRoom(act: Act<"set_room", "manage_room">): Promise<Refusal | void> {
  const { context, connection, account, command, room } = act;
  const { name, kind, archived } = command;
  if (kind === "private" && account.role === "guest") return { code: "forbidden" };
  // What was written in private does not become public in the same step.
  if (room.isNameless && (name === undefined || kind === "public")) return NAME_FIRST;
  if ((kind === "private" || archived) && await context.isDefaultRoom(room)) return DEFAULT_ROOM;
  if (name !== undefined && foldRoom(name) !== room.foldedName) {
    const isDefault = await context.isDefaultRoom(room);
    if (!isDefault && await context.namesDefaultRoom(name)) return { code: "room_exists" };
  }
  const may = await context.authorize(connection, "manage_room", { room });
  const refused = "code" in may ? may : context.partedFrom(room, account);
  if (refused !== null) return refused;
  const { promise: committed, resolve } = Promise.withResolvers<Outcome>();
  const event = { ...eventOf("room_changed", command), whileArchived: true };
  const refusal = appendIn(act, room, event, resolve);
  if (refusal !== undefined) return refusal;
  const outcome = await committed;
  if ("refused" in outcome || outcome.repeated) return;
  context.effects.emit({ type: "room_changed", record: await context.recordOf(room) });
  if (command.retention_days) context.onErasing();
  const changes = toWireFields(roomChanged.fields, event);
  const detail = Object.entries(changes).map(([field, value]) => `${field}: ${value}`).join(", ");
  await context.recordIn(room, account, "set_room", null, detail);
}

async function deleteRoom(
  { context, connection, account, command, room }: Act<"delete_room", "delete_room">,
): Promise<Refusal | void> {
  if (await context.isDefaultRoom(room)) return DEFAULT_ROOM;
  const may = await context.authorize(connection, "delete_room", { room });
  const refused = "code" in may ? may : context.partedFrom(room, account);
  if (refused !== null) return refused;
  const { record } = room;
  if (!await removeRoom(context, room, { by: account, on: connection })) {
    return { code: "no_such_room" };
  }
  await context.recordIn(room, account, "delete_room", null);
  const by = { by: account.name, by_id: account.publicId };
  const tag = { room: record.name, room_id: record.publicId };
  context.answer(connection, { type: "room_deleted", ...tag, ...by }, command);
}

/** Deletes a room. @returns `false` if it was deleted before. */
async function removeRoom(
  { store, clock, effects }: CommandContext,
  room: Room,
  { by, on }: { readonly by?: Account; readonly on?: Connection } = {},
): Promise<boolean> {
  const isPublic = room.record.kind === "public";
  const deleted = await store.deleteRoom(room.id, clock.now());
  if (deleted === null) return false;
  const actor = by === undefined ? {} : { by };
  effects.emit({ type: "room_deleted", ...placeOf(room), isPublic, ...actor }, on);
  for (const bot of deleted.bots) {
    await store.retireAccount(bot.id);
    effects.emit({ type: "retired", account: bot });
  }
  return true;
}

async function invite(
  { context, connection, account, command, room }: Act<"invite", "invite">,
): Promise<Refusal | void> {
  const invited = await context.person(command);
  if ("code" in invited) return invited;
  const outcome = await context.invite(account, room, invited);
  if (typeof outcome === "object") return outcome;
  const tag = answer.roomTag(room, account);
  const { name, publicId: id } = invited;
  const frame = outcome === "member"
    ? {
      ...{ type: "member_joined", ...tag, ...answer.personTag(invited) } as const,
      member_count: room.memberCount,
    }
    : { type: "invited", ...tag, name, id } as const;
  context.answer(connection, frame, command);
}

async function addMembers(
  { context, connection, account, command, room }: Act<"add_members", "invite">,
): Promise<void> {
  const outcome = await addAll({ context, account }, room, addressesIn(command));
  const tag = answer.roomTag(room, account);
  context.answer(connection, { type: "members_added", ...tag, ...outcome }, command);
}

/** The users that a command names. */
function addressesIn(
  { names = [], ids = [] }: Pick<CommandOf<"add_members">, "names" | "ids">,
): readonly PersonAddress[] {
  return [...names.map((name) => ({ name })), ...ids.map((id) => ({ id }))];
}

/** Adds users to a room, or asks for their consent. */
async function addAll(
  { context, account }: Pick<Act<"add_members">, "context" | "account">,
  room: Room,
  addresses: readonly PersonAddress[],
) {
  const added: PersonTag[] = [];
  const invited: PersonTag[] = [];
  const refused: RefusedPerson[] = [];
  for (const address of addresses) {
    const person = await context.person(address);
    if ("code" in person) {
      refused.push({ ...address, code: person.code });
      continue;
    }
    const outcome = context.partedFrom(room, account) ??
      await context.invite(account, room, person);
    const tag = { name: person.name, id: person.publicId };
    if (outcome === "member") added.push(tag);
    else if (outcome === "invited") invited.push(tag);
    else refused.push({ ...tag, code: outcome.code });
  }
  return { added, invited, refused };
}

async function declineInvitation(
  { context, connection, account, command }: Act<"decline_invitation">,
): Promise<Refusal | void> {
  const { room: name, room_id } = command;
  const pending = await context.store.invitationsOf(account.id);
  const invitation = pending.find(({ room }) =>
    room_id === undefined ? foldRoom(room.name) === foldRoom(name ?? "") : room.publicId === room_id
  );
  if (invitation === undefined) return { code: "no_such_room" };
  const { room } = invitation;
  await context.store.takeInvitation(room.id, account.id);
  const place = { room: room.name, room_id: room.publicId };
  context.answer(connection, { type: "invitation_declined", ...place }, command);
  context.effects.emit({ type: "invitation_declined", record: room, account }, connection);
}

/**
 * Whether a client resumes a room that it had, rather than joining one. By name, it says so with
 * the epoch that it knows (as pages of earlier versions do), unless it is a guest: a guest is a
 * member as long as the connection lasts, and joins again on the next one.
 */
function isResuming(account: Account, command: CommandOf<"join">): boolean {
  if (command.after === undefined) return false;
  if (command.room_id !== undefined) return true;
  return command.epoch !== undefined && account.role !== "guest";
}
