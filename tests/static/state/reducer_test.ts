import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { reactionsOf } from "../../../lib/chat/events/message.ts";
import { isSkipping, unreadTotal } from "../../../static/state/selectors.ts";
import { everyone } from "../../../static/state/directory.ts";
import { resolve } from "../../../static/state/places.ts";
import {
  alice,
  directMessage,
  joined,
  pageIn,
  personId,
  provisional,
  said,
  say,
  summary,
  TestPage,
  welcome,
} from "../support.ts";

Deno.test("after welcome the page joins every room in one go, the open one first", () => {
  const page = new TestPage();
  page.do({ type: "go", to: "b" });
  const rooms = ["a", "b", "c"].map((room) => summary({ room, seq: 3, unread: 3 }));
  const sent = page.connect(welcome({ rooms }));
  assertEquals(sent.map((frame) => [frame.type, "room_id" in frame && frame.room_id]), [
    ["join", "b"],
    ["join", "a"],
    ["join", "c"],
  ]);
  assertEquals(unreadTotal(page.state), 9);
});

Deno.test("an event is applied once, no matter how often it arrives", () => {
  const page = pageIn(2);
  page.get(said(3), said(3), said(1), said(3));
  assertEquals(page.texts(), ["message 1", "message 2", "message 3"]);
  assertEquals(page.room().unread, 1);
});

Deno.test("a gap is never shown: the page asks once for the missed events", () => {
  const page = pageIn(2);
  const sent = page.get(said(5), said(6));
  assertEquals(sent, [
    { type: "join", room_id: "lobby", after: 2, epoch: "e1", key: page.joinKey("lobby") },
  ]);
  assertEquals(page.texts(), ["message 1", "message 2"]);

  const missed = [said(3), said(4), said(5), said(6)];
  page.get(joined({ seq: 6, messages: missed, read: 2, key: page.joinKey("lobby") }), said(7));
  assertEquals(page.room().messages.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("a reconnect resumes after the events the page holds", () => {
  const page = pageIn(2);
  page.lose();
  assert(!page.room().live);
  const sent = page.connect(welcome({ rooms: [summary({ seq: 4, read: 2, unread: 2 })] }));
  assertEquals(sent, [
    { type: "join", room_id: "lobby", after: 2, epoch: "e1", key: page.joinKey("lobby") },
  ]);
  page.get(joined({ seq: 4, read: 2, messages: [said(3), said(4)], key: page.joinKey("lobby") }));
  assertEquals(page.texts().length, 4);
  assertEquals(page.room().unread, 2);
});

Deno.test("a divider marks messages received while away; a new member sees none", () => {
  const page = pageIn(2);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4, read: 2, unread: 2 })] }));
  assertEquals(page.room().divider, 2);
  const newcomer = new TestPage();
  newcomer.connect(welcome({ rooms: [summary({ seq: 4, read: 0, unread: 4 })] }));
  assertEquals(newcomer.room().divider, undefined);
});

Deno.test("a truncated answer replaces the held events", () => {
  const page = pageIn(2);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 900, read: 2, unread: 100 })] }));
  const latest = [said(899), said(900, { edited_at: 5 })];
  page.get(joined({
    seq: 900,
    read: 2,
    unread: 100,
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

Deno.test("another log starts over, including its read mark", () => {
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

Deno.test("a sent message is pending until the event with its key arrives", () => {
  const page = pageIn(0);
  const sent = page.do(say("hello", "k1"));
  assertEquals(sent, [{ type: "room_message", room_id: "lobby", message: "hello", key: "k1" }]);
  assertEquals(page.state.pending.map(({ status }) => status), ["sent"]);
  assertEquals(page.texts(), []);

  page.get(said(1, { sender: "Alice", message: "hello", key: "k1" }));
  assertEquals(page.state.pending, []);
  assertEquals(page.texts(), ["hello"]);
  assertEquals(page.room().unread, 0);
});

Deno.test("another user's event acknowledges nothing", () => {
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

Deno.test("a message stored before the connection was lost is not sent again", () => {
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

Deno.test("a message that the server asks to retry is resent with the same key", () => {
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

Deno.test("a refused message shows the reason, and can be retried or discarded", () => {
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
  const own = { emoji: "👍", count: 1, mine: true, names: ["Alice"], ids: [personId("Alice")] };
  assertEquals<unknown>(first?.reactions, [own]);
  assertEquals(second, said(2, { message: "", deleted: true }));
  assertEquals(page.room().seq, 7);
  assertEquals(page.room().unread, 0);

  page.get({ ...by, type: "reaction", seq: 8, target: 1, emoji: "👍", on: false, sender: "alice" });
  assertEquals(page.room().messages[0]?.reactions, undefined);
});

Deno.test("one emoji is one reaction, however older events wrote it", () => {
  const page = pageIn(1);
  const by = { type: "reaction", room: "lobby", at: 9, target: 1 } as const;
  page.get(
    { ...by, seq: 2, sender: "Bob", emoji: "❤", on: true },
    { ...by, seq: 3, sender: "Alice", emoji: "❤️", on: true },
    { ...by, seq: 4, sender: "Bob", emoji: "❤️", on: true },
  );
  const people = { names: ["Bob", "Alice"], ids: [personId("Bob"), personId("Alice")] };
  assertEquals(page.room().messages[0]?.reactions, [{
    emoji: "❤️",
    count: 2,
    mine: true,
    ...people,
  }]);
  page.get({ ...by, seq: 5, sender: "Bob", emoji: "❤\ufe0e", on: false });
  page.get({ ...by, seq: 6, sender: "Alice", emoji: "❤", on: false });
  assertEquals(page.room().messages[0]?.reactions, undefined);
});

Deno.test("a message that was kept with one reaction in two forms shows it as one", () => {
  const page = new TestPage();
  const [bob, alice] = [personId("Bob"), personId("Alice")];
  const reactions = [
    { emoji: "❤", names: ["Bob"], ids: [bob] },
    { emoji: "👍", names: ["Bob"], ids: [bob] },
    { emoji: "❤️", names: ["Alice", "Bob"], ids: [alice, bob] },
  ];
  page.enter(joined({ seq: 1, read: 1, messages: [said(1, { reactions } as never)] }));
  assertEquals(reactionsOf(page.room().messages[0]!, alice), [
    { emoji: "❤️", count: 2, mine: true, names: ["Bob", "Alice"], ids: [bob, alice] },
    { emoji: "👍", count: 1, names: ["Bob"], ids: [bob] },
  ]);
  const by = { type: "reaction", room: "lobby", at: 9, target: 1, sender: "Bob" } as const;
  page.get({ ...by, seq: 2, emoji: "❤️", on: false });
  assertEquals(page.room().messages[0]?.reactions?.map(({ emoji, names }) => [emoji, ...names]), [
    ["❤️", "Alice"],
    ["👍", "Bob"],
  ]);
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

Deno.test("seeing the end marks the room as read; reading on another device does too", () => {
  const page = pageIn(2);
  page.get(said(3), said(4));
  assertEquals(page.room().unread, 2);
  page.get({ type: "read", room: "lobby", seq: 3 });
  assertEquals(page.room().unread, 1);
  assertEquals(page.do({ type: "seen", room: "lobby" }), [
    { type: "read", room_id: "lobby", seq: 4, epoch: "e1" },
  ]);
  assertEquals(page.room().unread, 0);
  assertEquals(page.do({ type: "seen", room: "lobby" }), []);
  page.get({ type: "read", room: "lobby", seq: 1 });
  assertEquals(page.room().read, 4);
});

Deno.test("a direct message is in the conversation with the other user, regardless of its sender", () => {
  const page = pageIn(0);
  const sent = page.get(directMessage(1));
  assertEquals(sent.map(({ type }) => type), ["join"]);
  assertEquals(page.room("@bob").name, "@Bob");
  assertEquals(page.room("@bob").unread, 1);

  const mine = directMessage(2, { sender: "Alice", receiver: "Bob" });
  page.get(mine);
  page.get(joined({
    room: "@Bob",
    kind: "direct",
    seq: 2,
    messages: [directMessage(1), mine],
    key: page.joinKey("@Bob"),
  }));
  page.get(directMessage(3));
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

Deno.test("a conversation with an unknown user is removed, with the reason", () => {
  const page = pageIn(0);
  page.do({ type: "go", to: "@Nobody" });
  assertEquals(page.state.current, page.room("@Nobody").key);
  const key = page.joinKey("@Nobody");
  page.get({ type: "error", code: "no_such_user", message: "Nobody has this name.", key });
  assertEquals(resolve(page.state, "@Nobody"), undefined);
  assertEquals(page.state.current, undefined);
  assertEquals(page.state.notice, "Nobody has this name.");
});

Deno.test("being added to a room elsewhere makes the page join it", () => {
  const page = pageIn(0);
  const sent = page.get({ type: "member_joined", room: "secret", name: "Alice" });
  assertEquals(sent.map((frame) => "room_id" in frame && frame.room_id), ["secret"]);
  page.get({ type: "member_joined", room: "lobby", name: "Chen" });
  assertEquals(page.room().members, ["Alice", "Bob", "Chen"]);
});

Deno.test("leaving, here or on another device, removes the room", () => {
  const page = pageIn(1);
  assertEquals(page.do({ type: "leave", room: "lobby" }).map(({ type }) => type), ["leave"]);
  page.get({ type: "left", room: "lobby" });
  assertEquals(page.state.rooms.size, 0);
  assertEquals(page.state.current, undefined);
});

Deno.test("a created room opens once it exists", () => {
  const page = pageIn(0);
  page.do({ type: "create", room: "Garden", kind: "private", title: "Beans" });
  const key = [...page.state.requests.keys()].at(-1)!;
  page.get(joined({ room: "Garden", kind: "private", title: "Beans", key }));
  assertEquals(page.state.current, "garden");
  assertEquals(page.room("garden").title, "Beans");
});

Deno.test("history goes above the held messages, and overlaps do no harm", () => {
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

Deno.test("typing ends after its time, or with the message", () => {
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
  assertEquals(everyone(page.state).map(({ name, state }) => `${name} ${state}`), [
    "Dora online",
    "Chen away",
    "Bob offline",
  ]);
});

Deno.test("search shows the answer to the latest query only", () => {
  const page = pageIn(0);
  const [first] = page.do({ type: "search", terms: { query: "a" } });
  const [second] = page.do({ type: "search", terms: { query: "ab" } });
  const hit = { ...said(1), snippet: "ab", highlights: [[0, 2] as const] };
  const frame = { type: "search_results" as const, more: false };
  page.get({ ...frame, query: "ab", messages: [hit], key: second!.key! });
  page.get({ ...frame, query: "a", messages: [], key: first!.key! });
  assertEquals(page.state.search?.hits, [hit]);
});

Deno.test("what was found stays until the next search is answered, and until it is cleared", () => {
  const page = pageIn(0);
  const hit = { ...said(1), snippet: "a", highlights: [] };
  const frame = { type: "search_results" as const, more: false };
  const search = (query: string) => page.do({ type: "search", terms: { query } })[0];
  page.get({ ...frame, query: "a", messages: [hit], key: search("a")!.key! });
  const second = search("ab");
  assertEquals([page.state.search?.hits, page.state.search?.answered], [[hit], false]);
  page.get({ ...frame, query: "ab", messages: [], key: second!.key! });
  assertEquals([page.state.search?.hits, page.state.search?.answered], [[], true]);
  assertEquals(search(" "), undefined);
  assertEquals(page.state.search, undefined);
});

Deno.test("a refused search says why at the field, and no other search does", () => {
  const page = pageIn(0);
  const [first] = page.do({ type: "search", terms: { query: "from:Zoe" } });
  const error = { type: "error", code: "no_such_user", message: "Nobody" } as const;
  page.get({ ...error, key: first!.key! });
  assertEquals(page.state.search?.refusal, { code: "no_such_user", message: "Nobody" });
  assertEquals(page.state.notice, undefined);
  const [second] = page.do({ type: "search", terms: { query: "from:Zo" } });
  page.do({ type: "search", terms: { query: "tea" } });
  page.get({ ...error, key: second!.key! });
  assertEquals(page.state.search?.refusal, undefined);
});

Deno.test("a search without a connection is not answered, and leaves nothing found before", () => {
  const page = pageIn(0);
  page.lose();
  assertEquals(page.do({ type: "search", terms: { query: "tea" } }), []);
  assertEquals([page.state.search?.busy, page.state.search?.answered], [false, false]);
});

Deno.test("a message found in a conversation that was closed opens it there", () => {
  const page = pageIn(0);
  const hit = { ...directMessage(7), snippet: "secret 7", highlights: [] };
  const sent = page.do({ type: "open_hit", hit });
  assertEquals(sent.map((frame) => frame.type === "join" && frame.room_id), [hit.room_id]);
  assertEquals([page.state.current, page.state.jump?.seq], [hit.room_id, 7]);
  assertEquals(page.state.rooms.get(hit.room_id)?.name, "@Bob");
});

Deno.test("nothing of another account is kept or sent", () => {
  const page = pageIn(1);
  page.lose();
  page.do(say("mine", "k1"));
  page.connect(welcome({ you: { id: "u-bob", name: "Bob", role: "member" }, rooms: [] }));
  assertEquals(page.state.pending, []);
  assertEquals(page.state.rooms.size, 0);
});

Deno.test("messages not sent before a reload are sent after it", () => {
  const before = pageIn(1);
  before.get({ type: "presence", name: "Bob", state: "online" });
  before.lose();
  before.do({ type: "go", to: "@Bob" });
  before.do(say("later", "k1", provisional("Bob")));
  const page = new TestPage();
  page.do({
    type: "signed_in",
    ...alice,
    pending: before.state.pending,
  });
  page.connect(welcome({ rooms: [] }));
  const sent = page.get(joined({ room: "@Bob", kind: "direct", key: page.joinKey("@Bob") }));
  assertEquals(sent.map(({ key }) => key), ["k1"]);
});

Deno.test("an unknown frame of a newer server changes nothing", () => {
  const page = pageIn(1);
  const before = page.state;
  page.get({ type: "something_new" } as never);
  assertStrictEquals(page.state, before);
});
