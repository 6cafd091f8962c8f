import { assert, assertEquals } from "@std/assert";
import type { ClientFrame, Message, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Peer } from "../support/peer.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "lobby";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

function message(frame: ServerFrame): Message {
  assert(frame.type === "room_message" || frame.type === "private_message", JSON.stringify(frame));
  return frame;
}

type Said = Partial<Extract<ClientFrame, { type: "room_message" }>>;

async function say(peer: Peer, text: string, rest: Said = {}): Promise<Message> {
  return message(await peer.ask({ type: "room_message", room: ROOM, message: text, ...rest }));
}

/** A page of the thread with a root. */
async function pageOf(peer: Peer, thread: number, rest: { before?: number; limit?: number } = {}) {
  const page = await peer.ask({ type: "history", room: ROOM, thread, ...rest });
  assert(page.type === "history", JSON.stringify(page));
  return { texts: page.messages.map((one) => one.message), more: page.more, all: page.messages };
}

/** The followed threads: the root, the number of replies and that of unread ones of each. */
async function threadsOf(peer: Peer) {
  const list = await peer.ask({ type: "list_threads" });
  assert(list.type === "threads", JSON.stringify(list));
  return list.threads.map(({ thread, root, unread }) => [thread, root.replies?.count, unread]);
}

/** What `welcome` would say of the room: its unread messages and mentions. */
async function unreadOf(peer: Peer) {
  const joined = await peer.ask({ type: "join", room: ROOM });
  assert(joined.type === "joined");
  return [joined.unread, joined.mentions];
}

/** Ann writes the root, at 1; Bob, Cara and Dan are members. */
async function gather(server: TestServer) {
  const peers: Peer[] = [];
  for (const name of ["Ann", "Bob", "Cara", "Dan"]) {
    const peer = await server.guest(name);
    await peer.ask({ type: "join", room: ROOM });
    peers.push(peer);
  }
  const [ann, bob, cara, dan] = peers as [Peer, Peer, Peer, Peer];
  await say(ann, "root");
  return { ann, bob, cara, dan, close: () => Promise.all(peers.map((peer) => peer.close())) };
}

async function repliesAreAFilterOfTheLog(server: TestServer): Promise<void> {
  const { ann, bob, cara, dan, close } = await gather(server);
  const reply = await say(bob, "one", { thread: 1, key: "k1" });
  assertEquals([reply.seq, reply.thread, reply.reply_to, reply.also_in_room], [2, 1, 1, undefined]);
  assertEquals((await say(bob, "again", { thread: 1, key: "k1" })).seq, 2);
  await say(ann, "beside");
  assertEquals((await say(cara, "two", { thread: 1, also_in_room: true })).also_in_room, true);
  await say(bob, "three", { thread: 1 });

  assertEquals((await pageOf(dan, 1)).texts, ["root", "one", "two", "three"]);
  assertEquals(await pageOf(dan, 1, { limit: 2 }).then(({ texts, more }) => [texts, more]), [
    ["two", "three"],
    true,
  ]);
  assertEquals(await pageOf(dan, 1, { before: 4 }).then(({ texts, more }) => [texts, more]), [
    ["root", "one"],
    false,
  ]);
  const { replies } = (await pageOf(dan, 1)).all[0]!;
  assertEquals([replies?.count, replies?.last_seq], [3, 5]);
  assertEquals(replies?.people.map(({ name }) => name), ["Bob", "Cara"]);

  // A reply and a message that is not there are no roots; a thread is answered by its root.
  for (
    const [rest, code] of [
      [{ thread: 2 }, "no_such_message"],
      [{ thread: 77 }, "no_such_message"],
      [{ thread: 1, reply_to: 2 }, "bad_request"],
    ] as const
  ) {
    const answer = await ann.ask({ type: "room_message", room: ROOM, message: "x", ...rest });
    assertEquals(codeOf(answer), code, JSON.stringify(rest));
  }

  // Who missed replies gets them in order, and the root knows how many there are in all.
  const resumed = await dan.ask({ type: "join", room: ROOM, after: 1 });
  assert(resumed.type === "joined" && !resumed.truncated);
  assertEquals(resumed.messages.map(({ seq }) => seq), [2, 3, 4, 5]);
  const fromStart = await dan.ask({ type: "join", room: ROOM, after: 0 });
  assert(fromStart.type === "joined");
  assertEquals((fromStart.messages[0] as Message).replies?.count, 3);

  await bob.ask({ type: "delete_message", room: ROOM, seq: 5 });
  const left = (await pageOf(dan, 1)).all[0]!.replies;
  assertEquals([left?.count, left?.last_seq], [2, 4]);
  assertEquals(left?.people.map(({ name }) => name), ["Cara", "Bob"]);
  await bob.ask({ type: "delete_message", room: ROOM, seq: 2 });
  await cara.ask({ type: "delete_message", room: ROOM, seq: 4 });
  assertEquals((await pageOf(dan, 1)).all[0]!.replies, undefined);
  assertEquals((await pageOf(dan, 1)).all.map(({ deleted }) => deleted), [
    ...[undefined, true, true, true],
  ]);
  await close();
}

async function followersHaveUnreadReplies(server: TestServer): Promise<void> {
  const { ann, bob, cara, dan, close } = await gather(server);
  await say(bob, "one", { thread: 1 });
  await say(bob, "for @Cara", { thread: 1 });
  await say(ann, "two", { thread: 1 });
  // The author of the root, who wrote in it, and who was mentioned follow it; others do not.
  assertEquals(await threadsOf(ann), [[1, 3, 2]]);
  assertEquals(await threadsOf(bob), [[1, 3, 1]]);
  assertEquals(await threadsOf(cara), [[1, 3, 2]]);
  assertEquals(await threadsOf(dan), []);
  // A reply makes only its thread unread; a mention counts in the room as well.
  assertEquals(await unreadOf(dan), [1, 0]);
  assertEquals(await unreadOf(cara), [1, 1]);
  await say(bob, "news", { thread: 1, also_in_room: true });
  assertEquals(await unreadOf(dan), [2, 0]);

  const read = await cara.ask({ type: "read", room: ROOM, thread: 1, seq: 4 });
  assert(read.type === "read");
  assertEquals([read.seq, read.thread], [4, 1]);
  assertEquals(await threadsOf(cara), [[1, 4, 1]]);
  assertEquals(await unreadOf(cara), [2, 1]);
  await cara.ask({ type: "read", room: ROOM, thread: 1, seq: 99 });
  assertEquals(await threadsOf(cara), [[1, 4, 0]]);

  // Dan follows from now on; Bob follows no more, until he writes in it again.
  const followed = await dan.ask({ type: "follow_thread", room: ROOM, thread: 1, on: true });
  assertEquals(followed.type === "threads" && followed.threads.length, 1);
  await bob.ask({ type: "follow_thread", room: ROOM, thread: 1, on: false });
  await say(ann, "for @Bob", { thread: 1 });
  assertEquals(await threadsOf(dan), [[1, 5, 1]]);
  assertEquals(await threadsOf(bob), []);
  await say(bob, "back", { thread: 1 });
  assertEquals((await threadsOf(bob)).length, 1);
  for (const thread of [2, 99]) {
    const answer = await dan.ask({ type: "follow_thread", room: ROOM, thread, on: true });
    assertEquals(codeOf(answer), "no_such_message");
  }
  // A thread of a room that one has left is not listed.
  await dan.ask({ type: "leave", room: ROOM });
  assertEquals(await threadsOf(dan), []);
  await close();
}

async function theNewestThreadsComeFirst(server: TestServer): Promise<void> {
  const { ann, bob, close } = await gather(server);
  await say(ann, "second");
  await say(ann, "third");
  for (const thread of [2, 1, 3, 1]) await say(bob, `to ${thread}`, { thread });
  const seen: number[] = [];
  let before: string | undefined;
  do {
    const page = await ann.ask({ type: "list_threads", limit: 2, ...(before ? { before } : {}) });
    assert(page.type === "threads");
    seen.push(...page.threads.map(({ thread }) => thread));
    before = page.next;
  } while (before !== undefined);
  assertEquals(seen.toSorted(), [1, 2, 3]);
  await close();
}

async function roomsChooseInlineReplies(server: TestServer): Promise<void> {
  const hanna = await server.guest("Hanna");
  await hanna.ask({ type: "create_room", room: ROOM, kind: "public" });
  await say(hanna, "root");
  const changed = await hanna.ask({ type: "set_room", room: ROOM, threads: false });
  assert(changed.type === "room_changed");
  assertEquals(changed.threads, false);
  const joined = await hanna.ask({ type: "join", room: ROOM });
  assertEquals(joined.type === "joined" && joined.threads, false);
  const reply = await say(hanna, "inline", { thread: 1, also_in_room: true });
  assertEquals([reply.reply_to, reply.thread, reply.also_in_room], [1, undefined, undefined]);
  await hanna.ask({ type: "set_room", room: ROOM, threads: true });
  assertEquals((await say(hanna, "in it", { thread: 1 })).thread, 1);
  await hanna.close();
}

async function conversationsHaveThreads(server: TestServer): Promise<void> {
  const [ann, bob] = [await server.guest("Ann"), await server.guest("Bob")];
  message(await ann.ask({ type: "private_message", receiver: "Bob", message: "root" }));
  const said = { type: "private_message", receiver: "Ann", message: "one", thread: 1 } as const;
  assertEquals(message(await bob.ask(said)).thread, 1);
  const list = await ann.ask({ type: "list_threads" });
  assert(list.type === "threads");
  const [{ room, unread, root } = {}] = list.threads;
  assertEquals([room, unread, root?.replies?.count], ["@Bob", 1, 1]);
  // Both see the other one type in it.
  bob.send({ type: "typing", room: "@Ann", thread: 1 });
  const typing = await ann.next((frame) => frame.type === "typing");
  assertEquals(typing.type === "typing" && typing.thread, 1);
  for (const peer of [ann, bob]) await peer.close();
}

async function searchFindsThreads(server: TestServer): Promise<void> {
  const { ann, bob, close } = await gather(server);
  await say(ann, "root of none");
  await say(bob, "root in it", { thread: 1 });
  const found = async (query: string) => {
    const results = await ann.ask({ type: "search", query });
    assert(results.type === "search_results", JSON.stringify(results));
    return results.messages.map(({ seq }) => seq).toSorted();
  };
  assertEquals(await found("root is:thread"), [1, 3]);
  assertEquals(await found("is:thread"), [1, 3]);
  await bob.ask({ type: "delete_message", room: ROOM, seq: 3 });
  assertEquals(await found("root is:thread"), []);
  assertEquals(await found("root"), [1, 2]);
  await close();
}

onEveryStore(
  "threads: replies are a filter of the log, with followers, unread counts and a search",
  repliesAreAFilterOfTheLog,
  followersHaveUnreadReplies,
  theNewestThreadsComeFirst,
  roomsChooseInlineReplies,
  conversationsHaveThreads,
  searchFindsThreads,
);
