import { assert, assertEquals } from "@std/assert";
import { Files } from "../lib/files.ts";
import { createLog } from "../lib/log.ts";
import { openSqlite, storeIn } from "../lib/store/sqlite.ts";
import { openDatabase } from "../lib/store/sqlite/open.ts";
import { FILE_PART_BYTES } from "../lib/store/files.ts";
import type { Store } from "../lib/store/store.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { makeWorld } from "./store/clauses/world.ts";

/** Files over a store in memory, on a clock that stands still. */
async function openFiles(store?: Store) {
  const clock = new FakeClock();
  const world = await makeWorld(
    store ?? await openSqlite({ path: ":memory:", durability: "process" }),
  );
  const logged: string[] = [];
  const files = new Files({
    store: world.store,
    clock,
    log: createLog("info", (line) => logged.push(line)),
    maxBytes: 10_000_000,
    totalBytes: 100_000_000,
    perMinute: 60,
  });
  await clock.advance(0);
  const receive = (body: AsyncIterable<Uint8Array>) =>
    files.receive(world.alice, world.team as never, "a.bin", body);
  return {
    ...world,
    clock,
    files,
    logged,
    receive,
    async [Symbol.asyncDispose]() {
      await files.close();
      await world.store.close();
    },
  };
}

/** A body that brings what it is given, when it is given it. */
function slowBody() {
  const stream = new TransformStream<Uint8Array, Uint8Array>();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  return {
    body: stream.readable as AsyncIterable<Uint8Array>,
    write: (bytes: number) => void writer.write(new Uint8Array(bytes)).catch(() => {}),
    close: () => writer.close(),
    abort: () => writer.abort(new Error("gone")),
  };
}

Deno.test("a body that falls silent is given up after half a minute", async () => {
  await using town = await openFiles();
  const { body, write } = slowBody();
  const outcome = town.receive(body);
  write(10);
  await town.clock.advance(29_000);
  write(10);
  await town.clock.advance(29_000);
  write(10);
  await town.clock.advance(30_000);
  assertEquals(await outcome, { code: "bad_request", message: "The file came too slowly." });
  // Nothing of it is left after the next sweep, and nothing waits for it.
  await town.clock.advance(60_000);
  assertEquals(town.clock.timers, 1);
});

Deno.test("a body that drips for ever is given up after a quarter of an hour", async () => {
  await using town = await openFiles();
  const { body, write } = slowBody();
  const outcome = town.receive(body);
  for (let minutes = 0; minutes < 16 * 3; minutes++) {
    write(1);
    await town.clock.advance(20_000);
  }
  assertEquals(await outcome, { code: "bad_request", message: "The file came too slowly." });
});

Deno.test("a body that is cut short leaves nothing", async () => {
  await using town = await openFiles();
  const { body, write, abort } = slowBody();
  const outcome = town.receive(body);
  write(FILE_PART_BYTES + 1);
  await town.clock.settle();
  await abort();
  await town.clock.settle();
  assertEquals(await outcome, {
    code: "bad_request",
    message: "The file ended before it was whole.",
  });
  await town.clock.advance(60_000);
  // The quota has all of its bytes again.
  const id = "again";
  const { store, team, alice } = town;
  await store.beginFile({ id, room: team.id, uploader: alice.id, name: "x", expiresAt: 1 });
  assertEquals(await store.addFilePart(id, new Uint8Array(100), 100), true);
});

Deno.test("what no message has taken is freed after a day, a little at a time", async () => {
  await using town = await openFiles();
  const { clock, files, alice } = town;
  const taking = town.receive(
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
  assertEquals(await town.store.filePart(file.id, 0), null);
});

Deno.test("while a file is written others come first after every part", async () => {
  const store = await openSqlite({ path: ":memory:", durability: "process" });
  let written = 0;
  await using town = await openFiles({
    ...store,
    addFilePart(...args) {
      written += 1;
      return store.addFilePart(...args);
    },
  });
  const parts = Array.from({ length: 8 }, () => new Uint8Array(FILE_PART_BYTES));
  const taking = town.receive(ReadableStream.from(parts));
  // The clock does not go on, so that nobody else's turn is over.
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(written, 1);
  while (written < 8) await town.clock.settle();
  await town.clock.settle();
  assert("id" in await taking);
});

Deno.test("a full disk refuses the file and nothing else, and says to try again", async () => {
  const database = openDatabase({ path: ":memory:", durability: "process" });
  await using town = await openFiles(storeIn(database));
  const pages = Number(database.db.prepare("PRAGMA page_count").get()?.page_count);
  database.db.exec(`PRAGMA max_page_count = ${pages + 20}`);
  const send = (bytes: number) => town.receive(ReadableStream.from([new Uint8Array(bytes)]));
  assertEquals(await send(FILE_PART_BYTES), { code: "try_again" });
  assertEquals(town.logged.length, 1);
  const { store, team, alice } = town;
  const message = { kind: "message", text: "still here", replyTo: null, key: null } as const;
  await store.append([{ ...message, room: team.id, sender: alice, at: 0 }]);
  database.db.exec("PRAGMA max_page_count = 1000000");
  const sending = send(FILE_PART_BYTES);
  for (let n = 0; n < 5; n++) await town.clock.settle();
  assert("id" in await sending);
});
