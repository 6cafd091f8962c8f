import { assert, assertEquals } from "@std/assert";
import { assertExist, namedIn, tableOf } from "./support/named_tests.ts";
import { needs } from "./support/permissions.ts";

const permissions = needs("read");

const PAGE = new URL("../docs/security.md", import.meta.url);

Deno.test({
  name: "every threat in the table names tests that exist, and modules that do",
  ...permissions,
  async fn() {
    const rows = await tableOf(PAGE, "Threats");
    assert(rows.length > 25, `the table has ${rows.length} rows`);
    for (const [threat = "", stops = "", tests = ""] of rows) {
      await assertExist(PAGE, threat, tests);
      for (const [, path = ""] of stops.matchAll(/`((?:lib|static)\/[^`]+)`/g)) {
        await Deno.stat(new URL(`../${path}`, PAGE));
      }
    }
  },
});

Deno.test({
  name: "every file of attacks is in the table",
  ...permissions,
  async fn() {
    const rows = await tableOf(PAGE, "Threats");
    const named = new Set(rows.flatMap(([, , tests = ""]) => namedIn(tests)).map((t) => t.file));
    const missing: string[] = [];
    for await (const { name } of Deno.readDir(new URL("attacks/", import.meta.url))) {
      if (!named.has(`../tests/attacks/${name}`)) missing.push(name);
    }
    assertEquals(missing, []);
  },
});
