/** Which parts of a log the page holds, and how it moves between them. */
import { assert, assertEquals } from "@std/assert";
import type { ClientFrame, History, RoomMessage } from "../../../lib/protocol/frames.ts";
import { heldAfterTrim, heldMax, shownTimeline } from "../../../static/state/timeline.ts";
import { joined, personId, said, say, summary, TestPage, welcome } from "../support.ts";

/** The lobby's log on the server, and a page with its latest messages. */
class Archive extends TestPage {
  readonly log: RoomMessage[];

  constructor(count: number, read = count, held = 50) {
    super();
    this.log = Array.from({ length: count }, (_, i) => said(i + 1));
    const unread = Math.min(100, count - read);
    this.enter(
      joined({ seq: count, read, unread, messages: this.log.slice(-held), more: count > held }),
      welcome({ rooms: [summary({ seq: count, read, unread })] }),
    );
  }

  /** Answers the page's requests as the server does. */
  answer(frames: readonly ClientFrame[]): void {
    for (const frame of frames) {
      if (frame.type === "history") this.get(this.page(frame));
    }
  }

  page(frame: ClientFrame): History {
    assert(frame.type === "history");
    const { before, after, around, limit = 50, key = "" } = frame;
    const { log } = this;
    const answer = (from: number, to: number, rest: Partial<History>): History => ({
      type: "history",
      room: "lobby",
      room_id: "lobby",
      messages: log.slice(Math.max(0, from), to),
      more: from > 0,
      key,
      ...rest,
    });
    if (around !== undefined) {
      const [from, to] = [around - 1 - limit / 2, around - 1 + limit / 2];
      return answer(from, to, { more_after: to < log.length });
    }
    if (after !== undefined) {
      return answer(after, after + limit, { more: after + limit < log.length });
    }
    const end = (before ?? log.length + 1) - 1;
    return answer(end - limit, end, {});
  }

  /** Adds a message to the log. */
  hear(count = 1): void {
    for (let i = 0; i < count; i++) {
      const event = said(this.room().seq + 1);
      this.log.push(event);
      this.get(event);
    }
  }

  /** Loads the messages before or after those shown. */
  load(newer = false): ClientFrame[] {
    const asked = this.do({ type: "history", room: "lobby", ...(newer ? { newer } : {}) });
    this.answer(asked);
    return asked;
  }

  jump(seq: number): void {
    this.answer(this.do({ type: "jump", room: "lobby", seq }));
  }

  place(seq: number): void {
    this.do({ type: "place", room: "lobby", place: { seq, top: 12 } });
  }

  /** The first and last `seq` shown; fails if there is a gap between them. */
  shown(): [number, number] {
    return ends(shownTimeline(this.room()).messages);
  }

  /** The same for the end of the log. */
  end(): [number, number] {
    return ends(this.room().messages);
  }
}

function ends(messages: readonly { readonly seq: number }[]): [number, number] {
  const seqs = messages.map(({ seq }) => seq);
  const [first = 0, last = 0] = [seqs[0], seqs.at(-1)];
  assertEquals(seqs, Array.from({ length: last - first + 1 }, (_, i) => first + i));
  return [first, last];
}

Deno.test("scrolling up for long holds a bounded part, and keeps the end", () => {
  const page = new Archive(100_000);
  for (let i = 0; i < 400; i++) {
    page.load();
    assert(shownTimeline(page.room()).messages.length <= heldMax);
    assert(page.room().messages.length <= heldMax);
  }
  assertEquals(page.shown()[0], 100_000 - 50 - 400 * 50 + 1);
  assertEquals(page.end()[1], 100_000);
  assert(shownTimeline(page.room()).more);
});

Deno.test("scrolling back down joins the history window to the end, without gaps or duplicates", () => {
  const page = new Archive(5_000);
  for (let i = 0; i < 60; i++) page.load();
  assert(page.room().historyWindow !== undefined);
  for (let i = 0; i < 100 && page.room().historyWindow !== undefined; i++) page.load(true);
  assertEquals(page.room().historyWindow, undefined);
  assertEquals(page.end()[1], 5_000);
  assert(page.room().messages.length <= heldMax);
  assertEquals(page.load(true), []);
});

Deno.test("a jump loads the surroundings of a message of any age in one step", () => {
  const page = new Archive(100_000);
  page.jump(7);
  assertEquals(page.shown(), [1, 56]);
  assert(!shownTimeline(page.room()).more);
  assertEquals(page.end(), [99_951, 100_000]);
  assertEquals(page.state.jump, { room: "lobby", seq: 7 });
  page.do({ type: "jumped" });
  page.load(true);
  assertEquals(page.shown(), [1, 106]);
  page.do({ type: "newest", room: "lobby" });
  assertEquals(page.shown(), [99_951, 100_000]);
});

Deno.test("a jump to a held message asks for nothing, and prefers the end", () => {
  const page = new Archive(1_000);
  assertEquals(page.do({ type: "jump", room: "lobby", seq: 970 }), []);
  page.jump(500);
  assertEquals(page.do({ type: "jump", room: "lobby", seq: 490 }), []);
  assertEquals(page.shown(), [450, 549]);
  assertEquals(page.do({ type: "jump", room: "lobby", seq: 990 }), []);
  assertEquals(page.room().historyWindow, undefined);
});

Deno.test("a jump near the end merges with the end", () => {
  const page = new Archive(1_000);
  page.jump(920);
  assertEquals(page.room().historyWindow, undefined);
  assertEquals(page.shown(), [870, 1_000]);
});

Deno.test("a jump to a missing message ends instead of asking for ever", () => {
  const page = new Archive(1_000);
  const [asked] = page.do({ type: "jump", room: "lobby", seq: 10 });
  const sent = page.get({ ...page.page(asked!), messages: [] });
  assertEquals(sent, []);
  assertEquals(page.state.jump, undefined);
  assertEquals(page.shown(), [951, 1_000]);
});

Deno.test("events received while reading history are there at the end, in order", () => {
  const page = new Archive(1_000);
  page.jump(100);
  page.hear(3);
  assertEquals(page.shown(), [50, 149]);
  assertEquals(page.room().unread, 3);
  page.load(true);
  page.hear(700);
  page.do({ type: "newest", room: "lobby" });
  const [first, last] = page.shown();
  assertEquals(last, 1_703);
  assert(last - first >= heldAfterTrim - 1);
});

Deno.test("a change to an old message shows in the history window", () => {
  const page = new Archive(1_000);
  page.jump(100);
  const by = { room: "lobby", sender: "Bob", at: 9 };
  page.get(
    { ...by, type: "message_edited", seq: 1_001, target: 100, message: "better" },
    { ...by, type: "reaction", seq: 1_002, target: 101, emoji: "👍", on: true },
    { ...by, type: "message_deleted", seq: 1_003, target: 102 },
  );
  const [hundredth, next, gone] = shownTimeline(page.room()).messages.slice(50);
  assertEquals(hundredth?.message, "better");
  const reaction = { emoji: "👍", count: 1, names: ["Bob"], ids: [personId("Bob")] };
  assertEquals(next?.reactions, [reaction]);
  assert(gone?.deleted);
});

Deno.test("a page of history read before a change is changed when it arrives", () => {
  const page = new Archive(1_000);
  const [asked] = page.do({ type: "history", room: "lobby" });
  const old = page.page(asked!);
  const by = { room: "lobby", sender: "Bob", at: 9 };
  page.get(
    { ...by, type: "message_edited", seq: 1_001, target: 940, message: "better" },
    { ...by, type: "reaction", seq: 1_002, target: 940, emoji: "👍", on: true },
    { ...by, type: "reaction", seq: 1_003, target: 940, emoji: "👍", on: false },
    { ...by, type: "message_deleted", seq: 1_004, target: 941 },
  );
  page.get(old);
  const find = (target: number) => page.room().messages.find(({ seq }) => seq === target);
  assertEquals(find(940), said(940, { message: "better", edited_at: 9 }));
  assertEquals(find(941), said(941, { message: "", deleted: true }));
  assertEquals(page.room().changes, undefined);
});

Deno.test("a page of history for a place left since is dropped", () => {
  const page = new Archive(10_000);
  const [older] = page.do({ type: "history", room: "lobby" });
  page.jump(500);
  page.get(page.page(older!));
  assertEquals(page.shown(), [450, 549]);
  const [around] = page.do({ type: "jump", room: "lobby", seq: 3_000 });
  page.do({ type: "newest", room: "lobby" });
  page.get(page.page(around!));
  assertEquals(page.shown(), [9_951, 10_000]);
  assertEquals(page.room().loadingHistory, false);
});

Deno.test("a burst while reading just above the end keeps the position", () => {
  const page = new Archive(1_000);
  page.place(960);
  page.hear(5_000);
  const [first, last] = page.shown();
  assert(first <= 960 && last >= 960);
  assert(shownTimeline(page.room()).messages.length <= heldMax);
  assert(page.room().messages.length <= heldMax);
  assertEquals(page.end()[1], 6_000);
});

Deno.test("a burst at the end keeps the timeline bounded", () => {
  const page = new Archive(1_000);
  page.hear(3_000);
  assert(page.room().messages.length <= heldMax);
  assertEquals(page.room().historyWindow, undefined);
  assertEquals(page.end()[1], 4_000);
});

Deno.test("a room reopens where the user left it; its end needs no request", () => {
  const page = new Archive(1_000);
  page.get(joined({ room: "den", seq: 1, messages: [said(1, { room: "den" })] }));
  page.place(970);
  page.do({ type: "open", room: "den" });
  assertEquals(page.state.jump, undefined);
  page.do({ type: "open", room: "lobby" });
  assertEquals(page.state.jump, { room: "lobby", seq: 970, top: 12 });
  page.do({ type: "jumped" });
  page.do({ type: "place", room: "lobby" });
  page.do({ type: "open", room: "den" });
  page.do({ type: "open", room: "lobby" });
  assertEquals(page.state.jump, undefined);
});

Deno.test("after a long absence the user is where they read, and the end is the new one", () => {
  const page = new Archive(1_000);
  page.jump(300);
  page.do({ type: "jumped" });
  page.place(310);
  page.lose();
  const messages = Array.from({ length: 4_000 }, (_, i) => said(1_001 + i));
  page.log.push(...messages);
  page.connect(welcome({ rooms: [summary({ seq: 5_000, read: 1_000, unread: 100 })] }));
  const asked = page.get(joined({
    seq: 5_000,
    read: 1_000,
    messages: messages.slice(-50),
    truncated: true,
    more: true,
    key: page.joinKey("lobby"),
  }));
  assertEquals(asked.map((frame) => frame.type === "history" && frame.around), [310]);
  page.answer(asked);
  assertEquals(page.shown(), [260, 359]);
  assertEquals(page.end(), [4_951, 5_000]);
  assertEquals(page.state.jump, { room: "lobby", seq: 310, top: 12 });
});

Deno.test("a jump interrupted by a disconnect continues after the reconnect", () => {
  const page = new Archive(1_000);
  page.lose();
  assertEquals(page.do({ type: "jump", room: "lobby", seq: 5 }), []);
  page.connect(welcome({ rooms: [summary({ seq: 1_000, read: 1_000 })] }));
  const asked = page.get(joined({ seq: 1_000, read: 1_000, key: page.joinKey("lobby") }));
  page.answer(asked);
  assertEquals(page.shown(), [1, 54]);
});

Deno.test("reading moves the read mark to the last seen message, and no further", () => {
  const page = new Archive(1_000, 960);
  assertEquals(page.room().divider, 960);
  assertEquals(page.do({ type: "seen", room: "lobby", seq: 970 }), [
    { type: "read", room_id: "lobby", seq: 970, epoch: "e1" },
  ]);
  assertEquals(page.room().unread, 30);
  assertEquals(page.do({ type: "seen", room: "lobby", seq: 965 }), []);
  assertEquals(page.room().divider, 960);
});

Deno.test("the divider stays when the user jumps to it after they have read the end", () => {
  const page = new Archive(1_000, 960);
  page.do({ type: "seen", room: "lobby" });
  assertEquals(page.room().unread, 0);
  page.jump(961);
  assertEquals(page.room().divider, 960);
});

Deno.test("unread messages in history are counted down as they are read", () => {
  const page = new Archive(1_000, 920);
  assertEquals(page.room().unread, 80);
  page.jump(880);
  page.do({ type: "seen", room: "lobby", seq: 925 });
  assertEquals(page.room().unread, 75);
});

Deno.test("a divider marks messages received while reading above", () => {
  const page = new Archive(100);
  page.hear(1);
  page.do({ type: "seen", room: "lobby" });
  assertEquals(page.room().divider, undefined);
  page.place(70);
  page.hear(2);
  assertEquals(page.room().divider, 101);
});

Deno.test("sending a message moves to the end", () => {
  const page = new Archive(1_000);
  page.jump(10);
  page.place(10);
  page.do(say("hello", "k1"));
  assertEquals([page.room().historyWindow, page.room().place], [undefined, undefined]);
});
