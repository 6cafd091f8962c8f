import { assert, assertEquals } from "@std/assert";
import { FAULTS, plantInto } from "../support/faults.ts";
import { needs } from "../support/permissions.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test({
  name: "every fault can still be planted, and its tests exist",
  ...needs("read"),
  async fn() {
    const missing: string[] = [];
    for (const { name, edits, tests } of FAULTS) {
      for (const edit of edits) {
        const source = await Deno.readTextFile(new URL(edit.file, ROOT));
        if (plantInto(source, edit) === null) {
          missing.push(`${name}: ${edit.file}, ${edit.within}: ${edit.find}`);
        }
      }
      for (const test of tests) assert((await Deno.stat(new URL(test, ROOT))).isFile);
    }
    assertEquals(missing, []);
    assertEquals(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  },
});
