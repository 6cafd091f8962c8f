import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Checkpoints } from "../../lib/store/sqlite/checkpoints.ts";
import { openSqlite } from "../../lib/store/sqlite.ts";

const MARK = "a text that occurs nowhere else";

/** A database with a row that is in its write-ahead log alone. */
function logged(directory: string): { readonly path: string; readonly db: DatabaseSync } {
  const path = `${directory}/test.db`;
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("CREATE TABLE t (x TEXT)");
  db.prepare("INSERT INTO t VALUES (?)").run(MARK);
  return { path, db };
}

async function inDatabase(path: string): Promise<boolean> {
  return new TextDecoder("latin1").decode(await Deno.readFile(path)).includes(MARK);
}

async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("after enough rows, what is in the log is copied into the database", () =>
  withDirectory(async (directory) => {
    const { path, db } = logged(directory);
    const checkpoints = new Checkpoints(path);
    checkpoints.wrote(999);
    checkpoints.wrote(1);
    await checkpoints.close();
    assert(await inDatabase(path));
    db.close();
  }));

Deno.test("after few rows, no thread is started", () =>
  withDirectory(async (directory) => {
    const { path, db } = logged(directory);
    const checkpoints = new Checkpoints(path);
    checkpoints.wrote(999);
    await checkpoints.close();
    assertEquals(await inDatabase(path), false);
    db.close();
  }));

Deno.test("a store that was written to at length closes to one file", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/hubbub.db`;
    const store = await openSqlite({ path, durability: "process" });
    const room = await store.createRoom({
      name: "general",
      kind: "public",
      title: null,
      creator: null,
      at: 0,
    });
    const sender = await store.createAccount({
      name: "Alice",
      skeleton: "alice",
      role: "member",
      password: null,
      at: 0,
      invite: null,
    });
    assert(room !== null && typeof sender === "object");
    const said = {
      kind: "message",
      room: room.id,
      sender,
      at: 0,
      key: null,
      replyTo: null,
    } as const;
    for (let batch = 0; batch < 30; batch++) {
      await store.append(Array.from({ length: 100 }, () => ({ ...said, text: MARK })));
    }
    await store.close();
    const left = [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
      !name.includes("-lock")
    );
    assertEquals(left, ["hubbub.db"]);
    assert(await inDatabase(path));
  }));
