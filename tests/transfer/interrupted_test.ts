// An import into a data file is complete, or leaves the file as it was.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { importRecords } from "../../lib/transfer/lines.ts";
import type { RecordLine } from "../../lib/transfer/records.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { StoreError } from "../../lib/store/error.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { needs } from "../support/permissions.ts";
import { exportRecords } from "../../lib/transfer/lines.ts";
import { inDirectory } from "../support/temporary_directory.ts";
import { fill } from "./full_store.ts";

const permissions = needs("read", "write");
const sqlite = (path: string) => ({ path, durability: "process" }) as const;

/** A full export. */
async function exported(directory: string): Promise<RecordLine[]> {
  const place = sqlite(`${directory}/full.db`);
  const store = await openSqlite(place);
  await fill(store);
  await store.close();
  const dump = dumpSqlite(place, "read");
  const records = await Array.fromAsync(exportRecords(dump));
  await dump.close();
  return records;
}

async function accountsIn(path: string): Promise<number> {
  const store = await openSqlite(sqlite(path));
  const names = ["Alice", "Bob", "Öwner"];
  const found = await Promise.all(names.map((name) => store.findAccount(name)));
  await store.close();
  return found.filter((account) => account !== null).length;
}

Deno.test({
  name: "a machine that stops in the middle of an import leaves a data file without it",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const records = await exported(directory);
      await Deno.mkdir(`${directory}/server`);
      const place = sqlite(`${directory}/server/chat.db`);
      // A server has been there, with an epoch and secrets, and files beside the data file.
      const store = await openSqlite(place);
      const secret = await store.secret("vapid");
      await store.close();
      const stopped = `${directory}/stopped`;
      /** Copies what is on the disk when all but the end has been imported. */
      const untilThen = async function* () {
        yield* records.slice(0, -1);
        await Deno.mkdir(stopped);
        for await (const { name } of Deno.readDir(`${directory}/server`)) {
          await Deno.copyFile(`${directory}/server/${name}`, `${stopped}/${name}`);
        }
        assertThrows(() => dumpSqlite(place, "write"), StoreError, "another server has it open");
        throw new StoreError("that was all");
      };
      const dump = dumpSqlite(place, "write");
      await assertRejects(() => importRecords(dump, untilThen()), StoreError, "that was all");
      await dump.close();
      const unchanged = await openSqlite(place);
      assertEquals([unchanged.epoch, await unchanged.secret("vapid")], [store.epoch, secret]);
      await unchanged.close();
      const left = Array.from(Deno.readDirSync(`${directory}/server`), ({ name }) => name);
      assert(!left.includes("chat.db-import"), `${left}`);

      const copy = `${stopped}/chat.db`;
      assert((await Deno.stat(`${copy}-import`)).size > 0, "the import had begun");
      assertEquals(await accountsIn(copy), 0);
      const again = dumpSqlite(sqlite(copy), "write");
      await importRecords(again, records.values() as never);
      await again.close();
      await assertRejects(() => Deno.stat(`${copy}-import`), Deno.errors.NotFound);
      assertEquals(await accountsIn(copy), 3);
      assertEquals((await Deno.stat(copy)).mode! & 0o777, 0o600);
    }),
});

Deno.test({
  name: "an import through a link fills the file that the link points to",
  ...permissions,
  fn: () =>
    inDirectory(async (directory) => {
      const records = await exported(directory);
      await (await openSqlite(sqlite(`${directory}/real.db`))).close();
      await Deno.symlink(`${directory}/real.db`, `${directory}/link.db`);
      const dump = dumpSqlite(sqlite(`${directory}/link.db`), "write");
      await importRecords(dump, records.values() as never);
      await dump.close();
      assert((await Deno.lstat(`${directory}/link.db`)).isSymlink);
      assertEquals(await accountsIn(`${directory}/real.db`), 3);
    }),
});
