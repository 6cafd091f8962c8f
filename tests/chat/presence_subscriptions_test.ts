import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openInstances } from "../support/instances.ts";
import { type Device, type HubFixture, openHubFixture, settle } from "../support/hub_fixture.ts";

/** How many users are broadcast to everyone: few, so that some users are unlisted. */
const limits = { listed_people: 2 };

/** The presence that a device was sent since the last call. */
function presenceOf(device: Device): string[] {
  return device.newsOf("presence").map(({ name, state, watched }) =>
    `${name} ${state}${watched ? ", watched" : ""}`
  );
}

/** Fills the list: Alice and Bob are on it, and Wanda is a watcher who is not. */
async function fillList() {
  const fixture = await openHubFixture({ limits });
  const [alice, bob] = [await fixture.enter("Alice"), await fixture.enter("Bob")];
  const wanda = await fixture.enter("Wanda");
  for (const device of [alice, bob, wanda]) device.forget();
  return { fixture, alice, bob, wanda };
}

async function leave(fixture: HubFixture, device: Device): Promise<void> {
  fixture.hub.exit(device.subscriber);
  await fixture.clock.advance(1);
}

Deno.test("the presence of an unlisted user is sent to no connection", async () => {
  const { fixture, alice, bob, wanda } = await fillList();
  await using _ = fixture;
  const carl = await fixture.enter("Carl");
  assertEquals(carl.one("welcome").online, ["Alice", "Bob"]);
  await carl.do({ type: "presence", state: "away" });
  await leave(fixture, carl);
  assertEquals([alice, bob, wanda].flatMap((device) => device.news()), []);
});

Deno.test("only the watchers of an unlisted user are sent the user's presence", async () => {
  const { fixture, alice, bob, wanda } = await fillList();
  await using _ = fixture;
  await wanda.do({ type: "watch", names: ["CARL", "Alice", "Nobody"], key: "w" });
  assertEquals(wanda.one("watching"), {
    type: "watching",
    online: ["Alice"],
    online_ids: [alice.connection.account.publicId],
    away: [],
    away_ids: [],
    guests: [],
    online_count: 3,
    key: "w",
  });
  const carl = await fixture.enter("Carl");
  await carl.do({ type: "presence", state: "away" });
  assertEquals(presenceOf(wanda), ["Carl online, watched", "Carl away, watched"]);
  await leave(fixture, carl);
  assertEquals(presenceOf(wanda), ["Carl offline, watched"]);
  assertEquals([...alice.news(), ...bob.news()], []);
});

Deno.test("a watcher of a listed user is sent both the broadcast and the watched presence", async () => {
  const { fixture, alice, bob, wanda } = await fillList();
  await using _ = fixture;
  await wanda.do({ type: "watch", names: ["Alice"] });
  wanda.forget();
  await alice.do({ type: "presence", state: "away" });
  assertEquals(presenceOf(wanda).sort(), ["Alice away", "Alice away, watched"]);
  assertEquals(presenceOf(bob), ["Alice away"]);
});

Deno.test("a later watch replaces the earlier one, and an empty one ends it", async () => {
  const { fixture, wanda } = await fillList();
  await using _ = fixture;
  await wanda.do({ type: "watch", names: ["Carl"] }, { type: "watch", names: ["Dora"] });
  wanda.forget();
  await fixture.enter("Carl");
  await fixture.enter("Dora");
  assertEquals(presenceOf(wanda), ["Dora online, watched"]);
  await wanda.do({ type: "watch", names: [] });
  assertEquals(wanda.one("watching").online_count, 5);
  assertEquals(fixture.hub.presenceSubscriptions.size, 0);
});

Deno.test("watching does not count as activity", async () => {
  const { fixture, alice, wanda } = await fillList();
  await using _ = fixture;
  await alice.do({ type: "presence", state: "away" });
  await alice.do({ type: "watch", names: ["Bob"] });
  assertEquals(presenceOf(wanda), ["Alice away"]);
});

Deno.test("no subscription is kept for a connection that has closed, even if it still sends a watch", async () => {
  const { fixture, wanda } = await fillList();
  await using _ = fixture;
  await wanda.do({ type: "watch", names: ["Alice", "Bob"] });
  assertEquals(fixture.hub.presenceSubscriptions.size, 2);
  fixture.hub.exit(wanda.subscriber);
  assertEquals(fixture.hub.presenceSubscriptions.size, 0);
  await wanda.do({ type: "watch", names: ["Alice", "Bob"] });
  assertEquals(fixture.hub.presenceSubscriptions.size, 0);
});

Deno.test("a watcher of many users gets their presence in few frames", async () => {
  const { fixture } = await fillList();
  await using _ = fixture;
  const names = Array.from({ length: 50 }, (_, i) => `Person ${i}`);
  const watchers: Device[] = [];
  for (let i = 0; i < 20; i++) watchers.push(await fixture.enter(`Watcher ${i}`));
  for (const watcher of watchers) await watcher.do({ type: "watch", names });
  for (const name of names) await fixture.account(name);
  const before = watchers.map(({ subscriber }) => subscriber.batches.length);
  await Promise.all(names.map((name) => fixture.enter(name)));
  await fixture.clock.advance(10);
  for (const [i, watcher] of watchers.entries()) {
    watcher.forget();
    const frames = watcher.subscriber.batches.slice(before[i]);
    assertEquals(frames.reduce((sum, { messages }) => sum + messages.length, 0), names.length);
    assert(frames.length < 25, `${frames.length} frames for ${names.length} people`);
  }
});

Deno.test("pending presence of a user is dropped when the user is no longer watched", async () => {
  const { fixture, wanda } = await fillList();
  await using _ = fixture;
  const watchers = [wanda];
  for (let i = 0; i < 20; i++) watchers.push(await fixture.enter(`Watcher ${i}`));
  for (const watcher of watchers) await watcher.do({ type: "watch", names: ["Carl"] });
  const carl = await fixture.enter("Carl");
  for (const watcher of watchers) watcher.forget();
  // Carl's arrival was sent just now, so his absence is delayed.
  await carl.do({ type: "presence", state: "away" });
  await wanda.do({ type: "watch", names: ["Dora"] });
  await fixture.clock.advance(1_000);
  assertEquals(presenceOf(wanda), []);
  assertEquals(watchers.slice(1).map(presenceOf), Array(20).fill(["Carl away, watched"]));
});

Deno.test("a slow watcher is dropped, and the other watchers still get the presence", async () => {
  const { fixture, wanda } = await fillList();
  await using _ = fixture;
  const slow = await fixture.enter("Slow");
  await slow.do({ type: "watch", names: ["Carl"] });
  await wanda.do({ type: "watch", names: ["Carl"] });
  wanda.forget();
  slow.subscriber.slow = true;
  await fixture.enter("Carl");
  assertEquals(slow.subscriber.closes, ["slow_reader"]);
  assertEquals(presenceOf(wanda), ["Carl online, watched"]);
});

Deno.test("a role is broadcast to every connection, watching or not", async () => {
  const { fixture, alice, wanda } = await fillList();
  await using _ = fixture;
  await wanda.do({ type: "watch", names: ["Alice"] });
  const account = await fixture.account("Bob");
  fixture.effects.emit({ type: "role_changed", account: { ...account, role: "moderator" } });
  await settle(fixture.clock);
  for (const device of [alice, wanda]) assertEquals(device.one("role_changed").name, "Bob");
});

// The property ---------------------------------------------------------------------------------

const NAMES = ["Ann", "Ben", "Cid", "Dee", "Eve", "Fay"] as const;

const who = fc.nat(11);
const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("enter"), who, instance: fc.nat(1) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("exit"), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("watch"), who, of: fc.subarray([...NAMES]) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("presence"),
      who,
      state: fc.constantFrom("online", "away"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("wait"), ms: fc.nat(1_500) }) },
);

/** The state of other users according to a device's frames: of listed and of watched users. */
function view(device: Device, watched: readonly string[]) {
  const [listed, seen] = [new Map<string, string>(), new Map<string, string>()];
  for (const frame of device.subscriber.frames) {
    if (frame.type === "watching") seen.clear();
    if (frame.type === "welcome" || frame.type === "watching") {
      const map = frame.type === "welcome" ? listed : seen;
      for (const name of frame.online) {
        map.set(name, frame.away.includes(name) ? "away" : "online");
      }
    }
    if (frame.type !== "presence") continue;
    const map = frame.watched ? seen : listed;
    if (frame.state === "offline") map.delete(frame.name);
    else map.set(frame.name, frame.state);
  }
  for (const name of seen.keys()) assert(watched.includes(name), `${name} is not watched`);
  const sorted = (map: Map<string, string>) => [...map].map((one) => one.join(" ")).sort();
  return { listed: sorted(listed), watched: sorted(seen) };
}

Deno.test("once the system is idle, every device has the actual presence, at every instance", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 80 }), async (acts) => {
      await using them = await openInstances(["one", "two"], {
        limits,
        graceMs: 500,
        awayMs: 5_000,
      });
      const devices = new Map<number, { device: Device; fixture: HubFixture; watched: string[] }>();
      for (const one of acts) {
        if (one.type === "wait") {
          await them.clock.advance(one.ms);
          continue;
        }
        const there = devices.get(one.who);
        if (one.type === "enter" && there === undefined) {
          const fixture = them.fixtures[one.instance === 0 ? 0 : 1];
          const device = await fixture.enter(NAMES[one.who % NAMES.length] ?? "");
          devices.set(one.who, { device, fixture, watched: [] });
        }
        if (there === undefined) continue;
        if (one.type === "exit") {
          there.fixture.hub.exit(there.device.subscriber);
          devices.delete(one.who);
        } else if (one.type === "watch") {
          there.watched = one.of;
          await there.device.start({ type: "watch", names: one.of });
        } else if (one.type === "presence") {
          await there.device.start({ type: "presence", state: one.state as "online" | "away" });
        }
      }
      await them.clock.advance(3_000);
      const everyDevice = [...devices.values()];
      const here = new Set(everyDevice.map(({ device }) => device.connection.account.name));
      for (const { device, fixture, watched } of everyDevice) {
        const { presence } = fixture.hub;
        assertEquals(presence.size, here.size);
        const stated = (people: ReturnType<typeof presence.listed>) =>
          people.map(({ account, state }) => `${account.name} ${state}`).sort();
        assertEquals(view(device, watched), {
          listed: stated(presence.listed()),
          watched: stated(presence.among(watched)),
        });
        assertEquals(presence.listed().length, Math.min(limits.listed_people, here.size));
        assertEquals(
          presence.among(watched).length,
          watched.filter((name) => here.has(name)).length,
        );
      }
    }),
    { numRuns: 60 },
  );
});
