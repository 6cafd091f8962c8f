/** Drafts on all devices of their author. On a fake clock. */
import { assert, assertEquals } from "@std/assert";
import { type Device, openHubFixture } from "../support/hub_fixture.ts";
import { openInstances } from "../support/instances.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

async function draftsOf(device: Device): Promise<readonly string[]> {
  const list = await device.ask({ type: "list_drafts" });
  assert(list.type === "drafts");
  return list.drafts.map(({ room, thread = 0, message }) => `${room} ${thread} ${message}`);
}

Deno.test("a draft is told to all devices of its author, and to nobody else", async () => {
  await using fixture = await openHubFixture();
  const [alice, bob] = await fixture.gather("lobby", "Alice", "Bob");
  const phone = await fixture.enter("Alice");
  phone.forget();
  const at = fixture.clock.now();
  const set = (fields: object) => alice.ask({ type: "set_draft", room: "lobby", at, ...fields });
  const edit = { seq: 1, message: "bett" };
  const set1 = await set({ message: "almost", reply_to: 1, edit });
  assert(set1.type === "draft");
  assertEquals([set1.room, set1.message, set1.reply_to, set1.edit, set1.at], [
    ...["lobby", "almost", 1, edit, at],
  ]);
  assertEquals(phone.newsOf("draft").map(({ message }) => message), ["almost"]);
  await set({ message: "in a thread", thread: 1 });
  assertEquals(await draftsOf(phone), ["lobby 0 almost", "lobby 1 in a thread"]);

  // A text that another device has changed later stays, and is the reply.
  const earlier = await set({ message: "earlier", at: at - 1 });
  assertEquals(earlier.type === "draft" && earlier.message, "almost");
  // A clock that is ahead cannot outlast what is written later.
  const ahead = await set({ message: "from tomorrow", at: at + 86_400_000 });
  assertEquals(ahead.type === "draft" && ahead.at, at, "it is of now, and not later");
  await fixture.clock.advance(1);
  await set({ message: "", at: at + 1 });
  assertEquals(await draftsOf(phone), ["lobby 0 ", "lobby 1 in a thread"]);
  assertEquals(await draftsOf(bob), []);
  assertEquals(bob.newsOf("draft"), []);

  // Before its first message, a conversation is known by its receiver.
  phone.forget();
  await alice.do({ type: "join", room: "@Bob" });
  await alice.do({ type: "set_draft", room: "@Bob", message: "psst", at: at + 1 });
  const [draft] = phone.newsOf("draft");
  assertEquals([draft?.receiver_id, draft?.message], [
    (await fixture.account("Bob")).publicId,
    "psst",
  ]);
  assertEquals(bob.newsOf("draft"), []);
});

Deno.test("a draft reaches the devices on other instances, and not after its author has left", async () => {
  await using cluster = await openInstances(["one", "two"]);
  const { fixtures: [one, two], clock } = cluster;
  const [alice] = await one.gather("lobby", "Alice");
  const phone = await two.enter("Alice");
  await clock.advance(1_000);
  phone.forget();
  await alice.ask({ type: "set_draft", room: "lobby", message: "almost", at: clock.now() });
  await cluster.settle();
  await clock.advance(1_000);
  assertEquals(phone.newsOf("draft").map(({ message }) => message), ["almost"]);
  await alice.do({ type: "leave", room: "lobby" });
  await clock.advance(1_000);
  assertEquals(await draftsOf(phone), []);
  const refused = await alice.ask({ type: "set_draft", room: "lobby", message: "x", at: 1 });
  assertEquals(refused.type === "error" && refused.code, "not_a_member");
});

async function overHttp(server: TestServer): Promise<void> {
  const token = await server.signIn("Alice");
  const alice = await server.member(token);
  await alice.ask({ type: "join", room: "general" });
  const put = (body: object) =>
    server.request("/api/rooms/general/draft", { method: "PUT", token, body });
  const at = Date.now() - 10;
  const first = await put({ message: "almost", at });
  assertEquals([first.status, (await first.json()).message], [200, "almost"]);
  const received = await alice.take("draft");
  assertEquals([received.message, received.at], ["almost", at]);
  for (let thread = 1; thread <= 100; thread++) {
    await (await put({ message: "x".repeat(9_000), thread, at })).body?.cancel();
  }
  const found = new Set<number>();
  for (let next: string | undefined = ""; next !== undefined;) {
    const query: string = next === "" ? "" : `?after=${encodeURIComponent(next)}`;
    const page = await (await server.request(`/api/drafts${query}`, { token })).json();
    for (const { thread = 0 } of page.drafts) found.add(thread);
    next = page.next;
  }
  assertEquals(found.size, 101);
  const archive = await server.request(`/api/people/${alice.id}/export`, { token });
  assertEquals(archive.status, 200);
  await archive.body?.cancel();
  await alice.close();
}

onEveryStore("drafts: over HTTP, in pages", overHttp);
