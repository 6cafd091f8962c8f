import type { Proxy } from "../support/proxy.ts";
import type { Random } from "../support/random.ts";
import type { ServerProcess } from "../support/server.ts";
import type { Person } from "./person.ts";

/** The time without faults after an instance has started, in ms. */
const PEACE = { shortest: 100, longest: 1_500 } as const;

/** The time between two connection faults, in ms. */
const CALM = { shortest: 20, longest: 300 } as const;

/** The longest time that data is held or delayed, in ms. */
const STALL = 1_000;

/** An instance: a server that usually runs, behind a proxy that may fail. */
export interface Instance {
  /** The proxy that clients connect to. */
  readonly proxy: Proxy;
  /** The proxy to its database, if it has one. */
  readonly wire?: Proxy;
  /** Starts it, always at the same address. */
  start(): Promise<ServerProcess>;
}

/** The number of faults of each kind. */
export interface Troubles {
  /** SIGKILL. */
  kills: number;
  /** SIGTERM: the server closes its connections in order. */
  stops: number;
  cuts: number;
  stalls: number;
  delays: number;
  /** Connections that clients dropped. */
  drops: number;
  /** Cuts of the connection to the database. */
  parted: number;
  /** Starts that failed because the connection to the database was cut. */
  aborted: number;
}

/** Injects random faults into servers and connections until it is stopped. */
export class Chaos {
  readonly troubles: Troubles = {
    ...{ kills: 0, stops: 0, cuts: 0, stalls: 0, delays: 0, drops: 0, parted: 0, aborted: 0 },
  };
  /** The servers that run once the faults have ended. */
  readonly servers: ServerProcess[] = [];
  readonly #random: Random;
  #isClear = false;
  #storms: Promise<void>[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Begins. Each instance has its own series of faults. */
  begin(instances: readonly Instance[], people: readonly Person[]): void {
    this.#storms = instances.flatMap((instance) => [
      this.#shakeServer(instance, this.#random.fork()),
      this.#shakeLines(instance, people, this.#random.fork()),
    ]);
    // A failure is thrown where a caller waits for it, and not before.
    for (const storm of this.#storms) storm.catch(() => {});
  }

  /** Ends the faults; every instance runs afterwards, and every proxy works. */
  async clear(): Promise<void> {
    this.#isClear = true;
    await Promise.all(this.#storms);
  }

  /** Starts and ends an instance in turn; leaves it running. */
  async #shakeServer(instance: Instance, random: Random): Promise<void> {
    let server = await this.#start(instance);
    // Killed at least once, however slow the machine is.
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

  /** Starts it, retrying on failure as a supervisor would. */
  async #start(instance: Instance): Promise<ServerProcess> {
    for (;;) {
      try {
        return await instance.start();
      } catch (error) {
        // A server that cannot read its own file is a failure.
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
        // Some connections are cut while data is held back.
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
