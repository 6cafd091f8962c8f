import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { Peer } from "../support/peer.ts";
import type { TestServer } from "../support/server.ts";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** The owner of the server. */
async function ownerOf(server: TestServer): Promise<Peer> {
  const body = { name: "Mo", invite: server.ownerUrl.split("=")[1] };
  const response = await server.request("/api/session", { method: "POST", body });
  const { token } = await response.json();
  return await server.member(token);
}

/** Hanna hosts a room with a message of Bob's; Eve is in no room. */
async function setUp(server: TestServer) {
  const [hanna, bob, eve] = [
    await server.guest("Hanna"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const made = await hanna.ask({ type: "create_room", room: "plans", kind: "public" });
  assert(made.type === "joined");
  const joined = await bob.ask({ type: "join", room: "plans" });
  assert(joined.type === "joined");
  // The host, and only the host, is told so.
  assertEquals([made.host, joined.host, made.is_default], [true, undefined, undefined]);
  await bob.ask({ type: "room_message", room: "plans", message: "one" });
  return { hanna, bob, eve, room_id: made.room_id };
}

async function listedTo(peer: Peer): Promise<readonly string[]> {
  const listing = await peer.ask({ type: "list_rooms" });
  assert(listing.type === "rooms");
  return listing.rooms.map(({ room }) => room).filter((room) => room !== "general");
}

async function renaming(server: TestServer): Promise<void> {
  const { hanna, bob, eve, room_id } = await setUp(server);
  assertEquals(codeOf(await bob.ask({ type: "set_room", room_id, name: "mine" })), "forbidden");
  await bob.ask({ type: "leave", room: "plans" });
  await bob.ask({ type: "join", room: "plans", after: 1 });
  const event = await hanna.ask({
    type: "set_room",
    room: "plans",
    name: "Design",
    title: "Shapes",
  });
  assert(event.type === "room_changed" && "room" in event);
  assertEquals([event.seq, event.room, event.room_id], [2, "Design", room_id]);
  assertEquals([event.name, event.title, event.locked], ["Design", "Shapes", undefined]);
  const seen = await bob.take("room_changed");
  assertEquals([seen.name, seen.sender], ["Design", "Hanna"]);
  // By its id, by its new name, and by the old one.
  for (const address of [{ room_id }, { room: "design" }, { room: "PLANS" }]) {
    const sent = await bob.ask({ type: "room_message", ...address, message: "hi" });
    assert(sent.type === "room_message");
    assertEquals([sent.room, sent.room_id], ["Design", room_id]);
  }
  const joined = await eve.ask({ type: "join", room: "plans" });
  assert(joined.type === "joined");
  assertEquals([joined.room, joined.room_id, joined.title], ["Design", room_id, "Shapes"]);
  assertEquals(
    codeOf(await eve.ask({ type: "create_room", room: "plans", kind: "public" })),
    "room_exists",
  );
  const missed = await eve.ask({ type: "join", room_id, after: 1 });
  assert(missed.type === "joined");
  assertEquals(missed.messages[0]?.type, "room_changed");
  const again = await hanna.ask({ type: "set_room", room: "design", key: "k", title: "" });
  assert(again.type === "room_changed");
  const repeated = await hanna.ask({ type: "set_room", room: "design", key: "k", title: "x" });
  assertEquals(repeated.type === "room_changed" && repeated.seq, again.seq);
}

async function archiving(server: TestServer): Promise<void> {
  const { hanna, bob, eve, room_id } = await setUp(server);
  await hanna.ask({ type: "set_room", room_id, archived: true });
  const refused = [
    await bob.ask({ type: "room_message", room_id, message: "late" }),
    await bob.ask({ type: "edit_message", room_id, seq: 1, message: "late" }),
    await bob.ask({ type: "react", room_id, seq: 1, emoji: "👍", on: true }),
    await bob.ask({ type: "delete_message", room_id, seq: 1 }),
    await hanna.ask({ type: "room_message", room_id, message: "late" }),
    await hanna.ask({ type: "pin_message", room_id, seq: 1, on: true }),
  ];
  assertEquals(refused.map(codeOf), Array(refused.length).fill("room_archived"));
  assertEquals(await listedTo(bob), []);
  const joined = await eve.ask({ type: "join", room: "plans" });
  assert(joined.type === "joined");
  assertEquals([joined.archived, joined.messages.length], [true, 1]);
  const found = await bob.ask({ type: "search", query: "one" });
  assertEquals(found.type === "search_results" && found.messages.length, 1);
  assertEquals(
    codeOf(await hanna.ask({ type: "delete_message", room_id, seq: 1 })),
    "message_deleted",
  );
  await hanna.ask({ type: "set_room", room_id, archived: false });
  assertEquals(
    codeOf(await bob.ask({ type: "room_message", room_id, message: "on" })),
    "room_message",
  );
  assertEquals(await listedTo(eve), ["plans"]);
}

async function deleting(server: TestServer): Promise<void> {
  const { hanna, bob, eve, room_id } = await setUp(server);
  assertEquals(codeOf(await bob.ask({ type: "delete_room", room_id })), "forbidden");
  const deleted = await hanna.ask({ type: "delete_room", room: "plans" });
  assert(deleted.type === "room_deleted");
  assertEquals([deleted.room, deleted.room_id, deleted.by], ["plans", room_id, "Hanna"]);
  // Everyone could see it.
  for (const peer of [bob, eve]) {
    assertEquals((await peer.take("room_deleted")).room_id, room_id);
    assertEquals(await listedTo(peer), []);
  }
  for (const peer of [hanna, bob]) {
    const afterwards = [
      await peer.ask({ type: "room_message", room_id, message: "late" }),
      await peer.ask({ type: "room_message", room: "plans", message: "late" }),
      await peer.ask({ type: "history", room_id }),
      await peer.ask({ type: "join", room_id, after: 1 }),
      await peer.ask({ type: "delete_room", room_id }),
    ];
    assertEquals(afterwards.map(codeOf), Array(afterwards.length).fill("no_such_room"));
  }
  const found = await bob.ask({ type: "search", query: "one" });
  assertEquals(found.type === "search_results" && found.messages.length, 0);
  const next = await eve.ask({ type: "join", room: "plans" });
  assert(next.type === "joined");
  assert(next.room_id !== room_id);
  assertEquals(next.seq, 0);
}

async function theDefaultRoom(server: TestServer): Promise<void> {
  const mo = await ownerOf(server);
  const joined = await mo.ask({ type: "join", room: "general" });
  assert(joined.type === "joined");
  assertEquals(joined.is_default, true);
  const { room_id } = joined;
  const answers = [
    await mo.ask({ type: "delete_room", room_id }),
    await mo.ask({ type: "set_room", room_id, archived: true }),
    await mo.ask({ type: "set_room", room_id, kind: "private" }),
    await mo.ask({ type: "set_room", room_id, name: "welcome" }),
    await mo.ask({ type: "create_room", room: "general", kind: "private" }),
    await mo.ask({ type: "create_room", room: "other", kind: "private" }),
    await mo.ask({ type: "set_room", room: "other", name: "General" }),
    await mo.ask({ type: "set_room", room_id, name: "general" }),
  ];
  assertEquals(answers.map(codeOf), [
    ...["forbidden", "forbidden", "forbidden", "room_changed"],
    ...["room_exists", "joined", "room_exists", "room_changed"],
  ]);
}

async function visibility(server: TestServer): Promise<void> {
  const mo = await ownerOf(server);
  const eve = await server.guest("Eve");
  const made = await mo.ask({ type: "create_room", room: "den", kind: "private" });
  assert(made.type === "joined");
  const { room_id } = made;
  await mo.ask({ type: "room_message", room_id, message: "secret" });
  await mo.ask({ type: "set_room", room_id, name: "cave" });
  assertEquals(codeOf(await eve.ask({ type: "join", room_id })), "no_such_room");
  await mo.ask({ type: "set_room", room_id, kind: "public" });
  assertEquals(await listedTo(eve), ["cave"]);
  // Under its old name it was private.
  const other = await eve.ask({ type: "join", room: "den" });
  assert(other.type === "joined");
  assert(other.room_id !== room_id);
  await mo.ask({ type: "set_room", room_id, kind: "private" });
  assertEquals(await listedTo(eve), ["den"]);
  assertEquals(codeOf(await eve.ask({ type: "history", room_id })), "no_such_room");
  const found = await eve.ask({ type: "search", query: "secret" });
  assertEquals(found.type === "search_results" && found.messages.length, 0);
}

onEveryStore(
  "a room is renamed, archived, opened, closed and deleted",
  renaming,
  archiving,
  deleting,
  visibility,
  theDefaultRoom,
);
