/**
 * Generates the data of lookalikes: `deno task confusables TABLES`. TABLES is the file
 * `src/tables.rs` of the crate `unicode-security`, which follows each version of Unicode: run
 * `cargo add unicode-security && cargo fetch` in an empty project, and look in `~/.cargo/registry`.
 *
 * The first line of `lib/util/confusables.txt` is the version of Unicode. Each other line has a
 * prototype, a tab, and all characters that look like it (UTS #39, section 4).
 *
 * @module
 */
const FILE = new URL("../lib/util/confusables.txt", import.meta.url);

/** A character in Rust: `'\u{1d4d0}'`. */
const CHARACTER = /'\\u\{([0-9a-f]+)\}'/g;

/**
 * Reads the table of confusables.
 *
 * @param tables The text of `tables.rs`.
 * @returns The text of `confusables.txt`.
 * @throws {Error} If the text has no such table.
 */
export function confusablesFile(tables: string): string {
  const [, version] = /UNICODE_VERSION[^=]*= \(([\d, ]+)\)/.exec(tables) ?? [];
  const [, table] = /mod confusable_detection \{.*?CONFUSABLES: [^=]*= &\[(.*?)\];/s.exec(tables) ??
    [];
  if (version === undefined || table === undefined) {
    throw new Error("Cannot read the tables: they are not those of unicode-security");
  }
  const lookalikes = new Map<string, string>();
  for (const [, from = "", to = ""] of table.matchAll(/\(('[^']+'),\s*&\[([^\]]*)\]\)/g)) {
    const [character, prototype] = [charactersIn(from), charactersIn(to)];
    // Names are decomposed first: what decomposes never arrives.
    if (character.normalize("NFKD") !== character) continue;
    lookalikes.set(prototype, (lookalikes.get(prototype) ?? "") + character);
  }
  const lines = [...lookalikes].map(([prototype, characters]) => `${prototype}\t${characters}\n`);
  return `Unicode ${version.replaceAll(", ", ".")}\n${lines.join("")}`;
}

function charactersIn(text: string): string {
  return [...text.matchAll(CHARACTER)]
    .map(([, code = ""]) => String.fromCodePoint(Number.parseInt(code, 16))).join("");
}

if (import.meta.main) {
  const [path] = Deno.args;
  if (path === undefined) throw new Error("Give the path of tables.rs");
  await Deno.writeTextFile(FILE, confusablesFile(await Deno.readTextFile(path)));
}
