import { DEFAULT_BOUNDS } from "../../client.ts";
import { Hub } from "../../hub.ts";
import { Cluster } from "../../lib/cluster/cluster.ts";
import { type CommandOptions, Commands } from "../../lib/commands/dispatch.ts";
import type { Clock } from "../../lib/util/clock.ts";
import type { Connection } from "../../lib/chat/connection.ts";
import { Effects } from "../../lib/chat/effects.ts";
import { ServerProfile } from "../../lib/chat/server_profile.ts";
import { Groups } from "../../lib/chat/groups.ts";
import { createLog } from "../../lib/observability/log.ts";
import { Metrics } from "../../lib/observability/metrics.ts";
import { Moderation } from "../../lib/chat/moderation.ts";
import { skeletonOf } from "../../lib/util/confusables.ts";
import { type Command, type ServerFrame } from "../../lib/protocol/frames.ts";
import { LIMITS, type Limits } from "../../lib/protocol/limits.ts";
import type { Decoded } from "../../lib/protocol/schemas/frames.ts";
import { DEFAULT_QUOTAS, Quotas, type QuotaValues } from "../../lib/auth/quotas.ts";
import type { Rate } from "../../lib/util/rate_limit.ts";
import type { Room } from "../../lib/chat/room.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Account } from "../../lib/store/records.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeSubscriber, withGates } from "./fakes.ts";

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** The address of every connection. */
export const ADDRESS = "192.0.2.1";

/** The options of a test's server. */
export interface HubFixtureOptions {
  readonly openRooms?: boolean;
  readonly rate?: Rate;
  readonly addressRate?: Rate;
  /** The limits per user that differ from the defaults. */
  readonly quotas?: Partial<QuotaValues>;
  readonly graceMs?: number;
  readonly awayMs?: number;
  /** The limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Receives the notifications. */
  readonly onSaid?: NonNullable<CommandOptions["onSaid"]>;
  /** A store shared with other servers; otherwise each has its own, in memory. */
  readonly store?: Store;
  readonly clock?: FakeClock;
}

/** Assembles a server without a network, over a store and a clock. */
export async function assemble(
  store: Store,
  clock: Clock,
  { openRooms = true, rate = { perSecond: 0, burst: 1 }, graceMs = 0, ...rest }: Omit<
    HubFixtureOptions,
    "store" | "clock"
  > = {},
) {
  const { awayMs = 300_000, onSaid = () => {} } = rest;
  const limits = { ...LIMITS, ...rest.limits };
  const logged: string[] = [];
  const metrics = new Metrics();
  const log = createLog("info", (line) => logged.push(line));
  const server = await ServerProfile.load(store, { name: "Test", version: "0", retentionDays: 0 });
  const { queueBytes } = DEFAULT_BOUNDS;
  const hub = new Hub({ store, clock, log, metrics, server, limits, graceMs, awayMs, queueBytes });
  const moderation = await Moderation.load(store, clock);
  const groups = await Groups.load(store);
  const effects = new Effects({ hub, store, moderation, clock, log });
  const cluster = await Cluster.join({
    hub,
    store,
    effects,
    moderation,
    groups,
    clock,
    log,
    graceMs,
  });
  const context = { hub, store, clock, moderation, groups, effects };
  const quotas = new Quotas({
    limits: { ...DEFAULT_QUOTAS, ...rest.quotas },
    store,
    clock,
    frames: rate,
    framesOfAddress: rest.addressRate ?? { perSecond: 0, burst: 1 },
    openSignUp: true,
    addressOf: (account) => hub.presence.connectionsOf(account)[0]?.address,
  });
  const commands = new Commands({ ...context, quotas, openRooms, onSaid });
  return { hub, moderation, effects, cluster, commands, metrics, logged, log };
}

/** A hub and its commands over a store in memory: no network, and a fake clock. */
export async function openHubFixture(setting: HubFixtureOptions = {}) {
  const { clock = new FakeClock() } = setting;
  const real = setting.store ?? await openSqlite({ path: ":memory:", durability: "process" });
  const { service: store, hold } = withGates(real);
  const server = await assemble(store, clock, setting);
  const { hub, cluster, commands } = server;
  const fixture = {
    ...server,
    store,
    hold,
    clock,
    /** The account with a name, created if it is missing. */
    async account(name: string): Promise<Account> {
      const known = await real.findAccount(name);
      if (known !== null) return known;
      const rest = { role: "member", password: null, at: 0, invite: null } as const;
      const made = await real.createAccount({ name, skeleton: skeletonOf(name), ...rest });
      if (typeof made === "string") throw new Error(`Cannot make account ${name}: ${made}`);
      return made;
    },
    /** The room that an account knows by a name. */
    async room(name: string, viewer = "Alice"): Promise<Room> {
      const room = await hub.rooms.find({ room: name }, await fixture.account(viewer));
      if (typeof room === "string" || "code" in room) {
        throw new Error(`${viewer} finds no ${name}: ${JSON.stringify(room)}`);
      }
      return room;
    },
    /** Connects another device of an account. */
    async enter(name: string, session: string | null = null): Promise<Device> {
      const account = await fixture.account(name);
      const subscriber = new FakeSubscriber();
      const connection = await hub.enter(subscriber, account, session, ADDRESS);
      return new Device(connection, subscriber, commands, clock);
    },
    /** Creates a session of an account. */
    async signIn(name: string, hash: string): Promise<string> {
      const { id } = await fixture.account(name);
      await real.createSession({ hash, account: id, label: "", at: 0 });
      return hash;
    },
    /** Connects one device of each account, and joins all of them to one room. */
    async gather<const N extends readonly string[]>(
      room: string,
      ...names: N
    ): Promise<{ [K in keyof N]: Device }> {
      const devices: Device[] = [];
      for (const name of names) devices.push(await fixture.enter(name));
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
  return fixture;
}

/** Opens a server for one test. */
export type HubFixture = Awaited<ReturnType<typeof openHubFixture>>;

/** Runs all pending microtasks and immediate work. */
export async function settle(clock: FakeClock): Promise<void> {
  for (let i = 0; i < 10; i++) await clock.settle();
}

/** A connection in a test. */
export class Device {
  readonly connection: Connection;
  readonly subscriber: FakeSubscriber;
  readonly #commands: Commands;
  readonly #clock: FakeClock;
  #seen = 0;
  #asked = 0;

  constructor(
    connection: Connection,
    subscriber: FakeSubscriber,
    commands: Commands,
    clock: FakeClock,
  ) {
    this.connection = connection;
    this.subscriber = subscriber;
    this.#commands = commands;
    this.#clock = clock;
  }

  /** Runs a command, and waits for everything it causes. */
  async do(...commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      const started = this.start(command);
      // Some commands go on once their event is stored.
      if (!await resolvesSoon(started)) await settle(this.#clock);
      await started;
    }
    await settle(this.#clock);
  }

  /** Runs a command; resolves once its place in the order of events is fixed. */
  start(command: Command): Promise<void> {
    return this.handle({ command });
  }

  /** Passes on received frames, decoded. */
  handle(decoded: Decoded): Promise<void> {
    return this.#commands.handle(this.connection, decoded);
  }

  /** Sends a message to a room. */
  say(room: string, message: string, key?: string): Promise<void> {
    return this.do({ type: "room_message", room, message, ...(key === undefined ? {} : { key }) });
  }

  /** Runs a command, which may be malformed, and returns the reply. Earlier frames are discarded. */
  async ask(command: object): Promise<ServerFrame> {
    const key = `ask ${this.#asked++}`;
    this.forget();
    await this.do({ ...command, key } as Command);
    const reply = this.news().find((one) => "key" in one && one.key === key);
    if (reply === undefined) throw new Error(`No reply to ${JSON.stringify(command)}`);
    return reply;
  }

  /** Every frame since the last call. */
  news(): ServerFrame[] {
    const { frames } = this.subscriber;
    return frames.slice(this.#seen, this.#seen = frames.length);
  }

  /** Every frame of some types since the last call. */
  newsOf<T extends ServerFrame["type"]>(...types: readonly T[]): FrameOf<T>[] {
    return this.news().filter((frame): frame is FrameOf<T> =>
      (types as readonly string[]).includes(frame.type)
    );
  }

  /** The one frame of a type since the last call. */
  one<T extends ServerFrame["type"]>(type: T): FrameOf<T> {
    const news = this.news();
    const [frame, ...more] = news.filter((each): each is FrameOf<T> => each.type === type);
    if (frame === undefined || more.length > 0) {
      throw new Error(`Expected one ${type}, got ${JSON.stringify(news)}`);
    }
    return frame;
  }

  /** The refusals since the last call. */
  refusals(): string[] {
    return this.newsOf("error").map(({ code }) => code);
  }

  /** The texts of the messages that arrived live since the last call, with their `seq`. */
  texts(): string[] {
    return this.newsOf("room_message", "private_message")
      .map(({ seq, message }) => `${seq} ${message}`);
  }

  forget(): void {
    this.news();
  }
}

/** Whether a promise resolves without the clock. */
export async function resolvesSoon(promise: Promise<void>): Promise<boolean> {
  let isDone = false;
  promise.then(() => isDone = true, () => isDone = true);
  for (let turn = 0; turn < 200 && !isDone; turn++) await Promise.resolve();
  return isDone;
}
