import { assertEquals } from "@std/assert";
import { badgeOf, named, roomsOf, unreadTotal } from "../../static/select.ts";
import { destinations } from "../../static/switch.ts";
import { joined, pageIn, said, summary, TestPage, welcome } from "./support.ts";

/** What one was told of by the last thing that happened. */
function told(page: TestPage): readonly string[] {
  return page.effects.flatMap((effect) =>
    effect.type === "tell" ? [`${effect.note.room} ${effect.note.sender}: ${effect.note.text}`] : []
  );
}

Deno.test("of a room one is told mentions and answers, until one says otherwise", () => {
  const page = pageIn(1);
  page.get(said(2, { message: "Good morning" }));
  assertEquals(told(page), []);
  page.get(said(3, { message: "Tea, @alice?" }));
  assertEquals(told(page), ["lobby Bob: Tea, @alice?"]);
  page.get(said(4, { message: "Tea, @alicent?" }));
  assertEquals(told(page), []);
  page.get(said(5, { sender: "Alice", message: "@Alice, that is me" }));
  assertEquals(told(page), []);
  page.get(said(6, { message: "I saw it", reply_to: 5 }));
  assertEquals(told(page), ["lobby Bob: I saw it"]);
  const [frame] = page.do({ type: "level", room: "lobby", level: "all" });
  assertEquals(frame, { type: "set_level", room: "lobby", level: "all" });
  page.get({ type: "level", room: "lobby", level: "all" }, said(7));
  assertEquals(told(page), ["lobby Bob: message 7"]);
  page.get({ type: "level", room: "lobby", level: "none" }, said(8, { message: "@Alice!" }));
  assertEquals(told(page), []);
});

Deno.test("one is not told again what one had already, nor of what was missed", () => {
  const page = pageIn(1);
  page.get(said(2, { message: "@Alice" }));
  page.get(said(2, { message: "@Alice" }));
  assertEquals(told(page), []);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 3, read: 2, unread: 1 })] }));
  page.get(joined({
    seq: 3,
    messages: [said(3, { message: "@Alice" })],
    key: page.joinKey("lobby"),
  }));
  assertEquals(told(page), []);
});

Deno.test("of a conversation one is told everything, the first message too", () => {
  const page = pageIn(0);
  page.get({
    type: "private_message",
    receiver: "Alice",
    sender: "Bob",
    seq: 1,
    at: 1,
    message: "Psst",
  });
  assertEquals(told(page), ["@Bob Bob: Psst"]);
});

Deno.test("a level comes with welcome, and keeps a room from being counted", () => {
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

/** A page with three rooms, two conversations and some people. */
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

Deno.test("where there is something new stands first, and stays there while one reads it", () => {
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

Deno.test("the switcher offers what has news first, then what fits best", () => {
  const page = busyPage();
  page.do({ type: "open", room: "design" });
  const offered = (typed: string) => destinations(page.state, typed).map(({ room }) => room);
  assertEquals(offered(""), ["dev-ops", "@Dora", "random", "@Ben", "@Edna Deen"]);
  assertEquals(offered("d"), ["dev-ops", "@Dora", "@Edna Deen", "random"]);
  assertEquals(offered("@d"), offered("d"));
  assertEquals(offered("OPS"), ["dev-ops"]);
  assertEquals(offered("dvo"), ["dev-ops"]);
  assertEquals(offered("xyz"), []);
});

Deno.test("lists are filtered by a part of the name, without regard to case", () => {
  const list = ["Ann", "Joanna", "Bob"].map((name) => ({ name }));
  assertEquals(named(list, "ANN").map(({ name }) => name), ["Ann", "Joanna"]);
  assertEquals(named(list, " @bo ").map(({ name }) => name), ["Bob"]);
  assertEquals(named(list, ""), list);
});

Deno.test("a search keeps its filters from page to page, and takes no other one's answer", () => {
  const page = pageIn(0);
  const terms = { query: "tea", sender: "Bob", since: 1, until: 9, room: "lobby" };
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
