import { assert, assertEquals } from "@std/assert";
import { arrive } from "../../static/arrive.ts";
import type { Order } from "../../static/state/types.ts";
import { entryOf } from "../../static/entry.ts";
import { spanOf } from "../../static/format.ts";
import { everybody, guestMark, hushOf, placeOf, roleOf } from "../../static/select.ts";
import { joined, pageIn, said, say, summary, TestPage, told, welcome } from "./support.ts";

/** Gives an order; answers the key under which it went out. */
function give(page: TestPage, order: Order): string {
  const [frame] = page.do({ type: "order", order });
  assert(frame?.key !== undefined);
  return frame.key;
}

/** A page on which a guest of a number is online. */
function withGuest(guest: number): TestPage {
  const page = pageIn(0);
  page.get({ type: "presence", name: "Gast", guest, state: "online" });
  return page;
}

Deno.test("a link that lets in is told from a room's address", () => {
  assertEquals(entryOf("#invite=aB-_9"), { kind: "invite", token: "aB-_9" });
  assertEquals(entryOf("#device=abc"), { kind: "device", token: "abc" });
  for (const other of ["", "#/general", "#invite=", "#invite=a b", "#other=abc"]) {
    assertEquals(entryOf(other), undefined);
  }
});

const alice = { name: "Alice", role: "member" } as const;

/** Answers the page's requests; `asked` is what they brought. */
function answering(status: number, body: object) {
  const asked: unknown[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (_input, init) => {
    asked.push(JSON.parse(String(init?.body)));
    return Promise.resolve(Response.json(body, { status }));
  };
  return { asked, [Symbol.dispose]: () => void (globalThis.fetch = real) };
}

Deno.test("a device link lets in who is nobody yet, and changes nobody into somebody else", async () => {
  using server = answering(200, alice);
  const entry = { kind: "device", token: "t" } as const;
  assertEquals(await arrive(entry, null, "Test"), { session: alice });
  assertEquals(server.asked, [{ device: "t" }]);
  const bob = { name: "Bob", role: "member" } as const;
  assertEquals((await arrive(entry, bob, "Test")).session, bob);
  assertEquals(server.asked.length, 1);
});

Deno.test("a link that is used up says so", async () => {
  using _server = answering(403, { code: "bad_invite", detail: "Used up." });
  const stale = await arrive({ kind: "device", token: "t" }, null, "Test");
  assert(stale.session === null && stale.reason?.includes("used up or expired"));
  assertEquals(await arrive({ kind: "invite", token: "t" }, alice, "Test"), {
    session: alice,
    news: "Used up.",
  });
});

Deno.test("an invitation waits for a name, or is redeemed at once by whoever is in", async () => {
  using server = answering(200, { ...alice, role: "owner" });
  const entry = { kind: "invite", token: "t" } as const;
  assertEquals(await arrive(entry, null, "Test"), { session: null, invite: "t" });
  assertEquals(server.asked, []);
  const owning = await arrive(entry, alice, "Test");
  assertEquals(server.asked, [{ name: "Alice", invite: "t" }]);
  assert(owning.session !== null && owning.session.role === "owner");
  assert(owning.news?.startsWith("You own Test now"));
});

Deno.test("spanOf uses the largest unit that fits", () => {
  const spans = [5, 90, 300, 3_600, 86_400].map(spanOf);
  assertEquals(spans, ["5 s", "90 s", "5 min", "1 h", "1 d"]);
});

Deno.test("what the server is called and who may sign up stays when somebody comes or goes", () => {
  const page = new TestPage();
  page.do({ type: "server", name: "Chess club", signUp: "invite" });
  page.do({ type: "signed_out", invite: "abc" });
  assertEquals(page.state.invite, "abc");
  page.do({ type: "signed_in", name: "Alice", role: "member", pending: [] });
  assertEquals(page.state.server, { name: "Chess club", signUp: "invite" });
  assertEquals(page.state.invite, undefined);
});

Deno.test("a guest is marked as long as they are here, and as an earlier one after that", () => {
  const page = withGuest(7);
  const wrote = { name: "Gast", guest: 7 };
  assertEquals(guestMark(page.state, wrote), "guest");
  assertEquals(guestMark(page.state, { name: "Gast", guest: 5 }), "earlier");
  assertEquals(guestMark(page.state, { name: "Bob" }), undefined);
  assertEquals(roleOf(page.state, wrote), "guest");

  page.get({ type: "presence", name: "Gast", guest: 7, state: "offline" });
  assertEquals(guestMark(page.state, wrote), "earlier");
  assert(everybody(page.state).every(({ name }) => name !== "Gast"));

  // Somebody signs up under the name.
  page.get({ type: "presence", name: "Gast", state: "online" });
  assertEquals(guestMark(page.state, wrote), "earlier");
});

Deno.test("welcome says who of those online are guests", () => {
  const page = new TestPage();
  page.connect(welcome({ online: ["Alice", "Gast"], guests: [{ name: "Gast", guest: 3 }] }));
  assertEquals(guestMark(page.state, { name: "gast", guest: 3 }), "guest");
});

Deno.test("a guest who came back unannounced is known by what they say", () => {
  const page = withGuest(7);
  page.get(said(1, { sender: "Gast", guest: 9 }));
  assertEquals(guestMark(page.state, { name: "Gast", guest: 9 }), "guest");
  assertEquals(guestMark(page.state, { name: "Gast", guest: 7 }), "earlier");
  page.get({ type: "typing", room: "lobby", name: "Gast", guest: 11 });
  assertEquals(guestMark(page.state, { name: "Gast", guest: 11 }), "guest");
});

Deno.test("two guests of a name do not stand under one head", () => {
  const first = said(1, { sender: "Gast", guest: 1 });
  assert(!placeOf(said(2, { sender: "Gast", guest: 1 }), first, false).head);
  assert(placeOf(said(2, { sender: "Gast", guest: 2 }), first, false).head);
  assert(placeOf(said(2, { sender: "Gast" }), first, false).head);
});

Deno.test("what a guest said under one's name before is not one's own", () => {
  const page = pageIn(0);
  page.do(say("mine", "k"));
  page.get(said(1, { sender: "Alice", guest: 4, key: "k" }));
  assertEquals(page.state.pending.length, 1);
  assertEquals(page.room().unread, 1);
});

Deno.test("a conversation ends with the guest; the next of the name begins another", () => {
  const page = withGuest(7);
  page.do({ type: "open", room: "@Gast" });
  const mine = told(1, { sender: "Gast", guest: 7 });
  const answer = joined({ room: "@Gast", kind: "direct", seq: 1, messages: [mine] });
  page.get({ ...answer, key: page.joinKey("@Gast") });

  page.get({ type: "presence", name: "Gast", guest: 7, state: "offline" });
  assertEquals(hushOf(page.state, page.room("@gast"), 0), "over");
  const [join] = page.get(told(1, { sender: "Gast", guest: 9 }));
  assertEquals(join?.type, "join");
  assertEquals(page.texts("@gast"), []);
  assertEquals(page.room("@gast").unread, 1);
});

Deno.test("an order goes out with a key, and its refusal is told", () => {
  const page = pageIn(0);
  const key = give(page, { type: "kick", room: "lobby", name: "Bob" });
  page.get({ type: "error", code: "forbidden", message: "You may not do this.", key });
  assertEquals(page.state.notice, "You may not do this.");
  assertEquals(page.state.requests.size, 0);
  page.do({ type: "dismiss" });
  page.lose();
  assertEquals(page.do({ type: "order", order: { type: "list_bans" } }), []);
});

Deno.test("a role changes live, one's own with a word about it", () => {
  const page = pageIn(0);
  page.get({ type: "role_changed", name: "Bob", role: "moderator" });
  assertEquals(roleOf(page.state, { name: "bob" }), "moderator");
  assertEquals(page.state.news, undefined);
  page.get({ type: "role_changed", name: "Alice", role: "moderator" });
  assertEquals(page.state.me.role, "moderator");
  assertEquals(page.state.news, "Your role is now: moderator.");
});

Deno.test("whoever is muted sees until when, however they learn of it", () => {
  const page = pageIn(0);
  page.get({ type: "muted", name: "Alice", until: 61_000 });
  assertEquals(hushOf(page.state, page.room(), 60_999), "muted");
  assertEquals(hushOf(page.state, page.room(), 61_000), undefined);
  page.get({ type: "muted", name: "Alice", until: 0 });
  assertEquals(page.state.mutedUntil, undefined);

  page.do(say("hello", "k"));
  page.get({ type: "error", code: "muted", message: "", key: "k", retry_after: 5_000 });
  assertEquals(page.state.mutedUntil, 6_000);
  assertEquals(page.state.pending.map(({ status }) => status), ["refused"]);
});

Deno.test("a room is locked and slowed live, for everybody but moderators", () => {
  const page = pageIn(0);
  page.get({ type: "room_changed", room: "lobby", locked: true, slow_seconds: 30 });
  assertEquals(hushOf(page.state, page.room(), 0), "locked");
  assertEquals(page.room().slowSeconds, 30);
  page.get({ type: "role_changed", name: "Alice", role: "moderator" });
  assertEquals(hushOf(page.state, page.room(), 0), undefined);
  page.get({ type: "room_changed", room: "lobby", locked: false, slow_seconds: 0 });
  assertEquals([page.room().locked, page.room().slowSeconds], [undefined, undefined]);
});

Deno.test("the rules of a room come with welcome and with joining", () => {
  const page = new TestPage();
  page.connect(welcome({ rooms: [summary({ locked: true, slow_seconds: 5 })] }));
  assertEquals([page.room().locked, page.room().slowSeconds], [true, 5]);
  page.get(joined({ slow_seconds: 10, key: page.joinKey("lobby") }));
  assertEquals([page.room().locked, page.room().slowSeconds], [undefined, 10]);
});

Deno.test("in a slow room one waits after one's own message, or as long as the server says", () => {
  const page = pageIn(0);
  page.get({ type: "room_changed", room: "lobby", locked: false, slow_seconds: 30 });
  page.get(said(1));
  assertEquals(page.room().waitUntil, undefined);
  page.get(said(2, { sender: "Alice" }));
  assertEquals(page.room().waitUntil, 31_000);
  page.do(say("again", "k"));
  page.get({ type: "error", code: "rate_limited", message: "", key: "k", retry_after: 12_000 });
  assertEquals(page.room().waitUntil, 13_000);
});

Deno.test("being put out of a room is told, leaving it is not", () => {
  const page = pageIn(0);
  page.get({ type: "left", room: "lobby" });
  assertEquals(page.state.rooms.size, 0);
  assertEquals(page.state.news, "You are no longer in #lobby.");

  const kicked = pageIn(0);
  kicked.get({ type: "left", room: "lobby", by: "Chen" });
  assertEquals(kicked.state.news, "Chen has removed you from #lobby.");

  const other = pageIn(0);
  const [leave] = other.do({ type: "leave", room: "lobby" });
  other.get({ type: "left", room: "lobby", key: leave!.key! });
  assertEquals(other.state.news, undefined);
});

Deno.test("whom one blocks is known on every device, and told where it was done", () => {
  const page = pageIn(0);
  page.get({ type: "blocks", names: ["Bob"] });
  assertEquals([page.state.blocks, page.state.news], [["Bob"], undefined]);
  const key = give(page, { type: "block", name: "Bob", on: false });
  page.get({ type: "blocks", names: [], key });
  assertEquals([page.state.blocks, page.state.news], [[], "Bob can write to you again."]);
});

Deno.test("a ban that is lifted leaves the list", () => {
  const page = pageIn(0);
  const ban = (name: string) => ({ name, reason: "", at: 1 });
  page.get({ type: "bans", bans: [ban("Bob"), ban("Eve")] });
  page.get({ type: "unbanned", name: "Bob" });
  assertEquals(page.state.bans?.map(({ name }) => name), ["Eve"]);
});

Deno.test("the moderation log grows by the page, and begins anew when it is opened", () => {
  const page = pageIn(0);
  const frame = (ids: number[], more: boolean, key: string) => ({
    type: "moderation_log" as const,
    entries: ids.map((id) => ({ id, at: id, by: "Olga", action: "kick" })),
    more,
    key,
  });
  const ids = () => page.state.journal?.entries.map(({ id }) => id);
  page.get(frame([9, 8], true, give(page, { type: "moderation_log" })));
  page.get(frame([7], false, give(page, { type: "moderation_log", before: 8 })));
  assertEquals(ids(), [9, 8, 7]);
  page.get(frame([10, 9], true, give(page, { type: "moderation_log" })));
  assertEquals(ids(), [10, 9]);
});
