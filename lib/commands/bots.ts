/**
 * The commands about the commands of bots: a bot offers them, members give them, the bot answers the
 * caller alone. To answer everyone it sends a message.
 *
 * @module
 */
import { roomTag } from "../chat/replies.ts";
import type { Refusal } from "../protocol/errors.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { type Act, command, type CommandRows } from "./command.ts";

type BotCommandType = "offer_commands" | "list_commands" | "run_command" | "answer_command";

/** The commands about the commands of bots. */
export const botCommands: CommandRows<BotCommandType> = {
  offer_commands: command({
    schema: clientFrames.offer_commands,
    requires: "anyone",
    countsAsActivity: false,
    handle({ context, connection, account, command }) {
      // What a command does is a text that others read.
      const refusal = context.moderation.refusesSpeaking(account);
      if (refusal !== null) return refusal;
      if (account.role !== "bot") return { code: "forbidden" };
      const taken = context.botCommands.offer(connection, command.commands);
      if (taken !== null) {
        return { code: "name_taken", message: `Another bot offers /${taken}.` };
      }
      context.answer(
        connection,
        { type: "commands_offered", count: command.commands.length },
        command,
      );
    },
  }),

  list_commands: command({
    schema: clientFrames.list_commands,
    requires: "member",
    countsAsActivity: false,
    handle({ context, connection, account, command, room }) {
      const commands = context.botCommands.in(room).map(({ bot, ...offer }) => ({
        ...offer,
        by: bot.account.name,
        by_id: bot.account.publicId,
      }));
      context.answer(
        connection,
        { type: "commands", ...roomTag(room, account), commands },
        command,
      );
    },
  }),

  run_command: command({
    schema: clientFrames.run_command,
    requires: "member",
    countsAsActivity: true,
    handle: run,
  }),

  answer_command: command({
    schema: clientFrames.answer_command,
    requires: "anyone",
    countsAsActivity: true,
    handle: answer,
  }),
};

function run(
  { context, connection, account, command, room }: Act<"run_command", "member">,
): Refusal | void {
  // What it says reaches another member, like a message.
  const refusal = context.refuses("respond", account, room);
  if (refusal !== null) return refusal;
  const name = command.command;
  const offer = context.botCommands.find(name, room);
  if (offer === undefined) {
    return { code: "no_such_command", message: `No bot in this room offers /${name}.` };
  }
  const { id: call_id } = context.botCommands.call(offer, connection, room);
  const { bot } = offer;
  const { name: sender, publicId: sender_id } = account;
  const { text = "" } = command;
  const called = { call_id, command: name, text, sender, sender_id };
  context.hub.tell(bot, { type: "command_called", ...roomTag(room, bot.account), ...called });
  const by = { by: bot.account.name, by_id: bot.account.publicId };
  const sent = { type: "command_sent", call_id, command: name, ...by } as const;
  context.answer(connection, { ...sent, ...roomTag(room, account) }, command);
}

function answer({ context, connection, account, command }: Act<"answer_command">): Refusal | void {
  const { call_id, message } = command;
  const muted = context.moderation.refusesSpeaking(account);
  if (muted !== null) return muted;
  const call = context.botCommands.callOf(call_id, connection);
  if (call === undefined) return { code: "no_such_call" };
  const { caller, room, offer } = call;
  const refusal = context.partedFrom(room, account) ??
    context.refuses("respond", account, room);
  if (refusal !== null) return refusal;
  const about = { call_id, command: offer.command, message };
  const by = { by: account.name, by_id: account.publicId };
  const frame = { type: "command_answered", ...about, ...by } as const;
  context.hub.tell(caller, { ...frame, ...roomTag(room, caller.account) });
  context.answer(connection, { ...frame, ...roomTag(room, account) }, command);
}
