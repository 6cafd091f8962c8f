/**
 * Stores as files: how the golden files are made, packed and unpacked.
 *
 * @module
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { type SideFile, sidePath, sideSize } from "../../lib/store/sqlite/side_files.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Dump } from "../../lib/transfer/dump.ts";
import { exportRecords } from "../../lib/transfer/lines.ts";
import { AT, message } from "../store/contract/fixture.ts";
import { fill } from "../transfer/full_store.ts";

/** The side files that hold data after a server was killed. */
const SIDE_FILES: readonly SideFile[] = ["wal", "log0", "log1", "mark"];

/** How a test opens a file. */
export function sqliteAt(path: string) {
  return { path, durability: "process" } as const;
}

/**
 * Creates a data file with data of every kind, as a killed server leaves it: the newest messages
 * are in its commit log only.
 */
export async function makeData(path: string, take: () => void): Promise<void> {
  const before = await openSqlite(sqliteAt(path));
  await fill(before, { messages: 12, parts: 2, partBytes: 30 });
  await before.close();
  addUnknownEvent(path);
  const store = await openSqlite(sqliteAt(path));
  const { room, sender } = await placeIn(store);
  await store.append([message(room, sender, "in the commit log only", { key: "last" })]);
  take();
  await store.close();
}

async function placeIn(store: Store) {
  const sender = await store.findAccount("Alice");
  const room = sender && await store.findRoom("Den", sender.id);
  if (sender === null || room === null) throw new Error("Cannot make data: no such room");
  return { room, sender };
}

/** An event of a type that only a newer version appends. */
function addUnknownEvent(path: string): void {
  const { db, close } = openDatabase(sqliteAt(path));
  db.exec(`
    UPDATE rooms SET seq = seq + 1 WHERE folded = 'team';
    INSERT INTO events (room, seq, sender, at, kind, payload)
      SELECT r.id, r.seq, a.id, ${AT}, 'from_the_future', '{"what":["ever",1,null],"é":true}'
      FROM rooms r JOIN accounts a ON a.folded = 'bob' WHERE r.folded = 'team';
  `);
  close();
}

/** Packs a data file and its side files into a directory. */
export function packData(path: string, directory: string): void {
  const files = [path, ...SIDE_FILES.filter((file) => sideSize(path, file) > 0).map(beside(path))];
  for (const file of files) {
    const name = file.slice(path.length);
    const packed = gzipSync(Deno.readFileSync(file), { level: 9 });
    Deno.writeFileSync(`${directory}/data.db${name}.gz`, packed);
  }
}

/** Unpacks the output of `packData`. */
export function unpackData(directory: URL, path: string): void {
  for (const { name } of Deno.readDirSync(directory)) {
    const [, side] = /^data\.db(.*)\.gz$/.exec(name) ?? [];
    if (side === undefined) continue;
    const bytes = gunzipSync(Deno.readFileSync(new URL(name, directory)));
    Deno.writeFileSync(`${path}${side}`, bytes);
  }
}

function beside(path: string) {
  return (file: SideFile) => sidePath(path, file);
}

/** A store as an export in the current format. */
export async function exportOf(dump: Dump): Promise<string> {
  let text = "";
  for await (const record of exportRecords(dump)) text += `${JSON.stringify(record)}\n`;
  await dump.close();
  return text;
}
