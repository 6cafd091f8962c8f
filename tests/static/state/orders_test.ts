/** What a user keeps of messages and says about themselves waits for a connection. */
import { assertEquals } from "@std/assert";
import { pageSnapshotOf } from "../../../static/state/snapshot.ts";
import { alice, pageIn, TestPage, welcome } from "../support.ts";

const save = { type: "save_message", room_id: "lobby", seq: 1, on: true } as const;

/** What of it a page sends with a new connection: the keys. */
function savedAgain(page: TestPage, welcomed = welcome()): (string | undefined)[] {
  page.lose();
  return page.connect(welcomed).flatMap((frame) =>
    frame.type === "save_message" ? [frame.key] : []
  );
}

Deno.test("a message saved without a connection is saved with the next one, until that is answered", () => {
  const page = pageIn(1);
  page.lose();
  assertEquals(page.do({ type: "order", order: save }), []);
  const [key] = savedAgain(page);
  assertEquals(typeof key, "string");
  // The connection was lost before the answer.
  assertEquals(savedAgain(page), [key]);
  page.get({ type: "saved", key, messages: [], more: false });
  assertEquals(savedAgain(page), []);
});

Deno.test("what was sent and not answered is sent again; a list is not", () => {
  const page = pageIn(1);
  const [sent] = page.do({ type: "order", order: save });
  page.do({ type: "order", order: { type: "list_saved" } });
  page.lose();
  const again = page.connect().filter(({ type }) => type.includes("save"));
  assertEquals(again, [sent!]);
});

Deno.test("a thread that is followed is not followed again with the next connection", () => {
  const page = pageIn(1);
  const follow = { type: "follow_thread", room_id: "lobby", thread: 1, on: true } as const;
  const [sent] = page.do({ type: "order", order: follow });
  const { key } = sent as { readonly key?: string };
  page.get({ type: "thread_followed", room: "lobby", thread: 1, on: true, key });
  page.lose();
  assertEquals(page.connect().filter(({ type }) => type === "follow_thread"), []);
});

/** The page of the same user after a reload. */
function reloaded(page: TestPage): TestPage {
  const next = new TestPage();
  const stored = structuredClone(pageSnapshotOf(page.state, 1));
  next.do({ type: "signed_in", ...alice, pending: [], page: stored, rooms: [] });
  return next;
}

Deno.test("what the user ordered without a connection outlives a reload", () => {
  const page = pageIn(1);
  page.lose();
  page.do({ type: "order", order: save });
  const again = reloaded(page);
  const unread = { type: "mark_unread", room_id: "lobby", seq: 1 } as const;
  again.do({ type: "order", order: unread });
  const sent = reloaded(again).connect().filter(({ type }) => type !== "join");
  assertEquals(sent.map(({ key: _key, ...rest }) => rest), [save, unread]);
  assertEquals(new Set(sent.map(({ key }) => key)).size, 2);
  // What was answered is not sent again.
  const [key] = savedAgain(again);
  again.get({ type: "saved", key, messages: [], more: false });
  assertEquals(savedAgain(reloaded(again)), []);
  // In another log it would mean something else.
  assertEquals(savedAgain(reloaded(page), welcome({ epoch: "another" })), []);
});

Deno.test("another log or another user gets nothing of it", () => {
  const page = pageIn(1);
  page.do({ type: "order", order: save });
  assertEquals(savedAgain(page, welcome({ epoch: "another" })), []);
  page.do({ type: "order", order: save });
  const you = { id: "u-bob", name: "Bob", role: "member" } as const;
  assertEquals(savedAgain(page, welcome({ you, rooms: [] })), []);
});

Deno.test("a status is shown until it ends", () => {
  const page = pageIn(0);
  const bob = { type: "profile", name: "Bob", id: "u-bob" } as const;
  page.get({ ...bob, avatar: "a1", status: { emoji: "🌴", text: "away", until: 5_000 } });
  page.do({ type: "tick", at: 4_999 });
  assertEquals(page.state.profiles.get("bob")?.status?.text, "away");
  page.do({ type: "tick", at: 5_000 });
  const profile = page.state.profiles.get("bob");
  assertEquals([profile?.status, profile?.avatar], [undefined, "a1"]);
});
