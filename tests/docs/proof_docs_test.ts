import { assert, assertEquals } from "@std/assert";
import { itemsOf, missingFiles } from "../support/doc_lists.ts";
import { needs } from "../support/permissions.ts";

const permissions = needs("read");

const PAGE = new URL("../../docs/proof.md", import.meta.url);

Deno.test({
  name: "every promise of the protocol and the README is in the list of proofs",
  ...permissions,
  async fn() {
    const promises = [
      ...await itemsOf(new URL("protocol.md", PAGE), "What a client may rely on"),
      ...await itemsOf(new URL("../README.md", PAGE), "What it does"),
    ].map(({ title }) => title);
    assert(promises.length > 12, `${promises}`);
    const proven = (await itemsOf(PAGE, "Promises")).map(({ title }) => title);
    const plain = (title: string) => title.replace(/^\d+\. /, "").replace(/\.$/, "");
    assertEquals(promises.map(plain).filter((one) => !proven.map(plain).includes(one)), []);
  },
});

Deno.test({
  name: "every proof links to tests, and every file that it links to exists",
  ...permissions,
  async fn() {
    for (const section of ["Promises", "What can go wrong"]) {
      const items = await itemsOf(PAGE, section);
      assert(items.length > 8, section);
      for (const { title, links } of items) {
        assert(links.some((link) => link.startsWith("../tests/")), `${title} links to no test`);
        assertEquals(await missingFiles(PAGE, links), [], title);
      }
    }
  },
});
