/** Conversations of several people, without a name. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { LIMITS } from "../../lib/protocol/limits.ts";
import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStore } from "../support/every_store.ts";
import { needs } from "../support/permissions.ts";
import { spawnServer } from "../support/server.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { follower, openInstances } from "../support/instances.ts";
import type { Peer } from "../support/peer.ts";
import type { TestServer } from "../support/server.ts";

type Joined = Extract<ServerFrame, { type: "joined" }>;

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** Signs members up who know each other: they share a room. */
async function acquainted<const N extends readonly string[]>(server: TestServer, ...names: N) {
  const peers: Peer[] = [];
  for (const name of names) {
    const peer = await server.member(await server.signIn(name));
    await peer.ask({ type: "join", room: "team" });
    peers.push(peer);
  }
  return peers as { [K in keyof N]: Peer };
}

/** The ids of the members of the room that everyone shares, by name. */
async function idsIn(peer: Peer): Promise<ReadonlyMap<string, string>> {
  const answer = await peer.ask({ type: "list_members", room: "team" });
  assert(answer.type === "members");
  return new Map(answer.members.map((name, at) => [name, answer.member_ids[at]!]));
}

/** Opens the conversation with some users. */
async function converse(peer: Peer, ...names: readonly string[]): Promise<Joined> {
  const answer = await peer.ask({ type: "create_room", kind: "private", names });
  assert(answer.type === "joined", JSON.stringify(answer));
  return answer;
}

function names({ people }: Pick<Joined, "people">): readonly string[] | undefined {
  return people?.map(({ name }) => name);
}

async function opening(server: TestServer): Promise<void> {
  const [ann, bob, carla] = await acquainted(server, "Ann", "Bob", "Carla");
  const made = await converse(ann, "Bob", "Carla");
  assertEquals([made.kind, made.title, made.host], ["private", undefined, undefined]);
  assertEquals([names(made), made.invited, made.refused], [["Bob", "Carla"], [], []]);
  const known = await idsIn(ann);
  assertEquals(made.people?.map(({ id }) => id), [known.get("Bob"), known.get("Carla")]);
  const { room_id } = made;
  // They learn of it, and the log is theirs.
  let news = await bob.take("member_joined");
  if (news.room === "team") news = await bob.take("member_joined");
  assertEquals([news.room_id, news.name], [room_id, "Bob"]);
  const joined = await bob.ask({ type: "join", room_id, after: 0 });
  assert(joined.type === "joined");
  assertEquals(names(joined), ["Ann", "Carla"]);
  await ann.ask({ type: "room_message", room_id, message: "lunch?" });
  assertEquals((await bob.take("room_message")).message, "lunch?");
  // The same people, whoever asks, in whatever order, by name or by id.
  assertEquals((await converse(carla, "Bob", "Ann", "Bob", "Carla")).room_id, room_id);
  const ids = [known.get("Carla")!, known.get("Ann")!];
  const byId = await bob.ask({ type: "create_room", kind: "private", ids });
  assert(byId.type === "joined");
  assertEquals([byId.room_id, byId.seq], [room_id, 1]);
  // A client that knows only names addresses it by its own.
  const old = await carla.ask({ type: "room_message", room: made.room, message: "yes" });
  assertEquals(codeOf(old), "room_message");
  // It is in the list of the user's rooms, and in no other.
  const again = await server.member(await server.signIn("Carla2"));
  assertEquals(codeOf(await again.ask({ type: "join", room_id })), "no_such_room");
  const listing = await carla.ask({ type: "list_rooms" });
  assert(listing.type === "rooms");
  assertEquals(listing.rooms.map(({ room }) => room).filter((room) => room === made.room), []);
}

async function refusals(server: TestServer): Promise<void> {
  const [ann, bob] = await acquainted(server, "Ann", "Bob", "Carla");
  const frame = { type: "create_room", kind: "private" } as const;
  const codes = async (...frames: readonly object[]) => {
    const found: string[] = [];
    for (const one of frames) {
      found.push(codeOf(await ann.ask({ ...frame, ...one } as ClientFrame)));
    }
    return found;
  };
  const many = Array.from({ length: LIMITS.conversation_people }, (_, n) => `Person${n}`);
  for (const name of many) await server.signIn(name);
  assertEquals(
    await codes(
      {},
      { names: [] },
      { names: ["Bob"] },
      { names: ["Ann", "Bob"] },
      { names: ["Bob", "Nobody"] },
      { names: ["Bob", "Carla"], kind: "public" },
      { names: ["Bob", "Carla"], title: "x" },
      { names: ["Bob", "Carla"], room: "plans" },
      { names: many },
    ),
    [
      ...["bad_request", "bad_request", "bad_request", "bad_request", "no_such_user"],
      ...["bad_request", "bad_request", "bad_request", "bad_request"],
    ],
  );
  const guest = await server.guest("Gus");
  assertEquals(codeOf(await guest.ask({ ...frame, names: ["Ann", "Bob"] })), "forbidden");
  const { room_id } = await converse(ann, "Bob", "Carla");
  await bob.ask({ type: "join", room_id });
  for (
    const order of [
      { type: "set_room", room_id, title: "x" },
      { type: "set_room", room_id, locked: true },
      { type: "set_room", room_id, name: "trip", kind: "public" },
      { type: "delete_room", room_id },
      { type: "kick", room_id, name: "Bob" },
    ] as const
  ) assertEquals(codeOf(await ann.ask(order)), "forbidden", order.type);
  // Nor may the owner of the server, who is in it.
  const body = { name: "Mo", invite: server.ownerUrl.split("=")[1] };
  const { token } = await (await server.request("/api/session", { method: "POST", body })).json();
  const mo = await server.member(token);
  await mo.ask({ type: "join", room: "team" });
  const added = await ann.ask({ type: "add_members", room_id, names: ["Mo"] });
  assert(added.type === "members_added");
  assertEquals(added.added.length, 1);
  await mo.ask({ type: "join", room_id });
  assertEquals(codeOf(await mo.ask({ type: "kick", room_id, name: "Bob" })), "forbidden");
  assertEquals(codeOf(await mo.ask({ type: "delete_room", room_id })), "forbidden");
  for (const path of ["/api/invites", "/api/hooks"]) {
    const kind = path === "/api/hooks" ? { kind: "incoming" } : {};
    const request = { method: "POST", token, body: { ...kind, room_id } };
    const answer = await server.request(path, request);
    assertEquals([answer.status, (await answer.json()).code], [403, "forbidden"], path);
  }
}

async function comingAndGoing(server: TestServer): Promise<void> {
  const [ann, bob, carla, dave] = await acquainted(server, "Ann", "Bob", "Carla", "Dave");
  const { room_id } = await converse(ann, "Bob", "Carla");
  await ann.ask({ type: "room_message", room_id, message: "before" });
  const added = await carla.ask({ type: "add_members", room_id, names: ["Dave"] });
  assert(added.type === "members_added");
  assertEquals(added.added.map(({ name }) => name), ["Dave"]);
  const joined = await dave.ask({ type: "join", room_id });
  assert(joined.type === "joined");
  // Who comes later reads what was written before.
  assertEquals(joined.messages.length, 1);
  assertEquals(names(joined), ["Ann", "Bob", "Carla"]);
  assertEquals((await converse(dave, "Ann", "Bob", "Carla")).room_id, room_id);
  assertEquals(codeOf(await bob.ask({ type: "leave", room_id })), "left");
  assertEquals(
    codeOf(await bob.ask({ type: "room_message", room_id, message: "x" })),
    "no_such_room",
  );
  assertEquals((await converse(ann, "Carla", "Dave")).room_id, room_id);
  assertNotEquals((await converse(ann, "Bob", "Carla")).room_id, room_id);
}

async function consent(server: TestServer): Promise<void> {
  const [ann, bob] = await acquainted(server, "Ann", "Bob");
  const eve = await server.member(await server.signIn("Eve"));
  const mia = await server.member(await server.signIn("Mia"));
  await mia.ask({ type: "block", name: "Ann", on: true });
  const made = await converse(ann, "Bob", "Eve", "Mia");
  // A stranger and one who has blocked the sender look alike, then and later.
  assertEquals(made.invited?.map(({ name }) => name), ["Eve", "Mia"]);
  assertEquals(names(made), ["Bob"]);
  const { room_id } = made;
  const invitation = await eve.take("invitation");
  assertEquals([invitation.room_id, invitation.by, names(invitation)], [
    ...[room_id, "Ann"],
    ["Ann", "Bob"],
  ]);
  assertEquals((await converse(ann, "Bob", "Eve", "Mia")).room_id, room_id);
  await eve.ask({ type: "decline_invitation", room_id });
  assertEquals(codeOf(await mia.ask({ type: "join", room_id })), "no_such_room");
  // Bob asks both anew: Mia has nothing against him.
  assertEquals((await converse(bob, "Ann", "Eve", "Mia")).room_id, room_id);
  assertEquals(codeOf(await eve.ask({ type: "join", room_id })), "joined");
  assertEquals((await mia.take("invitation")).by, "Bob");
  // Those who were asked count.
  const more = Array.from({ length: LIMITS.conversation_people - 3 }, (_, n) => `Person${n}`);
  for (const name of more) await server.signIn(name);
  const added = await bob.ask({ type: "add_members", room_id, names: more });
  assert(added.type === "members_added");
  assertEquals(added.refused.map(({ name, code }) => [name, code]), [
    [more.at(-1), "limit_reached"],
  ]);
  const ids = [added.refused[0]!.id!];
  const again = await bob.ask({ type: "add_members", room_id, ids });
  assert(again.type === "members_added");
  assertEquals(again.refused, added.refused);
}

async function naming(server: TestServer): Promise<void> {
  const [ann, bob, carla] = await acquainted(server, "Ann", "Bob", "Carla");
  const { room_id, room } = await converse(ann, "Bob", "Carla");
  await carla.ask({ type: "join", room_id });
  await bob.ask({ type: "join", room_id });
  const event = await bob.ask({ type: "set_room", room_id, name: "Trip" });
  assert(event.type === "room_changed");
  assertEquals([event.name, (await carla.take("room_changed")).name], ["Trip", "Trip"]);
  const joined = await bob.ask({ type: "join", room_id, after: 0 });
  assert(joined.type === "joined");
  assertEquals([joined.people, joined.room, joined.host, joined.kind], [
    ...[undefined, "Trip", true, "private"],
  ]);
  assertEquals(codeOf(await ann.ask({ type: "set_room", room_id, name: "Mine" })), "forbidden");
  assertEquals(codeOf(await ann.ask({ type: "join", room })), "joined");
  const order = { type: "set_room", room_id, title: "By train" } as const;
  assertEquals(codeOf(await bob.ask(order)), "room_changed");
  assertNotEquals((await converse(ann, "Bob", "Carla")).room_id, room_id);
}

async function overHttp(server: TestServer): Promise<void> {
  await acquainted(server, "Ann", "Bob", "Carla");
  const token = await server.signIn("Dora");
  const dora = await server.member(token);
  await dora.ask({ type: "join", room: "team" });
  const body = { kind: "private", names: ["Bob", "Carla"] };
  const made = await server.request("/api/rooms", { method: "POST", token, body });
  assertEquals(made.status, 201);
  const first: Joined = await made.json();
  assertEquals(names(first), ["Bob", "Carla"]);
  const again = await server.request("/api/rooms", { method: "POST", token, body });
  assertEquals((await again.json()).room_id, first.room_id);
}

onEveryStore("conversations: the same people have one, without a name", opening);
onEveryStore("conversations: what is refused", refusals);
onEveryStore("conversations: members add others, and leave", comingAndGoing);
onEveryStore("conversations: a stranger is asked, and a block shows in nothing", consent);
onEveryStore("conversations: a member gives one a name", naming);
onEveryStore("conversations: over HTTP", overHttp);

Deno.test("conversations: two instances agree on the people and the name", async () => {
  await using instances = await openInstances(["one", "two"]);
  const [one, two] = instances.fixtures;
  const ann = await follower(one, "Ann", "team");
  const bob = await follower(two, "Bob", "team");
  const carla = await follower(two, "Carla", "team");
  await ann.do({ type: "create_room", kind: "private", names: ["Bob", "Carla"] });
  const { room_id } = ann.one("joined");
  await instances.settle();
  assertEquals(bob.newsOf("member_joined").at(-1)?.room_id, room_id);
  await bob.do({ type: "join", room_id });
  assertEquals(names(bob.one("joined")), ["Ann", "Carla"]);
  await carla.do({ type: "create_room", kind: "private", names: ["Ann", "Bob"] });
  assertEquals(carla.one("joined").room_id, room_id);
  await carla.do({ type: "leave", room_id });
  await instances.settle();
  await ann.do({ type: "join", room_id });
  assertEquals(names(ann.newsOf("joined")[0]!), ["Bob"]);
  await ann.do({ type: "set_room", room_id, name: "Trip" });
  await instances.settle();
  await bob.do({ type: "join", room_id });
  const named = bob.newsOf("joined")[0]!;
  assertEquals([named.room, named.people, named.host], ["Trip", undefined, undefined]);
  // The last member takes a conversation along.
  await bob.do({ type: "create_room", kind: "private", names: ["Ann", "Carla"] });
  const { room_id: last } = bob.newsOf("joined")[0]!;
  await instances.settle();
  for (const one of [ann, carla, bob]) {
    assert(await instances.store.roomByPublicId(last) !== null);
    await one.do({ type: "leave", room_id: last });
    await instances.settle();
  }
  assertEquals(await instances.store.roomByPublicId(last), null);
});

Deno.test({
  name: "a conversation survives a kill: the same people find it, with all its messages",
  ...needs("net", "read", "write", "run"),
  fn: () =>
    inDirectory(async (directory) => {
      const args = [`--data=${directory}/chat.db`];
      const first = await spawnServer(args);
      const tokens = [];
      for (const name of ["Ann", "Bob", "Carla"]) tokens.push(await first.signIn(name));
      const peers = [];
      for (const token of tokens) peers.push(await first.member(token));
      for (const peer of peers) await peer.ask({ type: "join", room: "team" });
      const [ann] = peers as [Peer];
      const { room_id } = await converse(ann, "Bob", "Carla");
      const said = await ann.ask({ type: "room_message", room_id, message: "lunch?" });
      assert(said.type === "room_message");
      await first.kill("SIGKILL");

      const second = await spawnServer(args);
      const [again, bob] = [await second.member(tokens[0]!), await second.member(tokens[1]!)];
      const found = await converse(bob, "Carla", "Ann");
      assertEquals([found.room_id, names(found)], [room_id, ["Ann", "Carla"]]);
      const joined = await again.ask({ type: "join", room_id, after: 0 });
      assert(joined.type === "joined");
      assertEquals(
        joined.messages.flatMap((one) => "message" in one ? [[one.seq, one.message]] : []),
        [[said.seq, "lunch?"]],
      );
      await second.kill("SIGKILL");
    }),
});
