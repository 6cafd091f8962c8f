/** An open tab whose server is upgraded and sends more than the page knows. */
import { assert, assertEquals } from "@std/assert";
import { framesIn } from "@hubbub/client";
import { roomsOf } from "../../../static/state/selectors.ts";
import { everyone } from "../../../static/state/directory.ts";
import { joined, pageIn, said, summary, TestPage, welcome } from "../support.ts";

const pinned = (seq: number) => ({
  type: "message_pinned",
  room: "lobby",
  room_id: "lobby",
  seq,
  sender: "Bob",
  sender_id: "u-bob",
  at: seq,
  target: 1,
  on: true,
});

Deno.test("an event of an unknown type takes its seq: no gap, and no second join", () => {
  const page = pageIn(2);
  const sent = page.get(pinned(3), said(4), { ...pinned(5), sender: undefined }, said(6));
  assertEquals(sent, []);
  assertEquals(page.texts(), ["message 1", "message 2", "message 4", "message 6"]);
  assertEquals([page.room().seq, page.room().unread], [6, 2]);
});

Deno.test("unknown events are accepted from every source of a log", () => {
  const page = pageIn(2);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4 })] }));
  const missed = [pinned(3), said(4)];
  assertEquals(
    page.get({ ...joined({ seq: 4, key: page.joinKey("lobby") }), messages: missed }),
    [],
  );
  assertEquals([page.room().seq, page.texts().length], [4, 3]);

  page.lose();
  page.connect(welcome({ epoch: "e2", rooms: [summary({ seq: 2 })] }));
  const fresh = {
    ...joined({ epoch: "e2", seq: 2, truncated: true, more: true }),
    messages: [said(1), pinned(2)],
  };
  page.get({ ...fresh, key: page.joinKey("lobby") });
  assertEquals([page.room().seq, page.texts()], [2, ["message 1"]]);

  const [asked] = page.do({ type: "history", room: "lobby" });
  const older = {
    type: "history",
    room: "lobby",
    messages: [{ ...pinned(0), seq: 0 }],
    more: false,
  };
  page.get({ ...older, key: asked!.key });
  assertEquals(page.texts(), ["message 1"]);
});

Deno.test("an unknown event in an unknown room makes the page ask for the room, once", () => {
  const page = pageIn(0);
  const { room: _none, ...unnamed } = pinned(1);
  const elsewhere = { ...unnamed, room_id: "X1" };
  const [join, ...rest] = page.get(elsewhere, { ...elsewhere, seq: 2 });
  assert(join?.type === "join" && join.room_id === "X1");
  assertEquals(rest, []);
  page.get({ ...joined({ room: "garden", room_id: "X1", seq: 2 }), key: join.key! });
  assertEquals(page.room("garden").seq, 2);
});

Deno.test("a frame that cannot be handled affects no other frame", () => {
  const error = console.error;
  const complaints: unknown[] = [];
  console.error = (...said) => void complaints.push(said);
  try {
    const page = pageIn(1);
    page.get({ type: "member_joined", room_id: "lobby", name: 7, id: "x" }, said(2));
    page.get({ type: "something_new", room_id: 5, seq: "x" }, { type: "rooms", rooms: [] });
    assertEquals(page.texts(), ["message 1", "message 2"]);
    assertEquals(complaints.length, 1);
  } finally {
    console.error = error;
  }
});

Deno.test("unknown values are treated as the nearest known ones", () => {
  const page = new TestPage();
  const odd = { kind: "broadcast", level: "digest", seq: 1, unread: 1 } as never;
  page.connect(
    welcome({ rooms: [summary(odd)], roles: [{ name: "Bob", id: "b", role: "admin" as never }] }),
  );
  page.get({ type: "presence", name: "Chen", state: "in_a_meeting" });
  assertEquals(roomsOf(page.state, false).map(({ kind, level }) => [kind, level]), [
    ["private", "mentions"],
  ]);
  const chen = everyone(page.state).find(({ name }) => name === "Chen");
  assertEquals(chen?.state, "online");
});

Deno.test("a null field counts as absent; a value that is no frame is skipped", () => {
  const message = { ...said(1), reply_to: null, files: null, reactions: null, edited_at: null };
  const frames = framesIn(JSON.stringify([message, null, 7, "x", { type: "pong" }]));
  assertEquals(frames as readonly unknown[], [said(1), { type: "pong" }]);
  const error = console.error;
  console.error = () => {};
  try {
    assertEquals(framesIn("no JSON"), []);
  } finally {
    console.error = error;
  }
});
