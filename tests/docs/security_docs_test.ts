import { assert, assertEquals } from "@std/assert";
import { itemsOf, missingFiles } from "../support/doc_lists.ts";
import { needs } from "../support/permissions.ts";

const permissions = needs("read");

const PAGE = new URL("../../docs/security.md", import.meta.url);

Deno.test({
  name: "every security promise links to code and to tests that exist",
  ...permissions,
  async fn() {
    const items = await itemsOf(PAGE, "Promises");
    assert(items.length > 50, `the list has ${items.length} items`);
    for (const { title, links } of items) {
      assert(links.some((link) => link.startsWith("../tests/")), `${title} links to no test`);
      assert(links.some((link) => !link.startsWith("../tests/")), `${title} links to no code`);
      assertEquals(await missingFiles(PAGE, links), [], title);
    }
  },
});

Deno.test({
  name: "every security test is linked from a security promise",
  ...permissions,
  async fn() {
    const linked = new Set((await itemsOf(PAGE, "Promises")).flatMap(({ links }) => links));
    const missing: string[] = [];
    for await (const { name } of Deno.readDir(new URL("../security/", import.meta.url))) {
      if (!linked.has(`../tests/security/${name}`)) missing.push(name);
    }
    assertEquals(missing, []);
  },
});
