/**
 * What users keep for themselves: saved and scheduled messages, reminders, and what they want of
 * their rooms. On a fake clock.
 */
import { assert, assertEquals } from "@std/assert";
import { Alarm } from "../../lib/chat/alarm.ts";
import { isMessage } from "../../lib/chat/events/index.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { openInstances } from "../support/instances.ts";
import { type Device, openHubFixture, settle } from "../support/hub_fixture.ts";
import { createLog } from "../../lib/observability/log.ts";
import { FakeClock } from "../support/fake_clock.ts";

const HOUR = 3_600_000;

type Fixture = Awaited<ReturnType<typeof openHubFixture>>;

/** Waits for work that needs the clock to go on. */
async function done(clock: FakeClock, ...work: readonly Promise<void>[]): Promise<void> {
  await settle(clock);
  await Promise.all(work);
  await settle(clock);
}

function codeOf(reply: ServerFrame): string {
  return reply.type === "error" ? reply.code : reply.type;
}

/** The frames of a type since the last call, without their keys. */
function newsOf(device: Device, ...types: readonly string[]): readonly object[] {
  return device.news().filter(({ type }) => types.includes(type));
}

async function say(device: Device, message: string): Promise<number> {
  const said = await device.ask({ type: "room_message", room: "lobby", message });
  assert(isMessage(said));
  return said.seq;
}

async function savedBy(device: Device): Promise<readonly string[]> {
  const list = await device.ask({ type: "list_saved" });
  assert(list.type === "saved");
  return list.messages.map(({ message }) => message);
}

Deno.test("messages are saved on all devices, and deleted ones and those of left rooms are not listed", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const phone = await fixture.enter("Alice");
  for (const text of ["one", "two", "three"]) await say(bob, text);
  phone.forget();
  const save = (seq: number, on = true) =>
    alice.ask({ type: "save_message", room: "lobby", seq, on });
  assertEquals(codeOf(await save(9)), "no_such_message");
  await save(1);
  const saved = await save(3);
  assert(saved.type === "saved");
  assertEquals(saved.messages.map(({ message, seq }) => `${seq} ${message}`), ["3 three", "1 one"]);
  await settle(fixture.clock);
  const news = newsOf(phone, "saved").at(-1) as { messages: readonly object[] };
  assertEquals(news.messages.length, 2);
  assertEquals(newsOf(bob, "saved"), []);
  const page = await alice.ask({ type: "list_saved", limit: 1 });
  assert(page.type === "saved" && page.more && page.next !== undefined);
  assertEquals(page.messages.map(({ saved_at }) => String(saved_at)), [page.next]);
  const rest = await alice.ask({ type: "list_saved", before: page.next });
  assert(rest.type === "saved" && !rest.more);
  assertEquals(rest.messages.map(({ seq }) => seq), [1]);
  const found = await alice.ask({ type: "search", query: "is:saved" });
  assert(found.type === "search_results");
  assertEquals(found.messages.map(({ seq }) => seq), [3, 1]);
  await bob.ask({ type: "delete_message", room: "lobby", seq: 3 });
  assertEquals(await savedBy(alice), ["one"]);
  assertEquals(codeOf(await save(3)), "no_such_message");
  await alice.ask({ type: "leave", room: "lobby" });
  assertEquals(await savedBy(alice), []);
  await alice.ask({ type: "join", room: "lobby" });
  await save(1, false);
  assertEquals(await savedBy(alice), []);
});

/** Schedules a message by a device, an hour ahead. */
async function schedule(fixture: Fixture, device: Device, message: string, key?: string) {
  device.forget();
  await device.do({
    ...{ type: "schedule_message", room: "lobby", message, at: fixture.clock.now() + HOUR },
    ...(key === undefined ? {} : { key }),
  });
  const reply = device.one("scheduled");
  return reply.id;
}

async function waiting(device: Device): Promise<readonly string[]> {
  const list = await device.ask({ type: "list_scheduled" });
  assert(list.type === "scheduled_list");
  return list.entries.map(({ message, failed }) => `${message} ${failed?.code ?? "waits"}`);
}

Deno.test("a scheduled message is sent once at its time, as its author, with its key", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const { clock, commands } = fixture;
  const id = await schedule(fixture, alice, "later @Bob", "k1");
  assertEquals(await schedule(fixture, alice, "later @Bob", "k1"), id);
  const other = await schedule(fixture, alice, "never");
  const phone = await fixture.enter("Alice");
  for (const device of [alice, bob, phone]) device.forget();
  await done(clock, commands.sendDue());
  assertEquals(newsOf(bob, "room_message"), []);
  assertEquals(
    codeOf(await bob.ask({ type: "cancel_scheduled", id: other })),
    "no_such_scheduled",
  );
  assertEquals(
    codeOf(await alice.ask({ type: "cancel_scheduled", id: other })),
    "scheduled_cancelled",
  );
  await settle(clock);
  assertEquals(newsOf(phone, "scheduled_cancelled"), [{ type: "scheduled_cancelled", id: other }]);
  await clock.advance(HOUR);
  await done(clock, commands.sendDue(), commands.sendDue());
  await settle(clock);
  const [said, ...none] = bob.newsOf("room_message");
  assert(said !== undefined && none.length === 0);
  assertEquals([said.sender, said.message, said.key, said.at], [
    ...["Alice", "later @Bob", "k1", clock.now()],
  ]);
  assertEquals(said.mentions?.length, 1);
  assertEquals(newsOf(phone, "scheduled_sent"), [{ type: "scheduled_sent", id }]);
  assertEquals(await waiting(alice), []);
  // The key is one message in the room, however often it is scheduled.
  await schedule(fixture, alice, "later @Bob", "k1");
  await clock.advance(HOUR);
  await done(clock, commands.sendDue());
  assertEquals(bob.newsOf("room_message"), []);
  assertEquals(await waiting(alice), []);
});

Deno.test("what the author may do is asked when the message is sent, and the author is told", async () => {
  await using fixture = await openHubFixture();
  const { id } = await fixture.account("Mo");
  await fixture.store.setRole(id, "moderator");
  const [mo, alice, bob, carol] = await fixture.gather("lobby", "Mo", "Alice", "Bob", "Carol");
  const { clock, commands } = fixture;
  await schedule(fixture, alice, "muted by then");
  await schedule(fixture, bob, "left by then");
  await mo.ask({ type: "mute", name: "Alice", seconds: 7_200 });
  assertEquals(
    codeOf(await alice.ask({ type: "schedule_message", room: "lobby", message: "x", at: 1 })),
    "muted",
  );
  await bob.ask({ type: "leave", room: "lobby" });
  await clock.advance(HOUR);
  alice.forget();
  await done(clock, commands.sendDue());
  await settle(clock);
  assertEquals(mo.newsOf("room_message"), []);
  const [failed] = alice.newsOf("scheduled");
  assertEquals([failed?.message, failed?.failed?.code], ["muted by then", "muted"]);
  assertEquals(await waiting(alice), ["muted by then muted"]);
  assertEquals(await waiting(bob), ["left by then not_a_member"]);
  assertEquals(
    codeOf(await alice.ask({ type: "cancel_scheduled", id: failed!.id })),
    "scheduled_cancelled",
  );
  assertEquals(await waiting(alice), []);
  // In slow mode it waits for its turn.
  await mo.ask({ type: "set_room", room: "lobby", slow_seconds: 60 });
  await schedule(fixture, carol, "slowly");
  await clock.advance(HOUR - 1_000);
  await say(carol, "just now");
  await clock.advance(1_000);
  await done(clock, commands.sendDue());
  assertEquals(await waiting(carol), ["slowly waits"]);
  await clock.advance(60_000);
  mo.forget();
  await done(clock, commands.sendDue());
  assertEquals(mo.newsOf("room_message").map(({ message }) => message), ["slowly"]);
  // An archived room, and one that is gone.
  await schedule(fixture, carol, "archived by then");
  await mo.ask({ type: "set_room", room: "lobby", archived: true });
  await clock.advance(HOUR);
  await done(clock, commands.sendDue());
  assertEquals(await waiting(carol), ["archived by then room_archived"]);
  const far = clock.now() + 400 * 24 * HOUR;
  const frame = { type: "schedule_message", room: "lobby", message: "x", at: far };
  assertEquals(codeOf(await carol.ask(frame)), "bad_request");
});

Deno.test("a reminder comes at its time, and again with each connection until it is removed", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const { clock, commands } = fixture;
  const seq = await say(bob, "remember the milk");
  const gone = await say(bob, "nothing");
  const at = clock.now() + HOUR;
  const remind = (fields: object) => alice.ask({ type: "set_reminder", room: "lobby", ...fields });
  assertEquals(codeOf(await remind({ seq: 99, at })), "no_such_message");
  const set = await remind({ seq, at });
  assert(set.type === "reminder");
  assertEquals([set.at, set.due, set.about?.message], [at, undefined, "remember the milk"]);
  await remind({ seq: gone, at });
  await bob.ask({ type: "delete_message", room: "lobby", seq: gone });
  const pushed: number[] = [];
  const run = () => commands.remindDue(({ seq }) => Promise.resolve(void pushed.push(seq)));
  await done(clock, run());
  alice.forget();
  await clock.advance(HOUR);
  await done(clock, run(), run());
  await settle(clock);
  assertEquals(pushed, [seq]);
  const [due, ...none] = alice.newsOf("reminder");
  assertEquals(none, []);
  assertEquals([due?.seq, due?.due, due?.about?.message], [seq, true, "remember the milk"]);
  const phone = await fixture.enter("Alice");
  const { reminders } = phone.one("welcome");
  assertEquals(reminders?.map(({ seq, due }) => [seq, due]), [[seq, true]]);
  const list = await phone.ask({ type: "list_reminders" });
  assert(list.type === "reminders");
  assertEquals(list.reminders.map(({ about }) => about?.message), ["remember the milk"]);
  await remind({ seq, at: 0 });
  await settle(clock);
  assertEquals(phone.newsOf("reminder").at(-1)?.at, 0);
  assertEquals((await fixture.enter("Alice")).one("welcome").reminders, undefined);
});

Deno.test("what a user wants of a room is on all devices and in welcome", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather("lobby", "Alice", "Bob");
  const phone = await fixture.enter("Alice");
  phone.forget();
  const prefs = { favourite: true, section: "Work", introduced: true };
  const set = await alice.ask({ type: "set_room_prefs", room: "lobby", ...prefs });
  assert(set.type === "room_prefs");
  assertEquals([set.level, set.favourite, set.section], ["mentions", true, "Work"]);
  await settle(fixture.clock);
  const { key: _key, ...same } = set;
  assertEquals(newsOf(phone, "room_prefs"), [same]);
  const [room] = (await fixture.enter("Alice")).one("welcome").rooms;
  assertEquals([room?.favourite, room?.section, room?.introduced], [true, "Work", true]);
  const next = await phone.ask({
    type: "set_room_prefs",
    room: "lobby",
    section: "",
    level: "all",
    introduced: false,
  });
  assert(next.type === "room_prefs");
  assertEquals([next.level, next.favourite, next.section, next.introduced], [
    ...["all", true, undefined, undefined],
  ]);
});

Deno.test("several instances send a message once, and tell the devices at each of them", async () => {
  await using cluster = await openInstances(["one", "two"]);
  const { fixtures: [one, two], clock } = cluster;
  const [alice] = await one.gather("lobby", "Alice");
  const phone = await two.enter("Alice");
  await phone.do({ type: "join", room: "lobby" });
  const seq = await say(alice, "first");
  phone.forget();
  await alice.ask({ type: "save_message", room: "lobby", seq, on: true });
  await cluster.settle();
  await clock.advance(1_000);
  assertEquals(phone.newsOf("saved").map(({ messages }) => messages.length), [1]);
  const id = await schedule(one, alice, "from both");
  await alice.ask({ type: "set_reminder", room: "lobby", seq, at: clock.now() + HOUR });
  await clock.advance(1_000);
  assertEquals(phone.newsOf("scheduled").map(({ id }) => id), [id]);
  await clock.advance(HOUR);
  const nothing = () => Promise.resolve();
  const all = [one, two].flatMap(({ commands }) => [
    ...[commands.sendDue(), commands.remindDue(nothing)],
  ]);
  await done(clock, ...all);
  await clock.advance(1_000);
  assertEquals(phone.newsOf("room_message").map(({ message }) => message), ["from both"]);
  const log = await cluster.store.pageAfter(1, 0, { limit: 9, maxLength: 99 });
  assertEquals(log.messages.map(({ text }) => text), ["first", "from both"]);
  assertEquals(await waiting(phone), []);
});

Deno.test("an alarm goes off at the next time that is due, also one that it is told of", async () => {
  const clock = new FakeClock();
  const due = [clock.now() + 60_000];
  const rung: number[] = [];
  const begun = clock.now();
  let fails = true;
  const alarm = new Alarm({
    what: "ring",
    clock,
    log: createLog("silent", () => {}),
    next: () => Promise.resolve(due[0] ?? null),
    run: () => {
      if (fails) {
        fails = false;
        return Promise.reject(new Error("once"));
      }
      rung.push(clock.now() - begun);
      due.shift();
      return Promise.resolve();
    },
  });
  alarm.start();
  await settle(clock);
  due.unshift(clock.now() + 100);
  alarm.set(clock.now() + 100);
  await clock.advance(100);
  await settle(clock);
  assertEquals(rung, [], "it failed");
  for (let n = 0; n < 20; n++) {
    await clock.advance(5_000);
    await settle(clock);
  }
  assertEquals(
    rung,
    [5_100, 60_000].map((at) => rung.find((one) => one >= at && one < at + 5_001)),
  );
  await alarm.close();
});
