import { assert, assertGreater } from "@std/assert";
import { needs } from "./support/permissions.ts";

const ROOT = new URL("../", import.meta.url);

/** Every file of tests, as one text. */
async function allTests(directory = new URL("tests/", ROOT)): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) text += await allTests(new URL(`${name}/`, directory));
    else if (/_test\.tsx?$/.test(name)) text += await Deno.readTextFile(new URL(name, directory));
  }
  return text;
}

Deno.test({
  name: "every test that docs/security.md names is there",
  ...needs("read"),
  async fn() {
    const table = await Deno.readTextFile(new URL("docs/security.md", ROOT));
    const tests = await allTests();
    const named = [...table.matchAll(/_test\.ts`: "([^"]+)"/g)].map(([, name = ""]) => name);
    assertGreater(named.length, 20);
    for (const name of named) assert(tests.includes(`"${name}"`), `There is no test "${name}"`);
  },
});
