/**
 * Saying things, and finding what was said.
 *
 * @module
 */
import * as answer from "../answers.ts";
import type { Connection } from "../connection.ts";
import { wireEvent } from "../events.ts";
import type { Outcome } from "../journal.ts";
import { isModerator, outranks } from "../moderation.ts";
import { type CommandOf, errorFrame, foldName, LIMITS, type Refusal } from "../protocol.ts";
import type { Room } from "../room.ts";
import type { Account, Append, StoredMessage } from "../store/store.ts";
import type { Desk, Handlers } from "./desk.ts";

type LogCommand = "room_message" | "private_message" | "edit_message" | "delete_message" | "react";
type MessageCommand = LogCommand | "typing" | "read" | "set_level" | "history" | "search";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What is said, without who, where and when. */
export type Said = Without<Append, "room" | "sender" | "at">;

/**
 * Different reactions under one message: whoever reads a page gets all of them. A few more may come
 * in at one moment, before the first of them are stored.
 */
const MAX_REACTIONS = 50;

/** The commands about messages. */
export function messageCommands(desk: Desk): Handlers<MessageCommand> {
  const { hub, store, effects } = desk;

  function sayIn(
    connection: Connection,
    room: Room,
    command: CommandOf<LogCommand> & { readonly room: string },
  ): Refusal | void {
    const { account } = connection;
    return append(desk, account, room, saidBy(command), (outcome) => {
      acknowledge(connection, room, command.key, outcome);
    }) ?? undefined;
  }

  /** Taking away what somebody else said is for those who keep order, and is noted. */
  async function remove(
    connection: Connection,
    room: Room,
    command: CommandOf<"delete_message">,
  ): Promise<Refusal | void> {
    const { account } = connection;
    const author = isModerator(account) ? await authorOf(room, command.seq) : null;
    const parted = desk.partedFrom(room, account);
    if (parted !== null) return parted;
    const asModerator = author !== null && outranks(account, author);
    const { promise: settled, resolve } = Promise.withResolvers<Outcome>();
    const said = { ...saidBy(command), asModerator };
    const refusal = append(desk, account, room, said, (outcome) => {
      acknowledge(connection, room, command.key, outcome);
      resolve(outcome);
    });
    if (refusal !== null || !asModerator) return refusal ?? undefined;
    const outcome = await settled;
    if ("refused" in outcome || outcome.repeated) return;
    const where = room.nameFor(account);
    await desk.record(account, "delete_message", { subject: author.name, room: where });
  }

  async function react(
    connection: Connection,
    room: Room,
    command: CommandOf<"react">,
  ): Promise<Refusal | void> {
    if (command.on) {
      const reactions = (await messageAt(room, command.seq))?.reactions ?? [];
      const parted = desk.partedFrom(room, connection.account);
      if (parted !== null) return parted;
      const isNew = !reactions.some(({ emoji }) => emoji === command.emoji);
      if (isNew && reactions.length >= MAX_REACTIONS) return { code: "too_many_reactions" };
    }
    return sayIn(connection, room, command);
  }

  async function messageAt(room: Room, seq: number): Promise<StoredMessage | null> {
    const bounds = { limit: 1, maxLength: 0 };
    const { messages: [message] } = await store.pageAfter(room.id, seq - 1, bounds);
    return message?.seq === seq ? message : null;
  }

  async function authorOf(room: Room, seq: number): Promise<Account | null> {
    const message = await messageAt(room, seq);
    if (message === null) return null;
    const { sender: name, guest } = message;
    if (guest !== null) return { id: guest, name, role: "guest" };
    // A bot that is no more has given its name back.
    return await store.findAccount(name) ?? { id: 0, name, role: "bot" };
  }

  /** The event itself is the acknowledgement: most often it comes with what the room gets. */
  function acknowledge(
    connection: Connection,
    room: Room,
    key: string | undefined,
    outcome: Outcome,
  ): void {
    if ("refused" in outcome) {
      return hub.tell(connection, errorFrame({ code: outcome.refused }, key));
    }
    const { event, repeated } = outcome;
    // What is new is on its way, or has come already: read from the log with what others stored.
    const comes = connection.follows(room) && (!repeated || event.seq > room.channel.delivered);
    if (!comes) hub.tell(connection, wireEvent(room.record, event));
  }

  const say = desk.asMember(sayIn);

  function typing({ account }: Connection, room: Room): void {
    if (desk.moderation.refusesWriting(account, room) !== null) return;
    const rest = { name: account.name, ...answer.guestTag(account) };
    if (!room.isDirect) {
      const frame = { type: "typing", room: room.record.name, ...rest } as const;
      return effects.emit({ type: "room_told", room: room.id, frame });
    }
    for (const other of room.members()) {
      if (other.id === account.id) continue;
      const frame = { type: "typing", room: room.nameFor(other), ...rest } as const;
      effects.emit({ type: "told", account: other, frame });
    }
  }

  return {
    room_message: async (connection, command) => {
      if (!isOwnName(connection.account, command.sender)) return { code: "sender_mismatch" };
      return await say(connection, command);
    },
    private_message: async (connection, command) => {
      if (!isOwnName(connection.account, command.sender)) return { code: "sender_mismatch" };
      return await say(connection, { ...command, room: `@${command.receiver}` });
    },
    edit_message: say,
    delete_message: desk.asMember(remove),
    react: desk.asMember(react),
    typing: desk.asMember(typing),

    read: desk.asMember(async (connection, room, command: CommandOf<"read">) => {
      const { account } = connection;
      const seq = await store.markRead(room.id, account.id, command.seq);
      desk.answerAll(connection, { type: "read", room: room.nameFor(account), seq }, command);
    }),

    set_level: desk.asMember(async (connection, room, command: CommandOf<"set_level">) => {
      const { account } = connection;
      const { level } = command;
      await store.setLevel(room.id, account.id, level);
      desk.answerAll(connection, { type: "level", room: room.nameFor(account), level }, command);
    }),

    history: desk.asMember(async (connection, room, command: CommandOf<"history">) => {
      const { account } = connection;
      const page = await answer.history(store, account, room, command);
      const parted = desk.partedFrom(room, account);
      if (parted !== null) return parted;
      hub.tell(connection, page);
    }),

    search: async (connection, command) => {
      const { account } = connection;
      const sender = command.sender === undefined ? null : await desk.person(command.sender);
      if (sender !== null && "code" in sender) return sender;
      for (;;) {
        const { partings } = connection;
        const room = command.room === undefined
          ? null
          : await desk.memberRoom(account, command.room, connection);
        if (room !== null && "code" in room) return room;
        const found = await answer.search(store, account, { room, sender }, command);
        // They may have been put out of a room while it was searched.
        if (connection.partings === partings) return hub.tell(connection, found);
      }
    },
  };
}

/**
 * Appends to a room's log what somebody says, where they may.
 *
 * @returns Why they may not.
 */
export function append(
  desk: Desk,
  account: Account,
  room: Room,
  said: Said,
  settle: (outcome: Outcome) => void,
): Refusal | null {
  const { moderation, hub, clock, effects } = desk;
  const refusal = said.kind === "delete" ? null : moderation.refusesWriting(account, room);
  const haste = said.kind === "message" ? moderation.refusesHaste(account, room) : null;
  if (refusal ?? haste) return refusal ?? haste;
  if (said.kind === "message" && room.slowMs > 0) {
    effects.emit({ type: "said", room: room.id, account });
  }
  hub.append(room, { ...said, room: room.id, sender: account, at: clock.now() }, (outcome) => {
    settle(outcome);
    if ("event" in outcome && !outcome.repeated) desk.onSaid(room, outcome.event);
  });
  return null;
}

function isOwnName(account: Account, sender: string | undefined): boolean {
  if (sender === undefined) return true;
  // What is too long for a name is not folded first: that can take long.
  const isName = sender.length <= LIMITS.name_length * 4;
  return isName && foldName(sender) === foldName(account.name);
}

/** What a message that somebody sends or posts is in the log. */
export function messageOf(
  { message: text, reply_to, key, files }: Pick<
    CommandOf<"room_message">,
    "message" | "reply_to" | "key" | "files"
  >,
): Extract<Said, { kind: "message" }> {
  const said = { kind: "message", text, replyTo: reply_to ?? null, key: key ?? null } as const;
  return files === undefined || files.length === 0 ? said : { ...said, files };
}

/** A command as what the log takes. */
function saidBy(command: CommandOf<LogCommand>): Said {
  const key = command.key ?? null;
  switch (command.type) {
    case "room_message":
    case "private_message":
      return messageOf(command);
    case "edit_message":
      return { kind: "edit", target: command.seq, text: command.message, key };
    case "delete_message":
      return { kind: "delete", target: command.seq, asModerator: false, key };
    case "react":
      return { kind: "reaction", target: command.seq, emoji: command.emoji, on: command.on, key };
  }
}
