import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStore } from "../support/every_store.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "news";

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** Hanna hosts a room, in which Bob has posted; Eve is in no room. */
async function setUp(server: TestServer) {
  const [hanna, bob, eve] = [
    await server.guest("Hanna"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  await hanna.ask({ type: "create_room", room: ROOM, kind: "public" });
  await bob.ask({ type: "join", room: ROOM });
  await bob.ask({ type: "room_message", room: ROOM, message: "one" });
  return { hanna, bob, eve };
}

async function announcements(server: TestServer): Promise<void> {
  const { hanna, bob, eve } = await setUp(server);
  const refused = await bob.ask({ type: "set_room", room: ROOM, may_post: "hosts" });
  assertEquals(codeOf(refused), "forbidden");
  const changed = await hanna.ask({ type: "set_room", room: ROOM, may_post: "hosts" });
  assert(changed.type === "room_changed");
  assertEquals([changed.may_post, changed.may_pin, changed.locked], [
    "hosts",
    undefined,
    undefined,
  ]);
  assertEquals((await bob.take("room_changed")).may_post, "hosts");
  const joined = await eve.ask({ type: "join", room: ROOM });
  assert(joined.type === "joined");
  assertEquals([joined.may_post, joined.may_invite, joined.may_pin], [
    "hosts",
    undefined,
    undefined,
  ]);

  const post = await bob.ask({ type: "room_message", room: ROOM, message: "two" });
  assert(post.type === "error");
  assertEquals([post.code, post.message], ["hosts_only", "Only hosts can post in this room."]);
  const others = [
    await bob.ask({ type: "room_message", room: ROOM, message: "in a thread", thread: 1 }),
    await bob.ask({ type: "edit_message", room: ROOM, seq: 1, message: "other" }),
    await bob.ask({ type: "schedule_message", room: ROOM, message: "later", at: Date.now() + 9e6 }),
  ];
  assertEquals(others.map(codeOf), Array(3).fill("hosts_only"));
  // Members still react, and take back what they said.
  const own = [
    await bob.ask({ type: "react", room: ROOM, seq: 1, emoji: "👍", on: true }),
    await bob.ask({ type: "delete_message", room: ROOM, seq: 1 }),
    await hanna.ask({ type: "room_message", room: ROOM, message: "news" }),
  ];
  assertEquals(own.map(codeOf), ["reaction", "message_deleted", "room_message"]);

  await hanna.ask({ type: "set_room", room: ROOM, may_post: "everyone" });
  const again = await bob.ask({ type: "room_message", room: ROOM, message: "three" });
  assertEquals(codeOf(again), "room_message");
  for (const peer of [hanna, bob, eve]) await peer.close();
}

async function inviting(server: TestServer): Promise<void> {
  const { hanna, bob, eve } = await setUp(server);
  await hanna.ask({ type: "set_room", room: ROOM, may_invite: "hosts" });
  const refused = [
    await bob.ask({ type: "invite", room: ROOM, name: "Eve" }),
    await bob.ask({ type: "add_members", room: ROOM, names: ["Eve"] }),
  ];
  assertEquals(refused.map(codeOf), ["hosts_only", "hosts_only"]);
  assertEquals(codeOf(await hanna.ask({ type: "invite", room: ROOM, name: "Eve" })), "invited");
  await hanna.ask({ type: "set_room", room: ROOM, may_invite: "everyone" });
  assertEquals(codeOf(await bob.ask({ type: "invite", room: ROOM, name: "Eve" })), "invited");
  for (const peer of [hanna, bob, eve]) await peer.close();
}

async function pinning(server: TestServer): Promise<void> {
  const { hanna, bob, eve } = await setUp(server);
  const pin = { type: "pin_message", room: ROOM, seq: 1, on: true } as const;
  assertEquals(codeOf(await bob.ask(pin)), "forbidden");
  await hanna.ask({ type: "set_room", room: ROOM, may_pin: "everyone" });
  assertEquals(codeOf(await bob.ask(pin)), "message_pinned");
  const welcome = await eve.ask({ type: "join", room: ROOM });
  assertEquals(welcome.type === "joined" && welcome.may_pin, "everyone");
  await hanna.ask({ type: "set_room", room: ROOM, may_pin: "hosts" });
  assertEquals(codeOf(await bob.ask({ ...pin, on: false })), "forbidden");
  for (const peer of [hanna, bob, eve]) await peer.close();
}

onEveryStore(
  "a room says who may post, invite and pin",
  announcements,
  inviting,
  pinning,
);
