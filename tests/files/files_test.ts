import { assert, assertEquals } from "@std/assert";
import type { BodyChunks } from "../../lib/util/request_body.ts";
import { Files } from "../../lib/files/files.ts";
import { createLog } from "../../lib/observability/log.ts";
import { openSqlite, storeIn } from "../../lib/store/sqlite/store.ts";
import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { FILE_PART_BYTES } from "../../lib/store/files.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { makeStoreFixture } from "../store/contract/fixture.ts";

/** Opens `Files` with a store in memory and a fake clock. */
async function openFiles(store?: Store) {
  const clock = new FakeClock();
  const fixture = await makeStoreFixture(
    store ?? await openSqlite({ path: ":memory:", durability: "process" }),
  );
  const logged: string[] = [];
  const files = new Files({
    store: fixture.store,
    clock,
    log: createLog("info", (line) => logged.push(line)),
    maxBytes: 10_000_000,
    totalBytes: 100_000_000,
    perMinute: 60,
  });
  await clock.advance(0);
  const receive = (body: BodyChunks, claims = { name: "a.bin" }) =>
    files.receive(fixture.alice, fixture.team as never, claims, body, () => Promise.resolve(null));
  return {
    ...fixture,
    clock,
    files,
    logged,
    receive,
    async [Symbol.asyncDispose]() {
      await files.close();
      await fixture.store.close();
    },
  };
}

/** A body that yields chunks when the test pushes them. */
function slowBody() {
  const stream = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  return {
    body: stream.readable as BodyChunks,
    write: (bytes: number) => void writer.write(new Uint8Array(bytes)).catch(() => {}),
    close: () => writer.close(),
    abort: () => writer.abort(new Error("gone")),
  };
}

Deno.test("an upload that pauses for half a minute is aborted", async () => {
  await using fixture = await openFiles();
  const { body, write } = slowBody();
  const outcome = fixture.receive(body);
  write(10);
  await fixture.clock.advance(29_000);
  write(10);
  await fixture.clock.advance(29_000);
  write(10);
  await fixture.clock.advance(30_000);
  assertEquals(await outcome, { code: "too_slow" });
  // The next sweep leaves nothing of it, and no timer waits for it.
  await fixture.clock.advance(20_000);
  assertEquals(fixture.clock.timers, 1);
});

Deno.test("an upload that takes a quarter of an hour is aborted", async () => {
  await using fixture = await openFiles();
  const { body, write } = slowBody();
  const outcome = fixture.receive(body);
  for (let minutes = 0; minutes < 16 * 3; minutes++) {
    write(1);
    await fixture.clock.advance(20_000);
  }
  assertEquals(await outcome, { code: "too_slow" });
});

Deno.test("a truncated upload leaves nothing", async () => {
  await using fixture = await openFiles();
  const { body, write, abort } = slowBody();
  const outcome = fixture.receive(body);
  write(FILE_PART_BYTES + 1);
  await fixture.clock.settle();
  await abort();
  await fixture.clock.settle();
  assertEquals(await outcome, {
    code: "bad_request",
    message: "The body ended before it was complete.",
  });
  await fixture.clock.advance(20_000);
  // The quota is free again.
  const id = "again";
  const { store, team, alice } = fixture;
  await store.beginFile({ id, room: team.id, uploader: alice.id, name: "x", expiresAt: 1 });
  assertEquals(await store.addFilePart(id, new Uint8Array(100), 100), true);
});

Deno.test("a file without a message is deleted after a day, part by part", async () => {
  await using fixture = await openFiles();
  const { clock, files, alice } = fixture;
  const taking = fixture.receive(
    ReadableStream.from(Array.from({ length: 30 }, () => new Uint8Array(FILE_PART_BYTES))),
  );
  for (let n = 0; n < 40; n++) await clock.settle();
  const file = await taking;
  assert("id" in file);
  assertEquals(file.size, 30 * FILE_PART_BYTES);
  await clock.advance(23 * 3_600_000);
  assertEquals((await files.find(file.id, alice))?.size, file.size);
  await clock.advance(2 * 3_600_000);
  assertEquals(await files.find(file.id, alice), null);
  assertEquals(await fixture.store.filePart(file.id, 0), null);
});

Deno.test("an upload yields to other work after every part", async () => {
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  let written = 0;
  await using fixture = await openFiles({
    ...store,
    addFilePart(...args) {
      written += 1;
      return store.addFilePart(...args);
    },
  });
  const parts = Array.from({ length: 8 }, () => new Uint8Array(FILE_PART_BYTES));
  const taking = fixture.receive(ReadableStream.from(parts));
  // The clock stands still, so the upload waits for its turn.
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(written, 1);
  while (written < 8) await fixture.clock.settle();
  await fixture.clock.settle();
  assert("id" in await taking);
});

Deno.test("a full disk refuses the file only, and asks the client to try again", async () => {
  const database = openDatabase({ path: ":memory:", durability: "process" });
  await using fixture = await openFiles(storeIn(database));
  const pages = Number(database.db.prepare("PRAGMA page_count").get()?.page_count);
  database.db.exec(`PRAGMA max_page_count = ${pages + 20}`);
  const send = (bytes: number) => fixture.receive(ReadableStream.from([new Uint8Array(bytes)]));
  assertEquals(await send(FILE_PART_BYTES), { code: "try_again" });
  assertEquals(fixture.logged.length, 1);
  const { store, team, alice } = fixture;
  const message = { kind: "message", text: "still here", replyTo: null, key: null } as const;
  await store.append([{ ...message, room: team.id, sender: alice, at: 0 }]);
  database.db.exec("PRAGMA max_page_count = 1000000");
  const sending = send(FILE_PART_BYTES);
  for (let n = 0; n < 5; n++) await fixture.clock.settle();
  assert("id" in await sending);
});
