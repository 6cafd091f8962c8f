/** The rooms that `welcome` does not list: the page subscribes to them, and holds few of them. */
import { assert, assertEquals } from "@std/assert";
import type { RoomSummary } from "../../../lib/protocol/frames.ts";
import { reduce } from "../../../static/state/reducer.ts";
import { restOf } from "../../../static/state/rest.ts";
import { joined, roomId, said, summary, TestPage, welcome } from "../support.ts";

const QUIET = { seq: 9, read: 9 } as const;

/** A page that has connected. */
function connected() {
  const page = new TestPage();
  page.connect(welcome({ more_rooms: true }));
  return page;
}

/** The page learns of a page of its rooms; returns what it subscribes to. */
function lists(page: TestPage, rooms: readonly RoomSummary[]) {
  return page.do(restOf(page.state, rooms))
    .map((frame) => frame.type === "join" && [frame.room_id, frame.after]);
}

/** The key of the page's latest request about them. */
function keyOf({ state }: TestPage): string {
  const [key] = [...state.requests].findLast(([, { kind }]) => kind === "rest") ?? [];
  assert(key !== undefined);
  return key;
}

const held = ({ state }: TestPage) => [...state.rooms.keys()];

Deno.test("the page subscribes to the rooms that welcome does not list", () => {
  const page = connected();
  const rooms = [summary(), ...["a", "b"].map((room) => summary({ room, ...QUIET }))];
  assertEquals(lists(page, rooms), [["a", 9], ["b", 9]]);
  // With one frame, and while it is connected.
  const { effects } = reduce(page.state, restOf(page.state, rooms));
  assertEquals(effects.map((effect) => effect.type === "send" && effect.frame.type), ["resume"]);
  page.do({ type: "line", line: "closed", at: 1_000 });
  assertEquals(lists(page, rooms), []);
});

Deno.test("a room in which nothing waits costs nothing, until something happens there", () => {
  const page = connected();
  lists(page, [summary({ room: "quiet", ...QUIET })]);
  page.get({ ...joined({ room: "quiet", ...QUIET }), key: keyOf(page) });
  assertEquals(held(page), ["lobby"]);
  const text = said(10, { room: "quiet", message: "Alice?", mentions: [page.state.me.id!] });
  assertEquals(page.get(text).map(({ type }) => type), ["join"]);
  const { unread, mentions } = page.state.rooms.get("quiet")!;
  assertEquals([unread, mentions], [1, 1]);
});

Deno.test("what was said between the list and the subscription counts", () => {
  const page = connected();
  lists(page, [summary({ room: "quiet", ...QUIET })]);
  const messages = [said(10, { room: "quiet" })];
  const answer = joined({ room: "quiet", seq: 10, read: 9, unread: 1, messages });
  page.get({ ...answer, key: keyOf(page) });
  assertEquals(page.state.rooms.get("quiet")?.unread, 1);
});

Deno.test("the page holds rooms in which a message waits, and those that the user has set up", () => {
  const page = connected();
  const followed = lists(page, [
    summary({ room: "mentioned", seq: 9, read: 4, unread: 5, mentions: 1 }),
    summary({ room: "loud", seq: 9, read: 4, unread: 5, level: "all" }),
    summary({ room: "muted", ...QUIET, level: "none" }),
    summary({ room: "dear", ...QUIET, favourite: true }),
    summary({ room: "sorted", ...QUIET, section: "Work" }),
    summary({ room: "busy", seq: 9, read: 4, unread: 5 }),
    summary({ room: "@Bob", kind: "direct", seq: 9, read: 4, unread: 5, level: "all" }),
    summary({ room: "@Carol", kind: "direct", ...QUIET, level: "all" }),
  ]);
  const names = ["mentioned", "loud", "muted", "dear", "sorted", "@Bob"];
  assertEquals(held(page), ["lobby", ...names.map(roomId)]);
  // The server delivers what is said in every direct conversation.
  assertEquals(followed.length, 7);
  page.get({
    ...joined({ room: "mentioned", seq: 9, read: 4, unread: 5, mentions: 1 }),
    key: keyOf(page),
  });
  const { live, loaded, mentions } = page.state.rooms.get("mentioned")!;
  assertEquals([live, loaded, mentions], [true, false, 1]);
  // The level is known before the first message: this one notifies nobody.
  page.get(said(10, { room: "muted", mentions: [page.state.me.id!] }));
  assertEquals(page.effects.filter(({ type }) => type === "notify"), []);
});

Deno.test("however many messages wait, the page holds a bounded number of rooms", () => {
  const page = connected();
  const names = Array.from({ length: 500 }, (_, n) => `room-${n}`);
  const rooms = names.map((room) => summary({ room, seq: 9, unread: 9, mentions: 1 }));
  assertEquals(lists(page, rooms).length, 500);
  assertEquals(page.state.rooms.size, 400);
});

Deno.test("a late answer takes nothing from a room that was opened meanwhile", () => {
  const page = connected();
  page.get({ ...joined({ seq: 3, messages: [1, 2, 3].map((seq) => said(seq)) }) });
  lists(page, [summary({ room: "quiet", ...QUIET })]);
  const key = keyOf(page);
  page.get(joined({ room: "quiet", ...QUIET, messages: [said(9, { room: "quiet" })] }));
  page.get({ ...joined({ room: "quiet", ...QUIET }), key });
  assertEquals(page.state.rooms.get("quiet")?.messages.length, 1);
});

Deno.test("what the user has set for a room that is already open is known from then on", () => {
  const page = connected();
  page.get(joined({ room: "open", ...QUIET }));
  assertEquals(lists(page, [summary({ room: "open", ...QUIET, level: "none" })]), []);
  assertEquals(page.state.rooms.get("open")?.level, "none");
});

Deno.test("after a refusal the page subscribes again in due time, and after another one it does not", () => {
  const page = connected();
  const subscribed = lists(page, [summary({ room: "a", ...QUIET })]);
  const refused = { type: "error", code: "rate_limited", message: "Slowly.", retry_after: 500 };
  page.get({ ...refused, key: keyOf(page) });
  const [later] = page.effects;
  assert(later?.type === "later" && later.ms === 500);
  const again = page.do(later.action)
    .map((frame) => frame.type === "join" && [frame.room_id, frame.after]);
  assertEquals(again, subscribed);
  page.get({ type: "error", code: "no_such_room", message: "Gone.", key: keyOf(page) });
  assertEquals([page.effects, page.state.notice], [[], undefined]);
});
