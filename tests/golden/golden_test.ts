// Opens the files of every released version with the current one: all data is there, field by
// field, and new messages can be added. `tools/golden.ts` made the files.
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Dump } from "../../lib/transfer/dump.ts";
import { importRecords, parseLines } from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import { upgrade } from "../../lib/transfer/records.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { guest, message } from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";
import { dump, load, pageFromJson, pageToJson, pageViewOf, type StoredPage } from "./page.ts";
import { exportOf, sqliteAt, unpackData } from "./stores.ts";
import { viewOf } from "./view.ts";

/** Every released version. */
const VERSIONS = ["v1"];

const permissions = needs("read", "write");
const cluster = usePostgres();

type Line = Readonly<Record<string, unknown>>;

function linesOf(text: string): Line[] {
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** The records of an export, in the current format. */
function current(text: string): Line[] {
  const [head, ...records] = linesOf(text);
  return records.map((record) => upgrade(record, Number(head?.format)));
}

/** Every record except the epoch, which changes when a log may have been rolled back. */
function withoutEpoch(records: readonly Line[]): Line[] {
  return records.filter(({ type, name }) => type !== "meta" || name !== "epoch")
    .map((record) => record.type === "end" ? { type: "end" } : record);
}

/** The values in their JSON form: `undefined` fields are missing. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Asserts that a store has its earlier contents, and accepts new messages. */
async function goesOn(store: Store, expected: unknown): Promise<void> {
  assertEquals(plain(await viewOf(store)), expected);
  const alice = await store.findAccount("Alice");
  const team = alice && await store.findRoom("Team", alice.id);
  assert(alice && team);
  const append = async (...appends: Parameters<Store["append"]>[0]) => await store.append(appends);
  const [again] = await append(message(team, alice, "again", { key: "k1" }));
  assert(again && "event" in again && again.repeated, "the keys of members are known");
  const [next] = await append(message(team, alice, "after the upgrade"));
  assert(next && "event" in next && next.event.seq === team.seq + 1);
  await store.retireGuests();
  const eve = await guest(store, "Eve");
  const [same] = await append(message(team, eve, "again", { key: "g2" }));
  assert(same && "event" in same && same.repeated, "the keys of a guest's name are known");
}

for (const version of VERSIONS) {
  const directory = new URL(`./${version}/`, import.meta.url);
  const read = (name: string) => Deno.readTextFile(new URL(name, directory));

  const goldenTest = (
    name: string,
    prove: (temporary: string) => Promise<void>,
    ignore = permissions.ignore,
  ) =>
    Deno.test({
      name: `golden files of ${version}: ${name}`,
      ignore,
      async fn() {
        const temporary = await Deno.makeTempDir();
        try {
          await prove(temporary);
        } finally {
          await Deno.remove(temporary, { recursive: true });
        }
      },
    });

  goldenTest("the data file of a killed server", async (temporary) => {
    const path = `${temporary}/chat.db`;
    unpackData(directory, path);
    const text = await read("export.jsonl");
    await (await openSqlite(sqliteAt(path))).close();
    assertEquals(current(await exportOf(dumpSqlite(sqliteAt(path), "read"))), current(text));
    const store = await openSqlite(sqliteAt(path));
    const [epoch] = linesOf(text).filter(({ name }) => name === "epoch");
    assertEquals(store.epoch, epoch?.value);
    await goesOn(store, JSON.parse(await read("view.json")));
    await store.close();
  });

  goldenTest("the dump of a database", async () => {
    const database = await cluster.make("empty");
    await cluster.run(database, await read("dump.sql"));
    const url = cluster.url(database);
    const store = await openPostgres({ url });
    const now = current(await exportOf(await dumpPostgres(url, "read")));
    assertEquals(withoutEpoch(now), withoutEpoch(current(await read("export.jsonl"))));
    await goesOn(store, JSON.parse(await read("view.json")));
    await store.close();
    await cluster.drop(database);
  }, permissions.ignore || noPostgres);

  for (const target of ["a data file", "a database"] as const) {
    goldenTest(`the export, into ${target}`, async (temporary) => {
      const place = sqliteAt(`${temporary}/chat.db`);
      const database = target === "a database" ? await cluster.make("empty") : null;
      const url = database === null ? "" : cluster.url(database);
      const open = async (mode: "read" | "write"): Promise<Dump> =>
        database === null ? dumpSqlite(place, mode) : await dumpPostgres(url, mode);
      const text = await read("export.jsonl");
      const into = await open("write");
      await importRecords(into, parseLines(new Blob([text]).stream()));
      await into.close();
      assertEquals(current(await exportOf(await open("read"))), current(text));
      const store = await (database === null ? openSqlite(place) : openPostgres({ url }));
      await goesOn(store, JSON.parse(await read("view.json")));
      await store.close();
      if (database !== null) await cluster.drop(database);
    }, permissions.ignore || target === "a database" && noPostgres);
  }

  goldenTest("the page's data in the browser", async () => {
    const golden = pageFromJson<StoredPage>(await read("page.json"));
    const expected = pageFromJson<Awaited<ReturnType<typeof pageViewOf>>>(
      await read("page_view.json"),
    );
    const name = `golden-${version}`;
    await load(name, golden);
    const found = await pageViewOf(name);
    const now = await dump(name);
    // Rooms are fetched again if their stored form has changed.
    const shown = now.version === golden.version ? expected : { ...expected, rooms: [] };
    assertEquals(pageFromJson(pageToJson(found)), shown);
    assertNotEquals(found.pending, []);
    assertNotEquals(found.drafts, []);
  });
}
