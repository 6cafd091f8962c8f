import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { Peer } from "../support/peer.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "lobby";
const NAMES = ["Ann", "Ben", "Cem", "Dan", "Eve"];

/** Five users in a room with one message. */
async function setUp(server: TestServer): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const name of NAMES) {
    const peer = await server.guest(name);
    await peer.ask({ type: "join", room: ROOM });
    peers.push(peer);
  }
  await peers[0]!.ask({ type: "room_message", room: ROOM, message: "hello" });
  return peers;
}

function react(peer: Peer, on = true, emoji = "👍"): Promise<ServerFrame> {
  return peer.ask({ type: "react", room: ROOM, seq: 1, emoji, on });
}

/** The reactions to the message as a user gets them: in the history, and with a fresh `join`. */
async function reactionsFor(peer: Peer) {
  const history = await peer.ask({ type: "history", room: ROOM });
  const joined = await peer.ask({ type: "join", room: ROOM });
  assert(history.type === "history" && joined.type === "joined");
  const [first] = joined.messages;
  assert(first?.type === "room_message");
  assertEquals(history.messages[0]?.reactions, first.reactions);
  return (first.reactions ?? []).map(({ emoji, count, mine = false, names, ids }) => {
    assertEquals(ids.length, names.length);
    return [emoji, count, mine, names.join()];
  });
}

async function counting(server: TestServer): Promise<void> {
  const peers = await setUp(server);
  const [ann, ben, cem, , eve] = peers as [Peer, Peer, Peer, Peer, Peer];
  const counts: unknown[] = [];
  for (const peer of peers) {
    const event = await react(peer);
    counts.push(event.type === "reaction" && event.count);
  }
  // A reaction that is there already is an event, and counts once.
  for (const [peer, on] of [[ann, true], [ben, false], [ben, false], [ben, true]] as const) {
    const event = await react(peer, on);
    counts.push(event.type === "reaction" && event.count);
  }
  assertEquals(counts, [1, 2, 3, 4, 5, 5, 4, 4, 5]);
  await react(cem, true, "🎉");
  assertEquals(await reactionsFor(eve), [
    ["👍", 5, true, "Ann,Cem,Dan"],
    ["🎉", 1, false, "Cem"],
  ]);
  assertEquals((await reactionsFor(cem)).map(([emoji, , mine]) => [emoji, mine]), [
    ["👍", true],
    ["🎉", true],
  ]);
  const missed = await eve.ask({ type: "join", room: ROOM, after: 7 });
  assert(missed.type === "joined");
  const again = missed.messages.map((one) => one.type === "reaction" && one.count);
  assertEquals(again, [4, 4, 5, 1]);
}

async function listing(server: TestServer): Promise<void> {
  const peers = await setUp(server);
  const [ann, , cem] = peers as [Peer, Peer, Peer];
  for (const peer of peers) await react(peer);
  await react(cem, true, "🎉");
  const pageOf = async (fields: object) => {
    const page = await ann.ask({ type: "list_reactions", room: ROOM, seq: 1, ...fields } as never);
    assert(page.type === "reactions", JSON.stringify(page));
    return page;
  };
  const all: string[] = [];
  for (let after: string | undefined, pages = 1;; pages += 1) {
    const page = await pageOf({ limit: 4, ...(after === undefined ? {} : { after }) });
    all.push(...page.reactions.map(({ emoji, name }) => `${emoji} ${name}`));
    assertEquals(page.more, page.next !== undefined);
    after = page.next;
    if (after === undefined) {
      assertEquals(pages, 2);
      break;
    }
  }
  assertEquals(all, ["🎉 Cem", ...NAMES.map((name) => `👍 ${name}`)].sort());
  const party = await pageOf({ emoji: "🎉" });
  assertEquals(party.reactions.map(({ name }) => name), ["Cem"]);
  assertEquals((await pageOf({ emoji: "🔥" })).reactions, []);
  assertEquals((await pageOf({ seq: 99 })).reactions, []);
  assertEquals((await pageOf({ after: "nonsense" })).reactions.length, 6);
  const deleted = await ann.ask({ type: "delete_message", room: ROOM, seq: 1 });
  assertEquals(deleted.type, "message_deleted");
  assertEquals((await pageOf({})).reactions, []);
}

onEveryStore("reactions are counts, right for each reader and after repeats", counting);
onEveryStore("the users who reacted are listed in pages", listing);
