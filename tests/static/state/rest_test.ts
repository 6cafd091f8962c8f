/** The rooms that `welcome` does not list: the page subscribes to them, and holds few of them. */
import { assert, assertEquals } from "@std/assert";
import type { RoomSummary } from "../../../lib/protocol/frames.ts";
import { type Action, reduce } from "../../../static/state/reducer.ts";
import { RestRooms, trustedFor } from "../../../static/state/rest.ts";
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
  const intent = new RestRooms().add(page.state, { rooms });
  return intent === undefined ? [] : subscribes(page, intent);
}

function subscribes(page: TestPage, action: Action) {
  return page.do(action).map((frame) => frame.type === "join" && [frame.room_id, frame.after]);
}

/** Connects anew, and begins with what is known of the other rooms. */
function connectsAgain(page: TestPage, rest: RestRooms, now: number, welcomed = {}) {
  page.lose();
  page.connect(welcome({ more_rooms: true, ...welcomed }));
  return rest.resume(page.state, now).flatMap((intent) => subscribes(page, intent));
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
  const intent = new RestRooms().add(page.state, { rooms: [...rooms, summary({ room: "c" })] });
  const { effects } = reduce(page.state, intent!);
  const [frame] = effects.flatMap((effect) => effect.type === "send" ? [effect.frame] : []);
  assert(frame?.type === "resume");
  // No answer is of use to it, unless there is news.
  assertEquals([frame.epoch, frame.rooms.map((one) => one.only_news)], ["e1", [true, true, true]]);
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

Deno.test("with a new connection the page resumes the rooms that it knows, and lists them no more", () => {
  const page = connected();
  const rest = new RestRooms();
  assertEquals(rest.resume(page.state, 0), []);
  assertEquals(rest.missing, {});
  const quiet = ["a", "b"].map((room) => summary({ room, ...QUIET }));
  const dear = summary({ room: "dear", ...QUIET, favourite: true });
  page.do(rest.add(page.state, { rooms: [quiet[0]!, dear], next: "dear" })!);
  // The connection is lost in the middle of the list: the next one goes on there.
  assertEquals(rest.missing, { after: "dear" });
  assertEquals(connectsAgain(page, rest, 1_000), [["a", 9]]);
  assertEquals(rest.missing, { after: "dear" });
  const direct = summary({ room: "@Carol", kind: "direct", ...QUIET, level: "all" });
  page.do(rest.add(page.state, { rooms: [quiet[1]!, direct] })!);
  assertEquals(rest.missing, undefined);
  // A conversation too: what was said there meanwhile may be in no list.
  assertEquals(connectsAgain(page, rest, 2_000), [["a", 9], ["b", 9], ["dm-carol", 9]]);
  assertEquals(rest.missing, undefined);
  // The page holds this one since it has news: it resumes it by itself.
  page.get({
    ...joined({ room: "b", seq: 10, read: 9, unread: 1, messages: [said(10, { room: "b" })] }),
    key: keyOf(page),
  });
  assertEquals(page.state.rooms.get("b")?.unread, 1);
  assertEquals(connectsAgain(page, rest, 3_000), [["a", 9], ["dm-carol", 9]]);
});

Deno.test("what the page knows of its rooms holds for one user and log, and for a while", () => {
  const another = { you: { id: "u-bob", name: "Bob", role: "member" } } as const;
  const cases = [
    { now: trustedFor, welcomed: {}, missing: undefined, resumed: ["a"] },
    { now: trustedFor + 1, welcomed: {}, missing: {}, resumed: [] },
    { now: 1, welcomed: { epoch: "e2" }, missing: {}, resumed: [] },
    { now: 1, welcomed: another, missing: {}, resumed: [] },
  ];
  for (const { now, welcomed, missing, resumed } of cases) {
    const page = connected();
    const rest = new RestRooms();
    rest.resume(page.state, 0);
    page.do(rest.add(page.state, { rooms: [summary({ room: "a", ...QUIET })] })!);
    assertEquals(connectsAgain(page, rest, now, welcomed).map((one) => one && one[0]), resumed);
    assertEquals(rest.missing, missing);
  }
});

Deno.test("many rooms are resumed in frames of a hundred", () => {
  const page = connected();
  const rest = new RestRooms();
  rest.resume(page.state, 0);
  const rooms = Array.from({ length: 250 }, (_, n) => summary({ room: `room-${n}`, ...QUIET }));
  page.do(rest.add(page.state, { rooms })!);
  page.lose();
  page.connect(welcome({ more_rooms: true }));
  assertEquals(rest.resume(page.state, 1).map((one) => one.rooms.length), [100, 100, 50]);
});
