/** Groups of users: who makes them, and whom a message that names one mentions. */
import { assert, assertEquals } from "@std/assert";
import { isMessage } from "../../lib/chat/events/index.ts";
import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { openHubFixture } from "../support/hub_fixture.ts";

type Fixture = Awaited<ReturnType<typeof openHubFixture>>;
type Member = Awaited<ReturnType<Fixture["enter"]>>;

/** The reply to a command: the frame, or the code of the refusal. */
async function ask(member: Member, frame: object): Promise<ServerFrame | string> {
  member.forget();
  await member.do({ ...frame, key: "k" } as ClientFrame);
  const reply = member.news().find((one) => "key" in one && one.key === "k");
  assert(reply !== undefined, JSON.stringify(frame));
  return reply.type === "error" ? reply.code : reply;
}

async function setUp(fixture: Fixture) {
  const { id } = await fixture.account("Mo");
  await fixture.store.setRole(id, "moderator");
  const [mo, bob, carol] = await fixture.gather("lobby", "Mo", "Bob", "Carol");
  const dave = await fixture.enter("Dave");
  return { mo, bob, carol, dave };
}

function idOf({ connection }: Member): string {
  return connection.account.publicId;
}

Deno.test("moderators make, change and delete groups, and everyone lists them", async () => {
  await using fixture = await openHubFixture();
  const { mo, bob, dave } = await setUp(fixture);
  const ids = [idOf(bob), idOf(dave), idOf(bob)];
  assertEquals(await ask(bob, { type: "set_group", group: "Designers", ids }), "forbidden");
  const made = await ask(mo, { type: "set_group", group: "Designers", ids });
  assert(typeof made === "object" && made.type === "group");
  assertEquals([made.group, made.members], ["Designers", ["Bob", "Dave"]]);
  const { group_id } = made;
  const list = await ask(bob, { type: "list_groups" });
  assert(typeof list === "object" && list.type === "groups");
  assertEquals(list.groups, [{ group: "Designers", group_id, member_count: 2 }]);
  const members = await ask(bob, { type: "list_group_members", group_id });
  assertEquals(typeof members === "object" && members.type === "group" && members.member_ids, [
    ...[idOf(bob), idOf(dave)],
  ]);
  for (const group of ["designers", "Bob"]) {
    assertEquals(await ask(mo, { type: "set_group", group, ids: [] }), "name_taken", group);
  }
  for (const group of ["room", "HERE"]) {
    assertEquals(await ask(mo, { type: "set_group", group, ids: [] }), "name_reserved", group);
  }
  const unknown = { type: "set_group", group: "Others", ids: ["nobody"] };
  assertEquals(await ask(mo, unknown), "no_such_user");
  assertEquals(await ask(mo, { ...unknown, ids: [], group_id: "nothing" }), "no_such_group");
  const changed = await ask(mo, { type: "set_group", group_id, group: "Artists", ids: [] });
  assertEquals(typeof changed === "object" && changed.type === "group" && changed.group, "Artists");
  assertEquals(await ask(bob, { type: "delete_group", group_id }), "forbidden");
  await ask(mo, { type: "delete_group", group_id });
  assertEquals(await ask(mo, { type: "delete_group", group_id }), "no_such_group");
  assertEquals(await ask(bob, { type: "list_group_members", group_id }), "no_such_group");
  const log = await fixture.store.moderationLog({ before: null, limit: 9 });
  assertEquals(log.map(({ action, detail }) => `${action} ${detail}`), [
    ...["delete_group Artists", "set_group Artists", "set_group Designers"],
  ]);
});

Deno.test("a group mentions those of its members who are in the room", async () => {
  await using fixture = await openHubFixture();
  const { mo, bob, carol, dave } = await setUp(fixture);
  const ids = [bob, carol, dave].map(idOf);
  const made = await ask(mo, { type: "set_group", group: "Designers", ids });
  assert(typeof made === "object" && made.type === "group");
  const sent = await ask(mo, {
    type: "room_message",
    room: "lobby",
    message: "@carol and @designers",
  });
  assert(typeof sent === "object" && isMessage(sent));
  const group = `group:${made.group_id}`;
  assertEquals(sent.mentions, [idOf(carol), group, idOf(bob)], "Dave is elsewhere");
  assertEquals(sent.mention_names, ["carol", "designers"]);
  const [joined] = await fixture.store.roomsOf((await fixture.account("Bob")).id);
  assertEquals(joined?.mentions, 1);
});
