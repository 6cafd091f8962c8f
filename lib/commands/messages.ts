/**
 * Saying things, and finding what was said.
 *
 * @module
 */
import * as answer from "../answers.ts";
import type { Connection } from "../connection.ts";
import { wireEvent } from "../events.ts";
import type { Outcome } from "../journal.ts";
import { isModerator } from "../moderation.ts";
import { type CommandOf, errorFrame, foldName, LIMITS, type Refusal } from "../protocol.ts";
import type { Room } from "../room.ts";
import type { Account, Append } from "../store/store.ts";
import type { Desk, Handlers } from "./desk.ts";

type LogCommand = "room_message" | "private_message" | "edit_message" | "delete_message" | "react";
type MessageCommand = LogCommand | "typing" | "read" | "history" | "search";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What is said, without who, where and when. */
export type Said = Without<Append, "room" | "sender" | "at">;

/** The commands about messages. */
export function messageCommands(desk: Desk): Handlers<MessageCommand> {
  const { hub, store } = desk;

  function sayIn(
    connection: Connection,
    room: Room,
    command: CommandOf<LogCommand> & { readonly room: string },
  ): Refusal | void {
    const { account } = connection;
    return append(desk, account, room, saidBy(account, command), (outcome) => {
      acknowledge(connection, room, command.key, outcome);
    }) ?? undefined;
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
    const onItsWay = connection.follows(room) && outcome.event.seq > room.channel.delivered;
    if (!onItsWay) hub.tell(connection, wireEvent(room.record, outcome.event));
  }

  const say = desk.asMember(sayIn);

  function typing({ account }: Connection, room: Room): void {
    if (desk.moderation.refusesWriting(account, room) !== null) return;
    const tag = answer.guestTag(account);
    if (!room.isDirect) {
      return room.notify({ type: "typing", room: room.record.name, name: account.name, ...tag });
    }
    for (const other of room.members()) {
      if (other.id === account.id) continue;
      const seen = room.nameFor(other);
      desk.tellDevices(other, { type: "typing", room: seen, name: account.name, ...tag });
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
    delete_message: say,
    react: say,
    typing: desk.asMember(typing),

    read: desk.asMember(async (connection, room, command: CommandOf<"read">) => {
      const { account } = connection;
      const seq = await store.markRead(room.id, account.id, command.seq);
      desk.answerAll(connection, { type: "read", room: room.nameFor(account), seq }, command);
    }),

    history: desk.asMember(async (connection, room, command: CommandOf<"history">) => {
      hub.tell(connection, await answer.history(store, connection.account, room, command));
    }),

    search: async (connection, command) => {
      const { account } = connection;
      const room = command.room === undefined
        ? null
        : await desk.memberRoom(account, command.room, connection);
      if (room !== null && "code" in room) return room;
      hub.tell(connection, await answer.search(store, account, room, command));
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
  const { moderation, hub, clock } = desk;
  const refusal = said.kind === "delete" ? null : moderation.refusesWriting(account, room);
  const haste = said.kind === "message" ? moderation.refusesHaste(account, room) : null;
  if (refusal ?? haste) return refusal ?? haste;
  hub.append(room, { ...said, room: room.id, sender: account, at: clock.now() }, settle);
  return null;
}

function isOwnName(account: Account, sender: string | undefined): boolean {
  if (sender === undefined) return true;
  // What is too long for a name is not folded first: that can take long.
  const isName = sender.length <= LIMITS.name_length * 4;
  return isName && foldName(sender) === foldName(account.name);
}

/** A command as what the log takes. */
function saidBy(account: Account, command: CommandOf<LogCommand>): Said {
  const key = command.key ?? null;
  switch (command.type) {
    case "room_message":
    case "private_message":
      return { kind: "message", text: command.message, replyTo: command.reply_to ?? null, key };
    case "edit_message":
      return { kind: "edit", target: command.seq, text: command.message, key };
    case "delete_message":
      return { kind: "delete", target: command.seq, asModerator: isModerator(account), key };
    case "react":
      return { kind: "reaction", target: command.seq, emoji: command.emoji, on: command.on, key };
  }
}
