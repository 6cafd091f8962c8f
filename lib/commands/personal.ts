/**
 * The commands about what users keep for themselves: saved and scheduled messages, reminders, and
 * what they want of their rooms. All devices of the user are told; nobody else is.
 *
 * @module
 */
import {
  draftPage,
  type PersonalChange,
  personalFrame,
  reminderList,
  savedPage,
  scheduledList,
} from "../chat/personal.ts";
import { PAGE_BOUNDS } from "../chat/replay.ts";
import type { CommandType, Notice } from "../protocol/frames.ts";
import type { ErrorCode, Refusal } from "../protocol/errors.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import type { Reminder, ScheduledMessage } from "../store/personal.ts";
import { createPublicId } from "../util/secrets.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { messageAt } from "./messages.ts";

type PersonalCommand =
  | "save_message"
  | "list_saved"
  | "schedule_message"
  | "list_scheduled"
  | "cancel_scheduled"
  | "set_reminder"
  | "list_reminders"
  | "set_draft"
  | "list_drafts"
  | "set_room_prefs";

/** How far ahead a message can be scheduled, or a reminder set, in ms. */
const MAX_AHEAD_MS = 366 * 86_400_000;

const TOO_FAR: Refusal = { code: "bad_request", message: "This is more than a year ahead." };

/** The commands about what users keep for themselves. */
export const personalCommands: CommandRows<PersonalCommand> = {
  save_message: command({
    schema: clientFrames.save_message,
    requires: "member",
    countsAsActivity: true,
    handle: saveMessage,
  }),

  list_saved: command({
    schema: clientFrames.list_saved,
    requires: "anyone",
    countsAsActivity: true,
    async handle({ context, connection, account, command }) {
      const { before, limit = PAGE_BOUNDS.limit } = command;
      const from = before === undefined ? null : Number(before);
      await answerWhole(
        context,
        connection,
        command,
        () => savedPage(context.store, account, from, limit),
      );
    },
  }),

  schedule_message: command({
    schema: clientFrames.schedule_message,
    requires: "member",
    countsAsActivity: true,
    handle: scheduleMessage,
  }),

  list_scheduled: command({
    schema: clientFrames.list_scheduled,
    requires: "anyone",
    countsAsActivity: true,
    async handle({ context, connection, account, command }) {
      const page = await scheduledList(context.store, account, command.after);
      context.answer(connection, page, command);
    },
  }),

  cancel_scheduled: command({
    schema: clientFrames.cancel_scheduled,
    requires: "anyone",
    countsAsActivity: true,
    async handle(act) {
      const { context, account, command: { id } } = act;
      if (!await context.store.cancelScheduled(account.id, id)) {
        return { code: "no_such_scheduled" };
      }
      await changed(act, { topic: "scheduled", id, ended: "cancelled" });
    },
  }),

  set_reminder: command({
    schema: clientFrames.set_reminder,
    requires: "member",
    countsAsActivity: true,
    handle: setReminder,
  }),

  list_reminders: command({
    schema: clientFrames.list_reminders,
    requires: "anyone",
    countsAsActivity: true,
    async handle({ context, connection, account, command }) {
      await answerWhole(context, connection, command, () => reminderList(context.store, account));
    },
  }),

  set_draft: command({
    schema: clientFrames.set_draft,
    requires: "member",
    countsAsActivity: false,
    handle: setDraft,
  }),

  list_drafts: command({
    schema: clientFrames.list_drafts,
    requires: "anyone",
    countsAsActivity: false,
    async handle({ context, connection, account, command }) {
      const { store } = context;
      await answerWhole(
        context,
        connection,
        command,
        () => draftPage(store, account, command.after),
      );
    },
  }),

  set_room_prefs: command({
    schema: clientFrames.set_room_prefs,
    requires: "member",
    countsAsActivity: true,
    async handle(act) {
      const { context, account, command, room } = act;
      const { level, favourite, section, introduced } = command;
      const prefs = {
        ...(level === undefined ? {} : { level }),
        ...(favourite === undefined ? {} : { favourite }),
        ...(section === undefined ? {} : { section }),
        ...(introduced === undefined ? {} : { introduced }),
      };
      const { store, clock } = context;
      const stored = await store.setRoomPrefs(room.id, account.id, prefs, clock.now());
      if (stored === null) return context.partedFrom(room, account) ?? { code: "not_a_member" };
      await changed(act, { topic: "prefs", room: room.id });
    },
  }),
};

/**
 * Answers with messages of several rooms; reads them again if the user was removed from a room
 * meanwhile.
 */
async function answerWhole(
  context: CommandContext,
  connection: Act<CommandType>["connection"],
  command: { readonly key?: string | undefined },
  read: () => Promise<Extract<Notice, { type: "saved" | "reminders" | "drafts" }>>,
): Promise<void> {
  for (;;) {
    const { membershipRevision } = connection;
    const frame = await read();
    if (connection.membershipRevision !== membershipRevision) continue;
    return context.answer(connection, frame, command);
  }
}

/** Answers a command with what it changed, and tells the user's other devices. */
async function changed(
  { context, connection, account, command }: Pick<
    Act<PersonalCommand>,
    "context" | "connection" | "account" | "command"
  >,
  change: PersonalChange,
): Promise<void> {
  const frame = await personalFrame(context.store, account, change);
  if (frame !== null) context.answer(connection, frame, command);
  context.effects.emit({ type: "personal", account, change }, connection);
}

async function saveMessage(act: Act<"save_message", "member">): Promise<Refusal | void> {
  const { context, account, command: { seq, on }, room } = act;
  const { store, quotas, clock } = context;
  const place = { room: room.id, seq };
  if (on) {
    const refusal = await refusesMessage(act, seq) ??
      await quotas.refusesMore("saved_per_user", account);
    if (refusal !== null) return refusal;
    await store.saveMessage(account.id, place, clock.now());
  } else await store.unsaveMessage(account.id, place);
  await changed(act, { topic: "saved" });
}

async function scheduleMessage(act: Act<"schedule_message", "member">): Promise<Refusal | void> {
  const { context, account, command, room } = act;
  const { store, quotas, clock } = context;
  const { message, reply_to, thread, also_in_room, files, at } = command;
  if (at > clock.now() + MAX_AHEAD_MS) return TOO_FAR;
  const refusal = await quotas.refusesMore("scheduled_per_user", account) ??
    context.partedFrom(room, account) ?? context.refuses("post", account, room);
  if (refusal !== null) return refusal;
  const id = createPublicId();
  const entry = await store.schedule({
    ...{ id, account: account.id, room: room.id, at, createdAt: clock.now() },
    key: command.key ?? `scheduled ${id}`,
    content: {
      message,
      ...(reply_to === undefined ? {} : { reply_to }),
      ...(thread === undefined ? {} : { thread }),
      ...(also_in_room === undefined ? {} : { also_in_room }),
    },
    ...(files === undefined ? {} : { files }),
  });
  if (entry === null) return { code: "no_such_file" };
  context.onScheduled(entry.at);
  await changed(act, { topic: "scheduled", id: entry.id, ended: null });
}

async function setReminder(act: Act<"set_reminder", "member">): Promise<Refusal | void> {
  const { context, account, command: { seq, at }, room } = act;
  const { store, quotas, clock } = context;
  const place = { room: room.id, seq };
  if (at === 0) await store.removeReminder(account.id, place);
  else {
    if (at > clock.now() + MAX_AHEAD_MS) return TOO_FAR;
    const refusal = await refusesMessage(act, seq) ??
      await quotas.refusesMore("reminders_per_user", account);
    if (refusal !== null) return refusal;
    await store.setReminder(account.id, place, at);
    context.onScheduled(at);
  }
  await changed(act, { topic: "reminder", ...place });
}

/** Sets a draft, if its author has not changed it later on another device. */
async function setDraft(act: Act<"set_draft", "member">): Promise<Refusal | void> {
  const { context, account, command, room } = act;
  const { store, clock } = context;
  const { thread = 0, message, reply_to, edit } = command;
  const isEmpty = message === "" && reply_to === undefined && edit === undefined;
  const content = isEmpty ? null : {
    message,
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(edit === undefined ? {} : { edit }),
  };
  const place = { room: room.id, thread };
  // A clock that is ahead must not outlast what the user writes later.
  const at = Math.min(command.at, clock.now());
  if (!await store.setDraft(account.id, place, content, at)) {
    return { code: "limit_reached", message: "You have too many drafts." };
  }
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  await changed(act, { topic: "draft", ...place });
}

/** Why a message cannot be saved or reminded of, if so. */
async function refusesMessage(
  { context, account, room }: Pick<Act<CommandType, "member">, "context" | "account" | "room">,
  seq: number,
): Promise<Refusal | null> {
  const message = await messageAt(context, room, seq);
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  return message === null || message.deleted ? { code: "no_such_message" } : null;
}

// When their time has come ------------------------------------------------------------------------

/**
 * How long an instance may take to send a message before another one tries, in ms. It is short: a
 * message that both send is stored once.
 */
const CLAIM_MS = 2_000;

/** How many are taken at a time. */
const BATCH = 50;

/** Sends a scheduled message. @returns Why it was refused, if so. */
export type SendScheduled = (entry: ScheduledMessage) => Promise<Refusal | null>;

/** Sends the messages whose time has come. The key of each keeps it from being sent twice. */
export async function sendDue(context: CommandContext, send: SendScheduled): Promise<void> {
  const { store, clock } = context;
  for (;;) {
    const now = clock.now();
    const entries = await store.claimScheduled(now, now + CLAIM_MS, BATCH);
    for (const entry of entries) await sendOne(context, entry, send);
    if (entries.length < BATCH) return;
  }
}

async function sendOne(
  { store, clock, effects }: CommandContext,
  entry: ScheduledMessage,
  send: SendScheduled,
): Promise<void> {
  const { id, account } = entry;
  const refusal = await send(entry);
  if (refusal?.retry_after !== undefined && refusal.code !== "muted") {
    return await store.postponeScheduled(id, clock.now() + refusal.retry_after);
  }
  const failed: ErrorCode | null = refusal?.code ?? null;
  await store.finishScheduled(id, failed);
  const ended = failed === null ? "sent" : null;
  effects.emit({ type: "personal", account, change: { topic: "scheduled", id, ended } });
}

/** Reminds users. @param push Notifies the devices of a user whose page is closed. */
export async function remindDue(
  { store, clock, effects }: CommandContext,
  push: (reminder: Reminder) => Promise<void>,
): Promise<void> {
  for (;;) {
    const now = clock.now();
    const reminders = await store.claimReminders(now, now + CLAIM_MS, BATCH);
    for (const reminder of reminders) {
      const { account, room: { id: room }, seq } = reminder;
      await push(reminder);
      await store.finishReminder(reminder);
      effects.emit({ type: "personal", account, change: { topic: "reminder", room, seq } });
    }
    if (reminders.length < BATCH) return;
  }
}
