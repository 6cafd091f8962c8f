/** A user in many rooms: the page loads the most recent ones, and follows the others. */
import { assert, assertEquals } from "@std/assert";
import type { ClientFrame } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { reduce } from "../../../static/state/reducer.ts";
import { roomsOf } from "../../../static/state/selectors.ts";
import { everyone } from "../../../static/state/directory.ts";
import { joined, roomId, said, summary, TestPage, welcome } from "../support.ts";

const names = Array.from({ length: 200 }, (_, n) => `room-${n}`);
const rooms = names.map((room) => summary({ room, seq: 9, read: 4, unread: 5 }));

/** A page that has connected, and the rooms of the frames that it sent. */
function connected() {
  const page = new TestPage();
  const sent = page.connect(welcome({ rooms, more_rooms: true }));
  return { page, sent };
}

const brief = (frames: readonly ClientFrame[]) =>
  frames.flatMap((frame) =>
    frame.type === "join" && "brief" in frame && frame.brief ? [frame.room_id] : []
  );

/** Answers the subscription to a room that the page follows. */
function follows(page: TestPage, room: string) {
  return page.get({
    ...joined({ room, seq: 9, read: 4, unread: 5, member_count: 300, members: [] }),
    key: page.joinKey(room),
  });
}

Deno.test("of many rooms the page loads the most recent ones, and follows the others", () => {
  const { page, sent } = connected();
  assertEquals(brief(sent).length, 170);
  assertEquals(brief(sent)[0], "room-30");
  follows(page, "room-150");
  const { live, loaded, unread, memberCount } = page.state.rooms.get("room-150")!;
  assertEquals([live, loaded, unread, memberCount], [true, false, 5, 300]);
  // With a first frame of at most a hundred rooms each, and the open room alone.
  const { effects } = reduce(
    { ...page.state, ready: false, rooms: new Map() },
    { type: "frames", frames: [welcome({ rooms })], at: 1 },
  );
  const frames = effects.flatMap((effect) => effect.type === "send" ? [effect.frame] : []);
  assertEquals(frames.map((frame) => frame.type === "resume" ? frame.rooms.length : frame.type), [
    "join",
    100,
    99,
  ]);
});

Deno.test("a room that the page follows is loaded by its first message, which counts", () => {
  const { page } = connected();
  follows(page, "room-150");
  const sent = page.get(said(10, { room: "room-150" }));
  assertEquals(sent.map(({ type }) => type), ["join"]);
  assertEquals(page.state.rooms.get("room-150")?.unread, 6);
  // The next one finds the request under way.
  assertEquals(page.get(said(11, { room: "room-150" })), []);
});

Deno.test("a room that the page follows is loaded when the user opens it, once", () => {
  const { page } = connected();
  follows(page, "room-150");
  const sent = page.do({ type: "open", room: roomId("room-150") });
  assertEquals(sent.map((frame) => frame.type === "join" && frame.after), [0]);
  assertEquals(page.do({ type: "seen", room: "room-150" }), []);
  page.get({
    ...joined({ room: "room-150", seq: 9, messages: [said(9, { room: "room-150" })], more: true }),
    key: page.joinKey("room-150"),
  });
  assert(page.state.rooms.get("room-150")?.loaded);
});

Deno.test("a room that the user opens loads no other one", () => {
  const { page } = connected();
  for (const room of ["room-150", "room-151", "room-152"]) follows(page, room);
  page.do({ type: "open", room: roomId("room-150") });
  const answer = joined({ room: "room-150", seq: 9, messages: [said(9, { room: "room-150" })] });
  assertEquals(page.get({ ...answer, key: page.joinKey("room-150") }), []);
  // In another log, what the page knows of them means nothing.
  const sent = page.get({ ...answer, epoch: "e2" });
  assertEquals(sent.filter(({ type }) => type === "join").length, 2);
});

Deno.test("a refusal to load the open room waits for its time", () => {
  const { page } = connected();
  follows(page, "room-150");
  page.do({ type: "open", room: "room-150" });
  const refused = { type: "error", code: "rate_limited", message: "Slowly.", retry_after: 500 };
  assertEquals(page.get({ ...refused, key: page.joinKey("room-150") }), []);
  const [later] = page.effects;
  assert(later?.type === "later" && later.ms === 500);
  assertEquals(page.do(later.action).map(({ type }) => type), ["join"]);
});

Deno.test("lists are put in order again only if their order can have changed", () => {
  const { page } = connected();
  const before = everyone(page.state);
  const order = roomsOf(page.state, false).map(({ key }) => key);
  page.get(said(10, { room: "room-150" }));
  assert(everyone(page.state) === before);
  assertEquals(roomsOf(page.state, false).map(({ key }) => key), order);
  page.get({ type: "presence", name: "Zoe", state: "online" });
  assert(everyone(page.state) !== before);
  assertEquals(LIMITS.welcome_rooms, rooms.length);
});
