import { assert, assertEquals } from "@std/assert";
import { isMessage } from "../../lib/chat/events/index.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { onEveryStore } from "../support/every_store.ts";
import { openHubFixture, settle } from "../support/hub_fixture.ts";
import type { Peer } from "../support/peer.ts";
import type { TestServer } from "../support/server.ts";

const ROOM = "lobby";

type Deleted = Extract<ServerFrame, { type: "messages_deleted" }>;

async function remove(peer: Peer, ...seqs: readonly number[]): Promise<Deleted> {
  const answer = await peer.ask({ type: "delete_messages", room: ROOM, seqs: [...seqs], key: "d" });
  assert(answer.type === "messages_deleted", JSON.stringify(answer));
  assertEquals(answer.key, "d");
  return answer;
}

/** Who deleted what in the moderation log, the oldest first. */
async function logged(peer: Peer): Promise<readonly unknown[]> {
  const log = await peer.ask({ type: "moderation_log" });
  assert(log.type === "moderation_log");
  return log.entries.filter(({ action }) => action.startsWith("delete_"))
    .map(({ by, action, subject, room, detail }) => [by, action, subject, room, detail])
    .toReversed();
}

async function owner(server: TestServer): Promise<Peer> {
  const body = { name: "Olga", invite: server.ownerUrl.split("=")[1] };
  const response = await server.request("/api/session", { method: "POST", body });
  return await server.member((await response.json()).token);
}

async function several(server: TestServer): Promise<void> {
  const olga = await owner(server);
  const [hanna, bob, ann] = [
    await server.guest("Hanna"),
    await server.guest("Bob"),
    await server.guest("Ann"),
  ];
  await hanna.ask({ type: "create_room", room: ROOM, kind: "public" });
  const say = async (peer: Peer, message: string) => {
    await peer.ask({ type: "join", room: ROOM });
    const said = await peer.ask({ type: "room_message", room: ROOM, message });
    assert(said.type === "room_message");
    return said.seq;
  };
  for (
    const [peer, text] of [[bob, "1"], [bob, "2"], [ann, "3"], [olga, "4"], [hanna, "5"]] as const
  ) {
    await say(peer, text);
  }
  await bob.ask({ type: "react", room: ROOM, seq: 3, emoji: "👍", on: true });

  // A member deletes only what is their own, and learns what is not.
  const own = await remove(ann, 3, 1, 6, 99, 3);
  assertEquals([own.seqs, own.refused], [[3], [
    { seq: 1, code: "forbidden" },
    { seq: 6, code: "no_such_message" },
    { seq: 99, code: "no_such_message" },
  ]]);
  assertEquals(await logged(olga), []);

  // The host does not outrank the owner. Everyone sees an event for each message.
  const hosted = await remove(hanna, 1, 2, 3, 4, 5);
  assertEquals(hosted.seqs, [1, 2, 5]);
  assertEquals(hosted.refused, [
    { seq: 3, code: "no_such_message" },
    { seq: 4, code: "forbidden" },
  ]);
  await bob.sync();
  const seen = bob.frames.filter((frame) => frame.type === "message_deleted");
  assertEquals(seen.map((event) => [event.target, event.sender]), [
    [3, "Ann"],
    [1, "Hanna"],
    [2, "Hanna"],
    [5, "Hanna"],
  ]);
  // One entry of the moderation log for all messages of an author; none for the host's own.
  assertEquals(await logged(olga), [["Hanna", "delete_messages", "Bob", ROOM, "2"]]);
  const joined = await ann.ask({ type: "join", room: ROOM });
  assert(joined.type === "joined");
  const left = joined.messages.filter((one) => isMessage(one) && !one.deleted);
  assertEquals(left.map(({ seq }) => seq), [4]);

  // In an archived room, moderators go on.
  const remains = await say(bob, "remains");
  await hanna.ask({ type: "set_room", room: ROOM, archived: true });
  assertEquals((await remove(bob, remains)).refused, [{ seq: remains, code: "room_archived" }]);
  assertEquals((await remove(olga, remains)).seqs, [remains]);
  for (const peer of [olga, hanna, bob, ann]) await peer.close();
}

onEveryStore("several messages are deleted at once, each by an event", several);

Deno.test("a host who is demoted between two authors deletes nothing of the second one", async () => {
  await using fixture = await openHubFixture();
  const { id } = await fixture.account("Mo");
  await fixture.store.setRole(id, "moderator");
  const [, mo, bob, ann] = await fixture.gather(ROOM, "Hanna", "Mo", "Bob", "Ann");
  await bob.say(ROOM, "one");
  await ann.say(ROOM, "two");
  mo.forget();
  // The first author's messages are gone when the entry about them is written.
  const gate = fixture.hold("recordModeration", "before");
  const running = mo.start({ type: "delete_messages", room: ROOM, seqs: [1, 2] });
  await settle(fixture.clock);
  assertEquals(gate.waiting, 1);
  await fixture.store.setRole(id, "member");
  const account = { ...mo.connection.account, role: "member" } as const;
  fixture.effects.emit({ type: "role_changed", account });
  gate.open();
  await settle(fixture.clock);
  await running;
  const { seqs, refused } = mo.one("messages_deleted");
  assertEquals([seqs, refused], [[1], [{ seq: 2, code: "forbidden" }]]);
});

Deno.test("as many messages are deleted at once as the limits say", async () => {
  await using fixture = await openHubFixture();
  const [alice] = await fixture.gather(ROOM, "Alice");
  const seqs = Array.from({ length: LIMITS.deleted_messages }, (_, i) => i + 1);
  for (const seq of seqs) await alice.say(ROOM, `${seq}`);
  alice.forget();
  await alice.do({ type: "delete_messages", room: ROOM, seqs });
  const news = alice.news();
  assertEquals(news.filter(({ type }) => type === "message_deleted").length, seqs.length);
  const answer = news.find((frame) => frame.type === "messages_deleted");
  assertEquals(answer?.type === "messages_deleted" && answer.seqs, seqs);
});
