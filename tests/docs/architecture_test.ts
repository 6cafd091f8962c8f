import { assert, assertEquals } from "@std/assert";
import { itemsOf } from "../support/doc_lists.ts";
import { needs } from "../support/permissions.ts";

const PAGE = new URL("../../docs/architecture.md", import.meta.url);

Deno.test({
  name: "every invariant is marked at the code that keeps it, and at a test that checks it",
  ...needs("read"),
  async fn() {
    const invariants = await itemsOf(PAGE, "Invariants");
    assert(invariants.length >= 10, `${invariants.length}`);
    const wrong: string[] = [];
    for (const { title, links } of invariants) {
      const [number = ""] = title.split(".");
      const mark = new RegExp(`\\bInvariant ${number}\\b`);
      const isTest = (link: string) => link.startsWith("../tests/");
      assert(links.some(isTest) && !links.every(isTest), `${title}: code and a test`);
      for (const link of links) {
        const text = await Deno.readTextFile(new URL(link, PAGE));
        if (!mark.test(text)) wrong.push(`${link} has no mark "Invariant ${number}"`);
      }
    }
    assertEquals(wrong, []);
  },
});
