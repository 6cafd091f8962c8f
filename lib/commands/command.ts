/**
 * The shape of a command. Every command is one row: the schema of its frame, what it requires of
 * its sender, whether it counts as activity, and the function that carries it out. `dispatch.ts`
 * joins the rows of this folder into one table.
 *
 * @module
 */
import type { CommandAccess, RoomAccess } from "../auth/permissions.ts";
import type { Connection } from "../chat/connection.ts";
import type { Room } from "../chat/room.ts";
import type { Refusal } from "../protocol/errors.ts";
import type { CommandOf, CommandType } from "../protocol/frames.ts";
import type { clientFrames } from "../protocol/schemas/frames.ts";
import type { Account } from "../store/records.ts";
import type { CommandContext } from "./context.ts";

/** The result of a command: nothing where it was carried out and answered, or a refusal. */
export type Result = Promise<Refusal | void> | Refusal | void;

/** One command of one connection, with what its handler needs. */
export interface Act<T extends CommandType, A extends CommandAccess = CommandAccess> {
  readonly context: CommandContext;
  readonly connection: Connection;
  /** The account of the connection when the command was carried out. */
  readonly account: Account;
  readonly command: CommandOf<T>;
  /** The addressed room, where the command requires one. */
  readonly room: A extends RoomAccess ? Room : undefined;
}

/** A row of the table of commands. */
export interface CommandRow<T extends CommandType = CommandType, A extends CommandAccess = never> {
  /** The schema of the frame. */
  readonly schema: (typeof clientFrames)[T];
  /** What the sender needs: see `CommandAccess`. Checked right before `handle` is called. */
  readonly requires: CommandAccess & ([A] extends [never] ? unknown : A);
  /** Whether the command shows that its user is there. The page sends some commands by itself. */
  readonly countsAsActivity: boolean;
  /** Carries out the command, and answers it unless it refuses it. */
  handle(act: Act<T, A>): Result;
}

/** The rows of some commands, by type. */
export type CommandRows<T extends CommandType> = { readonly [K in T]: CommandRow<K> };

/**
 * Makes a row.
 *
 * @example
 * command({
 *   schema: clientFrames.typing,
 *   requires: "member",
 *   countsAsActivity: true,
 *   handle: ({ room }) => { … },
 * })
 */
export function command<const T extends CommandType, const A extends CommandAccess>(
  row: CommandRow<T, A> & { readonly requires: A },
): CommandRow<T> {
  return row as unknown as CommandRow<T>;
}
