/**
 * Makes the golden files of a version, which the tests open with every later version:
 * `deno task golden v1`. Run it once, right before a release. Files of a released version are never
 * made again: they are what its users have.
 *
 * @module
 */
import { importRecords, parseLines } from "../lib/transfer/lines.ts";
import { dumpPostgres } from "../lib/transfer/postgres.ts";
import { dumpSqlite } from "../lib/transfer/sqlite.ts";
import { openPostgres } from "../lib/store/postgres/store.ts";
import { openSqlite } from "../lib/store/sqlite/store.ts";
import { dump, keep, pageToJson, pageViewOf } from "../tests/golden/page.ts";
import { exportOf, makeData, packData, sqliteAt, unpackData } from "../tests/golden/stores.ts";
import { viewOf } from "../tests/golden/view.ts";
import { withPostgres } from "../tests/support/postgres.ts";

/** The data file, the export of it, and what users see of it. */
async function makeStore(directory: string): Promise<string> {
  const temporary = await Deno.makeTempDir();
  try {
    const [made, copy] = [`${temporary}/made.db`, `${temporary}/copy.db`];
    await makeData(made, () => packData(made, directory));
    unpackData(new URL(`file://${directory}/`), copy);
    const store = await openSqlite(sqliteAt(copy));
    const view = JSON.stringify(await viewOf(store), null, 2);
    Deno.writeTextFileSync(`${directory}/view.json`, `${view}\n`);
    await store.close();
    const text = await exportOf(dumpSqlite(sqliteAt(copy), "read"));
    Deno.writeTextFileSync(`${directory}/export.jsonl`, text);
    return text;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/** A dump of a database that has what the data file has. */
async function makeDump(directory: string, text: string): Promise<void> {
  await withPostgres(async (cluster) => {
    const database = await cluster.make("empty");
    const url = cluster.url(database);
    const into = await dumpPostgres(url, "write");
    await importRecords(into, parseLines(new Blob([text]).stream()));
    await into.close();
    await (await openPostgres({ url })).close();
    Deno.writeTextFileSync(`${directory}/dump.sql`, await cluster.dump(database));
  });
}

/** What a page keeps in the browser, and what the next one shows of it. */
async function makePage(directory: string): Promise<void> {
  await keep("golden");
  Deno.writeTextFileSync(`${directory}/page.json`, pageToJson(await dump("golden")));
  Deno.writeTextFileSync(`${directory}/page_view.json`, pageToJson(await pageViewOf("golden")));
}

async function main([version]: readonly string[]): Promise<void> {
  if (version === undefined || !/^v\d+$/.test(version)) throw new Error("Say which: v1");
  const directory = new URL(`../tests/golden/${version}`, import.meta.url).pathname;
  // Fails where there are golden files of that version.
  await Deno.mkdir(directory);
  await makeDump(directory, await makeStore(directory));
  await makePage(directory);
}

if (import.meta.main) await main(Deno.args);
