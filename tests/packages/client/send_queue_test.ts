import { assertEquals, assertRejects } from "@std/assert";
import type { RoomMessage } from "@hubbub/protocol";
import { ClosedError, RefusedError } from "../../../packages/client/errors.ts";
import { type KeyedCommand, SendQueue } from "../../../packages/client/send_queue.ts";
import { MemoryStore } from "../../../packages/client/store.ts";

const say = (key: string, room = "lobby"): KeyedCommand => ({
  ...{ type: "room_message", room, message: key, key },
});

const stored = (key: string, seq: number, room = "lobby"): RoomMessage => ({
  ...{ type: "room_message", room, room_id: `${room}-id`, seq, message: key, key },
  ...{ sender: "Me", sender_id: "me", at: seq },
});

const isOwn = ({ sender_id }: { readonly sender_id: string }) => sender_id === "me";

function setUp(store = new MemoryStore()) {
  const sent: string[] = [];
  const timers: (() => void)[] = [];
  const refused: string[] = [];
  const queue = new SendQueue({
    store,
    transmit: ({ key }) => void sent.push(key),
    after: (_ms, run) => timers.push(run),
    onRefused: ({ key }, { code }) => void refused.push(`${key}: ${code}`),
  });
  return { queue, sent, timers, refused, store };
}

/** Lets everything happen that needs no more than promises. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a command is sent once it is stored, and leaves the store with its acknowledgement", async () => {
  const { queue, sent, store } = setUp();
  queue.connected();
  const answer = queue.submit(say("a"));
  assertEquals(sent, []);
  await settle();
  assertEquals([sent, (await store.load()).size], [["a"], 1]);
  queue.acknowledge({ ...stored("a", 1), sender_id: "another" }, isOwn);
  queue.acknowledge(stored("a", 1, "elsewhere"), isOwn);
  await settle();
  assertEquals((await store.load()).size, 1);
  queue.acknowledge(stored("a", 7), isOwn);
  assertEquals((await answer).seq, 7);
  assertEquals((await store.load()).size, 0);
});

Deno.test("the commands of a room go one after the other, rooms beside each other", async () => {
  const { queue, sent } = setUp();
  queue.connected();
  for (const command of [say("a"), say("b"), say("c", "hall")]) void queue.submit(command);
  await settle();
  assertEquals(sent, ["a", "c"]);
  queue.acknowledge(stored("a", 1), isOwn);
  assertEquals(sent, ["a", "c", "b"]);
});

Deno.test("the same key in two rooms waits for its turn: an answer names only the key", async () => {
  const { queue, sent } = setUp();
  queue.connected();
  const answers = [queue.submit(say("a")), queue.submit(say("a", "hall"))];
  await settle();
  assertEquals(sent, ["a"]);
  queue.acknowledge(stored("a", 1), isOwn);
  assertEquals(sent, ["a", "a"]);
  queue.acknowledge(stored("a", 5, "hall"), isOwn);
  assertEquals((await Promise.all(answers)).map(({ seq }) => seq), [1, 5]);
});

Deno.test("a command that waits is not queued twice under one key", async () => {
  const { queue, sent, store } = setUp();
  queue.connected();
  const answers = [queue.submit(say("a")), queue.submit(say("a"))];
  await settle();
  queue.acknowledge(stored("a", 3), isOwn);
  assertEquals((await Promise.all(answers)).map(({ seq }) => seq), [3, 3]);
  assertEquals([sent, (await store.load()).size], [["a"], 0]);
});

Deno.test("what was sent on a lost connection is sent again on the next one, in order", async () => {
  const { queue, sent } = setUp();
  queue.connected();
  for (const key of ["a", "b"]) void queue.submit(say(key));
  await settle();
  queue.disconnected();
  queue.connected();
  queue.acknowledge(stored("a", 1), isOwn);
  assertEquals(sent, ["a", "a", "b"]);
});

Deno.test("a refusal for the moment keeps the order; another one ends the command", async () => {
  const { queue, sent, timers } = setUp();
  queue.connected();
  const [first] = [queue.submit(say("a")), queue.submit(say("b"))];
  await settle();
  queue.refuse({ type: "error", code: "rate_limited", message: "", retry_after: 9, key: "a" });
  assertEquals(sent, ["a"]);
  timers[0]!();
  assertEquals(sent, ["a", "a"]);
  queue.refuse({ type: "error", code: "muted", message: "You are muted.", key: "a" });
  const error = await assertRejects(() => first!, RefusedError, "You are muted.");
  assertEquals([error.code, sent], ["muted", ["a", "a", "b"]]);
});

Deno.test("the next run sends what a crash left, in order and before what is new", async () => {
  const { queue, store } = setUp();
  const keys = ["a", "b"];
  const lost = keys.map((key) => queue.submit(say(key)));
  await settle();
  queue.close(new ClosedError(1000));
  for (const answer of lost) await assertRejects(() => answer, ClosedError);

  const next = setUp(store);
  next.queue.restore(await store.load());
  const fresh = next.queue.submit(say("c"));
  next.queue.connected();
  await settle();
  next.queue.acknowledge(stored("a", 1), isOwn);
  next.queue.refuse({ type: "error", code: "muted", message: "", key: "b" });
  await settle();
  next.queue.acknowledge(stored("c", 2), isOwn);
  assertEquals((await fresh).seq, 2);
  assertEquals([next.sent, next.refused], [["a", "b", "c"], ["b: muted"]]);
  assertEquals((await store.load()).size, 0);
});
