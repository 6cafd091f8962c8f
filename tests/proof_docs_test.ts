import { assert, assertEquals } from "@std/assert";
import { assertExist, tableOf } from "./support/named_tests.ts";
import { needs } from "./support/permissions.ts";

const permissions = needs("read");

const PAGE = new URL("../docs/proof.md", import.meta.url);

/** What begins the items of a list in a section of a page, in bold: its promises in short. */
async function promisesIn(page: string, section: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(new URL(page, PAGE));
  const [, rest = ""] = text.split(`## ${section}\n`);
  const [own = ""] = rest.split(/^## /m);
  return Array.from(
    own.matchAll(/^(- |\d\. )\*\*(.+?)\*\*/gm),
    ([, mark = "", promise = ""]) => mark === "- " ? promise : mark + promise,
  );
}

Deno.test({
  name: "every promise is in the table of proofs",
  ...permissions,
  async fn() {
    const promises = [
      ...await promisesIn("protocol.md", "What a client may rely on"),
      ...await promisesIn("../README.md", "What it does"),
    ];
    assert(promises.length > 12, `${promises}`);
    const proven = (await tableOf(PAGE, "Promises")).map(([promise]) => promise);
    assertEquals(promises.filter((promise) => !proven.includes(promise)), []);
  },
});

Deno.test({
  name: "every test that the page of proofs names exists",
  ...permissions,
  async fn() {
    for (const section of ["Promises", "Things that happen"]) {
      const rows = await tableOf(PAGE, section);
      assert(rows.length > 8, section);
      for (const [what = "", tests = ""] of rows) await assertExist(PAGE, what, tests);
    }
  },
});
