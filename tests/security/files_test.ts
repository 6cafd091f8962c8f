import { assert, assertEquals, assertGreater } from "@std/assert";
import { needs } from "../support/permissions.ts";
import { gifHead, png, pngHead } from "../support/pictures.ts";
import { RawSocket } from "../support/raw_socket.ts";
import {
  acquaint,
  bystander,
  call,
  isAlive,
  loggedAt,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";
import { upload, uploaded } from "../support/uploads.ts";

const permissions = needs("net", "read");

/** The code with which each user is refused a file, or the status. */
async function read(fixture: ServerFixture, id: string, tokens: readonly (string | undefined)[]) {
  const answers = tokens.map((token) =>
    call(fixture, `/api/files/${id}`, token === undefined ? {} : { token })
  );
  return (await Promise.all(answers)).map(({ code }) => code);
}

Deno.test({
  name: "a file is readable only by current members of its room",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const [alice, bob, eve] = [
      await person(fixture, "Alice"),
      await person(fixture, "Bob"),
      await person(fixture, "Eve"),
    ];
    const mo = await fixture.member(fixture.mo);
    await acquaint(mo, alice.peer, bob.peer);
    await mo.ask({ type: "create_room", room: "den", kind: "private" });
    for (const name of ["Alice", "Bob"]) await mo.ask({ type: "invite", room: "den", name });
    const { id } = await uploaded(fixture, alice.token, "den");
    const all = [alice.token, bob.token, eve.token, fixture.olga, "wrong", undefined];
    const nobody = ["not_found", "not_found", "unauthorized", "unauthorized"];
    // Until a message attaches it, only its uploader can read it.
    assertEquals(await read(fixture, id, all), [200, "not_found", ...nobody]);
    const said = await alice.peer.ask({
      type: "room_message",
      room: "den",
      message: "",
      files: [id],
    });
    assert(said.type === "room_message");
    assertEquals(await read(fixture, id, all), [200, 200, ...nobody]);
    await mo.ask({ type: "kick", room: "den", name: "Bob" });
    assertEquals(await read(fixture, id, all), [200, "not_found", ...nobody]);
    await mo.ask({ type: "kick", room: "den", name: "Alice" });
    assertEquals(await read(fixture, id, all), ["not_found", "not_found", ...nobody]);
    await mo.ask({ type: "invite", room: "den", name: "Alice" });
    assertEquals((await read(fixture, id, all))[0], 200);
    await alice.peer.ask({ type: "delete_message", room: "den", seq: said.seq });
    assertEquals(await read(fixture, id, [alice.token, fixture.mo]), ["not_found", "not_found"]);
    // In a conversation, only its two users can read it.
    const directFile = await uploaded(fixture, alice.token, "@Bob");
    await alice.peer.ask({
      type: "private_message",
      receiver: "Bob",
      message: "",
      files: [directFile.id],
    });
    assertEquals(await read(fixture, directFile.id, all), [200, 200, ...nobody]);
    for (const guess of ["1", "a".repeat(43), "..%2f..%2fmain.ts", "%00", `${directFile.id}x`]) {
      assertEquals(await read(fixture, guess, [bob.token]), ["not_found"]);
    }
    await fixture.request("/api/session", { method: "DELETE", token: bob.token });
    assertEquals(await read(fixture, directFile.id, [bob.token]), ["unauthorized"]);
    await Promise.all([alice, bob, eve].map(({ peer }) => peer.close()));
    await mo.close();
  },
});

Deno.test({
  name: "a user cannot attach a file of another user or room, or one already attached",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture();
    const [alice, eve] = [await person(fixture, "Alice"), await person(fixture, "Eve")];
    const guest = await fixture.guest("Gus");
    for (const peer of [alice.peer, eve.peer, guest]) {
      await peer.ask({ type: "join", room: "general" });
    }
    const attach = async (peer: typeof guest, files: readonly string[], room = "general") => {
      const frame = { type: "room_message", room, message: "look", files: [...files] } as const;
      const answer = await peer.ask(frame);
      return answer.type === "error" ? answer.code : answer.type;
    };
    const { id } = await uploaded(fixture, alice.token, "general");
    const before = eve.peer.frames.length;
    for (const peer of [eve.peer, guest]) assertEquals(await attach(peer, [id]), "no_such_file");
    const post = { method: "POST", token: eve.token, body: { message: "mine", files: [id] } };
    const posted = await call(fixture, "/api/rooms/general/messages", post);
    assertEquals(posted.code, "no_such_file");
    assertEquals(await attach(alice.peer, [id], "@Eve"), "no_such_file");
    assertEquals(await attach(alice.peer, [id, "x".repeat(43)]), "no_such_file");
    for (const files of [[id, id], ["x"], [`${id}\n`], Array(11).fill(id), "x", [null]]) {
      assertEquals(await attach(alice.peer, files as string[]), "bad_request");
    }
    await eve.peer.sync();
    assertEquals(eve.peer.frames.slice(before).filter((f) => f.type === "room_message"), []);
    // Of two concurrent attempts, one attaches it.
    const both = [attach(alice.peer, [id]), attach(await fixture.member(alice.token), [id])];
    assertEquals((await Promise.all(both)).toSorted(), ["no_such_file", "room_message"]);
    assertEquals(await attach(alice.peer, [id]), "no_such_file");
    assertEquals((await upload(fixture, undefined, "general")).code, "unauthorized");
    await Promise.all([alice.peer, eve.peer, guest].map((peer) => peer.close()));
  },
});

/** Files that a browser could execute as a page, a script or an image with a script. */
const PAYLOADS: readonly (readonly [name: string, bytes: string])[] = [
  ["page.html", "<!doctype html><script>alert(document.cookie)</script>"],
  ["photo.png", "<html><script>alert(1)</script></html>"],
  ["drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
  ["drawing.png", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>'],
  ["feed.xml", '<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?><a/>'],
  ["app.js", "alert(1)"],
  ["style.css", "*{background:url(//evil.example)}"],
  ["movie.swf", "CWS\x09"],
  ["old.mht", "MIME-Version: 1.0\nContent-Type: text/html\n\n<script>alert(1)</script>"],
];

Deno.test({
  name: "a file's type is detected from its bytes, whatever its name, and it cannot execute",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "file-rate": 0 });
    const token = await fixture.join("Eve");
    const get = async (bytes: string | Uint8Array<ArrayBuffer>, name: string) => {
      const file = await uploaded(fixture, token, "general", bytes, name);
      const answer = await call(fixture, `/api/files/${file.id}`, { token });
      assertEquals(answer.headers.get("x-content-type-options"), "nosniff");
      // A browser shows no PDF that is sandboxed; nor does it let a PDF's scripts reach its origin.
      const policy = file.type === "application/pdf"
        ? "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
        : "default-src 'none'; sandbox";
      assertEquals(answer.headers.get("content-security-policy"), policy);
      assertEquals(answer.headers.get("cross-origin-resource-policy"), "same-origin");
      assertEquals(answer.headers.get("content-type"), file.type);
      const [how = ""] = (answer.headers.get("content-disposition") ?? "").split(";");
      return { file, how };
    };
    for (const [name, bytes] of PAYLOADS) {
      const { file, how } = await get(bytes, name);
      assertEquals([name, file.type, how, file.width], [
        name,
        "application/octet-stream",
        "attachment",
        undefined,
      ]);
    }
    const pdf = await get("%PDF-1.7 /JS (app.alert(1))", "sum.txt");
    assertEquals([pdf.file.type, pdf.how], ["application/pdf", "inline"]);
    // It is valid both as an image and as a page: it is served as an image only.
    const both = new Uint8Array([
      ...gifHead(1, 1),
      ...new TextEncoder().encode("/*<script>alert(1)</script>*/=1"),
    ]);
    const polyglot = await get(both, "both.html");
    assertEquals([polyglot.file.type, polyglot.how], ["image/gif", "inline"]);
    const bomb = await get(pngHead(60_000, 60_000), "bomb.png");
    assertEquals([bomb.file.type, bomb.how], ["application/octet-stream", "attachment"]);
    // The request's content type is ignored, and form content types are not read.
    for (const type of ["image/png", "text/html", "multipart/form-data; boundary=x", ""]) {
      const answer = await call(fixture, "/api/rooms/general/files?name=a.png", {
        method: "POST",
        token,
        raw: png(1, 1),
        headers: { "content-type": type },
      });
      assertEquals(answer.code, "bad_request");
    }
  },
});

const NAMES: readonly (readonly [given: string, stored: string])[] = [
  ["../../etc/passwd", "passwd"],
  ["..\\..\\boot.ini", "boot.ini"],
  ["C:\\Users\\Eve\\secret.txt", "secret.txt"],
  ["/", "file"],
  ["..", "file"],
  ["", "file"],
  ["a\r\nSet-Cookie: hubbub_session=evil.txt", "aSet-Cookie: hubbub_session=evil.txt"],
  ["a\0b.txt", "ab.txt"],
  ['"; filename="evil.exe', '"; filename="evil.exe'],
  ["photo\u202egnp.exe", "photognp.exe"],
  ["Überraschung 'eins' (2)*.png", "Überraschung 'eins' (2)*.png"],
  ["日本語.txt", "日本語.txt"],
  [`${"x".repeat(300)}.tar`, `${"x".repeat(195)}….tar`],
];

Deno.test({
  name: "a file name is sanitized: neither a path nor a header",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "file-rate": 0 });
    const token = await fixture.join("Eve");
    for (const [given, stored] of NAMES) {
      const { id, name } = await uploaded(fixture, token, "general", "x", given);
      assertEquals(name, stored);
      const { status, headers } = await call(fixture, `/api/files/${id}`, { token });
      assertEquals([status, headers.get("set-cookie")], [200, null]);
      const [, written = ""] = /^attachment; filename\*=UTF-8''([\w.%!#$&+^`|~-]*)$/.exec(
        headers.get("content-disposition") ?? "",
      ) ?? [];
      assertEquals(decodeURIComponent(written), stored);
    }
    const long = await upload(fixture, token, "general", "x", "y".repeat(5_000));
    assertEquals(long.code, "bad_request");
    for (const room of ["nowhere%2f", "..%2f..", "a%20b", "%00"]) {
      assertEquals((await upload(fixture, token, room)).code, "no_such_room");
    }
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

/** Begins an upload by hand: its head, and the part of its body that is given. */
async function begin(fixture: ServerFixture, token: string, head: readonly string[], body = "") {
  const socket = await RawSocket.dial(fixture.url);
  const lines = [
    "POST /api/rooms/general/files?name=x HTTP/1.1",
    `Host: ${new URL(fixture.url).host}`,
    `Authorization: Bearer ${token}`,
    "Content-Type: application/octet-stream",
    ...head,
  ];
  await socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  return socket;
}

Deno.test({
  name: "a file that is too large is refused before it is read",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "file-bytes": 300_000, "file-rate": 0 });
    const token = await fixture.join("Eve");
    // Announced by Content-Length, without a byte sent.
    for (const length of [300_001, 10_000_000_000]) {
      using socket = await begin(fixture, token, [`Content-Length: ${length}`]);
      const { status, body } = await socket.response();
      assertEquals([status, JSON.parse(body).code], [413, "file_too_large"]);
    }
    // Chunked, without an end.
    using socket = await begin(fixture, token, ["Transfer-Encoding: chunked"]);
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const answer = socket.response();
    for (let n = 0; n < 10; n++) await socket.write(chunk);
    const { status, body } = await answer;
    assertEquals([status, JSON.parse(body).code], [413, "file_too_large"]);
    const fits = await uploaded(fixture, token, "general", "x".repeat(300_000));
    assertEquals(fits.size, 300_000);
    assert(await isAlive(fixture));
    assertEquals(loggedAt(fixture, "error"), []);
  },
});

Deno.test({
  name: "a server with uploads disabled accepts no files",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "file-bytes": 0 });
    const eve = await person(fixture, "Eve");
    assertEquals((await upload(fixture, eve.token, "general")).code, "files_off");
    const [welcome] = eve.peer.frames;
    assert(welcome?.type === "welcome");
    assertEquals(welcome.limits.file_bytes, 0);
    await eve.peer.close();
  },
});

Deno.test({
  name: "total storage is limited, and so is each user's upload rate",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "files-total": 1_000_000, "file-rate": 4 });
    const [eve, alice] = [await fixture.join("Eve"), await fixture.join("Alice")];
    const codes: (string | number)[] = [];
    for (let n = 0; n < 5; n++) {
      codes.push((await upload(fixture, eve, "general", "x".repeat(300_000))).code);
    }
    assertEquals(codes, [201, 201, 201, "storage_full", "rate_limited"]);
    const limited = await upload(fixture, eve, "general");
    assertGreater(Number(limited.headers.get("retry-after")), 0);
    // A file that exceeds the limit is refused for every user; a small one is still accepted.
    assertEquals(
      (await upload(fixture, alice, "general", "x".repeat(300_000))).code,
      "storage_full",
    );
    assertEquals((await upload(fixture, alice, "general", "small")).code, 201);
    const { assertUnaffected, close } = await bystander(fixture);
    await assertUnaffected();
    await close();
  },
});

Deno.test({
  name: "endless uploads block no other user, and release what they reserved",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "file-rate": 0 });
    const other = await bystander(fixture);
    const eve = await fixture.join("Eve");
    const sockets: RawSocket[] = [];
    for (let n = 0; n < 4; n++) {
      const head = ["Content-Length: 1000000", "Expect: 100-continue"];
      const socket = await begin(fixture, eve, head, "a few bytes");
      // The server asks for more: the upload is under way.
      assertEquals((await socket.response()).status, 100);
      sockets.push(socket);
    }
    assertEquals((await upload(fixture, eve, "general")).code, "try_again");
    assertEquals((await upload(fixture, fixture.mo, "general")).code, 201);
    await other.assertUnaffected();
    for (const socket of sockets) socket[Symbol.dispose]();
    let again = await upload(fixture, eve, "general");
    while (again.code === "try_again") again = await upload(fixture, eve, "general");
    assertEquals(again.code, 201);
    await other.assertUnaffected();
    await other.close();
  },
});

Deno.test({
  name: "a user who may not send messages to a room cannot upload files to it",
  ...permissions,
  async fn() {
    await using fixture = await startServerFixture({ "open-rooms": false });
    const [eve, bob] = [await person(fixture, "Eve"), await person(fixture, "Bob")];
    const mo = await fixture.member(fixture.mo);
    for (const peer of [eve.peer, mo]) await peer.ask({ type: "join", room: "general" });
    await mo.ask({ type: "create_room", room: "den", kind: "private" });
    const early = await uploaded(fixture, eve.token, "general");
    assertEquals((await upload(fixture, eve.token, "den")).code, "no_such_room");
    assertEquals((await upload(fixture, eve.token, "nowhere")).code, "no_such_room");
    assertEquals((await upload(fixture, eve.token, "@Nobody")).code, "no_such_user");
    await bob.peer.ask({ type: "block", name: "Eve", on: true });
    assertEquals((await upload(fixture, eve.token, "@Bob")).code, "blocked");
    await mo.ask({ type: "set_room", room: "general", locked: true });
    assertEquals((await upload(fixture, eve.token, "general")).code, "room_locked");
    await mo.ask({ type: "set_room", room: "general", locked: false });
    await mo.ask({ type: "mute", name: "Eve", seconds: 60 });
    assertEquals((await upload(fixture, eve.token, "general")).code, "muted");
    const frame = {
      type: "room_message",
      room: "general",
      message: "",
      files: [early.id],
    } as const;
    const answer = await eve.peer.ask(frame);
    assertEquals(answer.type === "error" && answer.code, "muted");
    await mo.ask({ type: "ban", name: "Eve" });
    assertEquals((await upload(fixture, eve.token, "general")).code, "unauthorized");
    await eve.peer.closed;
    await Promise.all([bob.peer.close(), mo.close()]);
  },
});
