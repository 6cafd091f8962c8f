import { assert, assertEquals } from "@std/assert";
import type { Message, ServerFrame } from "../../lib/protocol/frames.ts";
import type { Peer } from "../support/peer.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "lobby";
const POLL = { question: "Where to?", options: ["Beach", "Hills", "Home"] } as const;

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** Hanna hosts a room; Bob and Cara are members. */
async function gather(server: TestServer) {
  const [hanna, bob, cara] = [
    ...[await server.guest("Hanna"), await server.guest("Bob"), await server.guest("Cara")],
  ] as [Peer, Peer, Peer];
  await hanna.ask({ type: "create_room", room: ROOM, kind: "public" });
  for (const peer of [bob, cara]) await peer.ask({ type: "join", room: ROOM });
  return {
    ...{ hanna, bob, cara },
    close: () => Promise.all([hanna, bob, cara].map((peer) => peer.close())),
  };
}

async function ask(peer: Peer, poll: object, message = ""): Promise<Message> {
  const sent = await peer.ask({ type: "room_message", room: ROOM, message, poll } as never);
  assert(sent.type === "room_message", JSON.stringify(sent));
  return sent;
}

function vote(peer: Peer, seq: number, options: readonly number[], key?: string) {
  const said = key === undefined ? {} : { key };
  return peer.ask({ type: "vote", room: ROOM, seq, options, ...said });
}

/** The votes of a message, as a fresh page says them to a user. */
async function votesFor(peer: Peer, seq: number) {
  const page = await peer.ask({ type: "history", room: ROOM });
  assert(page.type === "history");
  const message = page.messages.find((one) => one.seq === seq);
  assert(message !== undefined && "message" in message);
  return [message.votes?.counts, message.votes?.voters, message.votes?.mine];
}

async function oneVoteEach(server: TestServer): Promise<void> {
  const { hanna, bob, cara, close } = await gather(server);
  const { seq, message, poll } = await ask(hanna, POLL);
  assertEquals([seq, message, poll], [1, POLL.question, POLL], "the question is its text");
  assertEquals(await votesFor(bob, 1), [undefined, undefined, undefined]);

  const first = await vote(bob, 1, [1], "b1");
  assert(first.type === "poll_voted", JSON.stringify(first));
  assertEquals([first.seq, first.target, first.options, first.sender], [2, 1, [1], "Bob"]);
  const seen = await cara.take("poll_voted");
  assertEquals(seen.votes, { counts: [0, 1, 0], voters: 1 });
  await vote(cara, 1, [1]);
  await vote(bob, 1, [0]);
  assertEquals(await votesFor(bob, 1), [[1, 1, 0], 2, [0]]);
  assertEquals(await votesFor(hanna, 1), [[1, 1, 0], 2, undefined]);

  const again = await vote(bob, 1, [1], "b1");
  assertEquals([
    again.type === "poll_voted" && again.votes,
    again.type === "poll_voted" && again.seq,
  ], [
    { counts: [0, 1, 0], voters: 1 },
    2,
  ]);
  assertEquals(await votesFor(bob, 1), [[1, 1, 0], 2, [0]], "a repeated key has no effect");
  await vote(bob, 1, []);
  assertEquals(await votesFor(bob, 1), [[0, 1, 0], 1, undefined]);
  const resumed = await bob.ask({ type: "join", room: ROOM, after: 1 });
  assert(resumed.type === "joined");
  assertEquals(
    resumed.messages.map((one) => one.type === "poll_voted" && one.votes?.counts),
    [[0, 1, 0], [0, 2, 0], [1, 1, 0], [0, 1, 0]],
  );

  for (const options of [[3], [0, 1]]) {
    assertEquals(codeOf(await vote(bob, 1, options)), "bad_vote");
  }
  assertEquals(codeOf(await vote(bob, 1, [0, 0])), "bad_request");
  assertEquals(codeOf(await vote(bob, 2, [0])), "no_such_message");
  await bob.ask({ type: "room_message", room: ROOM, message: "no poll" });
  assertEquals(codeOf(await vote(bob, 6, [0])), "no_such_poll");
  for (
    const poll of [
      { question: "?", options: ["one"] },
      { question: "?", options: ["one", "one"] },
      { question: " ", options: ["one", "two"] },
      { question: "?", options: Array.from({ length: 11 }, (_, n) => `${n}`) },
    ]
  ) {
    const refused = await bob.ask({ type: "room_message", room: ROOM, message: "", poll });
    assertEquals(codeOf(refused), "bad_request");
  }
  await close();
}

async function severalOptions(server: TestServer): Promise<void> {
  const { hanna, bob, cara, close } = await gather(server);
  await ask(hanna, { ...POLL, multiple: true }, "Choose, please.");
  await vote(bob, 1, [0, 2]);
  await vote(cara, 1, [2]);
  assertEquals(await votesFor(bob, 1), [[1, 0, 2], 2, [0, 2]]);
  await Promise.all([vote(bob, 1, [1]), vote(cara, 1, [0, 1, 2]), vote(hanna, 1, [2])]);
  assertEquals(await votesFor(cara, 1), [[1, 2, 2], 3, [0, 1, 2]]);
  const list = async (fields: object = {}) => {
    const page = await hanna.ask({ type: "list_votes", room: ROOM, seq: 1, ...fields } as never);
    assert(page.type === "votes", JSON.stringify(page));
    return page;
  };
  const first = await list({ limit: 2 });
  assertEquals([first.seq, first.more, first.votes.length], [1, true, 2]);
  const rest = await list({ limit: 2, after: first.next });
  assertEquals([rest.more, rest.next], [false, undefined]);
  const votes = [...first.votes, ...rest.votes].map(({ name, options }) => [name, options]);
  assertEquals(votes.toSorted(), [["Bob", [1]], ["Cara", [0, 1, 2]], ["Hanna", [2]]]);
  const eve = await server.guest("Eve");
  assertEquals(codeOf(await eve.ask({ type: "list_votes", room: ROOM, seq: 1 })), "not_a_member");
  await eve.close();
  await hanna.ask({ type: "delete_message", room: ROOM, seq: 1 });
  assertEquals(
    codeOf(await hanna.ask({ type: "list_votes", room: ROOM, seq: 1 })),
    "no_such_message",
  );
  assertEquals(await votesFor(bob, 1), [undefined, undefined, undefined]);
  assertEquals(codeOf(await vote(bob, 1, [1])), "no_such_message");
  await close();
}

async function nobodyLearnsWho(server: TestServer): Promise<void> {
  const { hanna, bob, cara, close } = await gather(server);
  await ask(hanna, { ...POLL, anonymous: true });
  const before = cara.frames.length;
  const own = await vote(bob, 1, [2], "x1");
  await vote(hanna, 1, [0]);
  const page = await cara.ask({ type: "join", room: ROOM, after: 1 });
  assert(page.type === "joined");
  const received = JSON.stringify([own, page.messages, cara.frames.slice(before, -1)]);
  for (const trace of ['"Bob"', bob.id, '"guest":true', "[2]"]) {
    assert(!received.includes(trace), received);
  }
  const [first] = page.messages;
  assert(first?.type === "poll_voted");
  assertEquals([first.sender, first.sender_id, first.options], ["", "", []]);
  assertEquals(first.votes, { counts: [0, 0, 1], voters: 1 });
  assertEquals(await votesFor(bob, 1), [[1, 0, 1], 2, [2]], "they know it themselves");
  await vote(bob, 1, [0]);
  assertEquals(await votesFor(bob, 1), [[2, 0, 0], 2, [0]], "and can change it");
  assertEquals(await votesFor(cara, 1), [[2, 0, 0], 2, undefined]);
  for (const peer of [hanna, bob]) {
    const list = await peer.ask({ type: "list_votes", room: ROOM, seq: 1 });
    assertEquals(codeOf(list), "anonymous_poll", "not even for its author");
  }
  await hanna.ask({ type: "room_message", room: ROOM, message: "no poll" });
  assertEquals(codeOf(await hanna.ask({ type: "list_votes", room: ROOM, seq: 5 })), "no_such_poll");

  const direct = await bob.ask({
    ...{ type: "private_message", receiver: "Cara", message: "" },
    poll: { ...POLL, anonymous: true },
  } as never);
  assert(direct.type === "private_message");
  assertEquals(direct.poll, POLL, "of two neither is anonymous");
  await close();
}

async function closing(server: TestServer): Promise<void> {
  const { hanna, bob, cara, close } = await gather(server);
  await ask(bob, POLL);
  await vote(cara, 1, [0], "c1");
  const end = (peer: Peer, seq: number) => peer.ask({ type: "close_poll", room: ROOM, seq });
  assertEquals(codeOf(await end(cara, 1)), "forbidden");
  const ended = await end(bob, 1);
  assert(ended.type === "poll_closed");
  assertEquals([ended.target, ended.sender], [1, "Bob"]);
  assertEquals(codeOf(await vote(cara, 1, [1])), "poll_closed");
  assertEquals(codeOf(await vote(cara, 1, [0], "c1")), "poll_voted", "a key that was used counts");
  assertEquals(codeOf(await end(bob, 1)), "poll_closed");
  assertEquals(await votesFor(cara, 1), [[1, 0, 0], 1, [0]]);

  const { seq } = await ask(bob, POLL);
  assertEquals(codeOf(await end(hanna, seq)), "poll_closed", "the host moderates the room");
  const over = await ask(bob, { ...POLL, closes_at: Date.now() - 1 });
  assertEquals(codeOf(await vote(cara, over.seq, [1])), "poll_closed");
  const later = await ask(bob, { ...POLL, closes_at: Date.now() + 600_000 });
  assertEquals(codeOf(await vote(cara, later.seq, [1])), "poll_voted");
  await close();
}

/** The votes of a user who is erased are gone, also from a poll that is closed. */
async function erasedVoter(server: TestServer): Promise<void> {
  const invite = new URL(server.ownerUrl).hash.split("=")[1];
  const body = { name: "Olga", invite };
  const session = await server.request("/api/session", { method: "POST", body });
  const { token } = await session.json();
  const olga = await server.member(token);
  await olga.ask({ type: "create_room", room: ROOM, kind: "public" });
  const eve = await server.member(await server.signIn("Eve"));
  const dan = await server.member(await server.signIn("Dan"));
  for (const peer of [eve, dan]) await peer.ask({ type: "join", room: ROOM });
  await ask(olga, POLL);
  for (const peer of [eve, dan]) await vote(peer, 1, [1]);
  await olga.ask({ type: "close_poll", room: ROOM, seq: 1 });
  assertEquals(await votesFor(olga, 1), [[0, 2, 0], 2, undefined]);
  const erased = await server.request(`/api/people/${eve.id}`, { method: "DELETE", token });
  await erased.body?.cancel();
  while ((await dan.take("poll_voted")).votes?.voters !== 1);
  assertEquals(await votesFor(olga, 1), [[0, 1, 0], 1, undefined]);
  const list = await olga.ask({ type: "list_votes", room: ROOM, seq: 1 });
  assert(list.type === "votes");
  assertEquals(list.votes.map(({ name }) => name), ["Dan"]);
  assertEquals(codeOf(await vote(dan, 1, [0])), "poll_closed", "it stays closed");
  for (const peer of [olga, eve, dan]) await peer.close();
}

onEveryStore(
  "polls: one vote each, open or anonymous, until it is closed",
  async (server) => {
    await oneVoteEach(server);
  },
  severalOptions,
  nobodyLearnsWho,
  closing,
  erasedVoter,
);
