/** The server's own emoji: over the wire, on every store. */
import { assert, assertEquals } from "@std/assert";
import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { CUSTOM_EMOJI } from "../../lib/protocol/limits.ts";
import { onEveryStore } from "../support/every_store.ts";
import { openHubFixture } from "../support/hub_fixture.ts";
import type { Peer } from "../support/peer.ts";
import { png } from "../support/pictures.ts";
import { enter, secretOf } from "../support/server_fixture.ts";
import type { TestServer } from "../support/server.ts";

async function ask(peer: Peer, command: object): Promise<ServerFrame | string> {
  const answer = await peer.ask(command as ClientFrame);
  return answer.type === "error" ? answer.code : answer;
}

async function join(server: TestServer, name: string) {
  const token = await server.signIn(name);
  return await at(server, token);
}

/** The owner, who comes by the link that the server prints. */
async function own(server: TestServer) {
  const { body } = await enter(server, { name: "Olga", invite: secretOf(server.ownerUrl) });
  return await at(server, String(body.token));
}

async function at(server: TestServer, token: string) {
  const peer = await server.member(token);
  await peer.ask({ type: "join", room: "lobby" });
  const upload = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
    const sent = await fetch(`${server.url}/api/rooms/lobby/files?name=x.png`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: bytes,
    });
    return (await sent.json()).id;
  };
  return { token, peer, upload };
}

async function adding(server: TestServer): Promise<void> {
  const olga = await own(server);
  const { peer: bob, token, upload } = await join(server, "Bob");
  assertEquals(
    await ask(bob, { type: "set_emoji", emoji: ":party:", file: await upload(png(64, 64)) }),
    "forbidden",
  );
  const file = await olga.upload(png(64, 64));
  const set = (emoji: string, picture = file) =>
    ask(olga.peer, { type: "set_emoji", emoji, file: picture });
  const added = { type: "emoji_changed", emoji: ":party_1:", picture: file };
  const answer = await set(":Party_1:");
  assert(typeof answer === "object" && answer.type === "emoji_changed");
  assertEquals([answer.emoji, answer.picture], [added.emoji, added.picture]);
  assertEquals(await bob.next((one) => one.type === "emoji_changed"), added as ServerFrame);
  assertEquals(await set(":party_1:"), "name_taken");
  assertEquals(await set(":smile:"), "name_taken", "it is a standard one");
  assertEquals(await set(":slightly_smiling_face:"), "name_taken", "it is one of Slack's");
  for (const name of ["party", ":a b:", ":30:", ":x:", `:${"x".repeat(31)}:`, ":<b>:"]) {
    assertEquals(await set(name), "bad_request", name);
  }
  assertEquals(await set(":large:", await olga.upload(png(129, 8))), "no_such_file");
  assertEquals(await set(":text:", await olga.upload(new Uint8Array([104, 105]))), "no_such_file");
  const heavy = new Uint8Array(CUSTOM_EMOJI.bytes + 1);
  heavy.set(png(8, 8));
  assertEquals(await set(":heavy:", await olga.upload(heavy)), "file_too_large");
  assertEquals(await set(":his:", await upload(png(8, 8))), "no_such_file", "it is Bob's");
  const picture = await server.request(`/api/emoji/${file}`, { token });
  assertEquals([picture.status, picture.headers.get("content-type")], [200, "image/png"]);
  assertEquals((await picture.bytes()).length, png(64, 64).length);
  assertEquals((await fetch(`${server.url}/api/emoji/${file}`)).status, 401);
  await set(":zebra_2:", await olga.upload(png(9, 9)));
  const page = await ask(bob, { type: "list_emoji", limit: 1 });
  assert(typeof page === "object" && page.type === "emoji_list");
  assertEquals(page.emoji.map(({ emoji, picture, by }) => [emoji, picture, by]), [
    [":party_1:", file, "Olga"],
  ]);
  assertEquals([page.more, page.next], [true, ":party_1:"]);
  const rest = await ask(bob, { type: "list_emoji", after: page.next });
  assert(typeof rest === "object" && rest.type === "emoji_list");
  assertEquals([rest.emoji.length, rest.more], [1, false]);
  const found = await ask(bob, { type: "list_emoji", query: "ZE" });
  assert(typeof found === "object" && found.type === "emoji_list");
  assertEquals(found.emoji.map(({ emoji }) => emoji), [":zebra_2:"]);
}

async function reacting(server: TestServer): Promise<void> {
  const olga = await own(server);
  const { peer: bob } = await join(server, "Bob");
  for (const message of ["one", "two"]) {
    await bob.ask({ type: "room_message", room: "lobby", message });
  }
  const react = (peer: Peer, seq: number, emoji = ":party:", on = true) =>
    ask(peer, { type: "react", room: "lobby", seq, emoji, on });
  assertEquals(await react(bob, 1), "bad_emoji");
  await ask(olga.peer, { type: "set_emoji", emoji: ":party:", file: await olga.upload(png(8, 8)) });
  const reaction = await react(bob, 1);
  assert(typeof reaction === "object" && reaction.type === "reaction");
  assertEquals(reaction.emoji, ":party:");
  assertEquals(await react(bob, 1, ":none:"), "bad_emoji");
  assertEquals(await ask(bob, { type: "delete_emoji", emoji: ":party:" }), "forbidden");
  const gone = await ask(olga.peer, { type: "delete_emoji", emoji: ":party:" });
  assert(typeof gone === "object" && gone.type === "emoji_changed");
  assertEquals([gone.emoji, gone.picture], [":party:", undefined]);
  assertEquals(await ask(olga.peer, { type: "delete_emoji", emoji: ":party:" }), "no_such_emoji");
  assertEquals(await react(bob, 2), "bad_emoji", "nobody begins it any more");
  assert(typeof await react(olga.peer, 1) === "object", "who likes it still joins");
  assert(typeof await react(bob, 1, ":party:", false) === "object");
}

onEveryStore("the server's own emoji: adding, listing, reacting and deleting", adding, reacting);

Deno.test("a server has a limited number of emoji", async () => {
  await using fixture = await openHubFixture();
  const { id } = await fixture.account("Mo");
  await fixture.store.setRole(id, "moderator");
  const mo = await fixture.enter("Mo");
  const common = { creator: id, at: 0, type: "image/png", bytes: new Uint8Array([1]) };
  for (let n = 0; n < CUSTOM_EMOJI.count; n++) {
    await fixture.store.addEmoji({ ...common, emoji: `:e${n}:`, picture: `p${n}` });
  }
  await mo.do({ type: "set_emoji", emoji: ":one_more:", file: "f".repeat(43) });
  assertEquals(mo.refusals(), ["limit_reached"]);
});
