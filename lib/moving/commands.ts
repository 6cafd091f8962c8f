/**
 * What a person at a shell does to move a server: `export`, `import` and `backup`.
 *
 * @module
 */
import type { Config } from "../config.ts";
import { StoreError } from "../store/error.ts";
import type { Dump } from "./dump.ts";
import { exportRecords, importRecords, parseLines } from "./lines.ts";
import { dumpPostgres } from "./postgres.ts";
import { readSlack } from "./slack.ts";
import { backUp, dumpSqlite, reasonOf } from "./sqlite.ts";

/** What the commands need of the settings. */
type Place = Pick<Config, "data" | "durability" | "database">;

async function open({ database, data, durability }: Place, mode: "read" | "write"): Promise<Dump> {
  if (database !== null) return await dumpPostgres(database, mode);
  return dumpSqlite({ path: data, durability }, mode);
}

/**
 * Writes everything in the store, as lines of JSON. A server may have it open.
 *
 * @param to A file that is not there yet; standard output without.
 */
export async function exportTo(place: Place, to: string | undefined): Promise<void> {
  const dump = await open(place, "read");
  try {
    // For the owner only: passwords' hashes and private conversations are in it.
    const target = to === undefined ? Deno.stdout : await create(to);
    const writer = target.writable.getWriter();
    const encoder = new TextEncoder();
    for await (const record of exportRecords(dump)) {
      await writer.write(encoder.encode(`${JSON.stringify(record)}\n`));
    }
    await writer.close();
  } finally {
    await dump.close();
  }
}

async function create(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  } catch (cause) {
    throw new StoreError(`Cannot write ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Fills an empty store: with lines of JSON, or with what Slack exports, which is a ZIP archive or
 * the directory that was in it.
 *
 * @param from The file or directory; standard input without.
 * @param origin Where people find the server, for the links by which they come in.
 */
export async function importFrom(
  place: Place,
  from: string | undefined,
  origin: string,
): Promise<void> {
  const slack = from === undefined || !await isSlack(from) ? null : await readSlack(from, origin);
  const records = slack?.records ?? parseLines(await input(from));
  const dump = await open(place, "write");
  try {
    const count = await importRecords(dump, records);
    console.error(`Imported ${count} records.`);
  } finally {
    await dump.close();
  }
  if (slack === null) return;
  console.error("Give each person their link: it makes the device theirs, once, for 30 days.");
  console.log(slack.links.map(({ name, link }) => `${name}\t${link}`).join("\n"));
}

async function isSlack(path: string): Promise<boolean> {
  return path.endsWith(".zip") || (await stat(path)).isDirectory;
}

async function stat(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    throw new StoreError(`Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

async function input(path: string | undefined): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (path === undefined) return Deno.stdin.readable;
  return (await Deno.open(path)).readable;
}

/**
 * Copies a SQLite file, consistent as of this moment. A server may have it open.
 *
 * @throws {StoreError} If the store is another one, or the copy cannot be written.
 */
export async function backUpTo(
  { database, data, durability }: Place,
  to: string | undefined,
): Promise<void> {
  if (database !== null) {
    throw new StoreError("Cannot back up: the data is in PostgreSQL. Use pg_dump");
  }
  if (to === undefined) throw new StoreError("Cannot back up: say into which file");
  await backUp({ path: data, durability }, to);
}
