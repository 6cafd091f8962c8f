import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { exif, exifSegment, jpegHead, png, pngChunk, withSegments } from "../support/pictures.ts";
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

/** Sends a file with a thumbnail before it. */
async function uploadWith(
  server: TestServer,
  token: string,
  query: Readonly<Record<string, string | number>>,
  ...bytes: readonly Uint8Array[]
) {
  const search = new URLSearchParams(Object.entries(query).map(([k, value]) => [k, `${value}`]));
  return await call(server, `/api/rooms/general/files?${search}`, {
    method: "POST",
    token,
    raw: new Uint8Array(await new Blob(bytes as Uint8Array<ArrayBuffer>[]).arrayBuffer()),
    headers: { "content-type": "application/octet-stream" },
  });
}

Deno.test({
  name: "a file is uploaded with its thumbnail, and a recording with its waveform",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const [small, large] = [png(64, 48), png(640, 480)];
    const name = "roofs.png";
    const thumbnail = small.length;
    const { body: file } = await uploadWith(server, token, { name, thumbnail }, small, large);
    assertObjectMatch(file, {
      ...{ name, type: "image/png", size: large.length, width: 640, height: 480 },
      thumbnail: { width: 64, height: 48 },
    });
    assertEquals((await bytesOf(server, token, file.id)).bytes, large);
    const shown = await bytesOf(server, token, `${file.id}/thumbnail`);
    assertEquals([shown.bytes, shown.headers.get("content-type")], [small, "image/png"]);
    assertEquals(
      shown.headers.get("content-security-policy"),
      "default-src 'none'; sandbox",
    );
    const clip = new TextEncoder().encode("\x1aE\xdf\xa3 webm A_OPUS");
    clip.set([0x1a, 0x45, 0xdf, 0xa3]);
    const said = { name: "voice.webm", duration: 2_500, peaks: "AZ09-_az" };
    const { body: clipFile } = await uploadWith(server, token, said, clip);
    assertObjectMatch(clipFile, { ...said, type: "audio/webm", size: clip.length });
    assertEquals(
      (await call(server, `/api/files/${clipFile.id}/thumbnail`, { token })).status,
      404,
    );
    // Only of audio there is a waveform, and only audio and videos last.
    const { body: text } = await uploadWith(server, token, said, new Uint8Array([65]));
    assertEquals([text.peaks, text.duration], [undefined, undefined]);
    for (
      const [query, ...bytes] of [
        [{ thumbnail: 5 }, new Uint8Array(9)],
        [{ thumbnail: small.length + 1 }, small],
        [{ thumbnail: 3 }],
        [{ thumbnail: 65_537 }, small],
        [{ thumbnail: 0 }, small],
        [{ thumbnail: "x" }, small],
        [{ duration: -1 }, clip],
        [{ duration: 86_400_001 }, clip],
        [{ peaks: "a".repeat(101) }, clip],
        [{ peaks: "ä" }, clip],
      ] as [Record<string, string | number>, ...Uint8Array[]][]
    ) {
      const refused = await uploadWith(server, token, { name, ...query }, ...bytes);
      assertEquals([refused.status, refused.code], [400, "bad_request"], JSON.stringify(query));
    }
    // The copy under a forwarded message has them too.
    const peer = await server.member(token);
    const room = "general";
    const frame = {
      type: "room_message",
      room,
      message: "",
      files: [file.id, clipFile.id],
    } as const;
    const first = await peer.ask(frame);
    assert(first.type === "room_message");
    const forward = { room_id: first.room_id, seq: first.seq };
    const copy = await peer.ask({ type: "room_message", room, message: "", forward } as never);
    assert(copy.type === "room_message" && copy.files?.length === 2);
    const [picture, recording] = copy.files;
    assertEquals(
      [picture?.thumbnail, recording?.peaks, recording?.duration],
      [file.thumbnail, clipFile.peaks, clipFile.duration],
    );
    const copied = await bytesOf(server, token, `${picture?.id}/thumbnail`);
    assertEquals(copied.bytes, small);
    await peer.close();
  },
});

Deno.test({
  name: "a program's photo loses its metadata, and has the size in which it is shown",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Bot");
    const photos = {
      "image/jpeg": withSegments(jpegHead(640, 480), exifSegment(6)),
      "image/png": png(640, 480, undefined, pngChunk("tEXt", "GPS"), pngChunk("eXIf", exif(6))),
    };
    for (const [type, photo] of Object.entries(photos)) {
      const file = await uploaded(server, token, "general", photo, "photo");
      assertObjectMatch(file, { type, width: 480, height: 640, size: photo.length });
      const { bytes } = await bytesOf(server, token, file.id);
      assertEquals(bytes.length, photo.length);
      assert(!new TextDecoder().decode(bytes).includes("GPS"));
    }
  },
});

Deno.test({
  name: "a PDF opens in the browser; audio and video play in the page, and are downloads elsewhere",
  ...permissions,
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const heads = { "%PDF-1.7": "inline", "fLaC": "attachment", "plain": "attachment" };
    for (const [head, disposition] of Object.entries(heads)) {
      const { id } = await uploaded(server, token, "general", head, "a.pdf");
      const { headers } = await bytesOf(server, token, id);
      assertEquals(headers.get("content-disposition")?.split(";")[0], disposition);
      const policy = headers.get("content-security-policy") ?? "";
      assert(policy.startsWith("default-src 'none'; "), policy);
      assert(!/script-src|connect-src/.test(policy), policy);
    }
  },
});
