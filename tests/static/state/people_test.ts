import { assert, assertEquals } from "@std/assert";
import { applyLink } from "../../../static/session/sign_in.ts";
import type { Order } from "../../../static/state/types.ts";
import { inviteLinkOf } from "../../../static/session/invite_link.ts";
import { spanOf } from "../../../static/strings/format.ts";
import { nameMark, placeOf, roleOf, silenceReason } from "../../../static/state/selectors.ts";
import { everyone } from "../../../static/state/directory.ts";
import {
  alice,
  directMessage,
  joined,
  pageIn,
  roomChanged,
  said,
  say,
  summary,
  TestPage,
  welcome,
} from "../support.ts";

/** Sends a moderation command; returns its key. */
function give(page: TestPage, order: Order): string {
  const [frame] = page.do({ type: "order", order });
  assert(frame?.key !== undefined);
  return frame.key;
}

/** Guest number `n`: each has an id of its own, regardless of the name. */
function guest(n: number) {
  return { guest: true, id: `g${n}` } as const;
}

/** A message of guest number `n`. */
function byGuest(n: number) {
  return { guest: true, sender_id: `g${n}` } as const;
}

/** A page on which guest number `n` is online. */
function withGuest(n: number): TestPage {
  const page = pageIn(0);
  page.get({ type: "presence", name: "Gast", ...guest(n), state: "online" });
  return page;
}

Deno.test("a sign-in link is distinguished from a room's address", () => {
  assertEquals(inviteLinkOf("#invite=aB-_9"), { kind: "invite", token: "aB-_9" });
  assertEquals(inviteLinkOf("#device=abc"), { kind: "device", token: "abc" });
  assertEquals(inviteLinkOf("#sign-in=abc"), { kind: "sign-in", token: "abc" });
  for (const other of ["", "#/general", "#invite=", "#invite=a b", "#other=abc"]) {
    assertEquals(inviteLinkOf(other), undefined);
  }
});

/** Answers the page's requests; `asked` collects them. */
function answering(status: number, body: object) {
  const asked: unknown[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (_input, init) => {
    asked.push(JSON.parse(String(init?.body)));
    return Promise.resolve(Response.json(body, { status }));
  };
  return { asked, [Symbol.dispose]: () => void (globalThis.fetch = real) };
}

Deno.test("a device link signs in a signed-out browser, and never changes the account of another", async () => {
  using server = answering(200, alice);
  const entry = { kind: "device", token: "t" } as const;
  assertEquals(await applyLink(entry, null, "Test"), { session: alice });
  assertEquals(server.asked, [{ device: "t" }]);
  const bob = { name: "Bob", role: "member" } as const;
  assertEquals((await applyLink(entry, bob, "Test")).session, bob);
  assertEquals(server.asked.length, 1);
});

Deno.test("a used link says so", async () => {
  using _server = answering(403, { code: "bad_invite", detail: "Used up." });
  const stale = await applyLink({ kind: "device", token: "t" }, null, "Test");
  assert(stale.session === null && stale.reason?.includes("has been used or has expired"));
  assertEquals(await applyLink({ kind: "invite", token: "t" }, alice, "Test"), {
    session: alice,
    news: "Used up.",
  });
});

Deno.test("an invitation waits for a name, or is redeemed at once when signed in", async () => {
  using server = answering(200, { ...alice, role: "owner" });
  const entry = { kind: "invite", token: "t" } as const;
  assertEquals(await applyLink(entry, null, "Test"), { session: null, invite: "t" });
  assertEquals(server.asked, []);
  const owning = await applyLink(entry, alice, "Test");
  assertEquals(server.asked, [{ name: "Alice", invite: "t" }]);
  assert(owning.session !== null && owning.session.role === "owner");
  assert(owning.news?.startsWith("You now own Test"));
});

Deno.test("spanOf uses the largest unit that fits", () => {
  const spans = [5, 90, 300, 3_600, 86_400].map(spanOf);
  assertEquals(spans, ["5 s", "90 s", "5 min", "1 h", "1 d"]);
});

Deno.test("the server's name and sign-up mode survive signing in and out", () => {
  const page = new TestPage();
  page.do({ type: "server", server: { name: "Chess club", signUp: "invite" } });
  page.do({ type: "signed_out", invite: "abc" });
  assertEquals(page.state.invite, "abc");
  page.do({ type: "signed_in", ...alice, pending: [] });
  assertEquals(page.state.server, { name: "Chess club", signUp: "invite" });
  assertEquals(page.state.invite, undefined);
});

Deno.test("a guest is marked while here, and as an earlier guest after that", () => {
  const page = withGuest(7);
  const wrote = { name: "Gast", ...guest(7) };
  assertEquals(nameMark(page.state, wrote), "guest");
  assertEquals(nameMark(page.state, { name: "Gast", ...guest(5) }), "earlier");
  assertEquals(nameMark(page.state, { name: "Bob" }), undefined);
  assertEquals(roleOf(page.state, wrote), "guest");

  page.get({ type: "presence", name: "Gast", ...guest(7), state: "offline" });
  assertEquals(nameMark(page.state, wrote), "earlier");
  assert(everyone(page.state).every(({ name }) => name !== "Gast"));

  // Another user signs up under the name.
  page.get({ type: "presence", name: "Gast", state: "online" });
  assertEquals(nameMark(page.state, wrote), "earlier");
});

Deno.test("welcome marks the guests among the users online", () => {
  const page = new TestPage();
  page.connect(welcome({ online: ["Alice", "Gast"], guests: [{ name: "Gast", id: "g3" }] }));
  assertEquals(nameMark(page.state, { name: "gast", ...guest(3) }), "guest");
});

Deno.test("a guest who returns unannounced is recognized by their messages", () => {
  const page = withGuest(7);
  page.get(said(1, { sender: "Gast", ...byGuest(9) }));
  assertEquals(nameMark(page.state, { name: "Gast", ...guest(9) }), "guest");
  assertEquals(nameMark(page.state, { name: "Gast", ...guest(7) }), "earlier");
  page.get({ type: "typing", room: "lobby", name: "Gast", ...guest(11) });
  assertEquals(nameMark(page.state, { name: "Gast", ...guest(11) }), "guest");
});

Deno.test("messages of two guests with the same name are not grouped", () => {
  const first = said(1, { sender: "Gast", ...byGuest(1) });
  assert(!placeOf(said(2, { sender: "Gast", ...byGuest(1) }), first, false).head);
  assert(placeOf(said(2, { sender: "Gast", ...byGuest(2) }), first, false).head);
  assert(placeOf(said(2, { sender: "Gast" }), first, false).head);
});

Deno.test("messages of an earlier guest with the user's name are not the user's own", () => {
  const page = pageIn(0);
  page.do(say("mine", "k"));
  page.get(said(1, { sender: "Alice", ...byGuest(4), key: "k" }));
  assertEquals(page.state.pending.length, 1);
  assertEquals(page.room().unread, 1);
});

Deno.test("a conversation ends with the guest; the next guest of the name starts another", () => {
  const page = withGuest(7);
  page.do({ type: "go", to: "@Gast" });
  const mine = directMessage(1, { sender: "Gast", ...byGuest(7) });
  const theirs = { room: "@Gast", room_id: "dm-7", receiver_id: "g7", kind: "direct" } as const;
  page.get({ ...joined({ ...theirs, seq: 1, messages: [mine] }), key: page.joinKey("@Gast") });

  page.get({ type: "presence", name: "Gast", ...guest(7), state: "offline" });
  assertEquals(silenceReason(page.state, page.room("dm-7"), 0), "over");
  const [join] = page.get(directMessage(1, { sender: "Gast", room_id: "dm-9", ...byGuest(9) }));
  assertEquals(join?.type, "join");
  assertEquals([page.texts("dm-7").length, page.texts("dm-9").length], [1, 0]);
  assertEquals(page.room("dm-9").unread, 1);
  assertEquals(page.room("@gast").key, "dm-9", "the name is the living one's");
});

Deno.test("a moderation command has a key, and its refusal is shown", () => {
  const page = pageIn(0);
  const key = give(page, { type: "kick", room: "lobby", name: "Bob" });
  page.get({ type: "error", code: "forbidden", message: "You may not do this.", key });
  assertEquals(page.state.notice, "You may not do this.");
  assertEquals(page.state.requests.size, 0);
  page.do({ type: "dismiss" });
  page.lose();
  assertEquals(page.do({ type: "order", order: { type: "list_bans" } }), []);
});

Deno.test("a role changes live, the user's own with a notice", () => {
  const page = pageIn(0);
  page.get({ type: "role_changed", name: "Bob", role: "moderator" });
  assertEquals(roleOf(page.state, { name: "bob" }), "moderator");
  assertEquals(page.state.news, undefined);
  page.get({ type: "role_changed", name: "Alice", role: "moderator" });
  assertEquals(page.state.me.role, "moderator");
  assertEquals(page.state.news, "Your role is now moderator.");
});

Deno.test("a muted user sees until when, regardless of how the page learns of it", () => {
  const page = pageIn(0);
  page.get({ type: "muted", name: "Alice", until: 61_000 });
  assertEquals(silenceReason(page.state, page.room(), 60_999), "muted");
  assertEquals(silenceReason(page.state, page.room(), 61_000), undefined);
  page.get({ type: "muted", name: "Alice", until: 0 });
  assertEquals(page.state.mutedUntil, undefined);

  page.do(say("hello", "k"));
  page.get({ type: "error", code: "muted", message: "", key: "k", retry_after: 5_000 });
  assertEquals(page.state.mutedUntil, 6_000);
  assertEquals(page.state.pending.map(({ status }) => status), ["refused"]);
});

Deno.test("locking and slow mode apply live, to all but moderators", () => {
  const page = pageIn(0);
  page.get(roomChanged(1, { locked: true, slow_seconds: 30 }));
  assertEquals(silenceReason(page.state, page.room(), 0), "locked");
  assertEquals(page.room().slowSeconds, 30);
  page.get({ type: "role_changed", name: "Alice", role: "moderator" });
  assertEquals(silenceReason(page.state, page.room(), 0), undefined);
  page.get(roomChanged(2, { locked: false, slow_seconds: 0 }));
  assertEquals([page.room().locked, page.room().slowSeconds], [undefined, undefined]);
});

Deno.test("a room's settings come with welcome and with joined", () => {
  const page = new TestPage();
  page.connect(welcome({ rooms: [summary({ locked: true, slow_seconds: 5 })] }));
  assertEquals([page.room().locked, page.room().slowSeconds], [true, 5]);
  page.get(joined({ slow_seconds: 10, key: page.joinKey("lobby") }));
  assertEquals([page.room().locked, page.room().slowSeconds], [undefined, 10]);
});

Deno.test("in slow mode the user waits after a message, or as long as the server says", () => {
  const page = pageIn(0);
  page.get(roomChanged(1, { locked: false, slow_seconds: 30 }));
  page.get(said(2));
  assertEquals(page.room().waitUntil, undefined);
  page.get(said(3, { sender: "Alice" }));
  assertEquals(page.room().waitUntil, 31_000);
  page.do(say("again", "k"));
  page.get({ type: "error", code: "rate_limited", message: "", key: "k", retry_after: 12_000 });
  assertEquals(page.room().waitUntil, 13_000);
});

Deno.test("being removed from a room shows a notice, leaving it does not", () => {
  const page = pageIn(0);
  page.get({ type: "left", room: "lobby" });
  assertEquals(page.state.rooms.size, 0);
  assertEquals(page.state.news, "You're no longer in #lobby.");

  const kicked = pageIn(0);
  kicked.get({ type: "left", room: "lobby", by: "Chen" });
  assertEquals(kicked.state.news, "Chen removed you from #lobby.");

  const other = pageIn(0);
  const [leave] = other.do({ type: "leave", room: "lobby" });
  other.get({ type: "left", room: "lobby", key: leave!.key! });
  assertEquals(other.state.news, undefined);
});

Deno.test("a block applies on every device, and is confirmed where it was made", () => {
  const page = pageIn(0);
  page.get({ type: "blocks", names: ["Bob"] });
  assertEquals([page.state.blocks, page.state.news], [[{ name: "Bob", id: "u-bob" }], undefined]);
  const key = give(page, { type: "block", name: "Bob", on: false });
  page.get({ type: "blocks", names: [], key });
  assertEquals([page.state.blocks, page.state.news], [[], "Bob can message you again."]);
});

Deno.test("a lifted ban leaves the list", () => {
  const page = pageIn(0);
  const ban = (name: string) => ({ name, reason: "", at: 1 });
  page.get({ type: "bans", bans: [ban("Bob"), ban("Eve")] });
  page.get({ type: "unbanned", name: "Bob" });
  assertEquals(page.state.lists.bans?.bans.map(({ name }) => name), ["Eve"]);
});

Deno.test("the moderation log grows page by page, and starts over when reopened", () => {
  const page = pageIn(0);
  const frame = (ids: number[], more: boolean, key: string) => ({
    type: "moderation_log" as const,
    entries: ids.map((id) => ({ id, at: id, by: "Olga", action: "kick" })),
    more,
    key,
  });
  const ids = () => page.state.moderationLog?.entries.map(({ id }) => id);
  page.get(frame([9, 8], true, give(page, { type: "moderation_log" })));
  page.get(frame([7], false, give(page, { type: "moderation_log", before: 8 })));
  assertEquals(ids(), [9, 8, 7]);
  page.get(frame([10, 9], true, give(page, { type: "moderation_log" })));
  assertEquals(ids(), [10, 9]);
});

Deno.test("a closed conversation can be opened again, until there is other news", () => {
  const page = pageIn(0);
  const who = { name: "Bob", id: "B1" };
  page.do({ type: "write", who });
  const [, direct] = [...page.state.rooms.values()];
  page.do({ type: "leave", room: direct!.key });
  assertEquals(page.state.rooms.has(direct!.key), false);
  const { news, undo } = page.state;
  assertEquals(undo, { news: "The conversation is closed.", action: { type: "write", who } });
  assertEquals(news, undo!.news);
  page.do(undo!.action);
  assertEquals(page.state.current, direct!.key);
  page.do({ type: "show_news", news: "Copied" });
  assertEquals(page.state.undo?.news === page.state.news, false);
  page.do({ type: "dismiss" });
  assertEquals(page.state.undo, undefined);
});
