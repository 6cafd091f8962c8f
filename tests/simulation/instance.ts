import { Client, type ClientBounds, type ClientOptions } from "../../client.ts";
import type { Batch } from "../../lib/batch.ts";
import type { Subprotocol } from "../../lib/protocol.ts";
import type { Account, Store } from "../../lib/store/store.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { FakeSocket } from "../support/fakes.ts";
import { ADDRESS, assemble } from "../support/world.ts";
import { DISK_FAULT, Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Truth } from "./truth.ts";

/** Small, so that they are reached. */
const BOUNDS: ClientBounds = {
  queueBytes: 4_096,
  bufferedBytes: 512,
  inbox: { maxItems: 40, maxSize: 8_192 },
  stallMs: 60_000,
};

/** How long a person without connections still counts as online, in ms. */
export const GRACE_MS = 500;

/** Of how many people everybody is told: of some, and not of others. */
const LISTED = 3;

/** What an instance says in its log where the disk failed it. */
const EXPECTED = [DISK_FAULT, "database or disk is full", "an instance is silent"];

/** A client whose every step is looked at. */
class WatchedClient extends Client {
  readonly #truth: Truth;
  readonly #account: Account;

  constructor(socket: FakeSocket, options: ClientOptions, truth: Truth) {
    super(socket, options);
    this.#truth = truth;
    this.#account = options.account;
  }

  override offer(batch: Batch): boolean {
    const before = this.queuedBytes;
    const taken = super.offer(batch);
    if (this.queuedBytes > before && before >= BOUNDS.queueBytes) {
      this.#truth.fail(`the queue of ${this.#account.name} went above its bound`);
    }
    if (taken) this.#truth.handedOut(batch, this.#account);
    return taken;
  }
}

/** A server, from its start to its end. */
export async function startInstance(
  name: string,
  store: Store,
  { clock, random, truth }: { clock: FakeClock; random: Random; truth: Truth },
) {
  const life = new Life(clock, store, random);
  const server = await assemble(truth.watching(life.store), life, {
    openRooms: false,
    graceMs: GRACE_MS,
    limits: { listed_people: LISTED },
  });
  const clients = new Set<WatchedClient>();
  return {
    name,
    life,
    clients,
    ...server,
    /** Takes a connection. */
    accept(account: Account, subprotocol: Subprotocol | null) {
      const socket = new FakeSocket();
      socket.drains = false;
      const client = new WatchedClient(socket, {
        hub: server.hub,
        handle: (connection, decoded) => server.commands.handle(connection, decoded),
        account,
        session: null,
        address: ADDRESS,
        subprotocol,
        clock: life,
        log: server.log,
        bounds: BOUNDS,
      }, truth);
      clients.add(client);
      void client.ended.then(() => clients.delete(client));
      socket.open();
      return { socket, client };
    },
    /** Looks for faults in what it logged. */
    checkLog(): void {
      for (const line of server.logged) {
        const { level } = JSON.parse(line);
        const isExpected = level === "info" || EXPECTED.some((one) => line.includes(one));
        if (!isExpected) truth.fail(`${name} logged ${line}`);
      }
    },
    /** Dies at once. */
    crash(): void {
      life.end();
      truth.forgotten();
    },
  };
}

/** A server. */
export type Instance = Awaited<ReturnType<typeof startInstance>>;
