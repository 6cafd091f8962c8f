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
  /** How many of the connections never read. */
  readonly mute?: number;
  /** Writing to the other one of a pair, instead of to a room. */
  readonly direct?: boolean;
  /** The least that a window has to be for the figure to mean something, in seconds. */
  readonly seconds?: number;
  /** Who takes part; everybody, where it is not said. */
  readonly only?: readonly string[];
}

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

function pairs(rate: number): Scenario {
  return {
    name: `pairs-${rate}`,
    title: `1,000 pairs, ${rate.toLocaleString("en")} direct messages/s (deno: an echo)`,
    connections: 2_000,
    rooms: 1_000,
    senders: 1_000,
    rate,
    direct: true,
    only: ["hubbub", "deno", "ws", "socket.io", "gorilla"],
  };
}

/** All of them, in the order in which they are measured. */
export const SCENARIOS: readonly Scenario[] = [
  room(10, { seconds: 10 }),
  room(200),
  room(2_000),
  room(10_000),
  {
    name: "rooms",
    title: "200 rooms of 10, 2,000 messages/s in all",
    connections: 2_000,
    rooms: 200,
    senders: 2_000,
    rate: 2_000,
  },
  pairs(2_000),
  pairs(10_000),
  {
    name: "idle",
    title: "10,000 idle connections, in 100 rooms",
    connections: 10_000,
    rooms: 100,
    senders: 100,
    rate: 0,
    only: ["hubbub", "deno", "ws", "socket.io", "gorilla"],
  },
  room(2_000, {
    name: "mute",
    title: "a room of 1,050, 50 of whom never read, 2,000 messages/s",
    connections: MEMBERS + 50,
    mute: 50,
    seconds: 20,
    only: ["hubbub"],
  }),
];
