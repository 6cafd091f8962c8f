import { DEFAULT_BOUNDS } from "../../client.ts";
import { Hub } from "../../hub.ts";
import { Cluster } from "../../lib/cluster/cluster.ts";
import { type CommandOptions, Commands } from "../../lib/commands.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Connection } from "../../lib/connection.ts";
import { Effects } from "../../lib/effects.ts";
import { createLog } from "../../lib/log.ts";
import { Metrics } from "../../lib/metrics.ts";
import { Moderation } from "../../lib/moderation.ts";
import { skeletonOf } from "../../lib/names.ts";
import { type Command, LIMITS, type Limits, type ServerFrame } from "../../lib/protocol.ts";
import type { Decoded } from "../../lib/schemas/frames.ts";
import type { Rate } from "../../lib/rate_limit.ts";
import type { Room } from "../../lib/room.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";
import type { Account, Store } from "../../lib/store/store.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeMember, withGates } from "./fakes.ts";

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** Where everybody comes from. */
export const ADDRESS = "192.0.2.1";

/** How a test's server differs from the usual. */
export interface WorldSetting {
  readonly openRooms?: boolean;
  readonly rate?: Rate;
  readonly graceMs?: number;
  readonly awayMs?: number;
  /** The limits that are not as usual. */
  readonly limits?: Partial<Limits>;
  /** Hears of what was said. */
  readonly onSaid?: NonNullable<CommandOptions["onSaid"]>;
  /** A store that it shares with others; else it has its own, in memory. */
  readonly store?: Store;
  readonly clock?: FakeClock;
}

/** Puts a server together, without a network, over a store and a clock. */
export async function assemble(
  store: Store,
  clock: Clock,
  { openRooms = true, rate = { perSecond: 0, burst: 1 }, graceMs = 0, ...rest }: Omit<
    WorldSetting,
    "store" | "clock"
  > = {},
) {
  const { awayMs = 300_000, onSaid = () => {} } = rest;
  const limits = { ...LIMITS, ...rest.limits };
  const logged: string[] = [];
  const metrics = new Metrics();
  const log = createLog("info", (line) => logged.push(line));
  const server = { name: "Test", version: "0" };
  const { queueBytes } = DEFAULT_BOUNDS;
  const hub = new Hub({ store, clock, log, metrics, server, limits, graceMs, awayMs, queueBytes });
  const moderation = await Moderation.load(store, clock);
  const effects = new Effects({ hub, store, moderation, voice: hub.voice, clock, log });
  const cluster = await Cluster.join({ hub, store, effects, moderation, clock, log, graceMs });
  const context = { hub, store, clock, moderation, effects };
  const commands = new Commands({ ...context, openRooms, rate, onSaid });
  return { hub, moderation, effects, cluster, commands, metrics, logged, log };
}

/** A hub and its commands over a store in memory: a server without a network and without time. */
export async function openWorld(setting: WorldSetting = {}) {
  const { clock = new FakeClock() } = setting;
  const real = setting.store ?? await openSqlite({ path: ":memory:", durability: "process" });
  const { service: store, hold } = withGates(real);
  const server = await assemble(store, clock, setting);
  const { hub, cluster, commands } = server;
  const world = {
    ...server,
    store,
    hold,
    clock,
    /** The account of a name, made where there is none. */
    async account(name: string): Promise<Account> {
      const known = await real.findAccount(name);
      if (known !== null) return known;
      const rest = { role: "member", password: null, at: 0, invite: null } as const;
      const made = await real.createAccount({ name, skeleton: skeletonOf(name), ...rest });
      if (typeof made === "string") throw new Error(`Cannot make account ${name}: ${made}`);
      return made;
    },
    /** The room that somebody calls by a name. */
    async room(name: string, viewer = "Alice"): Promise<Room> {
      const room = await hub.rooms.find(name, await world.account(viewer));
      if (typeof room === "string") throw new Error(`${viewer} finds no ${name}: ${room}`);
      return room;
    },
    /** Somebody comes, with one more device each time. */
    async enter(name: string, session: string | null = null): Promise<Device> {
      const account = await world.account(name);
      const member = new FakeMember();
      const connection = await hub.enter(member, account, session, ADDRESS);
      return new Device(connection, member, commands, clock);
    },
    /** Somebody signs in: the session that stands for it. */
    async signIn(name: string, hash: string): Promise<string> {
      const { id } = await world.account(name);
      await real.createSession({ hash, account: id, label: "", at: 0 });
      return hash;
    },
    /** Several people, each with one device, who all follow one room. */
    async gather<const N extends readonly string[]>(
      room: string,
      ...names: N
    ): Promise<{ [K in keyof N]: Device }> {
      const devices: Device[] = [];
      for (const name of names) devices.push(await world.enter(name));
      for (const device of devices) await device.do({ type: "join", room });
      for (const device of devices) device.forget();
      return devices as { [K in keyof N]: Device };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await settle(clock);
      await hub.close();
      cluster?.close();
      await real.close();
    },
  };
  return world;
}

/** A server for one test. */
export type World = Awaited<ReturnType<typeof openWorld>>;

/** Lets everything happen that takes no time. */
export async function settle(clock: FakeClock): Promise<void> {
  for (let i = 0; i < 10; i++) await clock.settle();
}

/** Somebody's connection, as a test holds it. */
export class Device {
  readonly connection: Connection;
  readonly member: FakeMember;
  readonly #commands: Commands;
  readonly #clock: FakeClock;
  #seen = 0;

  constructor(connection: Connection, member: FakeMember, commands: Commands, clock: FakeClock) {
    this.connection = connection;
    this.member = member;
    this.#commands = commands;
    this.#clock = clock;
  }

  /** Gives a command and waits until everything that it causes has happened. */
  async do(...commands: readonly Command[]): Promise<void> {
    for (const command of commands) await this.start(command);
    await settle(this.#clock);
  }

  /** Gives a command; resolves when it has its place in the order of things. */
  start(command: Command): Promise<void> {
    return this.handle({ command });
  }

  /** Hands on what came in, decoded. */
  handle(decoded: Decoded): Promise<void> {
    return this.#commands.handle(this.connection, decoded);
  }

  /** Says something in a room. */
  say(room: string, message: string, key?: string): Promise<void> {
    return this.do({ type: "room_message", room, message, ...(key === undefined ? {} : { key }) });
  }

  /** Everything since the last look. */
  news(): ServerFrame[] {
    const { frames } = this.member;
    return frames.slice(this.#seen, this.#seen = frames.length);
  }

  /** Everything of some types since the last look. */
  newsOf<T extends ServerFrame["type"]>(...types: readonly T[]): FrameOf<T>[] {
    return this.news().filter((frame): frame is FrameOf<T> =>
      (types as readonly string[]).includes(frame.type)
    );
  }

  /** The one frame of a type since the last look. */
  one<T extends ServerFrame["type"]>(type: T): FrameOf<T> {
    const news = this.news();
    const [frame, ...more] = news.filter((each): each is FrameOf<T> => each.type === type);
    if (frame === undefined || more.length > 0) {
      throw new Error(`Expected one ${type}, got ${JSON.stringify(news)}`);
    }
    return frame;
  }

  /** What was refused since the last look. */
  refusals(): string[] {
    return this.newsOf("error").map(({ code }) => code);
  }

  /** The texts of the messages that came live since the last look, with their `seq`. */
  texts(): string[] {
    return this.newsOf("room_message", "private_message")
      .map(({ seq, message }) => `${seq} ${message}`);
  }

  forget(): void {
    this.news();
  }
}
