/**
 * Builds Hubbub as one file, `dist/hubbub.js`: the server and its page, with nothing left to be
 * fetched. The same sources give the same bytes.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { packFiles } from "../lib/packed_page.ts";
import { buildPage } from "../lib/page.ts";
import { noticeOf } from "./licences.ts";

const ROOT = new URL("../", import.meta.url);
const STATIC = new URL("static/", ROOT);
const DIST = new URL("dist/", ROOT);

/** The door of the built server: as `main.ts` itself, with a page that is there already. */
const ENTRY = `
  import { unpackFiles } from "../../lib/packed_page.ts";
  import { run } from "../../main.ts";
  import files from "./page.json" with { type: "json" };
  await run(() => unpackFiles(files));
`;

/** Packages of the old kind ask for Node's modules by \`require\`, which a module does not have. */
const REQUIRE =
  'import{createRequire}from"node:module";const require=createRequire(import.meta.url);';

/** Builds the file, and answers its text. */
export async function build(): Promise<string> {
  await Deno.mkdir(DIST, { recursive: true });
  // Beside the sources, whose imports are declared in a file above them.
  const path = await Deno.makeTempDir({ dir: fileURLToPath(DIST), prefix: ".build-" });
  const workshop = pathToFileURL(`${path}/`);
  try {
    const page = await packFiles(await buildPage(STATIC));
    await Deno.writeTextFile(new URL("page.json", workshop), JSON.stringify(page));
    await Deno.writeTextFile(new URL("entry.ts", workshop), ENTRY);
    const server = await bundle(new URL("entry.ts", workshop), "deno");
    // The page is bundled already; this tells what went into it.
    const client = await bundle(new URL("app.tsx", STATIC), "browser");
    const worker = await bundle(new URL("sw.ts", STATIC), "browser");
    const notice = await noticeOf([server, client, worker].flatMap(({ sources }) => sources));
    return `${await banner(notice)}\n${REQUIRE}${server.code}`;
  } finally {
    await Deno.remove(workshop, { recursive: true });
  }
}

/** Bundles into one file what an entry point needs, and tells what that is. */
async function bundle(
  entry: URL,
  platform: Deno.bundle.Platform,
): Promise<{ readonly code: string; readonly sources: readonly URL[] }> {
  const { success, errors, outputFiles = [] } = await Deno.bundle({
    entrypoints: [entry.href],
    outputDir: fileURLToPath(new URL(".", entry)),
    platform,
    minify: true,
    sourcemap: "external",
    write: false,
  });
  const code = outputFiles.find(({ path }) => path.endsWith(".js"));
  const map = outputFiles.find(({ path }) => path.endsWith(".map"));
  if (!success || code === undefined || map === undefined) {
    throw new Error(`Cannot bundle ${entry}: ${errors.map(({ text }) => text).join("; ")}`);
  }
  const sources: string[] = JSON.parse(map.text()).sources;
  return { code: code.text(), sources: sources.map((source) => new URL(source, entry)) };
}

/** What stands at the top: what this is, and whose work is in it. */
async function banner(notice: string): Promise<string> {
  const licence = await Deno.readTextFile(new URL("LICENSE", ROOT));
  const text = `Hubbub ${manifest.version}, a chat server in one file.

Run it with Deno 2.5 or later:
deno run --allow-net --allow-read=data,.env --allow-write=data \\
  --allow-env='HUBBUB_*,DATABASE_URL,PG*' hubbub.js

${licence.trim()}

Hubbub contains the packages below.

----

${notice}`;
  return `/*!\n${text.replaceAll("*/", "* /")}\n*/`;
}

if (import.meta.main) {
  const text = await build();
  await Deno.writeTextFile(new URL("hubbub.js", DIST), text);
  const bytes = new TextEncoder().encode(text).length;
  console.log(`dist/hubbub.js: ${Math.round(bytes / 1_000)} KB`);
}
