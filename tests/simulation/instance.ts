import { Client, type ClientBounds, type ClientOptions } from "../../client.ts";
import type { Batch } from "../../lib/chat/outbound_batch.ts";
import type { Subprotocol } from "../../lib/protocol/limits.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Account } from "../../lib/store/records.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { FakeSocket } from "../support/fakes.ts";
import { ADDRESS, assemble } from "../support/hub_fixture.ts";
import { DISK_FAULT, Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Oracle } from "./oracle.ts";

/** Small limits, so that they are reached. */
const BOUNDS: ClientBounds = {
  queueBytes: 4_096,
  bufferedBytes: 512,
  inbox: { maxItems: 40, maxSize: 8_192 },
  stallMs: 60_000,
};

/** How long a user without connections still counts as online, in ms. */
export const GRACE_MS = 500;

/** How many users are broadcast to everyone: fewer than there are. */
const LISTED = 3;

/** The log lines of an instance whose disk failed. */
const EXPECTED = [
  DISK_FAULT,
  "database or disk is full",
  "an instance is silent",
  "the other instances are not heard",
];

/** A client whose every step is checked. */
class WatchedClient extends Client {
  readonly #oracle: Oracle;
  readonly #account: Account;

  constructor(socket: FakeSocket, options: ClientOptions, oracle: Oracle) {
    super(socket, options);
    this.#oracle = oracle;
    this.#account = options.account;
  }

  override enqueue(batch: Batch): boolean {
    const before = this.queuedBytes;
    const taken = super.enqueue(batch);
    if (this.queuedBytes > before && before >= BOUNDS.queueBytes) {
      this.#oracle.fail(`the queue of ${this.#account.name} went above its bound`);
    }
    if (taken) this.#oracle.handedOut(batch, this.#account);
    return taken;
  }
}

/** A server, from its start to its end. */
export async function startInstance(
  name: string,
  store: Store,
  { clock, random, oracle }: { clock: FakeClock; random: Random; oracle: Oracle },
) {
  const life = new Life(clock, store, random);
  const server = await assemble(oracle.watching(life.store), life, {
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
    /** Accepts a connection. */
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
      }, oracle);
      clients.add(client);
      void client.ended.then(() => clients.delete(client));
      socket.open();
      return { socket, client };
    },
    /** Checks its log for errors. */
    checkLog(): void {
      for (const line of server.logged) {
        const { level } = JSON.parse(line);
        const isExpected = level === "info" || EXPECTED.some((one) => line.includes(one));
        if (!isExpected) oracle.fail(`${name} logged ${line}`);
      }
    },
    /** Crashes. */
    crash(): void {
      life.end();
      oracle.forgotten();
    },
  };
}

/** A server. */
export type Instance = Awaited<ReturnType<typeof startInstance>>;
