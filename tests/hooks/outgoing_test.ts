import { assert, assertEquals } from "@std/assert";
import { OutgoingHooks } from "../../lib/hooks/outgoing.ts";
import { createLog } from "../../lib/observability/log.ts";
import type { OutgoingHook } from "../../lib/store/hooks.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import {
  AT,
  makeStoreFixture,
  message,
  newAccount,
  react,
  room,
  store as put,
} from "../store/contract/fixture.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeReceiver, isSigned } from "./fake_receiver.ts";

const HOUR = 3_600_000;
const SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";
const FAILURE = { status: 500, retryAfter: null } as const;
const SUCCESS = { status: 200, retryAfter: null } as const;

/** A store with a room, a hook for its messages, and the hooks that deliver. */
async function open() {
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  const { alice, bob, team } = await makeStoreFixture(store);
  await store.setRole(alice.id, "owner");
  const bot = await store.createAccount(newAccount("Hook", { role: "bot" }));
  assert(typeof bot === "object");
  const clock = new FakeClock();
  const receiver = new FakeReceiver();
  const paused: string[] = [];
  const base = {
    creator: alice.id,
    bot: bot.id,
    at: AT,
    url: "https://x.example/",
    secret: SECRET,
  };
  const hook = { ...base, id: "hook", kind: "outgoing", rooms: [team.id] } as const;
  await store.createHook({ ...hook, events: ["room_message"] });
  const deliver = (send = receiver.send) =>
    new OutgoingHooks({
      ...{ store, clock, send, agent: "Hubbub/test", random: () => 1 },
      log: createLog("error"),
      onPaused: ({ id }, reason) => paused.push(`${id}: ${reason}`),
    });
  const hooks = deliver();
  await hooks.start();
  return {
    ...{ store, alice, bob, team, clock, receiver, paused, hooks, hook, deliver },
    /** Stores messages and tells the hooks. */
    async say(...texts: string[]): Promise<void> {
      await put(store, ...texts.map((text) => message(team, bob, text)));
      hooks.wake(team);
    },
    async state(): Promise<OutgoingHook> {
      const [found] = await store.hooks();
      assert(found?.kind === "outgoing");
      return found;
    },
    /** Waits until nothing happens any more: the store is in memory, so that takes turns, not time. */
    async until(isSo: () => boolean): Promise<void> {
      for (let turns = 0; !isSo(); turns++) {
        assert(turns < 10_000, "it never happens");
        await clock.settle();
      }
      await clock.settle();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await hooks.close();
      await store.close();
    },
  };
}

/** The messages that a hook has not delivered. */
async function left(store: Store): Promise<readonly number[]> {
  return (await store.hookNews("hook", null)).map(({ room, seq }) => room.seq - seq);
}

Deno.test("outgoing: events come in order, each signed and under an id of its own", async () => {
  await using fixture = await open();
  const { store, bob, team, receiver, hooks } = fixture;
  await fixture.say("one", "two");
  await put(store, react(team, bob, 1, "👍"), message(team, bob, "three"));
  hooks.wake(team);
  await fixture.until(() => receiver.attempts.length === 3);
  assertEquals(receiver.texts, ["one", "two", "three"]);
  const bodies = receiver.attempts.map(({ body }) => JSON.parse(body));
  assertEquals(bodies.map(({ seq }) => seq), [1, 2, 4], "only the types that were asked for");
  const { epoch } = store;
  const about = {
    room: "Team",
    room_id: team.publicId,
    sender: "Bob",
    type: "room_message",
    epoch,
  };
  for (const body of bodies) assertEquals({ ...body, ...about }, body);
  assertEquals(
    receiver.attempts.map(({ id }) => id),
    [1, 2, 4].map((seq) => `${team.publicId}.${seq}.${epoch}`),
  );
  for (const attempt of receiver.attempts) {
    assert(isSigned(attempt, SECRET));
    assert(!isSigned({ ...attempt, body: `${attempt.body} ` }, SECRET));
    assertEquals(attempt.headers["content-type"], "application/json");
  }
  assertEquals(await left(store), []);
});

Deno.test("outgoing: a failed event is sent again, and later ones wait for it", async () => {
  await using fixture = await open();
  const { clock, receiver } = fixture;
  receiver.answer = () => FAILURE;
  await fixture.say("one", "two");
  await fixture.until(() => clock.timers === 1);
  // The waits double: 5, 10 and 20 seconds, here without jitter.
  for (const [n, seconds] of [5, 10, 20].entries()) {
    await clock.advance(seconds * 1_000 - 1);
    assertEquals(receiver.attempts.length, n + 1);
    await clock.advance(1);
    await fixture.until(() => receiver.attempts.length === n + 2 && clock.timers === 1);
  }
  assertEquals(receiver.texts, ["one", "one", "one", "one"]);
  assertEquals(new Set(receiver.attempts.map(({ id }) => id)).size, 1);
  assertEquals((await fixture.state()).failingSince, Date.UTC(2026, 0, 1));
  // An event in the meantime causes no attempt.
  await fixture.say("three");
  await clock.settle();
  assertEquals(receiver.attempts.length, 4);
  receiver.answer = () => SUCCESS;
  await clock.advance(40_000);
  await fixture.until(() => receiver.attempts.length === 7);
  assertEquals(receiver.texts.slice(4), ["one", "two", "three"]);
  assertEquals((await fixture.state()).failingSince, null);
});

Deno.test("outgoing: the receiver can ask for a longer wait", async () => {
  await using fixture = await open();
  const { clock, receiver } = fixture;
  receiver.answer = () => ({ status: 429, retryAfter: 60_000 });
  await fixture.say("one");
  await fixture.until(() => clock.timers === 1);
  await clock.advance(59_999);
  assertEquals(receiver.attempts.length, 1);
  await clock.advance(1);
  await fixture.until(() => receiver.attempts.length === 2);
});

Deno.test("outgoing: a hook that fails for a day is paused, and resumed without a loss", async () => {
  await using fixture = await open();
  const { clock, receiver, paused, hooks, store } = fixture;
  receiver.answer = () => FAILURE;
  await fixture.say("one");
  await fixture.until(() => clock.timers === 1);
  let hours = 0;
  for (; paused.length === 0; hours++) {
    assert(hours < 40, "it is never paused");
    await clock.advance(HOUR);
    await fixture.until(() => clock.timers === 1 || paused.length === 1);
  }
  assert(hours >= 24, `paused after ${hours} hours`);
  assertEquals(paused, ["hook: the receiver answers with 500"]);
  assert((await fixture.state()).pausedAt !== null);
  const count = receiver.attempts.length;
  await fixture.say("two");
  await clock.advance(48 * HOUR);
  assertEquals([receiver.attempts.length, clock.timers], [count, 0]);
  receiver.answer = () => SUCCESS;
  await hooks.resume("hook");
  await fixture.until(() => receiver.attempts.length === count + 2);
  assertEquals(receiver.texts.slice(count), ["one", "two"]);
  const { failingSince, pausedAt } = await fixture.state();
  assertEquals([failingSince, pausedAt, await left(store)], [null, null, []]);
});

Deno.test("outgoing: a receiver that is gone for good pauses the hook at once", async () => {
  await using fixture = await open();
  const { receiver, paused } = fixture;
  receiver.answer = () => ({ status: 410, retryAfter: null });
  await fixture.say("one");
  await fixture.until(() => paused.length === 1);
  assertEquals([receiver.attempts.length, paused.length], [1, 1]);
});

Deno.test("outgoing: an event that was not acknowledged is sent again after a restart", async () => {
  await using fixture = await open();
  const { receiver, hooks } = fixture;
  await fixture.say("one");
  await fixture.until(() => receiver.attempts.length === 1);
  receiver.answer = () => new Promise(() => {});
  await fixture.say("two", "three");
  await fixture.until(() => receiver.attempts.length === 2);
  const closed = hooks.close();
  await fixture.clock.advance(1_000);
  await closed;
  const next = new FakeReceiver();
  const again = fixture.deliver(next.send);
  await again.start();
  await fixture.until(() => next.attempts.length === 2);
  assertEquals(next.texts, ["two", "three"]);
  assertEquals(next.attempts[0]?.id, receiver.attempts[1]?.id);
  await again.close();
});

Deno.test("outgoing: a removed hook sends nothing more, and other rooms send nothing", async () => {
  await using fixture = await open();
  const { store, bob, receiver, hooks, team } = fixture;
  const other = await room(store, "Other", bob);
  await put(store, message(other, bob, "elsewhere"));
  hooks.wake(other);
  await fixture.say("one");
  await fixture.until(() => receiver.attempts.length === 1);
  await store.removeHook("hook");
  await hooks.reload();
  await put(store, message(team, bob, "two"));
  hooks.wake(team);
  await fixture.clock.advance(HOUR);
  assertEquals(receiver.texts, ["one"]);
});

Deno.test("outgoing: a backlog of several rooms is delivered in turns, each in order", async () => {
  await using fixture = await open();
  const { store, bob, team, receiver, hooks, hook, clock } = fixture;
  await store.removeHook("hook");
  await hooks.reload();
  await store.createHook({ ...hook, rooms: null, events: null });
  const other = await room(store, "Other", bob);
  const many = Array.from({ length: 120 }, (_, n) => message(team, bob, `team ${n}`));
  await put(store, ...many, message(other, bob, "other 0"));
  await hooks.reload();
  await fixture.until(() => receiver.attempts.length === 121);
  assert(receiver.texts.indexOf("other 0") <= 50, "it does not wait for the other room's backlog");
  const ofTeam = receiver.texts.filter((text) => text.startsWith("team"));
  assertEquals(ofTeam, many.map((_, n) => `team ${n}`));
  await clock.settle();
  assertEquals(await left(store), []);
});
