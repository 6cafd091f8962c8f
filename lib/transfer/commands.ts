/**
 * The commands that move a server: `export`, `import` and `backup`.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Config } from "../config/config.ts";
import { openPostgres } from "../store/postgres/store.ts";
import type { SqliteOptions } from "../store/sqlite/open.ts";
import { openSqlite } from "../store/sqlite/store.ts";
import { StoreError } from "../store/error.ts";
import type { Dump } from "./dump.ts";
import {
  checkRecords,
  type ExportOptions,
  exportRecords,
  importRecords,
  parseLines,
} from "./lines.ts";
import {
  mergeLogs,
  type MergePlan,
  type MergeRules,
  newReport,
  planMerge,
  reportLines,
} from "./merge.ts";
import { mergeRecords } from "./merge_records.ts";
import { dumpPostgres, markRestoredPostgres } from "./postgres.ts";
import { Summary } from "./summary.ts";
import { readSlack } from "./slack.ts";
import { backUp, dumpSqlite, markRestoredSqlite, reasonOf } from "./sqlite.ts";

export type { ExportOptions } from "./lines.ts";

/** The settings that the commands need. */
type Place = Pick<Config, "data" | "durability" | "database">;

async function open({ database, data, durability }: Place, mode: "read" | "write"): Promise<Dump> {
  if (database !== null) return await dumpPostgres(database, mode);
  return dumpSqlite({ path: data, durability }, mode);
}

/**
 * Marks the store as restored, if it was not restored from a copy that `backUpTo` made: the next
 * server renews the epoch, so that clients do not resume at positions that the log does not have.
 *
 * @throws {StoreError} If it cannot be used, or a server has the data file open.
 */
export async function markRestored({ database, data, durability }: Place): Promise<void> {
  if (database !== null) await markRestoredPostgres(database);
  else markRestoredSqlite({ path: data, durability });
}

/**
 * Exports the store as lines of JSON. A server may have it open.
 *
 * @param to The path of a new file; standard output by default.
 * @param options Whether the export contains credentials.
 */
export async function exportTo(
  place: Place,
  to: string | undefined,
  options: ExportOptions = { secrets: true },
): Promise<void> {
  const dump = await open(place, "read");
  try {
    // For its owner only: it contains password hashes and private conversations.
    const target = to === undefined ? Deno.stdout : await create(to);
    const writer = target.writable.getWriter();
    const encoder = new TextEncoder();
    for await (const record of exportRecords(dump, options)) {
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

/** How to import. */
export interface ImportOptions extends MergeRules {
  /** Whether to report what is wrong with a file, and to import nothing. */
  readonly check: boolean;
  /** Whether to add to a store that is in use. */
  readonly merge: boolean;
}

const INTO_EMPTY: ImportOptions = {
  check: false,
  merge: false,
  usersByName: false,
  roomsByName: false,
};

/**
 * Imports lines of JSON, or an export of Slack (a ZIP archive, or the directory that was in it).
 *
 * @param from The file or directory; standard input by default.
 * @param origin The address of the server, for the sign-in links of imported users.
 * @throws {StoreError} If anything is wrong; then nothing was imported.
 */
export async function importFrom(
  place: Place,
  from: string | undefined,
  origin: string,
  options: ImportOptions = INTO_EMPTY,
): Promise<void> {
  const slack = from === undefined || !await isSlack(from) ? null : await readSlack(from, origin);
  const records = slack?.records ?? parseLines(await input(from));
  const summary = slack?.summary ?? new Summary();
  const isMerged = options.check
    ? await check(records, summary)
    : options.merge
    ? await merge(place, records, summary, options)
    : await importInto(place, records, summary);
  for (const line of summary.lines()) console.error(line);
  if (slack === null || options.check) return;
  if (isMerged) {
    console.error("Give new users a link to sign in: deno task sign-in-link NAME");
    return;
  }
  console.error("Give each user their link: it signs in one device, once, within 30 days.");
  console.log(slack.links.map(({ name, link }) => `${name}\t${link}`).join("\n"));
}

/** Imports into an empty store. @returns `false`: nothing was merged. */
async function importInto(
  place: Place,
  records: AsyncIterable<unknown>,
  summary?: Summary,
): Promise<false> {
  const dump = await open(place, "write");
  try {
    const count = await importRecords(dump, records, summary);
    console.error(`Imported ${count} records.`);
  } finally {
    await dump.close();
  }
  return false;
}

/** How many problems are printed. */
const PRINTED = 1_000;

/** Prints every problem. @throws {StoreError} If there is one. */
async function check(records: AsyncIterable<unknown>, summary: Summary): Promise<false> {
  let problems = 0;
  await withTemporary(undefined, async (temporary) => {
    const dump = dumpSqlite(temporary, "write");
    try {
      const count = await checkRecords(dump, records, (line, problem) => {
        if (problems++ < PRINTED) console.log(`line ${line}: ${problem}`);
      }, summary);
      if (problems === 0) console.error(`${count} records can be imported.`);
    } finally {
      await dump.close();
    }
  });
  if (problems > 0) throw new StoreError(`Cannot import: there are ${problems} problems`);
  return false;
}

/** Adds to a store that is in use. @returns Whether it was: an empty one is filled. */
async function merge(
  place: Place,
  records: AsyncIterable<unknown>,
  summary: Summary,
  rules: MergeRules,
): Promise<boolean> {
  // Beside the data file: a temporary directory may be too small.
  const beside = place.database === null ? dirname(place.data) : undefined;
  return await withTemporary(beside, async (temporary) => {
    const filled = dumpSqlite(temporary, "write");
    try {
      await importRecords(filled, records, summary);
    } finally {
      await filled.close();
    }
    const source = dumpSqlite(temporary, "read");
    try {
      return await mergeInto(place, source, rules);
    } finally {
      await source.close();
    }
  });
}

async function mergeInto(place: Place, source: Dump, rules: MergeRules): Promise<boolean> {
  const target = await open(place, "write");
  const report = newReport();
  let plan: MergePlan;
  try {
    await target.begin("write");
    if (await target.isEmpty()) {
      await target.close();
      return await importInto(place, exportRecords(source));
    }
    await source.begin("read");
    plan = await planMerge(source, target, rules, report);
    await target.run("COMMIT");
  } finally {
    await target.close();
  }
  const { database, data, durability } = place;
  const store =
    await (database === null
      ? openSqlite({ path: data, durability })
      : openPostgres({ url: database }));
  try {
    await mergeLogs(source, store, plan, report, Date.now());
  } finally {
    await store.close();
  }
  const beside = await open(place, "write");
  try {
    await beside.begin("write");
    await mergeRecords(source, beside, plan, report, Date.now());
    await beside.run("COMMIT");
  } finally {
    await beside.close();
  }
  for (const line of reportLines(report)) console.error(line);
  return true;
}

/** Runs a function with the place of a data file that is deleted afterwards. */
async function withTemporary<T>(
  parent: string | undefined,
  act: (place: SqliteOptions) => Promise<T>,
): Promise<T> {
  const dir = parent === undefined ? {} : { dir: parent };
  const directory = await Deno.makeTempDir({ ...dir, prefix: "hubbub-import-" });
  try {
    return await act({ path: `${directory}/import.db`, durability: "process" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
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
 * Writes a consistent copy of the SQLite data file. A server may have it open.
 *
 * @throws {StoreError} If the store is in PostgreSQL, or the copy cannot be written.
 */
export async function backUpTo(
  { database, data, durability }: Place,
  to: string | undefined,
): Promise<void> {
  if (database !== null) {
    throw new StoreError("Cannot back up: the data is in PostgreSQL. Use pg_dump");
  }
  if (to === undefined) throw new StoreError("Cannot back up: give the path of the copy");
  await backUp({ path: data, durability }, to);
}
