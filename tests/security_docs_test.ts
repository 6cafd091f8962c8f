import { assert, assertEquals } from "@std/assert";
import { needs } from "./support/permissions.ts";

const permissions = needs("read");

const DOCS = new URL("../docs/", import.meta.url);

/** A row of the table of threats: what it says, and the tests that it names. */
interface Row {
  readonly threat: string;
  readonly modules: readonly string[];
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

async function threats(): Promise<readonly Row[]> {
  const text = await Deno.readTextFile(new URL("security.md", DOCS));
  const [, section = ""] = /^## Threats\n([^]*?)\n## /m.exec(text) ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
  return rows.map((row) => {
    const [, threat = "", stops = "", tests = ""] = row.split("|").map((cell) => cell.trim());
    return {
      threat,
      modules: [...stops.matchAll(/`((?:lib|static)\/[^`]+)`/g)].map(([, path = ""]) => path),
      tests: tests.split("<br>").map((cell) => {
        const [, file = "", name = ""] = /^\[\w+\]\(([^)]+)\): (.+)$/.exec(cell) ?? [];
        return { file, name };
      }),
    };
  });
}

/** The names of the tests in a file. */
async function testsIn(file: string): Promise<readonly string[]> {
  const source = await Deno.readTextFile(new URL(file, DOCS));
  const names = source.matchAll(
    /^(?:(?:Deno\.test|browserTest)\(\s*|\s{2}name:\s+)"((?:[^"\\]|\\.)+)"/gm,
  );
  return [...names].map(([, name = ""]) => JSON.parse(`"${name}"`));
}

Deno.test({
  name: "every threat in the table names tests that exist, and modules that do",
  ...permissions,
  async fn() {
    const rows = await threats();
    assert(rows.length > 25, `the table has ${rows.length} rows`);
    for (const { threat, modules, tests } of rows) {
      assert(tests.length > 0, threat);
      for (const { file, name } of tests) {
        const found = await testsIn(file);
        assert(found.includes(name), `${threat}: "${name}" is not in ${file}`);
      }
      for (const path of modules) await Deno.stat(new URL(`../${path}`, DOCS));
    }
  },
});

Deno.test({
  name: "every file of attacks is in the table",
  ...permissions,
  async fn() {
    const named = new Set((await threats()).flatMap(({ tests }) => tests.map(({ file }) => file)));
    const missing: string[] = [];
    for await (const { name } of Deno.readDir(new URL("attacks/", import.meta.url))) {
      if (!named.has(`../tests/attacks/${name}`)) missing.push(name);
    }
    assertEquals(missing, []);
  },
});
