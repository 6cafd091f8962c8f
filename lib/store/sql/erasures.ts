/**
 * What erasures read, in SQL that every backend understands; `$n` and `:x` are the parameters of each.
 *
 * @module
 */
import { SETTLE_MS } from "../departures.ts";
import {
  type ErasureStep,
  FOUND_A_STEP,
  type GivenVote,
  type LogPlace,
  MESSAGES_A_STEP,
  ON_THE_WAY_MS,
} from "../erasures.ts";
import type { Account } from "../records.ts";
import { isPoll } from "../../chat/events/poll.ts";
import { parsePayload } from "./payload.ts";
import { int, type Row, text, textOrNull } from "./rows.ts";
import { toOptions } from "./votes.ts";

/** The next messages of all senders after a place, from the index alone. */
export function messagesAfter(room: string, seq: string): string {
  return `SELECT room, seq, sender, deleted FROM events
    WHERE kind = 'message' AND (room, seq) > (${room}, ${seq})
    ORDER BY room, seq LIMIT ${MESSAGES_A_STEP}`;
}

/**
 * Keeps those of the messages `n` that an erasure is about: all, or, of a user who was banned, those
 * from a moment on that were sent before the ban.
 */
export function within(since: string, startedAt: string): string {
  return `(${since} IS NULL OR (SELECT e.at FROM events e WHERE e.room = n.room AND e.seq = n.seq)
    BETWEEN ${since} AND ${startedAt} + ${ON_THE_WAY_MS})`;
}

/** The parameters of a range of logs: after a place, up to another one. */
export interface LogRange {
  readonly after: readonly [room: string, seq: string];
  readonly upTo: readonly [room: string, seq: string];
}

/** The condition that a place is in a range. */
function isIn({ after, upTo }: LogRange, room: string, seq: string): string {
  return `(${room}, ${seq}) > (${after.join(", ")}) AND (${room}, ${seq}) <= (${upTo.join(", ")})`;
}

/** The reactions of an account to the messages in a range. */
export function reactionsIn(range: LogRange, account: string): string {
  return `SELECT room, target AS seq, emoji FROM reactions
    WHERE account = ${account} AND ${isIn(range, "room", "target")}
    ORDER BY room, target LIMIT ${FOUND_A_STEP + 1}`;
}

/** The votes of an account in the polls in a range, with the payloads of the polls' messages. */
export function votesIn(range: LogRange, account: string): string {
  return `SELECT v.room, v.target AS seq, v.options, e.payload
    FROM votes v JOIN events e ON e.room = v.room AND e.seq = v.target
    WHERE v.account = ${account} AND ${isIn(range, "v.room", "v.target")}
    ORDER BY v.room, v.target LIMIT ${FOUND_A_STEP + 1}`;
}

/** The condition that an event is a forwarded message in a range, of any author. */
export function forwardedIn(range: LogRange): string {
  return `kind = 'message' AND payload LIKE '%"forwarded"%' AND ${isIn(range, "room", "seq")}`;
}

/**
 * Makes a step of what was found.
 *
 * @param searched The last of the messages that were looked at; `null` if none is left after them.
 * @param messages The account's own among them, and one more than a step may have at most.
 */
export function toStep<A extends Pick<Account, "id">>(
  account: A,
  searched: LogPlace | null,
  messages: readonly Row[],
  reactions: readonly Row[],
  votes: readonly Row[],
): Omit<ErasureStep, "account"> & { readonly account: A } {
  const [own, marks] = [messages.map(toPlace), reactions.map(toReaction)];
  const given = votes.flatMap(toVote);
  // What is too much for one step begins the next one.
  const beyond = [own, marks, given].map((found) => found[FOUND_A_STEP])
    .flatMap((place) => place === undefined ? [] : [{ room: place.room, seq: place.seq - 1 }]);
  const next = [...beyond, ...searched === null ? [] : [searched]].toSorted(compare).at(0) ?? null;
  const isWithin = (place: LogPlace) => next === null || compare(place, next) <= 0;
  return {
    account,
    messages: own.filter(isWithin),
    reactions: marks.filter(isWithin),
    votes: given.filter(isWithin),
    next,
  };
}

/** Until when an erasure waits after the logs were searched; `null` if it is complete. */
export function searchesAgainAt(startedAt: number, at: number): number | null {
  const settled = startedAt + SETTLE_MS;
  return at < settled ? settled : null;
}

function compare(one: LogPlace, other: LogPlace): number {
  return one.room - other.room || one.seq - other.seq;
}

function toPlace(row: Row): LogPlace {
  return { room: int(row, "room"), seq: int(row, "seq") };
}

function toVote(row: Row): readonly GivenVote[] {
  const { poll } = parsePayload(textOrNull(row, "payload"));
  return isPoll(poll) ? [{ ...toPlace(row), poll, options: toOptions(row) }] : [];
}

function toReaction(row: Row): LogPlace & { readonly emoji: string } {
  return { ...toPlace(row), emoji: text(row, "emoji") };
}
