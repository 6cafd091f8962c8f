import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import type { Peer } from "../support/peer.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "lobby";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** The `seq` of the pinned messages, as the list, the history and a fresh `join` tell. */
async function pinsFor(peer: Peer): Promise<readonly number[]> {
  const list = await peer.ask({ type: "list_pins", room: ROOM });
  const history = await peer.ask({ type: "history", room: ROOM });
  const joined = await peer.ask({ type: "join", room: ROOM });
  assert(list.type === "pins" && history.type === "history" && joined.type === "joined");
  const pinned = list.messages.map(({ seq }) => seq);
  for (const { messages } of [history, joined]) {
    const marked = messages.filter((one) => "pinned" in one && one.pinned === true);
    assertEquals(marked.map(({ seq }) => seq), pinned);
  }
  return pinned;
}

/** Hanna hosts a room with three messages; Bob is a member. */
async function setUp(server: TestServer) {
  const [hanna, bob] = [await server.guest("Hanna"), await server.guest("Bob")];
  await hanna.ask({ type: "create_room", room: ROOM, kind: "public" });
  await bob.ask({ type: "join", room: ROOM });
  for (const message of ["one", "two", "three"]) {
    await bob.ask({ type: "room_message", room: ROOM, message });
  }
  return { hanna, bob };
}

async function pinning(server: TestServer): Promise<void> {
  const { hanna, bob } = await setUp(server);
  const pin = (seq: number, on: boolean) => hanna.ask({ type: "pin_message", room: ROOM, seq, on });
  assertEquals(
    codeOf(await bob.ask({ type: "pin_message", room: ROOM, seq: 1, on: true })),
    "forbidden",
  );
  assertEquals(codeOf(await pin(9, true)), "no_such_message");

  const event = await pin(1, true);
  assert(event.type === "message_pinned");
  assertEquals([event.seq, event.target, event.on, event.sender], [4, 1, true, "Hanna"]);
  const seen = await bob.next((one) => one.type === "message_pinned");
  assertEquals(seen.type === "message_pinned" && seen.target, 1);
  await pin(3, true);
  for (const peer of [hanna, bob]) assertEquals(await pinsFor(peer), [1, 3]);

  await pin(3, false);
  assertEquals(await pinsFor(bob), [1]);
  const resumed = await bob.ask({ type: "join", room: ROOM, after: 3 });
  assert(resumed.type === "joined");
  assertEquals(resumed.messages.map(({ type }) => type), Array(3).fill("message_pinned"));

  await bob.ask({ type: "delete_message", room: ROOM, seq: 1 });
  assertEquals(await pinsFor(bob), []);
  assertEquals(codeOf(await pin(1, true)), "no_such_message");
  for (const peer of [hanna, bob]) await peer.close();
}

onEveryStore(
  "a room's host pins messages, and every member sees and lists them",
  pinning,
);
