/**
 * The commands of bots: `/weather Berlin` goes to the bot that offers `/weather`. A bot offers its
 * commands on a connection, for as long as that lasts: a command that nobody would answer does not
 * exist, and nothing is stored.
 *
 * Each instance knows the bots that are connected to it.
 *
 * @module
 */
import { createPublicId } from "../util/secrets.ts";
import type { Clock } from "../util/clock.ts";
import type { BotCommandOffer } from "../protocol/frames.ts";
import type { Connection } from "./connection.ts";
import type { Room } from "./room.ts";

/** A command that a bot offers. */
export interface OfferedCommand extends BotCommandOffer {
  /** The connection of the bot. */
  readonly bot: Connection;
}

/** A command that a user has given to a bot. */
export interface BotCall {
  readonly id: string;
  readonly offer: OfferedCommand;
  /** The connection of the user. */
  readonly caller: Connection;
  readonly room: Room;
  readonly at: number;
}

/** How long a bot may take to answer, in ms. */
const CALL_MS = 15 * 60_000;

/** Calls that are remembered; one more forgets the oldest. */
const MAX_CALLS = 10_000;

/** The commands that the bots of an instance offer, and the calls that they can answer. */
export class BotCommands {
  readonly #clock: Clock;
  readonly #offers = new Map<string, OfferedCommand>();
  readonly #calls = new Map<string, BotCall>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Offers commands on a connection of a bot, in place of those that it offered before.
   *
   * @returns The name of a command that another bot offers; nothing changes then.
   */
  offer(bot: Connection, commands: readonly BotCommandOffer[]): string | null {
    const taken = commands.find(({ command }) => {
      const offer = this.#find(command);
      return offer !== undefined && offer.bot.account.id !== bot.account.id;
    });
    if (taken !== undefined) return taken.command;
    for (const [name, offer] of this.#offers) {
      if (offer.bot === bot) this.#offers.delete(name);
    }
    for (const command of commands) this.#offers.set(command.command, { ...command, bot });
    return null;
  }

  /** The commands of the bots in a room, by name. */
  in(room: Room): readonly OfferedCommand[] {
    return [...this.#offers.keys()].sort().flatMap((name) => this.find(name, room) ?? []);
  }

  /** A command that a bot in a room offers. */
  find(name: string, room: Room): OfferedCommand | undefined {
    const offer = this.#find(name);
    // A bot elsewhere must not learn of this room.
    return offer !== undefined && room.has(offer.bot.account) ? offer : undefined;
  }

  /** Remembers a call, so that the bot can answer it. */
  call(offer: OfferedCommand, caller: Connection, room: Room): BotCall {
    const [oldest] = this.#calls.keys();
    if (this.#calls.size >= MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest);
    const call = { id: createPublicId(), offer, caller, room, at: this.#clock.elapsed() };
    this.#calls.set(call.id, call);
    return call;
  }

  /** The call with an id, if a bot may answer it now: its caller is connected, and it is recent. */
  callOf(id: string, bot: Connection): BotCall | undefined {
    const call = this.#calls.get(id);
    if (call === undefined || call.offer.bot.account.id !== bot.account.id) return undefined;
    const isRecent = this.#clock.elapsed() - call.at <= CALL_MS;
    if (isRecent && call.caller.open) return call;
    this.#calls.delete(id);
    return undefined;
  }

  #find(name: string): OfferedCommand | undefined {
    const offer = this.#offers.get(name);
    if (offer === undefined || offer.bot.open) return offer;
    this.#offers.delete(name);
    return undefined;
  }
}
