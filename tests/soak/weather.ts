import type { Proxy } from "../support/proxy.ts";
import type { Random } from "../support/random.ts";
import type { ServerProcess } from "../support/server.ts";
import type { Person } from "./person.ts";

/** How long an instance is left in peace after it has started, in ms. */
const PEACE = { shortest: 100, longest: 1_500 } as const;

/** How long it is between two troubles of the lines, in ms. */
const CALM = { shortest: 20, longest: 300 } as const;

/** How long nothing comes through, or only late, in ms, at the longest. */
const STALL = 1_000;

/** An instance: a place where a server runs, most of the time, behind a line that may fail. */
export interface Instance {
  /** What people connect to. */
  readonly proxy: Proxy;
  /** Where the way to its database can fail, if it has one. */
  readonly wire?: Proxy;
  /** Starts it, at the same place each time. */
  start(): Promise<ServerProcess>;
}

/** What happened. */
export interface Troubles {
  /** SIGKILL. */
  kills: number;
  /** SIGTERM: it says goodbye. */
  stops: number;
  cuts: number;
  stalls: number;
  delays: number;
  /** Lines that people dropped. */
  drops: number;
  /** Cuts of the line to the database. */
  parted: number;
  /** Starts that came to nothing, because just then the line to the database was cut. */
  aborted: number;
}

/** Whatever can befall servers and lines, by chance, until it is told to clear up. */
export class Weather {
  readonly troubles: Troubles = {
    ...{ kills: 0, stops: 0, cuts: 0, stalls: 0, delays: 0, drops: 0, parted: 0, aborted: 0 },
  };
  /** The servers that run once it is clear. */
  readonly servers: ServerProcess[] = [];
  readonly #random: Random;
  #isClear = false;
  #storms: Promise<void>[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Begins. Each instance has its own series of troubles. */
  begin(instances: readonly Instance[], people: readonly Person[]): void {
    this.#storms = instances.flatMap((instance) => [
      this.#shakeServer(instance, this.#random.fork()),
      this.#shakeLines(instance, people, this.#random.fork()),
    ]);
    // A fault is told where somebody waits, and not before.
    for (const storm of this.#storms) storm.catch(() => {});
  }

  /** Ends it; every instance is up afterwards, and every line works. */
  async clear(): Promise<void> {
    this.#isClear = true;
    await Promise.all(this.#storms);
  }

  /** Starts an instance, ends it, and so on; leaves it running. */
  async #shakeServer(instance: Instance, random: Random): Promise<void> {
    let server = await this.#start(instance);
    // Killed once at least, however slow the machine is.
    do {
      await pause(random.between(PEACE.shortest, PEACE.longest));
      const kindly = this.troubles.kills > 0 && random.between(1, 8) === 1;
      this.troubles[kindly ? "stops" : "kills"] += 1;
      await server.kill(kindly ? "SIGTERM" : "SIGKILL");
      await server.process.stdout.cancel().catch(() => {});
      server = await this.#start(instance);
    } while (!this.#isClear);
    this.servers.push(server);
  }

  /** Starts it, and again where it could not: whoever runs servers has something that does so. */
  async #start(instance: Instance): Promise<ServerProcess> {
    for (;;) {
      try {
        return await instance.start();
      } catch (error) {
        // Nothing excuses a server that cannot read its own file.
        if (instance.wire === undefined) throw error;
        this.troubles.aborted += 1;
      }
    }
  }

  async #shakeLines(instance: Instance, people: readonly Person[], random: Random): Promise<void> {
    const { proxy, wire } = instance;
    const kinds: (() => Promise<void> | void)[] = [
      () => {
        this.troubles.cuts += 1;
        proxy.cut();
      },
      async () => {
        this.troubles.stalls += 1;
        proxy.stall();
        await pause(random.between(1, STALL));
        // Some are cut off in the midst of what was held back.
        if (random.between(0, 1) === 1) proxy.cut();
        proxy.flow();
      },
      async () => {
        this.troubles.delays += 1;
        proxy.delay(random.between(1, 100));
        await pause(random.between(1, STALL));
        proxy.delay(0);
      },
      async () => {
        this.troubles.stalls += 1;
        proxy.silence();
        await pause(random.between(1, STALL));
        proxy.cut();
      },
      ...Array(4).fill(() => {
        this.troubles.drops += 1;
        random.pick(people).drop();
      }),
    ];
    if (wire !== undefined) {
      kinds.push(() => {
        this.troubles.parted += 1;
        wire.cut();
      });
    }
    while (!this.#isClear) {
      await pause(random.between(CALM.shortest, CALM.longest));
      await random.pick(kinds)();
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
