// Exports that older versions wrote, one of each format, remain readable. None of them ever changes:
// when the format changes, an export of the format before is added, made by the version before.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Dump } from "../../lib/transfer/dump.ts";
import { importRecords, parseLines } from "../../lib/transfer/lines.ts";
import { dumpPostgres } from "../../lib/transfer/postgres.ts";
import { FORMAT, OLDEST_FORMAT } from "../../lib/transfer/records.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { exportOf, sqliteAt } from "../golden/stores.ts";
import { guest, message, messages } from "../store/contract/fixture.ts";
import { needs } from "../support/permissions.ts";
import { ignore as noPostgres, usePostgres } from "../support/postgres.ts";

const permissions = needs("read", "write");
const cluster = usePostgres();

type Line = Readonly<Record<string, unknown>>;

/** The fields of accounts and rooms that an older format lacks. */
const ADDED: Readonly<Record<number, readonly string[]>> = { 1: ["public_id"], 2: [] };

function recordsOf(text: string): Line[] {
  return text.trim().split("\n").slice(1).map((line) => JSON.parse(line));
}

/** A record in an older format, for comparison. */
function asInFormat(format: number, record: Line): Line {
  const { key_space, ...rest } = record;
  const remaining = Object.entries(rest).filter(([name]) => !ADDED[format]!.includes(name));
  return {
    ...Object.fromEntries(remaining),
    ...(key_space === undefined ? {} : { ["keyring"]: key_space }),
  };
}

/** Asserts that a store has its messages, recognizes repeated keys, and accepts new messages. */
async function goesOn(store: Store): Promise<void> {
  const alice = await store.findAccount("alice");
  const team = alice && await store.findRoom("team", alice.id);
  assert(alice && team);
  const [first] = await messages(store, team);
  assertEquals([first?.text, first?.reactions.length], ["Crème brûlée for three", 1]);
  const append = async (...appends: Parameters<Store["append"]>[0]) => await store.append(appends);
  const [again] = await append(message(team, alice, "again", { key: "k1" }));
  assert(again && "event" in again && again.repeated);
  const [next] = await append(message(team, alice, "and on it goes"));
  assert(next && "event" in next && next.event.seq === team.seq + 1);
  await store.retireGuests();
  const eve = await guest(store, "Eve");
  const [same] = await append(message(team, eve, "again", { key: "g2" }));
  assert(same && "event" in same && same.repeated, "guests of a name share keys");
}

Deno.test("an export of each older format exists", permissions, () => {
  const files = Array.from(
    Deno.readDirSync(new URL("./older/", import.meta.url)),
    (file) => file.name,
  );
  const formats = Array.from({ length: FORMAT - OLDEST_FORMAT }, (_, n) => OLDEST_FORMAT + n);
  assertEquals(files.sort(), formats.map((format) => `format_${format}.jsonl`));
});

for (let format = OLDEST_FORMAT; format < FORMAT; format++) {
  for (const target of ["a data file", "a database"] as const) {
    Deno.test({
      name: `an export in format ${format} is imported into ${target} completely`,
      ignore: permissions.ignore || target === "a database" && noPostgres,
      async fn() {
        const directory = await Deno.makeTempDir();
        const place = sqliteAt(`${directory}/chat.db`);
        const database = target === "a database" ? await cluster.make("empty") : null;
        const url = database === null ? "" : cluster.url(database);
        const open = async (mode: "read" | "write"): Promise<Dump> =>
          database === null ? dumpSqlite(place, mode) : await dumpPostgres(url, mode);
        const file = new URL(`./older/format_${format}.jsonl`, import.meta.url);
        const text = await Deno.readTextFile(file);
        const into = await open("write");
        await importRecords(into, parseLines(new Blob([text]).stream()));
        await into.close();
        const now = recordsOf(await exportOf(await open("read")));
        assertEquals(now.map((record) => asInFormat(format, record)), recordsOf(text));
        const ids = now.filter(({ type }) => type === "account" || type === "room")
          .map(({ public_id }) => `${public_id}`);
        for (const id of ids) assertMatch(id, /^[\w-]{12,24}$/);
        assertEquals(new Set(ids).size, ids.length);
        const store = await (database === null ? openSqlite(place) : openPostgres({ url }));
        await goesOn(store);
        await store.close();
        if (database !== null) await cluster.drop(database);
        await Deno.remove(directory, { recursive: true });
      },
    });
  }
}
