import { assert, assertEquals } from "@std/assert";
import { FAULTS } from "./support/faults.ts";
import { needs } from "./support/permissions.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test({
  name: "every fault that tests are tried with can still be planted, and its tests are there",
  ...needs("read"),
  async fn() {
    const missing: string[] = [];
    for (const { name, edits, tests } of FAULTS) {
      for (const { file, find } of edits) {
        const source = await Deno.readTextFile(new URL(file, ROOT));
        const count = source.split(find).length - 1;
        if (count !== 1) missing.push(`${name}: ${file} has ${count} times: ${find}`);
      }
      for (const test of tests) assert((await Deno.stat(new URL(test, ROOT))).isFile);
    }
    assertEquals(missing, []);
    assertEquals(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  },
});
