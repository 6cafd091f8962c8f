// One contract for every bus: see lib/store/postgres/bus/bus.ts.
import { assertEquals, assertRejects } from "@std/assert";
import type { Bus } from "../../lib/store/postgres/bus/bus.ts";
import { NatsBus } from "../../lib/store/postgres/bus/nats_bus.ts";
import { NotifyBus } from "../../lib/store/postgres/bus/notify_bus.ts";
import { Database } from "../../lib/store/postgres/database.ts";
import type { PeerTopic } from "../../lib/store/peers.ts";
import { ignore as withoutPostgres, usePostgres } from "../support/postgres.ts";
import { ignore as withoutNats, useNats } from "../support/nats.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { upTo } from "./contract/fixture.ts";

const cluster = usePostgres();
const nats = useNats();

/** What an instance hears of a bus. */
class Ear {
  readonly texts: string[] = [];
  connected = 0;
  lost = 0;
  #waiting: (() => void)[] = [];

  begin(bus: Bus): Promise<void> {
    bus.begin({
      onText: (text) => this.#note(() => this.texts.push(text)),
      onConnected: () => this.#note(() => this.connected += 1),
      onLost: () => this.#note(() => this.lost += 1),
    });
    return this.until(() => this.connected === 1);
  }

  /** Resolves once a condition holds; it is checked after each call. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #note(record: () => void): void {
    record();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

interface Two {
  readonly one: Bus;
  readonly other: Bus;
  readonly ear: Ear;
  /** What is between `other` and the server. */
  readonly way: Proxy;
  /** Stops the server, and starts it again. */
  restart(): Promise<void>;
}

/** How each bus is opened, twice on one server. */
const ENGINES: Readonly<Record<string, (prove: (two: Two) => Promise<void>) => Promise<void>>> = {
  async postgres(prove) {
    const database = await cluster.make();
    const direct = cluster.url(database);
    await using way = startProxy(direct);
    const url = new URL(direct);
    url.port = `${way.port}`;
    const patienceMs = 1_000;
    const [db, otherDb] = [
      new Database({ url: direct, patienceMs }),
      new Database({ url: url.href, patienceMs }),
    ];
    const restart = async () => {
      await cluster.stop();
      await cluster.start();
    };
    await proveWith(new NotifyBus(db), new NotifyBus(otherDb), { way, restart, prove });
    await db.close();
    await otherDb.close();
    await cluster.drop(database);
  },
  async nats(prove) {
    await using way = startProxy(nats.url.replace("nats:", "http:"));
    const one = await NatsBus.open(nats.url, "test", "one");
    const other = await NatsBus.open(`nats://127.0.0.1:${way.port}`, "test", "other");
    const restart = async () => {
      await nats.stop();
      await nats.start();
    };
    await proveWith(one, other, { way, restart, prove });
  },
};

async function proveWith(one: Bus, other: Bus, { prove, ...rest }: Pick<Two, "way" | "restart"> & {
  readonly prove: (two: Two) => Promise<void>;
}): Promise<void> {
  const ear = new Ear();
  try {
    await Promise.all([new Ear().begin(one), ear.begin(other)]);
    await prove({ one, other, ear, ...rest });
  } finally {
    await one.close();
    await other.close();
  }
}

/** Registers a test for every bus. */
function busTest(name: string, prove: (two: Two) => Promise<void>): void {
  for (const [engine, run] of Object.entries(ENGINES)) {
    Deno.test({
      name: `bus: ${engine}: ${name}`,
      ignore: engine === "nats" ? withoutNats : withoutPostgres,
      // The drivers keep timers a little longer than a test runs.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: () => run(prove),
    });
  }
}

const toAll = (text: string) => ({ topic: null, text });

/** Sends a text until it arrives: while a bus connects again, what is sent is lost. */
async function receivedAgain({ one, ear }: Pick<Two, "one" | "ear">): Promise<void> {
  for (let n = 0; !ear.texts.includes("again"); n++) {
    await one.send([toAll("again")]);
    await Promise.race([
      ear.until(() => ear.texts.includes("again")),
      new Promise((resolve) => setTimeout(resolve, 50)),
    ]);
  }
}

busTest("texts arrive in the order of sending, up to the longest", async ({ one, ear }) => {
  const texts = upTo(300).map((n) => `${n} "quoted" \\ text`);
  texts.push("x".repeat(one.maxLength), "end");
  for (const text of texts.slice(0, 100)) await one.send([toAll(text)]);
  await one.send(texts.slice(100).map(toAll));
  await ear.until(() => ear.texts.at(-1) === "end");
  assertEquals(ear.texts, texts);
});

busTest("a text reaches those that follow its topic", async ({ one, other, ear }) => {
  const about = (topic: PeerTopic) => ({ topic, text: topic });
  await other.follow("room.7");
  await Promise.all([other.follow("user.7"), other.follow("user.7")]);
  await one.send([about("room.7"), about("room.8"), about("user.7"), toAll("one")]);
  await ear.until(() => ear.texts.at(-1) === "one");
  const expected = other.hasTopics
    ? ["room.7", "user.7", "one"]
    : ["room.7", "room.8", "user.7", "one"];
  assertEquals(ear.texts, expected);
  other.unfollow("room.7");
  other.unfollow("room.9");
  await other.ping();
  await one.send([about("room.7"), toAll("two")]);
  await ear.until(() => ear.texts.at(-1) === "two");
  const more = other.hasTopics ? ["two"] : ["room.7", "two"];
  assertEquals(ear.texts, [...expected, ...more]);
});

busTest("a lost connection is reported, and made again with its topics", async (two) => {
  const { one, other, ear, way } = two;
  await other.follow("room.7");
  for (const n of upTo(3)) {
    way.cut();
    await ear.until(() => ear.lost === n && ear.connected === n + 1);
    ear.texts.length = 0;
    await receivedAgain(two);
    await one.send([{ topic: "room.7", text: "about 7" }]);
    await ear.until(() => ear.texts.includes("about 7"));
  }
});

busTest("a connection that went silent is made again", async (two) => {
  const { other, ear, way } = two;
  way.silence();
  // The listener asks so, and resets the connection if the answer is overdue.
  const answered = other.ping().then(() => true, () => false);
  const timeout = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500));
  assertEquals(await Promise.race([answered, timeout]), false);
  other.reset();
  await ear.until(() => ear.connected === 2);
  await receivedAgain(two);
});

busTest("while the server is away nothing throws, and nothing is kept", async (two) => {
  const { one, other, ear, restart } = two;
  await restart();
  await one.send([toAll("lost, or not")]);
  await other.follow("room.9");
  await ear.until(() => ear.connected === 2);
  await receivedAgain(two);
});

Deno.test({
  name: "bus: nats: an address without a server is refused with advice, and no password",
  ignore: withoutNats,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const error = await assertRejects(() => NatsBus.open("nats://me:secret@127.0.0.1:1", "x", "x"));
    assertEquals(
      (error as Error).message,
      "Cannot use --bus: 127.0.0.1:1: no NATS server answers there. Start it, or correct the " +
        "address.",
    );
  },
});
