import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openInstances } from "./support/instances.ts";
import { type Device, openWorld, settle, type World } from "./support/world.ts";

/** Of how many everybody is told: of few, so that there are others. */
const limits = { listed_people: 2 };

/** What somebody was told of others, since the last look. */
function told(device: Device): string[] {
  return device.newsOf("presence").map(({ name, state, watched }) =>
    `${name} ${state}${watched ? ", watched" : ""}`
  );
}

/** A world where the list is full: Alice and Bob are on it, and Wanda looks on. */
async function crowd() {
  const world = await openWorld({ limits });
  const [alice, bob] = [await world.enter("Alice"), await world.enter("Bob")];
  const wanda = await world.enter("Wanda");
  for (const device of [alice, bob, wanda]) device.forget();
  return { world, alice, bob, wanda };
}

async function leave(world: World, device: Device): Promise<void> {
  world.hub.exit(device.member);
  await world.clock.advance(1);
}

Deno.test("who is not on the list comes and goes without a word to anybody", async () => {
  const { world, alice, bob, wanda } = await crowd();
  await using _ = world;
  const carl = await world.enter("Carl");
  assertEquals(carl.one("welcome").online, ["Alice", "Bob"]);
  await carl.do({ type: "presence", state: "away" });
  await leave(world, carl);
  assertEquals([alice, bob, wanda].flatMap((device) => device.news()), []);
});

Deno.test("whoever watches somebody is told of them, and nobody else is", async () => {
  const { world, alice, bob, wanda } = await crowd();
  await using _ = world;
  await wanda.do({ type: "watch", names: ["CARL", "Alice", "Nobody"], key: "w" });
  assertEquals(wanda.one("watching"), {
    type: "watching",
    online: ["Alice"],
    away: [],
    guests: [],
    online_count: 3,
    key: "w",
  });
  const carl = await world.enter("Carl");
  await carl.do({ type: "presence", state: "away" });
  assertEquals(told(wanda), ["Carl online, watched", "Carl away, watched"]);
  await leave(world, carl);
  assertEquals(told(wanda), ["Carl offline, watched"]);
  assertEquals([...alice.news(), ...bob.news()], []);
});

Deno.test("of somebody who is watched and on the list both are told", async () => {
  const { world, alice, bob, wanda } = await crowd();
  await using _ = world;
  await wanda.do({ type: "watch", names: ["Alice"] });
  wanda.forget();
  await alice.do({ type: "presence", state: "away" });
  assertEquals(told(wanda).sort(), ["Alice away", "Alice away, watched"]);
  assertEquals(told(bob), ["Alice away"]);
});

Deno.test("a later watch is in place of the former, and an empty one ends it", async () => {
  const { world, wanda } = await crowd();
  await using _ = world;
  await wanda.do({ type: "watch", names: ["Carl"] }, { type: "watch", names: ["Dora"] });
  wanda.forget();
  await world.enter("Carl");
  await world.enter("Dora");
  assertEquals(told(wanda), ["Dora online, watched"]);
  await wanda.do({ type: "watch", names: [] });
  assertEquals(wanda.one("watching").online_count, 5);
  assertEquals(world.hub.audience.size, 0);
});

Deno.test("watching is no sign that anybody is there", async () => {
  const { world, alice, wanda } = await crowd();
  await using _ = world;
  await alice.do({ type: "presence", state: "away" });
  await alice.do({ type: "watch", names: ["Bob"] });
  assertEquals(told(wanda), ["Alice away"]);
});

Deno.test("nothing is kept for a connection that is gone, whatever it still asks for", async () => {
  const { world, wanda } = await crowd();
  await using _ = world;
  await wanda.do({ type: "watch", names: ["Alice", "Bob"] });
  assertEquals(world.hub.audience.size, 2);
  world.hub.exit(wanda.member);
  assertEquals(world.hub.audience.size, 0);
  await wanda.do({ type: "watch", names: ["Alice", "Bob"] });
  assertEquals(world.hub.audience.size, 0);
});

Deno.test("who watches many and is told of many gets few frames", async () => {
  const { world } = await crowd();
  await using _ = world;
  const names = Array.from({ length: 50 }, (_, i) => `Person ${i}`);
  const watchers: Device[] = [];
  for (let i = 0; i < 20; i++) watchers.push(await world.enter(`Watcher ${i}`));
  for (const watcher of watchers) await watcher.do({ type: "watch", names });
  for (const name of names) await world.account(name);
  const before = watchers.map(({ member }) => member.batches.length);
  await Promise.all(names.map((name) => world.enter(name)));
  await world.clock.advance(10);
  for (const [i, watcher] of watchers.entries()) {
    watcher.forget();
    const frames = watcher.member.batches.slice(before[i]);
    assertEquals(frames.reduce((sum, { messages }) => sum + messages.length, 0), names.length);
    assert(frames.length < 25, `${frames.length} frames for ${names.length} people`);
  }
});

Deno.test("what was still to be told of somebody is not told after they are watched no more", async () => {
  const { world, wanda } = await crowd();
  await using _ = world;
  const watchers = [wanda];
  for (let i = 0; i < 20; i++) watchers.push(await world.enter(`Watcher ${i}`));
  for (const watcher of watchers) await watcher.do({ type: "watch", names: ["Carl"] });
  const carl = await world.enter("Carl");
  for (const watcher of watchers) watcher.forget();
  // They have just been told that Carl is here: that he is away has to wait.
  await carl.do({ type: "presence", state: "away" });
  await wanda.do({ type: "watch", names: ["Dora"] });
  await world.clock.advance(1_000);
  assertEquals(told(wanda), []);
  assertEquals(watchers.slice(1).map(told), Array(20).fill(["Carl away, watched"]));
});

Deno.test("a watcher that does not read is dropped, and the others are told all the same", async () => {
  const { world, wanda } = await crowd();
  await using _ = world;
  const slow = await world.enter("Slow");
  await slow.do({ type: "watch", names: ["Carl"] });
  await wanda.do({ type: "watch", names: ["Carl"] });
  wanda.forget();
  slow.member.slow = true;
  await world.enter("Carl");
  assertEquals(slow.member.closes, ["slow_reader"]);
  assertEquals(told(wanda), ["Carl online, watched"]);
});

Deno.test("everybody hears of a role, watching or not", async () => {
  const { world, alice, wanda } = await crowd();
  await using _ = world;
  await wanda.do({ type: "watch", names: ["Alice"] });
  const account = await world.account("Bob");
  world.effects.emit({ type: "role_changed", account: { ...account, role: "moderator" } });
  await settle(world.clock);
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

/** What somebody takes others for, by all that came: those on the list, and those they watch. */
function view(device: Device, watched: readonly string[]) {
  const [listed, seen] = [new Map<string, string>(), new Map<string, string>()];
  for (const frame of device.member.frames) {
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

Deno.test("once it is quiet, what everybody was told is how things are, at whichever instance", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 80 }), async (acts) => {
      await using them = await openInstances(["one", "two"], {
        limits,
        graceMs: 500,
        awayMs: 5_000,
      });
      const devices = new Map<number, { device: Device; world: World; watched: string[] }>();
      for (const one of acts) {
        if (one.type === "wait") {
          await them.clock.advance(one.ms);
          continue;
        }
        const there = devices.get(one.who);
        if (one.type === "enter" && there === undefined) {
          const world = them.worlds[one.instance === 0 ? 0 : 1];
          const device = await world.enter(NAMES[one.who % NAMES.length] ?? "");
          devices.set(one.who, { device, world, watched: [] });
        }
        if (there === undefined) continue;
        if (one.type === "exit") {
          there.world.hub.exit(there.device.member);
          devices.delete(one.who);
        } else if (one.type === "watch") {
          there.watched = one.of;
          await there.device.start({ type: "watch", names: one.of });
        } else if (one.type === "presence") {
          await there.device.start({ type: "presence", state: one.state as "online" | "away" });
        }
      }
      await them.clock.advance(3_000);
      const everybody = [...devices.values()];
      const here = new Set(everybody.map(({ device }) => device.connection.account.name));
      for (const { device, world, watched } of everybody) {
        const { presence } = world.hub;
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
