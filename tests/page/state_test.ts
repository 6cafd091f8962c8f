import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { everybody, isSkipping, unreadTotal } from "../../static/select.ts";
import { joined, pageIn, said, say, summary, TestPage, told, welcome } from "./support.ts";

Deno.test("welcome makes the page join every room in one go, the open one first", () => {
  const page = new TestPage();
  page.do({ type: "open", room: "b" });
  const rooms = ["a", "b", "c"].map((room) => summary({ room, seq: 3, unread: 3 }));
  const sent = page.connect(welcome({ rooms }));
  assertEquals(sent.map((frame) => [frame.type, "room" in frame && frame.room]), [
    ["join", "b"],
    ["join", "a"],
    ["join", "c"],
  ]);
  assertEquals(unreadTotal(page.state), 9);
});

Deno.test("an event is applied once, however often it comes", () => {
  const page = pageIn(2);
  page.get(said(3), said(3), said(1), said(3));
  assertEquals(page.texts(), ["message 1", "message 2", "message 3"]);
  assertEquals(page.room().unread, 1);
});

Deno.test("a gap is never shown: the page asks for what it missed, once", () => {
  const page = pageIn(2);
  const sent = page.get(said(5), said(6));
  assertEquals(sent, [
    { type: "join", room: "lobby", after: 2, epoch: "e1", key: page.joinKey("lobby") },
  ]);
  assertEquals(page.texts(), ["message 1", "message 2"]);

  const missed = [said(3), said(4), said(5), said(6)];
  page.get(joined({ seq: 6, messages: missed, read: 2, key: page.joinKey("lobby") }), said(7));
  assertEquals(page.room().messages.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("a reconnect resumes from what is held", () => {
  const page = pageIn(2);
  page.lose();
  assert(!page.room().live);
  const sent = page.connect(welcome({ rooms: [summary({ seq: 4, read: 2, unread: 2 })] }));
  assertEquals(sent, [
    { type: "join", room: "lobby", after: 2, epoch: "e1", key: page.joinKey("lobby") },
  ]);
  page.get(joined({ seq: 4, read: 2, messages: [said(3), said(4)], key: page.joinKey("lobby") }));
  assertEquals(page.texts().length, 4);
  assertEquals(page.room().unread, 2);
});

Deno.test("what came while one was away begins with a line; a newcomer has none", () => {
  const page = pageIn(2);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4, read: 2, unread: 2 })] }));
  assertEquals(page.room().divider, 2);
  const newcomer = new TestPage();
  newcomer.connect(welcome({ rooms: [summary({ seq: 4, read: 0, unread: 4 })] }));
  assertEquals(newcomer.room().divider, undefined);
});

Deno.test("a truncated answer replaces what was held", () => {
  const page = pageIn(2);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 900, read: 2, unread: 100 })] }));
  const latest = [said(899), said(900, { edited_at: 5 })];
  page.get(joined({
    seq: 900,
    read: 2,
    messages: latest,
    truncated: true,
    more: true,
    key: page.joinKey("lobby"),
  }));
  assertEquals(page.room().messages, latest);
  assertEquals(page.room().seq, 900);
  assertEquals(page.room().unread, 100);
  assert(page.room().more);
  assert(isSkipping(page.room()), "what lies between is not shown");
  page.get(said(901));
  assertEquals(page.room().seq, 901);
  page.do({ type: "seen", room: "lobby", seq: 901 });
  page.do({ type: "open", room: "lobby" });
  assert(!isSkipping(page.room()), "one has read past it");
});

Deno.test("another log begins anew, its read mark too", () => {
  const page = pageIn(5);
  page.lose();
  page.connect(welcome({ epoch: "e2" }));
  page.get(joined({
    epoch: "e2",
    seq: 1,
    read: 0,
    messages: [said(1, { message: "a new log" })],
    truncated: true,
    key: page.joinKey("lobby"),
  }));
  assertEquals(page.texts(), ["a new log"]);
  assertEquals(page.room().read, 0);
  assertEquals(page.room().unread, 1);
});

Deno.test("what is sent waits until the event with its key comes back", () => {
  const page = pageIn(0);
  const sent = page.do(say("hello", "k1"));
  assertEquals(sent, [{ type: "room_message", room: "lobby", message: "hello", key: "k1" }]);
  assertEquals(page.state.pending.map(({ status }) => status), ["sent"]);
  assertEquals(page.texts(), []);

  page.get(said(1, { sender: "Alice", message: "hello", key: "k1" }));
  assertEquals(page.state.pending, []);
  assertEquals(page.texts(), ["hello"]);
  assertEquals(page.room().unread, 0);
});

Deno.test("nobody else's event acknowledges what one sent", () => {
  const page = pageIn(0);
  page.do(say("hello", "k1"));
  page.get(said(1, { sender: "Bob", key: "k1" }));
  assertEquals(page.state.pending.length, 1);
});

Deno.test("a repeated answer with an old seq acknowledges and shows nothing twice", () => {
  const page = pageIn(0);
  page.do(say("hello", "k1"));
  page.get(said(1, { sender: "Alice", message: "hello" }), said(2));
  assertEquals(page.state.pending.length, 1);
  page.get(said(1, { sender: "Alice", message: "hello", key: "k1" }));
  assertEquals(page.state.pending, []);
  assertEquals(page.texts(), ["hello", "message 2"]);
});

Deno.test("offline, messages wait, and go out in order with their own keys once joined", () => {
  const page = pageIn(1);
  page.do(say("one", "k1"));
  page.lose();
  assertEquals(page.do(say("two", "k2")), []);
  assertEquals(page.state.pending.map(({ status }) => status), ["waiting", "waiting"]);

  const joins = page.connect(welcome({ rooms: [summary({ seq: 1, read: 1 })] }));
  assertEquals(joins.map(({ type }) => type), ["join"]);
  const sent = page.get(joined({ seq: 1, read: 1, key: page.joinKey("lobby") }));
  assertEquals(sent.map(({ key }) => key), ["k1", "k2"]);
});

Deno.test("what was stored before the line was lost is not sent again", () => {
  const page = pageIn(1);
  page.do(say("one", "k1"));
  page.do(say("two", "k2"));
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 2, read: 1 })] }));
  const mine = said(2, { sender: "Alice", message: "one", key: "k1" });
  const sent = page.get(joined({ seq: 2, read: 1, messages: [mine], key: page.joinKey("lobby") }));
  assertEquals(sent.map(({ key }) => key), ["k2"]);
  assertEquals(page.texts(), ["message 1", "one"]);
});

Deno.test("a server that is short of breath gets the message again, with the same key", () => {
  const page = pageIn(0);
  page.do(say("hello", "k1"));
  page.get({ type: "error", code: "rate_limited", message: "", key: "k1", retry_after: 700 });
  assertEquals(page.state.pending.map(({ status }) => status), ["waiting"]);
  assertEquals(page.effects, [{
    type: "later",
    ms: 700,
    action: { type: "flush", room: "lobby" },
  }]);
  const sent = page.do({ type: "flush", room: "lobby" });
  assertEquals(sent.map(({ key }) => key), ["k1"]);
});

Deno.test("a refused message says why, and can be tried again or discarded", () => {
  const page = pageIn(0);
  page.do(say("hello", "k1"));
  page.get({ type: "error", code: "forbidden", message: "You may not do this.", key: "k1" });
  assertEquals(page.state.pending.map(({ status, reason }) => [status, reason]), [
    ["refused", "You may not do this."],
  ]);
  assertEquals(page.do({ type: "retry", key: "k1" }).map(({ key }) => key), ["k1"]);
  page.do({ type: "discard", key: "k1" });
  assertEquals(page.state.pending, []);
});

Deno.test("edits, deletions and reactions change their message and take a seq", () => {
  const page = pageIn(2);
  const by = { room: "lobby", sender: "Bob", at: 9 };
  page.get(
    { ...by, type: "message_edited", seq: 3, target: 1, message: "better" },
    { ...by, type: "reaction", seq: 4, target: 1, emoji: "👍", on: true },
    { ...by, type: "reaction", seq: 5, target: 1, emoji: "👍", on: true, sender: "Alice" },
    { ...by, type: "reaction", seq: 6, target: 1, emoji: "👍", on: false },
    { ...by, type: "message_deleted", seq: 7, target: 2 },
  );
  const [first, second] = page.room().messages;
  assertEquals(first?.message, "better");
  assertEquals(first?.edited_at, 9);
  assertEquals(first?.reactions, [{ emoji: "👍", names: ["Alice"] }]);
  assertEquals(second, said(2, { message: "", deleted: true }));
  assertEquals(page.room().seq, 7);
  assertEquals(page.room().unread, 0);

  page.get({ ...by, type: "reaction", seq: 8, target: 1, emoji: "👍", on: false, sender: "alice" });
  assertEquals(page.room().messages[0]?.reactions, undefined);
});

Deno.test("a change to a message that is not held changes only the seq", () => {
  const page = new TestPage();
  page.enter(joined({ seq: 50, read: 50, messages: [said(50)], more: true }));
  page.get({
    type: "message_deleted",
    room: "lobby",
    sender: "Bob",
    at: 1,
    seq: 51,
    target: 3,
  });
  assertEquals(page.room().messages, [said(50)]);
  assertEquals(page.room().seq, 51);
});

Deno.test("seeing the end reads the room; reading elsewhere does so here", () => {
  const page = pageIn(2);
  page.get(said(3), said(4));
  assertEquals(page.room().unread, 2);
  page.get({ type: "read", room: "lobby", seq: 3 });
  assertEquals(page.room().unread, 1);
  assertEquals(page.do({ type: "seen", room: "lobby" }), [
    { type: "read", room: "lobby", seq: 4 },
  ]);
  assertEquals(page.room().unread, 0);
  assertEquals(page.do({ type: "seen", room: "lobby" }), []);
  page.get({ type: "read", room: "lobby", seq: 1 });
  assertEquals(page.room().read, 4);
});

Deno.test("a direct message is in the conversation with the other person, whoever sent it", () => {
  const page = pageIn(0);
  const sent = page.get(told(1));
  assertEquals(sent.map(({ type }) => type), ["join"]);
  assertEquals(page.room("@bob").name, "@Bob");
  assertEquals(page.room("@bob").unread, 1);

  const mine = told(2, { sender: "Alice", receiver: "Bob" });
  page.get(mine);
  page.get(joined({
    room: "@Bob",
    kind: "direct",
    seq: 2,
    messages: [told(1), mine],
    key: page.joinKey("@Bob"),
  }));
  page.get(told(3));
  assertEquals(page.texts("@bob"), ["secret 1", "secret 2", "secret 3"]);
  assertEquals(page.room("@bob").unread, 2);
  page.get({
    type: "message_edited",
    sender: "Alice",
    receiver: "Bob",
    seq: 4,
    at: 4,
    target: 2,
    message: "changed",
  });
  assertEquals(page.texts("@bob")[1], "changed");
});

Deno.test("a conversation with nobody is taken back, and says why", () => {
  const page = pageIn(0);
  page.do({ type: "open", room: "@Nobody" });
  assertEquals(page.state.current, "@nobody");
  const key = page.joinKey("@Nobody");
  page.get({ type: "error", code: "no_such_user", message: "Nobody has this name.", key });
  assertEquals(page.state.rooms.has("@nobody"), false);
  assertEquals(page.state.current, undefined);
  assertEquals(page.state.notice, "Nobody has this name.");
});

Deno.test("being added to a room elsewhere makes the page join it", () => {
  const page = pageIn(0);
  const sent = page.get({ type: "member_joined", room: "secret", name: "Alice" });
  assertEquals(sent.map((frame) => "room" in frame && frame.room), ["secret"]);
  page.get({ type: "member_joined", room: "lobby", name: "Chen" });
  assertEquals(page.room().members, ["Alice", "Bob", "Chen"]);
});

Deno.test("leaving, here or elsewhere, takes the room away", () => {
  const page = pageIn(1);
  assertEquals(page.do({ type: "leave", room: "lobby" }).map(({ type }) => type), ["leave"]);
  page.get({ type: "left", room: "lobby" });
  assertEquals(page.state.rooms.size, 0);
  assertEquals(page.state.current, undefined);
});

Deno.test("a room that was made is opened when it is there", () => {
  const page = pageIn(0);
  page.do({ type: "create", room: "Garden", kind: "private", title: "Beans" });
  const key = [...page.state.requests.keys()].at(-1)!;
  page.get(joined({ room: "Garden", kind: "private", title: "Beans", key }));
  assertEquals(page.state.current, "garden");
  assertEquals(page.room("garden").title, "Beans");
});

Deno.test("history goes above what is held, and overlaps do no harm", () => {
  const page = new TestPage();
  page.enter(joined({ seq: 4, read: 4, messages: [said(3), said(4)], more: true }));
  const [asked] = page.do({ type: "history", room: "lobby" });
  assert(asked?.type === "history");
  assertEquals(asked.before, 3);
  assertEquals(page.do({ type: "history", room: "lobby" }), []);
  const older = [said(1), said(2), said(3)];
  page.get({ type: "history", room: "lobby", messages: older, more: false, key: asked.key! });
  assertEquals(page.room().messages.map(({ seq }) => seq), [1, 2, 3, 4]);
  assert(!page.room().more);
});

Deno.test("typing ends with its time, or with the message", () => {
  const page = pageIn(0);
  page.get({ type: "typing", room: "lobby", name: "Bob" });
  assertEquals([...page.room().typing.keys()], ["Bob"]);
  const [later] = page.effects;
  assert(later?.type === "later");
  page.do(later.action);
  assertEquals(page.room().typing.size, 0);
  page.get({ type: "typing", room: "lobby", name: "Bob" }, said(1));
  assertEquals(page.room().typing.size, 0);
});

Deno.test("presence follows the server", () => {
  const page = new TestPage();
  page.connect(welcome({ online: ["Alice", "Bob", "Chen"], away: ["Chen"] }));
  page.get({ type: "presence", name: "Dora", state: "online" });
  page.get({ type: "presence", name: "Bob", state: "offline" });
  assertEquals(everybody(page.state).map(({ name, state }) => `${name} ${state}`), [
    "Dora online",
    "Chen away",
    "Bob offline",
  ]);
});

Deno.test("search shows the answer to the question that was asked last", () => {
  const page = pageIn(0);
  const [first] = page.do({ type: "search", terms: { query: "a" } });
  const [second] = page.do({ type: "search", terms: { query: "ab" } });
  const hit = { ...said(1), snippet: "ab", highlights: [[0, 2] as const] };
  const frame = { type: "search_results" as const, more: false };
  page.get({ ...frame, query: "ab", messages: [hit], key: second!.key! });
  page.get({ ...frame, query: "a", messages: [], key: first!.key! });
  assertEquals(page.state.search?.hits, [hit]);
});

Deno.test("nothing of another person's is kept or sent", () => {
  const page = pageIn(1);
  page.lose();
  page.do(say("mine", "k1"));
  page.connect(welcome({ you: { name: "Bob", role: "member" }, rooms: [] }));
  assertEquals(page.state.pending, []);
  assertEquals(page.state.rooms.size, 0);
});

Deno.test("what was not sent before a reload is sent after it", () => {
  const before = pageIn(1);
  before.lose();
  before.do(say("later", "k1", "@Bob"));
  const page = new TestPage();
  page.do({
    type: "signed_in",
    name: "Alice",
    role: "member",
    pending: before.state.pending,
  });
  page.connect(welcome({ rooms: [] }));
  const sent = page.get(joined({ room: "@Bob", kind: "direct", key: page.joinKey("@Bob") }));
  assertEquals(sent.map(({ key }) => key), ["k1"]);
});

Deno.test("a frame of a newer server changes nothing", () => {
  const page = pageIn(1);
  const before = page.state;
  page.get({ type: "something_new" } as never);
  assertStrictEquals(page.state, before);
});
