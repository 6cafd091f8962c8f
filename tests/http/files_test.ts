import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { png } from "../support/pictures.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";
import { upload, uploaded } from "../support/uploads.ts";

const permissions = needs("net", "read");

/** Bytes whose values follow from their positions. */
function counting(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, n) => (n * 7 + (n >> 8)) & 255);
}

async function bytesOf(server: TestServer, token: string, id: string, range?: string) {
  const response = await fetch(`${server.url}/api/files/${id}`, {
    headers: { authorization: `Bearer ${token}`, ...(range === undefined ? {} : { range }) },
  });
  const { status, headers } = response;
  return { status, headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

Deno.test({
  name: "an uploaded picture reaches every member in a message, with its dimensions",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const alice = await server.member(token);
    const bobs = await server.signIn("Bob");
    const bob = await server.member(bobs);
    for (const peer of [alice, bob]) await peer.ask({ type: "join", room: "general" });
    const picture = png(64, 48);
    const file = await uploaded(server, token, "general", picture, "Über den Dächern.png");
    const { id } = file;
    assertEquals(file, {
      id,
      name: "Über den Dächern.png",
      type: "image/png",
      size: picture.length,
      width: 64,
      height: 48,
    });
    alice.send({ type: "room_message", room: "general", message: "", files: [id], key: "k" });
    const got = await bob.take("room_message");
    assertObjectMatch(got, { seq: 1, sender: "Alice", message: "", files: [file], key: "k" });
    assertEquals(await alice.take("room_message"), got);
    const { status, headers, bytes } = await bytesOf(server, bobs, id);
    assertEquals([status, bytes], [200, picture]);
    assertEquals(headers.get("content-length"), `${picture.length}`);
    assertEquals(headers.get("cache-control"), "private, max-age=31536000, immutable");
    // The same key stores the message once, and does not check the file again.
    const frame = { type: "room_message", room: "general", message: "", files: [id] } as const;
    assertEquals(await alice.ask({ ...frame, key: "k" }), got);
    const edit = { type: "edit_message", room: "general", seq: 1, message: "the roofs" } as const;
    await alice.ask(edit);
    const joined = await bob.ask({ type: "join", room: "general" });
    assert(joined.type === "joined");
    assertObjectMatch(joined.messages[0] ?? {}, { message: "the roofs", files: [file] });
    const page = await call(server, "/api/rooms/general/messages", { token });
    assertObjectMatch(page.body.messages[0], { message: "the roofs", files: [file] });
    await Promise.all([alice.close(), bob.close()]);
  },
});

Deno.test({
  name: "a script posts a message with files; the first upload joins the room",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Bot");
    const alice = await server.guest("Alice");
    const refusal = async (room: string) => (await upload(server, token, room)).code;
    // An unknown room may be a typo: it is not created.
    assertEquals(await refusal("reports"), "no_such_room");
    await alice.ask({ type: "join", room: "reports" });
    // An id does not join a room: it may be outdated.
    const id = `id:${alice.roomId("reports")}`;
    assertEquals(await refusal(id), "not_a_member");
    const ids: string[] = [];
    for (const name of ["one.log", "two.log"]) {
      ids.push((await uploaded(server, token, "reports", name, name)).id);
    }
    await uploaded(server, token, id);
    await alice.close();
    const path = "/api/rooms/reports/messages";
    const post = (body: unknown) => call(server, path, { method: "POST", token, body });
    const said = await post({ message: "", files: ids });
    assertEquals(said.status, 201);
    assertEquals(said.body.files.map(({ name }: { name: string }) => name), ["one.log", "two.log"]);
    for (const body of [{ message: "" }, { message: " ", files: [] }, { files: ids }]) {
      assertEquals((await post(body)).code, "bad_request");
    }
    const ownFile = await uploaded(server, token, "@Bot", "to myself");
    const note = { type: "private_message", receiver: "Bot", message: "", files: [ownFile.id] };
    const peer = await server.member(token);
    assertObjectMatch(await peer.ask(note as never), { type: "private_message", files: [ownFile] });
    await peer.close();
  },
});

/** Requested ranges of 600,000 bytes, and the bytes that are served. */
const RANGES: readonly (readonly [range: string, from: number, to: number])[] = [
  ["bytes=0-", 0, 600_000],
  ["bytes=0-0", 0, 1],
  ["bytes=262143-262144", 262_143, 262_145],
  ["bytes=100-599999", 100, 600_000],
  ["bytes=524288-", 524_288, 600_000],
  ["bytes=590000-900000", 590_000, 600_000],
  ["bytes=-5", 599_995, 600_000],
  ["bytes=-900000", 0, 600_000],
  // An unsupported range: the whole file.
  ["bytes=0-1,5-6", 0, 600_000],
  ["bytes=-", 0, 600_000],
  ["items=0-1", 0, 600_000],
  ["bytes=a-b", 0, 600_000],
];

Deno.test({
  name: "a file is served in ranges",
  ...permissions,
  async fn(t) {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const whole = counting(600_000);
    const { id } = await uploaded(server, token, "general", whole);
    for (const [range, from, to] of RANGES) {
      await t.step(range, async () => {
        const { status, headers, bytes } = await bytesOf(server, token, id, range);
        const partial = to - from < whole.length;
        assertEquals(status, partial ? 206 : 200);
        assertEquals(headers.get("content-length"), `${to - from}`);
        const said = partial ? `bytes ${from}-${to - 1}/600000` : null;
        assertEquals(headers.get("content-range"), said);
        assert(bytes.every((byte, n) => byte === whole[from + n]) && bytes.length === to - from);
      });
    }
    for (const range of ["bytes=600000-", "bytes=-0", "bytes=5-4", "bytes=999999999-"]) {
      const { status, headers } = await bytesOf(server, token, id, range);
      assertEquals([status, headers.get("content-range")], [416, "bytes */600000"]);
    }
    const head = await call(server, `/api/files/${id}`, { method: "HEAD", token });
    assertEquals([head.status, head.headers.get("content-length"), head.text], [200, "600000", ""]);
  },
});

Deno.test({
  name: "an empty file can be uploaded",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const { id, size } = await uploaded(server, token, "general", "");
    assertEquals(size, 0);
    const { status, bytes } = await bytesOf(server, token, id);
    assertEquals([status, bytes.length], [200, 0]);
  },
});
