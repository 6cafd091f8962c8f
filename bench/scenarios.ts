/**
 * The scenarios of the benchmark: each is one shape of load.
 *
 * @module
 */

/** One shape of load. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly connections: number;
  readonly rooms: number;
  /** The number of connections that send; a multiple of `rooms`. */
  readonly senders: number;
  /** Messages per second in all rooms together. */
  readonly rate: number;
  /** Additional connections that never read: each server is measured without and with them. */
  readonly mute?: number;
  /** Whether to send direct messages between pairs, instead of messages in rooms. */
  readonly direct?: boolean;
  /** The shortest meaningful window in seconds. */
  readonly seconds?: number;
  /** The names of the servers to measure; all if omitted. */
  readonly only?: readonly string[];
  /** The largest useful number of rounds. */
  readonly rounds?: number;
  /** The servers to measure in one round only: they fall behind in every round, which takes long. */
  readonly once?: readonly string[];
}

/** All servers except Hubbub without batches, which is of interest in large rooms only. */
const SERVERS = ["hubbub", "deno", "ws", "socket.io", "gorilla", "bun", "uws"];

/** The number of connections in a large room, and of those that send. */
const MEMBERS = 1_000;
const SENDERS = 100;

function room(rate: number, rest: Partial<Scenario> = {}): Scenario {
  return {
    name: `room-${rate}`,
    title: `a room of ${MEMBERS.toLocaleString("en")}, ${rate.toLocaleString("en")} messages/s`,
    connections: MEMBERS,
    rooms: 1,
    senders: SENDERS,
    rate,
    ...rest,
  };
}

function pairs(rate: number, rest: Partial<Scenario> = {}): Scenario {
  return {
    name: `pairs-${rate}`,
    title: `1,000 pairs, ${rate.toLocaleString("en")} direct messages/s (deno: an echo)`,
    connections: 2_000,
    rooms: 1_000,
    senders: 1_000,
    rate,
    direct: true,
    only: SERVERS,
    ...rest,
  };
}

/** All scenarios, in the order of measurement. */
export const SCENARIOS: readonly Scenario[] = [
  room(10, { seconds: 10, only: SERVERS, rounds: 1 }),
  room(200),
  room(2_000, { once: ["hubbub, a frame each", "deno", "ws", "socket.io"] }),
  room(10_000, { once: ["hubbub, a frame each", "deno", "ws", "socket.io", "gorilla"] }),
  {
    name: "rooms",
    title: "200 rooms of 10, 2,000 messages/s in all",
    connections: 2_000,
    rooms: 200,
    senders: 2_000,
    rate: 2_000,
    only: SERVERS,
  },
  pairs(2_000),
  pairs(10_000, { rounds: 1 }),
  {
    name: "idle",
    title: "10,000 idle connections, in 100 rooms",
    connections: 10_000,
    rooms: 100,
    senders: 100,
    rate: 0,
    only: SERVERS,
    rounds: 1,
  },
  room(2_000, {
    name: "mute",
    title: "a room of 1,000, without and with 50 more that never read, 2,000 messages/s",
    mute: 50,
    seconds: 10,
    only: ["hubbub"],
  }),
];
