import { assert, assertEquals } from "@std/assert";
import type { Message, RoomEvent, SearchHit } from "../../../lib/protocol/frames.ts";
import { isMessage } from "../../../lib/chat/events/index.ts";
import type { Action } from "../../../static/state/reducer.ts";
import { applyEvent, emptyRoom } from "../../../static/state/room.ts";
import { inRoom, threadIn } from "../../../static/state/threads.ts";
import { pageIn, said as saidIn } from "../support.ts";

const me = { name: "Me", id: "me" };

function said(seq: number, sender: string, rest: Partial<Message> = {}): RoomEvent {
  const who = { sender, sender_id: sender.toLowerCase(), at: seq };
  return {
    type: "room_message",
    room: "r",
    room_id: "r1",
    seq,
    ...who,
    message: `${seq}`,
    ...rest,
  } as RoomEvent;
}

function deleted(seq: number, target: number): RoomEvent {
  return { ...said(seq, "Bob"), type: "message_deleted", target } as unknown as RoomEvent;
}

function applied(...events: readonly RoomEvent[]) {
  const room = { ...emptyRoom("r", { key: "r1" }), loaded: true, live: true };
  return events.reduce((held, event) => applyEvent(held, event, me).room, room);
}

Deno.test("a root counts its replies, those that the server has counted only once", () => {
  const counted = { count: 1, last_at: 2, last_seq: 2, people: [{ name: "Bob", id: "bob" }] };
  const room = applied(
    said(1, "Ann", { replies: counted }),
    said(2, "Bob", { thread: 1 }),
    said(3, "Cara", { thread: 1, also_in_room: true }),
    said(4, "Bob", { thread: 1 }),
  );
  const { count, last_seq, people } = room.messages[0]!.replies!;
  assertEquals([count, last_seq, people.map(({ name }) => name)], [3, 4, ["Bob", "Cara"]]);
  assertEquals(inRoom(room).messages.map(({ seq }) => seq), [1, 3]);
  assertEquals(threadIn(room, 1, []).map(({ seq }) => seq), [1, 2, 3, 4]);
  assertEquals(room.unread, 2, "a reply in a thread does not make the room unread");
});

Deno.test("a reply that is deleted counts no more, and only once", () => {
  const replies = [said(1, "Ann"), said(2, "Bob", { thread: 1 }), said(3, "Bob", { thread: 1 })];
  const one = applied(...replies, deleted(4, 2), deleted(5, 2));
  assertEquals(one.messages[0]!.replies?.count, 1);
  assertEquals(applied(...replies, deleted(4, 2), deleted(5, 3)).messages[0]!.replies, undefined);
});

Deno.test("the log has one row for deleted messages in sequence, and one for each thread", () => {
  const counted = { count: 1, last_at: 9, last_seq: 9, people: [{ name: "Bob", id: "bob" }] };
  const gone = (seq: number, rest: object = {}) => said(seq, "Bob", { deleted: true, ...rest });
  const messages = [
    ...[gone(1), said(2, "Ann", { thread: 9 }), gone(3), gone(4), said(5, "Ann")],
    ...[gone(6), gone(7, { replies: counted }), gone(8)],
  ];
  const rows = inRoom({ messages: messages.filter(isMessage), more: false });
  assertEquals(rows.messages.map(({ seq }) => [seq, rows.runs.get(seq)]), [
    ...[[4, 3], [5, undefined], [6, 1], [7, undefined], [8, 1]],
  ]);
});

const reply = (seq: number, rest: object) => ({ ...said(seq, "Bob", { thread: 1 }), ...rest });

/** Alice's page in the lobby, whose thread under 1 is open. */
function inThread() {
  const page = pageIn(0);
  page.get(saidIn(1, { sender: "Bob", message: "Tea?" }));
  page.do({ type: "thread", thread: { room: "lobby", seq: 1 } });
  return page;
}

Deno.test("the open thread follows edits and deletions of what only it has fetched", () => {
  const page = inThread();
  const fetched = reply(0, { room: "lobby", room_id: "lobby", message: "Old" }) as Message;
  const of = { room: "lobby", seq: 1 };
  page.do({ type: "thread_page", of, messages: [fetched], more: false });
  const change = { room: "lobby", room_id: "lobby", sender: "Bob", at: 5, target: 0 };
  page.get({ ...change, type: "message_edited", seq: 2, message: "New" });
  assertEquals(page.state.thread?.messages?.map(({ message }) => message), ["New"]);
  page.get({ ...change, type: "message_deleted", seq: 3 });
  assertEquals(page.state.thread?.messages?.map(({ deleted }) => deleted), [true]);
});

Deno.test("typing in a thread is shown in its panel only, until the reply or a while later", () => {
  const page = inThread();
  const typing = { type: "typing", room: "lobby", name: "Bob", thread: 1 };
  page.get(typing);
  const names = () => [...page.state.thread?.typing?.keys() ?? []];
  assertEquals([names(), page.state.rooms.get("lobby")?.typing.size], [["Bob"], 0]);
  page.get(saidIn(2, { sender: "Bob", message: "Yes", thread: 1 }));
  assertEquals(names(), []);
  page.get(typing);
  page.do({ type: "tick", at: 60_000 });
  assertEquals(names(), []);
});

Deno.test("followed threads count their replies, and are asked for anew when others join them", () => {
  const page = inThread();
  const root = page.state.rooms.get("lobby")!.messages[0]!;
  const listed = { room: "lobby", room_id: "lobby", thread: 1, root, read: 0, unread: 0 };
  const list = () => page.state.lists.threads?.threads;
  page.get({ type: "threads", threads: [listed], more: false });
  page.get(saidIn(2, { sender: "Bob", message: "Yes", thread: 1 }));
  assertEquals(list()?.map(({ unread, root }) => [unread, root.replies?.count]), [[1, 1]]);
  page.get({ type: "read", room: "lobby", room_id: "lobby", thread: 1, seq: 2 });
  assertEquals(list()?.[0]?.unread, 0);
  page.get(saidIn(3, { sender: "Bob", message: "Another" }));
  page.get(saidIn(4, { sender: "Bob", message: "For others", thread: 3 }));
  assertEquals(list()?.length, 1);
  page.get(saidIn(5, { sender: "Alice", message: "Mine", thread: 3 }));
  assertEquals(list(), undefined);
});

Deno.test("whatever leads to a reply that only a thread shows opens the thread at the reply", () => {
  const page = inThread();
  page.get(
    saidIn(2, { sender: "Bob", message: "Hidden", thread: 1 }),
    saidIn(3, { sender: "Bob", message: "Shown", thread: 1, also_in_room: true }),
  );
  const leads = (seq: number): readonly Action[] => [
    { type: "jump", room: "lobby", seq },
    { type: "go", to: "lobby", seq },
    {
      type: "open_hit",
      hit: reply(seq, { room: "lobby", room_id: page.room().key }) as SearchHit,
    },
  ];
  const opened = (action: Action) => {
    page.do({ type: "thread" });
    page.do({ type: "jumped" });
    page.do(action);
    return [page.state.thread, page.state.jump?.seq];
  };
  const thread = { room: page.room().key, seq: 1 };
  for (const action of leads(2)) assertEquals(opened(action), [{ ...thread, at: 2 }, 1]);
  for (const action of leads(3)) assertEquals(opened(action), [undefined, 3]);
  // In the open thread it is shown again; what the thread holds stays.
  page.do({ type: "thread", thread });
  page.do({ type: "thread_page", of: thread, messages: [], more: false });
  page.do({ type: "jump", room: "lobby", seq: 2 });
  assertEquals(page.state.thread, { ...thread, messages: [], more: false, at: 2 });
  page.do({ type: "thread", thread });
  assertEquals(page.state.thread, { ...thread, messages: [], more: false });
  // Where the user was reading is a place in the log.
  page.do({ type: "jump", room: "lobby", seq: 2, top: 40 });
  assertEquals(page.state.jump?.seq, 2);
});

Deno.test("a reply that the page does not hold opens its thread once it has arrived", () => {
  const page = pageIn(3);
  const room = page.room();
  page.state = {
    ...page.state,
    rooms: new Map([[room.key, { ...room, messages: room.messages.slice(2), more: true }]]),
  };
  const [asked] = page.do({ type: "jump", room: room.key, seq: 2 });
  assert(asked?.type === "history" && asked.around === 2);
  assertEquals(page.state.thread, undefined);
  const messages = [saidIn(1, { message: "Tea?" }), saidIn(2, { message: "Hidden", thread: 1 })];
  page.get({ type: "history", room: "lobby", messages, more: false, key: asked.key! });
  assertEquals(page.state.thread, { room: room.key, seq: 1, at: 2 });
  assertEquals(page.state.jump?.seq, 1);
});

Deno.test("sending into a thread leaves what is composed in the room, and the place of the reader", () => {
  const page = inThread();
  page.do({ type: "compose", room: "lobby", composing: { mode: "reply", seq: 1 } });
  const draft = { type: "room_message", message: "In", thread: 1, reply_to: 1 } as const;
  page.do({ type: "send", room: "lobby", key: "k", at: 1, draft });
  assertEquals(page.state.rooms.get("lobby")?.composing?.mode, "reply");
});

Deno.test("a room says whether replies can be put into threads, and what the user wants of it", () => {
  const page = inThread();
  const room = () => page.state.rooms.get("lobby")!;
  const changed = { type: "room_changed", room: "lobby", room_id: "lobby", sender: "Bob", at: 1 };
  page.get({ ...changed, seq: 2, threads: false });
  page.get({ ...changed, seq: 3, locked: true });
  assertEquals([room().threads, room().locked], [false, true]);
  page.get({ ...changed, seq: 4, threads: true });
  assertEquals(room().threads, undefined);
  const prefs = { type: "room_prefs", room: "lobby", room_id: "lobby", level: "all" };
  page.get({ ...prefs, favourite: true, section: "Work" });
  assertEquals([room().level, room().favourite, room().section], ["all", true, "Work"]);
  page.get(prefs);
  assertEquals([room().favourite, room().section], [undefined, undefined]);
});

Deno.test("a name in reactions, replies and pins follows a rename", () => {
  const page = inThread();
  const changed = { type: "reaction", room: "lobby", room_id: "lobby", at: 1, target: 1 };
  page.get({ ...changed, seq: 2, sender: "Bob", emoji: "👍", on: true });
  page.get(saidIn(3, { sender: "Bob", message: "Yes", thread: 1 }));
  const [root] = page.state.rooms.get("lobby")!.messages;
  page.get({ type: "pins", room: "lobby", room_id: "lobby", messages: [root] });
  page.get({ type: "user_changed", id: root!.sender_id, name: "Robert", old_name: "Bob" });
  const [now] = page.state.rooms.get("lobby")!.messages;
  const shown = (message: Message | undefined) => [
    message?.sender,
    message?.reactions?.[0]?.names,
    message?.replies?.people.map(({ name }) => name),
  ];
  const names = ["Robert", ["Robert"], ["Robert"]];
  assertEquals([shown(now), shown(page.state.lists.pins?.messages[0])], [names, names]);
});
