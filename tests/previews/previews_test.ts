/** Previews over the wire, on both stores. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Message, ServerFrame } from "../../lib/protocol/frames.ts";
import { onEveryStoreWith } from "../support/every_store.ts";
import type { Peer } from "../support/peer.ts";
import { png } from "../support/pictures.ts";
import type { TestServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";
import { type Site, startSite } from "../support/site.ts";

const ROOM = "lobby";
const SETTINGS = { "link-previews": ["127.0.0.1"] };

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** Hanna hosts a room; Bob is a member, and signed in. */
async function gather(server: TestServer, site: Site) {
  site.page(
    "/a",
    `<title>Page A</title><meta name="description" content="About A">
    <meta property="og:image" content="/a.png">`,
  );
  site.page("/b", "<title>Page B</title>");
  site.set("/a.png", () => new Response(png(40, 30), { headers: { "content-type": "image/png" } }));
  const token = await server.signIn("Bob");
  const [hanna, bob] = [await server.guest("Hanna"), await server.member(token)];
  await hanna.ask({ type: "create_room", room: ROOM, kind: "public" });
  await bob.ask({ type: "join", room: ROOM });
  const close = () => Promise.all([hanna, bob].map((peer) => peer.close()));
  return { hanna, bob, token, close };
}

async function say(peer: Peer, message: string): Promise<Message> {
  const sent = await peer.ask({ type: "room_message", room: ROOM, message });
  assert(sent.type === "room_message", JSON.stringify(sent));
  return sent;
}

/** A message, as a fresh page has it. */
async function messageAt(peer: Peer, seq: number): Promise<Message> {
  const page = await peer.ask({ type: "history", room: ROOM, around: seq });
  assert(page.type === "history");
  const message = page.messages.find((one) => one.seq === seq);
  assert(message !== undefined);
  return message;
}

function isAddedTo(seq: number) {
  return (frame: ServerFrame) => frame.type === "preview_added" && frame.target === seq;
}

async function statusOf(server: TestServer, token: string, id: string): Promise<number> {
  return (await call(server, `/api/files/${id}`, { token })).status;
}

async function shown(server: TestServer): Promise<void> {
  await using site = startSite();
  const { hanna, bob, token, close } = await gather(server, site);
  const said = await say(bob, `look: **${site.url}/a** and ${site.url}/b`);
  const added = await hanna.take("preview_added");
  const { preview } = added;
  assert(preview?.image !== undefined, JSON.stringify(added));
  assertEquals([added.sender, added.target, added.seq], ["Bob", said.seq, said.seq + 1]);
  const { image, ...texts } = preview;
  assertEquals(texts, { url: `${site.url}/a`, title: "Page A", description: "About A" });
  assertEquals([image.width, image.height], [40, 30]);
  // The picture is a file of the server, for the members of the room.
  const picture = await fetch(`${server.url}/api/files/${image.id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assertEquals(picture.headers.get("content-type"), "image/png");
  assertEquals(new Uint8Array(await picture.arrayBuffer()), png(40, 30));
  const stranger = await server.signIn("Eve");
  assertEquals(await statusOf(server, stranger, image.id), 404);
  // A fresh page, and one that comes back, have the same; it is none of the message's files.
  const fresh = await messageAt(hanna, said.seq);
  assertEquals([fresh.preview, fresh.files], [preview, undefined]);
  const back = await hanna.ask({ type: "join", room: ROOM, after: said.seq });
  assert(back.type === "joined");
  const [again] = back.messages;
  assertEquals(again?.type === "preview_added" && again.preview, preview);
  const files = await bob.ask({ type: "search", query: "has:image" });
  assertEquals(files.type === "search_results" && files.messages.length, 0);
  assertEquals(site.seen, ["/a", "/a.png"], "one link, once");
  await close();
}

async function removed(server: TestServer): Promise<void> {
  await using site = startSite();
  const { hanna, bob, token, close } = await gather(server, site);
  const link = `${site.url}/a`;
  const { seq } = await say(bob, link);
  const { preview } = await bob.take("preview_added");
  const id = preview?.image?.id ?? "";
  const cara = await server.guest("Cara");
  await cara.ask({ type: "join", room: ROOM });
  assertEquals(codeOf(await cara.ask({ type: "remove_preview", room: ROOM, seq })), "forbidden");
  assertEquals(
    codeOf(await bob.ask({ type: "remove_preview", room: ROOM, seq: 99 })),
    "no_such_message",
  );
  assertEquals(await statusOf(server, token, id), 200);
  const gone = await bob.ask({ type: "remove_preview", room: ROOM, seq });
  assertEquals([gone.type, gone.type === "preview_removed" && gone.target], [
    "preview_removed",
    seq,
  ]);
  assertEquals(await statusOf(server, token, id), 404, "the picture goes with it");
  const now = await messageAt(hanna, seq);
  assertEquals([now.preview, now.no_preview], [undefined, true]);
  // The author does not want one: an edit brings none back.
  const asked = site.seen.length;
  await bob.ask({ type: "edit_message", room: ROOM, seq, message: `${site.url}/b` });
  const second = await say(bob, `${site.url}/b`);
  const next = await bob.take("preview_added");
  assertEquals([next.target, next.preview?.title], [second.seq, "Page B"]);
  assertEquals(site.seen.slice(asked), ["/b"]);
  // The host of the room moderates its members.
  const moderated = await hanna.ask({ type: "remove_preview", room: ROOM, seq: second.seq });
  assertEquals(moderated.type, "preview_removed");
  assertEquals((await messageAt(bob, second.seq)).preview, undefined);
  await cara.close();
  await close();
}

async function edited(server: TestServer): Promise<void> {
  await using site = startSite();
  const { hanna, bob, token, close } = await gather(server, site);
  const { seq } = await say(bob, `see ${site.url}/a`);
  const first = await hanna.take("preview_added");
  const id = first.preview?.image?.id ?? "";
  const edit = (message: string) => bob.ask({ type: "edit_message", room: ROOM, seq, message });
  await edit(`seen: ${site.url}/a`);
  await edit(`better: ${site.url}/b`);
  const other = await hanna.take("preview_added");
  assertEquals([other.target, other.preview], [seq, { url: `${site.url}/b`, title: "Page B" }]);
  assertEquals(await statusOf(server, token, id), 404, "the picture of the link before");
  assertEquals(site.seen, ["/a", "/a.png", "/b"], "an edit beside the link asks for nothing");
  await edit("no link");
  const gone = await hanna.take("preview_removed");
  assertEquals([gone.target, gone.edited], [seq, true]);
  await edit(`again ${site.url}/b`);
  assertEquals((await hanna.take("preview_added")).preview?.title, "Page B");
  // What the log says of a preview that is gone has no text of it.
  await bob.ask({ type: "delete_message", room: ROOM, seq });
  const back = await hanna.ask({ type: "join", room: ROOM, after: 0 });
  assert(back.type === "joined");
  const log = JSON.stringify(back.messages);
  for (const trace of ["Page A", "About A", "Page B", "/a", "/b", id]) {
    assert(!log.includes(trace), `${trace} is in ${log}`);
  }
  await close();
}

async function switchedOff(server: TestServer): Promise<void> {
  await using site = startSite();
  const { hanna, bob, close } = await gather(server, site);
  const changed = await hanna.ask({ type: "set_room", room: ROOM, previews: false });
  assertEquals(changed.type === "room_changed" && changed.previews, false);
  const joined = await bob.ask({ type: "join", room: ROOM });
  assertEquals(joined.type === "joined" && joined.previews, false);
  await say(bob, `${site.url}/a`);
  await hanna.ask({ type: "set_room", room: ROOM, previews: true });
  // Not in code, not in a quotation, and nothing that leads nowhere.
  for (
    const text of ["`URL/a`", "> URL/a", "```\nURL/a\n```", "URL/missing", "mailto:a@example.org"]
  ) {
    await say(bob, text.replace("URL", site.url));
  }
  const last = await say(bob, `${site.url}/b`);
  const added = await hanna.take("preview_added");
  assertEquals(added.target, last.seq);
  assertEquals(site.seen.toSorted(), ["/b", "/missing"]);
  await close();
}

/** One user's links are looked up ten at a time; the messages come all the same. */
async function bounded(server: TestServer): Promise<void> {
  await using site = startSite();
  const { hanna, bob, close } = await gather(server, site);
  for (let n = 0; n < 14; n++) await say(bob, `${n} ${site.url}/b`);
  for (let n = 0; n < 10; n++) await hanna.take("preview_added");
  const own = await say(hanna, `${site.url}/a`);
  assertEquals((await bob.next(isAddedTo(own.seq))).type, "preview_added");
  assertEquals((await messageAt(bob, own.seq)).preview?.title, "Page A");
  assertEquals(site.seen.filter((path) => path === "/b").length, 10);
  await close();
}

/** The link of a message that is slow to answer delays nothing. */
async function later(server: TestServer): Promise<void> {
  await using site = startSite();
  const { hanna, bob, close } = await gather(server, site);
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  site.set("/slow", async () => {
    arrived.resolve();
    await release.promise;
    return new Response("<title>Late</title>", { headers: { "content-type": "text/html" } });
  });
  const slow = await say(bob, `${site.url}/slow`);
  await arrived.promise;
  const doomed = await say(bob, `${site.url}/b`);
  assertEquals((await hanna.take("preview_added")).target, doomed.seq);
  // It was deleted meanwhile: it gets none.
  await bob.ask({ type: "delete_message", room: ROOM, seq: slow.seq });
  release.resolve();
  const after = await say(bob, `${site.url}/a`);
  assertEquals((await hanna.take("preview_added")).target, after.seq);
  const { preview } = await messageAt(hanna, slow.seq);
  assertEquals(preview, undefined);
  await close();
}

async function overHttp(server: TestServer): Promise<void> {
  await using site = startSite();
  const { bob, token, close } = await gather(server, site);
  const { seq } = await say(bob, `${site.url}/b`);
  await bob.take("preview_added");
  const path = `/api/rooms/${ROOM}/messages/${seq}/preview`;
  const { status, body } = await call(server, path, { method: "DELETE", token });
  assertEquals([status, body.type], [200, "preview_removed"]);
  const missing = await call(server, path.replace(`${seq}`, "99"), { method: "DELETE", token });
  assertMatch(String(missing.code), /no_such_message/);
  await close();
}

onEveryStoreWith(SETTINGS, "a message with a link gets a preview with a picture", shown);
onEveryStoreWith(SETTINGS, "previews: the author and moderators remove one", removed, overHttp);
onEveryStoreWith(SETTINGS, "previews: an edit and a deletion take them away", edited);
onEveryStoreWith(SETTINGS, "previews: by room, and only of links", switchedOff);
onEveryStoreWith(SETTINGS, "previews: bounded for each user, and late", bounded, later);
