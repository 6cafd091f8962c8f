import { assertEquals } from "@std/assert";
import {
  attentionOf,
  attentionTotal,
  badgeOf,
  named,
  roomsOf,
  unreadTotal,
} from "../../../static/state/selectors.ts";
import { destinations } from "../../../static/state/fuzzy_match.ts";
import { alice, joined, pageIn, said, say, summary, TestPage, welcome } from "../support.ts";

/** The notifications that the last change caused. */
function notified(page: TestPage): readonly string[] {
  return page.effects.flatMap((effect) =>
    effect.type === "notify"
      ? [`${effect.note.room} ${effect.note.sender}: ${effect.note.text}`]
      : []
  );
}

Deno.test("a room notifies of mentions and replies by default", () => {
  const page = pageIn(1);
  page.get(said(2, { message: "Good morning" }));
  assertEquals(notified(page), []);
  page.get(said(3, { message: "Tea, @alice?", mentions: [alice.id] }));
  assertEquals(notified(page), ["lobby Bob: Tea, @alice?"]);
  page.get(said(4, { message: "Tea, `@alice`?" }));
  assertEquals(notified(page), []);
  page.get(said(5, { sender: "Alice", message: "@room, that is me", mentions: ["room"] }));
  assertEquals(notified(page), []);
  page.get(said(6, { message: "I saw it", reply_to: 5 }));
  assertEquals(notified(page), ["lobby Bob: I saw it"]);
  page.get({ type: "level", room: "lobby", level: "all" }, said(7));
  assertEquals(notified(page), ["lobby Bob: message 7"]);
  page.get({ type: "level", room: "lobby", level: "none" }, said(8, { mentions: ["room"] }));
  assertEquals(notified(page), []);
});

Deno.test("a reply in a thread notifies those who wrote in it, and not the whole room", () => {
  const page = pageIn(1);
  page.get({ type: "level", room: "lobby", level: "all" }, said(2), said(3, { thread: 2 }));
  assertEquals(notified(page), ["lobby Bob: message 2"]);
  page.get(said(4, { sender: "Alice", thread: 2 }));
  page.get(said(5, { thread: 2 }));
  assertEquals(notified(page), ["lobby Bob: message 5"]);
});

Deno.test("known and replayed messages cause no notification", () => {
  const page = pageIn(1);
  page.get(said(2));
  page.get(said(2, { mentions: [alice.id] }));
  assertEquals(notified(page), []);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 3, read: 2, unread: 1 })] }));
  page.get(joined({
    seq: 3,
    messages: [said(3, { mentions: [alice.id] })],
    key: page.joinKey("lobby"),
  }));
  assertEquals(notified(page), []);
});

Deno.test("a conversation notifies of every message, including the first", () => {
  const page = pageIn(0);
  page.get({
    type: "private_message",
    receiver: "Alice",
    sender: "Bob",
    seq: 1,
    at: 1,
    message: "Psst",
  });
  assertEquals(notified(page), ["dm-bob Bob: Psst"]);
});

Deno.test("a notification level comes with welcome, and can exclude a room from the unread count", () => {
  const page = new TestPage();
  page.connect(welcome({
    rooms: [
      summary({ seq: 9, unread: 5, level: "none" }),
      summary({ room: "team", seq: 9, unread: 2, level: "all" }),
    ],
  }));
  assertEquals([page.room().level, page.room("team").level], ["none", "all"]);
  assertEquals([badgeOf(page.room()), unreadTotal(page.state)], [0, 2]);
});

/** A page with three rooms, two conversations and some users. */
function busyPage(): TestPage {
  const page = new TestPage();
  page.connect(welcome({
    rooms: [
      summary({ room: "design", seq: 1, read: 1 }),
      summary({ room: "dev-ops", seq: 4, read: 1, unread: 3 }),
      summary({ room: "random", seq: 2, read: 1, unread: 1, level: "none" }),
      summary({ room: "@Ben", kind: "direct", seq: 1, read: 1, level: "all" }),
      summary({ room: "@Dora", kind: "direct", seq: 2, read: 1, unread: 1, level: "all" }),
    ],
    online: ["Alice", "Ben", "Dora", "Edna Deen"],
  }));
  return page;
}

Deno.test("unread places are listed first, and stay there while they are read", () => {
  const page = busyPage();
  page.do({ type: "open", room: "design" });
  const order = () => roomsOf(page.state, false).map(({ name }) => name);
  assertEquals(order(), ["dev-ops", "design", "random"]);
  page.do({ type: "open", room: "dev-ops" });
  page.get({ type: "read", room: "dev-ops", seq: 4 });
  assertEquals(order(), ["dev-ops", "design", "random"]);
  page.do({ type: "open", room: "design" });
  assertEquals(order(), ["design", "dev-ops", "random"]);
});

Deno.test("the switcher lists unread places first, then the best matches", () => {
  const page = busyPage();
  page.do({ type: "open", room: "design" });
  const offered = (typed: string) => destinations(page.state, typed).map(({ name }) => name);
  assertEquals(offered(""), ["dev-ops", "Dora", "random", "Ben", "Edna Deen"]);
  assertEquals(offered("d"), ["dev-ops", "Dora", "Edna Deen", "random"]);
  assertEquals(offered("@d"), offered("d"));
  assertEquals(offered("OPS"), ["dev-ops"]);
  assertEquals(offered("dvo"), ["dev-ops"]);
  assertEquals(offered("xyz"), []);
});

Deno.test("lists filter by a part of the name, ignoring case", () => {
  const list = ["Ann", "Joanna", "Bob"].map((name) => ({ name }));
  assertEquals(named(list, "ANN").map(({ name }) => name), ["Ann", "Joanna"]);
  assertEquals(named(list, " @bo ").map(({ name }) => name), ["Bob"]);
  assertEquals(named(list, ""), list);
});

Deno.test("a search keeps its filters from page to page, and ignores answers to other searches", () => {
  const page = pageIn(0);
  const terms = { query: "tea", sender: "Bob", since: 1, until: 9, room_id: "lobby" };
  const [first] = page.do({ type: "search", terms });
  assertEquals(first, { type: "search", ...terms, key: first!.key! });
  const results = { type: "search_results", query: "tea", messages: [], more: true } as const;
  page.get({ ...results, next: "7", key: first!.key! });
  const [more] = page.do({ type: "search_more" });
  assertEquals(more, { type: "search", ...terms, before: "7", key: more!.key! });
  page.do({ type: "search", terms: { query: "tea" } });
  const hit = { ...said(1), snippet: "tea", highlights: [[0, 3] as const] };
  page.get({ ...results, messages: [hit], key: more!.key! });
  assertEquals(page.state.search?.hits, []);
});

Deno.test("a notification goes when its message is deleted, or was read elsewhere", () => {
  const page = pageIn(1);
  const dismissed = () =>
    page.effects.flatMap((effect) =>
      effect.type === "dismiss_notification" ? [[effect.room, effect.seq]] : []
    );
  page.get(said(2, { mentions: [alice.id] }), said(3));
  page.get({ type: "message_deleted", room: "lobby", sender: "Bob", seq: 4, at: 4, target: 2 });
  assertEquals(dismissed(), [["lobby", 2]]);
  page.get({ type: "read", room: "lobby", seq: 2 });
  assertEquals(dismissed(), []);
  page.get({ type: "read", room: "lobby", seq: 4 });
  assertEquals(dismissed(), [["lobby", undefined]]);
});

Deno.test("what is meant for the user is counted by the rule of notifications", () => {
  const page = new TestPage();
  page.connect(welcome({
    rooms: [
      summary({ seq: 9, unread: 5, mentions: 2 }),
      summary({ room: "team", seq: 9, unread: 3, mentions: 1, level: "all" }),
      summary({ room: "noise", seq: 9, unread: 7, mentions: 4, level: "none" }),
    ],
  }));
  const counts = (name: string) => attentionOf(page.room(name));
  assertEquals(["lobby", "team", "noise"].map(counts), [2, 3, 0]);
  assertEquals(attentionTotal(page.state), 5);
  assertEquals(unreadTotal(page.state), 8);
});

Deno.test("what the user has marked as unread stays so until the room is opened anew", () => {
  const page = pageIn(5);
  page.do({ type: "open", room: "lobby" });
  const [asked] = page.do({
    type: "order",
    order: { type: "mark_unread", room_id: "lobby", seq: 3 },
  });
  assertEquals(asked, { type: "mark_unread", room_id: "lobby", seq: 3, key: asked!.key! });
  page.get({
    ...{ type: "read", room: "lobby", seq: 2, marked_unread: true, unread: 3, mentions: 0 },
    key: asked!.key!,
  });
  assertEquals([page.room().read, page.room().unread, page.room().divider], [2, 3, 2]);
  // The page is still showing it, also after the user has looked elsewhere.
  assertEquals(page.do({ type: "seen", room: "lobby" }), []);
  page.do({ type: "open", room: "lobby" });
  assertEquals(page.do({ type: "seen", room: "lobby" }), []);
  page.get(said(6));
  assertEquals(page.room().unread, 4);
  page.do({ type: "write", who: { name: "Bob" } });
  page.do({ type: "open", room: "lobby" });
  assertEquals(page.do({ type: "seen", room: "lobby" }).map(({ type }) => type), ["read"]);
  assertEquals(page.room().unread, 0);
});

Deno.test("what was marked as unread and then read on another device is read here again", () => {
  const page = pageIn(5);
  page.do({ type: "open", room: "lobby" });
  page.get({ type: "read", room: "lobby", seq: 2, marked_unread: true, unread: 3, mentions: 0 });
  page.get({ type: "read", room: "lobby", seq: 5 }, said(6));
  assertEquals(page.do({ type: "seen", room: "lobby" }).map(({ type }) => type), ["read"]);
});

Deno.test("writing in a room that was marked as unread means being back in it", () => {
  const page = pageIn(5);
  page.do({ type: "open", room: "lobby" });
  page.get({ type: "read", room: "lobby", seq: 2, marked_unread: true, unread: 3, mentions: 0 });
  assertEquals(page.do({ type: "seen", room: "lobby" }), []);
  page.do(say("I have seen it", "k1"));
  assertEquals(page.do({ type: "seen", room: "lobby" }).map(({ type }) => type), ["read"]);
});

Deno.test("the page knows the user's quiet hours, which change no count", () => {
  const page = pageIn(1);
  page.get({ type: "quiet", until: 2_000 }, said(2, { mentions: [alice.id] }));
  assertEquals(page.room().unread, 1);
  assertEquals(page.state.quiet, { until: 2_000 });
  page.connect(welcome({ quiet: { until: 3_000 } }));
  assertEquals(page.state.quiet, { until: 3_000 });
});
