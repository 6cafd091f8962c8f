/**
 * What is measured: each scenario is one shape of load.
 *
 * @module
 */

/** One shape of load. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly connections: number;
  readonly rooms: number;
  /** How many of the connections write; a multiple of `rooms`. */
  readonly senders: number;
  /** Messages a second, in all rooms together. */
  readonly rate: number;
  /** How many more connections never read: everybody is measured without them and with them. */
  readonly mute?: number;
  /** Writing to the other one of a pair, instead of to a room. */
  readonly direct?: boolean;
  /** The least that a window has to be for the figure to mean something, in seconds. */
  readonly seconds?: number;
  /** Who takes part; everybody, where it is not said. */
  readonly only?: readonly string[];
  /** How many rounds are enough, where fewer are than were asked for. */
  readonly rounds?: number;
  /** Who falls behind, or does so each time: one round shows it, and more only take long. */
  readonly once?: readonly string[];
}

/** Everybody, but Hubbub without batches: that shows in a large room what they are worth. */
const SERVERS = ["hubbub", "deno", "ws", "socket.io", "gorilla", "bun", "uws"];

const MEMBERS = 1_000;
/** As many people of a large room talk at a time. */
const TALKERS = 100;

function room(rate: number, rest: Partial<Scenario> = {}): Scenario {
  return {
    name: `room-${rate}`,
    title: `a room of ${MEMBERS.toLocaleString("en")}, ${rate.toLocaleString("en")} messages/s`,
    connections: MEMBERS,
    rooms: 1,
    senders: TALKERS,
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

/** All of them, in the order in which they are measured. */
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
    title: "a room of 1,000, without and with 50 more who never read, 2,000 messages/s",
    mute: 50,
    seconds: 10,
    only: ["hubbub"],
  }),
];
