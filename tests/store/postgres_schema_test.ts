// How a database gets its schema and routines, and which databases are refused.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { StoreError } from "../../lib/store/error.ts";
import { SCHEMA_VERSION, UNRELEASED_VERSION } from "../../lib/store/postgres/migrations.ts";
import { ROUTINES_VERSION } from "../../lib/store/postgres/routines.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { makeStoreFixture, message, store as put } from "./contract/fixture.ts";

const cluster = usePostgres();

function schemaTest(name: string, prove: (database: string, url: string) => Promise<void>): void {
  Deno.test({
    name: `postgres, schema: ${name}`,
    ignore,
    async fn() {
      const database = await cluster.make();
      try {
        await prove(database, cluster.url(database));
      } finally {
        await cluster.drop(database);
      }
    },
  });
}

/** The errors with which a server and a tool refuse a database. */
async function refusals(url: string): Promise<readonly string[]> {
  return await Promise.all([true, false].map(async (serving) => {
    const { message } = await assertRejects(() => openPostgres({ url, serving }), StoreError);
    return message;
  }));
}

/** The routines of a database: their version, and whether `open_search_block` is the current one. */
async function routines(database: string) {
  const [row] = await cluster.run(
    database,
    `SELECT version::int AS version, hash, (
       SELECT prosrc LIKE '%max%' FROM pg_proc WHERE proname = 'open_search_block'
     ) AS current FROM hubbub.routines`,
  );
  return row ?? {};
}

const OTHER_ROUTINE = `CREATE OR REPLACE FUNCTION hubbub.open_search_block()
  RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1::bigint';`;

schemaTest(
  "a database from before the first release is refused with advice",
  async (database, url) => {
    for (const version of [1, 6, UNRELEASED_VERSION]) {
      await cluster.run(
        database,
        `DELETE FROM hubbub.migrations; INSERT INTO hubbub.migrations VALUES (${version})`,
      );
      for (const says of await refusals(url)) {
        assertStringIncludes(says, "before the first release");
        assertStringIncludes(says, "Export it with that version, and import the export with this");
      }
    }
  },
);

schemaTest("a database of a newer version is refused", async (database, url) => {
  await cluster.run(database, `INSERT INTO hubbub.migrations VALUES (${SCHEMA_VERSION + 1})`);
  for (const says of await refusals(url)) assertStringIncludes(says, "newer version");
});

schemaTest(
  "the routines of an older version, or of another build, are replaced",
  async (database, url) => {
    const { hash } = await routines(database);
    const left = [
      "DELETE FROM hubbub.routines",
      "UPDATE hubbub.routines SET version = version - 1",
      "UPDATE hubbub.routines SET hash = 'another'",
    ];
    for (const sql of left) {
      await cluster.run(database, `${OTHER_ROUTINE} ${sql};`);
      // Instances that start concurrently wait for each other.
      const stores = await Promise.all([1, 2, 3].map(() => openPostgres({ url })));
      assertEquals(await routines(database), { version: ROUTINES_VERSION, hash, current: true });
      const [store] = stores;
      if (sql === left.at(-1)) {
        const { alice, team } = await makeStoreFixture(store!);
        assertEquals((await put(store!, message(team, alice, "it works"))).length, 1);
      }
      await Promise.all(stores.map((store) => store.close()));
    }
  },
);

schemaTest("the routines of a newer version are kept", async (database, url) => {
  await cluster.run(
    database,
    `${OTHER_ROUTINE} UPDATE hubbub.routines SET version = version + 1, hash = 'newer';`,
  );
  await (await openPostgres({ url })).close();
  const found = await routines(database);
  assertEquals(found, { version: ROUTINES_VERSION + 1, hash: "newer", current: false });
});
