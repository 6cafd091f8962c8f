import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type {
  AdvancedRoom,
  IgnoredPeerMessage,
  PeerPayload,
  Peers,
} from "../../lib/store/peers.ts";
import { Database } from "../../lib/store/postgres/database.ts";
import { NotifyBus } from "../../lib/store/postgres/bus/notify_bus.ts";
import { Instance } from "../../lib/store/postgres/instance.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Append } from "../../lib/store/records.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import {
  AT,
  change,
  edit,
  guest,
  log,
  makeStoreFixture,
  message,
  person,
  react,
  remove,
  reply,
  room,
  ROOMY,
  upTo,
} from "./contract/fixture.ts";

const cluster = usePostgres();

/** The messages that an instance receives from the others. */
class Ear {
  readonly advanced: AdvancedRoom[] = [];
  readonly received: (readonly [from: string, notice: PeerPayload])[] = [];
  readonly ignored: IgnoredPeerMessage[] = [];
  lost = 0;
  #waiting: (() => void)[] = [];

  async listen(peers: Peers): Promise<void> {
    await peers.listen({
      onAdvanced: (rooms) => this.#note(() => this.advanced.push(...rooms)),
      onPeerMessage: (from, notice) => this.#note(() => this.received.push([from, notice])),
      onIgnored: (reason) => this.#note(() => this.ignored.push(reason)),
      onLost: () => this.#note(() => this.lost++),
    });
  }

  /** Resolves once a condition holds; it is checked after each message. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #note(record: () => void): void {
    record();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

interface Two {
  readonly one: Store;
  readonly other: Store;
  /** The messages that `other` receives. */
  readonly ear: Ear;
  readonly database: string;
}

/** Registers a test of two instances on one database; the second one records messages. */
function twoTest(name: string, prove: (two: Two) => Promise<void>, options = {}): void {
  Deno.test({
    name: `postgres: ${name}`,
    ignore,
    ...options,
    async fn() {
      const database = await cluster.make();
      const url = cluster.url(database);
      const [one, other] = [await openPostgres({ url }), await openPostgres({ url })];
      const ear = new Ear();
      await ear.listen(peersOf(other));
      try {
        await prove({ one, other, ear, database });
      } finally {
        await one.close();
        await other.close();
        await cluster.drop(database);
      }
    },
  });
}

function placeOf({ room, seq, pair }: AdvancedRoom) {
  return { room, seq, pair };
}

function peersOf({ peers }: Store): Peers {
  assert(peers !== null);
  return peers;
}

twoTest("each start of an instance has an id of its own", ({ one, other, ear }) => {
  assertNotEquals(peersOf(one).self, peersOf(other).self);
  assertEquals([peersOf(one).listening, peersOf(other).listening], [false, true]);
  assertEquals(ear.lost, 1, "it missed the notices sent before it listened");
  assertEquals(one.epoch, other.epoch);
  return Promise.resolve();
});

twoTest(
  "every commit notifies the other instances which rooms have new events",
  async ({ one, other, ear }) => {
    const { alice, bob, team } = await makeStoreFixture(one);
    const direct = await one.directRoom(bob, alice, AT);
    await one.append([
      message(team, alice, "a", { key: "k" }),
      message(direct, bob, "b"),
      message(team, bob, "c"),
    ]);
    await ear.until(() => ear.advanced.length === 2);
    assertEquals(ear.advanced.map(placeOf).toSorted((a, b) => a.room - b.room), [
      { room: team.id, seq: 2, pair: null },
      { room: direct.id, seq: 1, pair: [alice.id, bob.id] },
    ]);
    // A repeated key appends nothing, and an instance is not notified of its own writes.
    await one.append([message(team, alice, "a", { key: "k" })]);
    await other.append([message(team, alice, "mine")]);
    await one.append([message(team, alice, "d")]);
    await ear.until(() => ear.advanced.length === 3);
    assertEquals(ear.advanced.map(placeOf).at(-1), { room: team.id, seq: 4, pair: null });
  },
);

twoTest("new events come with the notice, as they are in the log", async ({ one, other, ear }) => {
  const { alice, bob, team } = await makeStoreFixture(one);
  const direct = await one.directRoom(alice, bob, AT);
  const appended = async (...batch: Append[]) => {
    const before = ear.advanced.length;
    const rooms = new Set(batch.map(({ room }) => room)).size;
    await one.append(batch);
    await ear.until(() => ear.advanced.length === before + rooms);
    return ear.advanced.slice(before).flatMap(({ events }): unknown[] => [
      ...events?.() ?? ["read it"],
    ]);
  };
  const stored = async (room: number, from: number, to: number): Promise<unknown[]> => [
    ...await other.replay(room, from - 1, to, ROOMY) ?? [],
  ];

  const said = await appended(
    message(team, alice, 'one "\\ \u0000 👍', { key: "k" }),
    message(team, bob, "two", { replyTo: 1 }),
  );
  assertEquals(said, await stored(team.id, 1, 2));
  const both = await appended(message(direct, bob, "psst"), message(team, alice, "three"));
  assertEquals(both.length, 2);
  const changed = await appended(
    edit(team, alice, 1, "uno"),
    reply(team, bob, "in a thread", 1),
    remove(team, alice, 3),
  );
  assertEquals(changed, await stored(team.id, 4, 6));
  // The count of a reaction is known to the database alone.
  assertEquals(await appended(react(team, bob, 1, "👍")), ["read it"]);
  // Nothing is told of a batch of which not everything is stored.
  const repeated = [message(team, alice, "again", { key: "k" }), message(team, alice, "new")];
  assertEquals(await appended(...repeated), ["read it"]);
  assertEquals(await appended(message(team, alice, "x".repeat(8_000))), ["read it"]);
  // A lot is told in several notices.
  const lot = upTo(200).map((n) => message(n % 2 ? team : direct, alice, `${n}`, { key: `l${n}` }));
  for (let i = 0; i < lot.length; i += 20) {
    assertEquals((await appended(...lot.slice(i, i + 20))).length, 20);
  }
  const many = [];
  for (const n of upTo(60)) many.push(await room(one, `room-${n}`, alice));
  const each = await appended(...many.map((room) => message(room, alice, `in ${room.name}`)));
  assertEquals(each.filter((event) => typeof event === "string"), []);
  // What was told in another epoch does not belong to this one.
  const outdated = ear.advanced.at(-1);
  await other.renewEpoch();
  assertEquals(outdated?.events?.(), null);
});

twoTest("a batch may have more rooms than fit into one payload", async ({ one, ear }) => {
  const { alice } = await makeStoreFixture(one);
  const rooms = [];
  for (const n of upTo(120)) rooms.push(await room(one, `room-${n}`, alice));
  await one.append(rooms.map((room) => message(room, alice, "hello")));
  await ear.until(() => ear.advanced.length === 120);
  assertEquals(new Set(ear.advanced.map(({ room }) => room)), new Set(rooms.map(({ id }) => id)));
});

twoTest("notices arrive in order and complete, whatever their length", async ({ one, ear }) => {
  const { self, publish } = {
    self: peersOf(one).self,
    publish: (n: PeerPayload) => peersOf(one).publish(n),
  };
  const notices: PeerPayload[] = upTo(300).map((n) => ({
    n,
    text: `é "\\ \u0000 👍 ${"x".repeat(n)}`,
  }));
  notices.push({ long: "ü".repeat(50_000), deep: [{ a: null }, 1.5, true] });
  notices.push({ after: "it" });
  notices.forEach(publish);
  await ear.until(() => ear.received.length >= notices.length);
  assertEquals(ear.received, notices.map((notice) => [self, notice]));
  publish({ later: 1 });
  await ear.until(() => ear.received.length > notices.length);
  assertEquals(ear.received.at(-1), [self, { later: 1 }]);
});

twoTest("waiting notices are sent before the store is closed", async ({ one, ear }) => {
  peersOf(one).publish({ bye: true });
  await one.close();
  peersOf(one).publish({ dropped: true });
  await ear.until(() => ear.received.length > 0);
  assertEquals(ear.received.map(([, notice]) => notice), [{ bye: true }]);
});

twoTest(
  "after a lost connection an instance listens again, and reports the loss",
  async ({ one, ear, database }) => {
    const { alice, team } = await makeStoreFixture(one);
    for (const n of upTo(3)) {
      await cluster.run(
        database,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
      );
      await ear.until(() => ear.lost === n + 1);
      for (;;) {
        const said = await one.append([message(team, alice, "again")]).then(
          () => true,
          () => false,
        );
        if (said) {
          break;
        }
      }
      await ear.until(() => ear.advanced.length >= n);
    }
  },
);

twoTest("rooms report their position, and count their changes", async ({ one, other }) => {
  const { alice, bob, carol, team } = await makeStoreFixture(one);
  const place = async () => (await peersOf(other).positionsOf([team.id, 999_999]))[0];
  const versions = [(await place())?.version];
  const changes = [
    () => one.addMember(team.id, carol.id, AT),
    () => one.removeMember(team.id, bob.id),
    () => one.append([change(team, alice, { locked: true, slowSeconds: 5 })]),
    () => one.retireAccount(carol.id),
  ];
  for (const change of changes) {
    await change();
    versions.push((await place())?.version);
  }
  const first = versions[0] ?? 0;
  assertEquals(versions, [0, 1, 2, 3, 4].map((n) => first + n));
  await one.append([message(team, alice, "a")]);
  assertEquals(await place(), { room: team.id, seq: 2, version: first + 4 });
  assertEquals((await peersOf(other).positionsOf([team.id, team.id])).length, 1);
  assertEquals(await peersOf(other).positionsOf([]), []);
});

twoTest("a room tells whose membership has changed since a version", async ({ one, other }) => {
  const { alice, bob, carol, team } = await makeStoreFixture(one);
  const peers = peersOf(other);
  const version = async () => (await peers.positionsOf([team.id]))[0]?.version ?? 0;
  const changes = async (after: number) =>
    (await peers.memberChanges(team.id, after))?.map(({ account, isMember }) =>
      `${account.name} ${isMember}`
    ).toSorted();
  const first = await version();
  assertEquals(await changes(first), []);
  await one.addMember(team.id, carol.id, AT);
  await one.append([change(team, alice, { locked: true })]);
  const second = await version();
  await one.removeMember(team.id, bob.id);
  assertEquals(await changes(first), ["Bob false", "Carol true"]);
  assertEquals(await changes(second), ["Bob false"]);
  for (let n = 0; n < 500; n++) {
    await one.addMember(team.id, bob.id, AT);
    await one.removeMember(team.id, bob.id);
  }
  assertEquals(await changes(second), undefined, "there were too many");
  assertEquals(await changes(await version() - 900), ["Bob false"]);
  assertEquals(await peers.memberChanges(999_999, 1), null);
});

twoTest("ended sessions and retired accounts are omitted", async ({ one, other }) => {
  const { alice, bob, carol } = await makeStoreFixture(one);
  const everybody = [alice, bob, carol];
  for (const { name, id } of everybody) {
    await one.createSession({ hash: `"${name}\\`, account: id, label: "", at: AT });
  }
  const sessions = () => peersOf(other).sessionsIn([...everybody.map((a) => `"${a.name}\\`), "x"]);
  const accounts = () => peersOf(other).accountsIn([...everybody.map(({ id }) => id), 999_999]);
  assertEquals(await sessions(), new Map(everybody.map((a) => [`"${a.name}\\`, a])));
  assertEquals(await accounts(), new Set(everybody.map(({ id }) => id)));
  await one.setRole(alice.id, "moderator");
  await one.ban({ account: bob.id, address: null, reason: "", at: AT });
  await one.retireAccount(carol.id);
  assertEquals(await sessions(), new Map([['"Alice\\', { ...alice, role: "moderator" as const }]]));
  assertEquals(await accounts(), new Set([alice.id]));
});

twoTest("conversations are found by either account", async ({ one, other }) => {
  const { alice, bob, carol } = await makeStoreFixture(one);
  const [said, silent] = [
    await one.directRoom(alice, bob, AT),
    await one.directRoom(bob, carol, AT),
  ];
  const notes = await one.directRoom(alice, alice, AT);
  await one.append([message(said, bob, "hi"), message(notes, alice, "me")]);
  const of = async (...people: (typeof alice)[]) =>
    (await peersOf(other).conversationsOf(people.map(({ id }) => id))).map(({ room }) => room)
      .toSorted((a, b) => a - b);
  assertEquals(await of(alice), [said.id, notes.id]);
  assertEquals(await of(alice, bob), [said.id, notes.id]);
  assertEquals(await of(bob), [said.id]);
  assertEquals(await of(carol), [], `nothing was said in ${silent.id}`);
});

twoTest("an instance of the version before tells the others, and hears them", async (two) => {
  const { one, other, ear, database } = two;
  const { alice, team } = await makeStoreFixture(one);
  const before = crypto.randomUUID();
  const payloads: string[] = [];
  const line = new Database({ url: cluster.url(database), patienceMs: 5_000 });
  const all = Promise.withResolvers<void>();
  const onNotify = (text: string) => {
    if (payloads.push(text) === 3) all.resolve();
  };
  const listening = line.listen({ onNotify, onClose() {} });
  await listening.run("LISTEN hubbub");
  // As that version does: it has no bus, and its appends notify with their own commit.
  await line.run("INSERT INTO instances (id, seen_at) VALUES ($1, now())", [before]);
  const item = { room: team.id, sender: alice.id, at: AT, key: "k", kind: "message", text: "old" };
  const batch = JSON.stringify([item, item, { ...item, key: null }]);
  const append = "SELECT * FROM append($1, $2, $3::text::jsonb) ORDER BY number";
  const rows = await line.run(append, [before, 1, batch]);
  assertEquals(rows.map(({ seq, repeated, refused }) => [seq, repeated, refused]), [
    [1, false, null],
    [1, true, null],
    [2, false, null],
  ]);
  await ear.until(() => ear.advanced.length === 1);
  assertEquals(ear.advanced, [{ room: team.id, seq: 2, pair: null }]);
  assertEquals((await log(other, team)).map((event) => "text" in event && event.text), [
    "old",
    "old",
  ]);
  // It reads these fields of a notice, and ignores others.
  await one.append([message(team, alice, "new")]);
  // The version between notifies after the commit, and says whether a batch is plain.
  const call = `CALL append_batch($1, 2, true, $2::text::bigint[], '{2}', '{0}', '{body}',
    $3::text::jsonb, NULL, NULL)`;
  const plain = [1, 2].map((nth) => ({ ...item, key: `p${nth}`, place: 1, nth, terms: "new" }));
  const [called] = await line.run(call, [before, `{${team.id}}`, JSON.stringify(plain)]);
  assertEquals([called?.results, called?.advanced], [[
    { number: 1, seq: 4, repeated: false, refused: null },
    { number: 2, seq: 5, repeated: false, refused: null },
  ], null]);
  await all.promise;
  const [, body = ""] = /^[0-9a-f-]{36} \d{1,15} [0-9a-f]{64} advanced (.*)$/s.exec(payloads[1]!) ??
    [];
  const [{ events, ...advanced }] = JSON.parse(body);
  assertEquals([advanced, typeof events], [
    { room: team.id, seq: 3, low: null, high: null },
    "string",
  ]);
  await listening.close();
  await line.close();
});

twoTest("the guests of live instances are kept", async ({ one, other, database }) => {
  const { team } = await makeStoreFixture(one);
  const [hers, his] = [await guest(one, "Hers"), await guest(other, "His")];
  await one.addMember(team.id, his.id, AT);
  await one.retireGuests();
  assertEquals(await one.accountsOf("guest"), [hers, his]);
  await cluster.run(database, "UPDATE hubbub.instances SET seen_at = now() - interval '20 s'");
  await one.retireGuests();
  assertEquals(await one.accountsOf("guest"), [hers, his]);
  await other.close();
  await one.retireGuests();
  assertEquals(await one.accountsOf("guest"), [hers]);
  assertEquals((await one.membersOf(team.id)).length, 2);
  await person(one, "His");
});

twoTest("the guests of an instance that was killed are retired at once", async (
  { one, other, database },
) => {
  const [hers, his] = [await guest(one, "Hers"), await guest(other, "His")];
  // As after kill -9: its heartbeat is recent, but no connection has its name.
  await cluster.run(
    database,
    `WITH killed AS (INSERT INTO hubbub.instances VALUES ('killed', now()))
     UPDATE hubbub.accounts SET instance = 'killed' WHERE id = ${his.id}`,
  );
  await one.retireGuests();
  assertEquals(await one.accountsOf("guest"), [hers]);
  await guest(other, "His");
});

Deno.test({
  name: "postgres: instances that start concurrently create one store",
  ignore,
  async fn() {
    const database = await cluster.make("empty");
    const url = cluster.url(database);
    // Address parameters for other drivers are ignored.
    const strange = `${url}?sslmode=prefer&channel_binding=require&pgbouncer=true`;
    const urls = [url, url, strange, url, strange];
    const stores = await Promise.all(urls.map((url) => openPostgres({ url })));
    assertEquals(new Set(stores.map(({ epoch }) => epoch)).size, 1);
    const secrets = await Promise.all(stores.map((store) => store.secret("push")));
    assertEquals(new Set(secrets).size, 1);
    const made = await Promise.all(
      stores.map((store) =>
        store.createRoom({ name: "general", kind: "public", title: null, creator: null, at: AT })
      ),
    );
    assertEquals(made.filter((room) => room !== null).length, 1);
    for (const store of stores) await store.close();
    await cluster.drop(database);
  },
});

Deno.test({
  name: "postgres: an instance tells of its appends only while there are others",
  ignore,
  async fn() {
    const database = await cluster.make();
    const url = cluster.url(database);
    const line = new Database({ url, patienceMs: 5_000 });
    const payloads: string[] = [];
    const marked = Promise.withResolvers<void>();
    const onNotify = (text: string) => {
      if (text === "marker") marked.resolve();
      else if (text.includes(" advanced ")) payloads.push(text);
    };
    const listening = line.listen({ onNotify, onClose() {} });
    await listening.run("LISTEN hubbub");
    const one = await openPostgres({ url });
    const { alice, team } = await makeStoreFixture(one);
    await one.append([message(team, alice, "plain")]);
    await one.append([edit(team, alice, 1, "not plain")]);
    // It opens the database, reads what is there, and is told of all that follows.
    const other = await openPostgres({ url });
    assertEquals((await log(other, team)).length, 2);
    await one.append([message(team, alice, "told")]);
    await other.close();
    await one.append([message(team, alice, "alone again")]);
    await line.run("SELECT pg_notify('hubbub', 'marker')");
    await marked.promise;
    assertEquals(payloads.map((text) => /"seq": (\d+)/.exec(text)?.[1]), ["3"]);
    await one.close();
    await listening.close();
    await line.close();
    await cluster.drop(database);
  },
});

Deno.test({
  name: "postgres: an instance that the others took for ended compares everything",
  ignore,
  async fn() {
    const database = await cluster.make();
    const db = new Database({ url: cluster.url(database), patienceMs: 5_000 });
    const instance = new Instance(db);
    let resets = 0;
    const bus = new NotifyBus(db);
    bus.reset = () => void resets++;
    await instance.begin(bus);
    await instance.forgetOthers();
    assertEquals(resets, 0);
    await db.run("DELETE FROM instances WHERE id = $1", [instance.id]);
    await instance.forgetOthers();
    assertEquals(resets, 1);
    await instance.end();
    await db.close();
    await cluster.drop(database);
  },
});
