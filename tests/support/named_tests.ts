/**
 * Pages of documentation that name tests, and the tests that they name: what is written there
 * cannot outlive what it is about.
 *
 * @module
 */
import { assert } from "@std/assert";

/** A test that a page names. */
export interface NamedTest {
  /** The path of its file, from the page. */
  readonly file: string;
  readonly name: string;
}

/** The cells of the table in a section of a page, without its head. */
export async function tableOf(page: URL, section: string): Promise<readonly (readonly string[])[]> {
  const [, , text = ""] = (await Deno.readTextFile(page)).split(
    new RegExp(`^(## ${section})\n`, "m"),
  );
  const [own = ""] = text.split(/^## /m);
  const rows = own.split("\n").filter((line) => line.startsWith("|")).slice(2);
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The tests in a cell: `[file](path): name`, one a line. */
export function namedIn(cell: string): readonly NamedTest[] {
  return cell.split("<br>").map((line) => {
    const [, file = "", name = ""] = /^\[\w+\]\(([^)]+)\): (.+)$/.exec(line) ?? [];
    return { file, name };
  });
}

/** Asserts that a cell names tests, and that each of them exists. */
export async function assertExist(page: URL, what: string, cell: string): Promise<void> {
  for (const { file, name } of namedIn(cell)) {
    assert(file !== "", `${what} names no test`);
    const found = await testsIn(new URL(file, page));
    assert(found.includes(name), `${what}: "${name}" is not in ${file}`);
  }
}

/** The names of the tests in a file. */
async function testsIn(file: URL): Promise<readonly string[]> {
  const source = await Deno.readTextFile(file);
  const names = source.matchAll(
    /^(?:(?:Deno\.test|browserTest|directoryTest|fileTest)\(\s*|\s{2}name:\s+)"((?:[^"\\]|\\.)+)"/gm,
  );
  return [...names].map(([, name = ""]) => JSON.parse(`"${name}"`));
}
