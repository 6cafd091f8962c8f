/**
 * Builds Hubbub as one file, `dist/hubbub.js`: the server and its page, with every dependency. The
 * build is reproducible.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { packFiles } from "../lib/build/embedded.ts";
import { buildPage } from "../lib/build/bundle.ts";
import { noticeOf } from "./licences.ts";

const ROOT = new URL("../", import.meta.url);
const STATIC = new URL("static/", ROOT);
const DIST = new URL("dist/", ROOT);

/** The entry point of the built server: `main.ts` with a page that is built already. */
const ENTRY = `
  import { unpackFiles } from "../../lib/build/embedded.ts";
  import { run } from "../../main.ts";
  import files from "./page.json" with { type: "json" };
  await run(() => unpackFiles(files));
`;

/** CommonJS packages import the modules of Node by `require`, which an ES module does not have. */
const REQUIRE =
  'import{createRequire}from"node:module";const require=createRequire(import.meta.url);';

/** Builds the file. @returns Its text. */
export async function build(): Promise<string> {
  await Deno.mkdir(DIST, { recursive: true });
  // Build below the root of the repository: `deno.json` there has the import map.
  const path = await Deno.makeTempDir({ dir: fileURLToPath(DIST), prefix: ".build-" });
  const directory = pathToFileURL(`${path}/`);
  try {
    const page = await packFiles(await buildPage(STATIC));
    await Deno.writeTextFile(new URL("page.json", directory), JSON.stringify(page));
    await Deno.writeTextFile(new URL("entry.ts", directory), ENTRY);
    const server = await bundle(new URL("entry.ts", directory), "deno");
    // The page is bundled already. Bundle it again to list its sources for the licences.
    const client = await bundle(new URL("app.tsx", STATIC), "browser");
    const worker = await bundle(new URL("sw.ts", STATIC), "browser");
    const notice = await noticeOf([server, client, worker].flatMap(({ sources }) => sources));
    return `${await banner(notice)}\n${REQUIRE}${server.code}`;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Bundles an entry point into one file. @returns Its code, and the files that it consists of. */
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

/** Creates the comment at the top of the file: how to run it, and the licences. */
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
