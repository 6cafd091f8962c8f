/**
 * Makes the page's files out of `static/`: the code is bundled in memory, the rest is read.
 *
 * @module
 */
import type { PageFile } from "./assets.ts";
import { MANIFEST_PATH } from "./manifest.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is served as it lies in `static/`, by path. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
  "/icon-192.png": ["icon-192.png", "image/png"],
  "/icon-512.png": ["icon-512.png", "image/png"],
  "/icon-maskable.png": ["icon-maskable.png", "image/png"],
  "/icon-unread.svg": ["icon-unread.svg", "image/svg+xml"],
  [MANIFEST_PATH]: ["manifest.webmanifest", "application/manifest+json"],
};

/** The parts of the style sheet, in `static/styles/`. Among equals a later rule wins. */
const STYLES = [
  "tokens",
  "base",
  "people",
  "layout",
  "sidebar",
  "room",
  "log",
  "message",
  "markdown",
  "composer",
  "completion",
  "panels",
  "finding",
  "forms",
  "sign_in",
  "dialogs",
  "figures",
  "files",
  // What changes all of the above stands last.
  "small",
  "motion",
  "forced",
] as const;

/**
 * Files of the page are kept for a time without a network from the first visit on, if they are no
 * larger than this; larger ones once somebody had a use for them. Bitmaps and manifest are for the
 * system, which asks for them when the page is installed.
 */
const KEPT_BYTES = 150_000;

const CSS = "text/css; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";

/**
 * Reads and bundles the page. What `import()` loads later becomes files of its own, named by their
 * content.
 *
 * @param directory Where `static/` is.
 * @throws {Error} When it cannot be bundled; the message says where the fault is.
 */
export async function buildPage(directory: URL): Promise<readonly PageFile[]> {
  const files = Object.entries(FILES).map(async ([path, [file, type]]) => {
    return fileOf(path, type, await Deno.readFile(new URL(file, directory)));
  });
  const [code, styles] = await Promise.all([
    bundle(new URL("app.tsx", directory), { codeSplitting: true }),
    joinStyles(new URL("styles/", directory)),
  ]);
  const page = [
    ...await Promise.all(files),
    fileOf("/style.css", CSS, styles),
    ...await nameByContent(code),
  ];
  const kept = page.filter(({ path, type, body }) =>
    path !== MANIFEST_PATH && type !== "image/png" && body.length <= KEPT_BYTES
  );
  return [...page, await bundleWorker(new URL("sw.ts", directory), page, kept)];
}

/**
 * Bundles a service worker: one file, which knows what the page consists of.
 *
 * It sees `PAGE`, which it declares as `declare const PAGE: { version: string; files: string[] }`:
 * the paths of files to keep, and a text that is another one whenever a file of the page is. So it
 * has other bytes after every change of the page, which is how browsers notice it.
 *
 * @param entry Its source. It is served at `/` and its name, with the end `.js`.
 * @param files The files of the page.
 * @param kept Those of them that it keeps.
 */
async function bundleWorker(
  entry: URL,
  files: readonly PageFile[],
  kept: readonly PageFile[],
): Promise<PageFile> {
  const { main: [name, code] } = await bundle(entry, { format: "iife" });
  const known = {
    version: await hash(files.map(({ body }) => body)),
    files: kept.map(({ path }) => path),
  };
  return fileOf(`/${name}`, JAVASCRIPT, encode(`const PAGE=${JSON.stringify(known)};${code}`));
}

/** An entry point's code, and the chunks that were split off it, by their names. */
interface Bundled {
  readonly main: readonly [name: string, code: string];
  readonly chunks: ReadonlyMap<string, string>;
}

async function bundle(
  entry: URL,
  options: Pick<Deno.bundle.Options, "codeSplitting" | "format">,
): Promise<Bundled> {
  const result = await Deno.bundle({
    entrypoints: [entry.href],
    platform: "browser",
    minify: true,
    write: false,
    // Nothing is written there, but without it there can be one file only.
    outputDir: "bundle",
    ...options,
  });
  const outputs = new Map(result.outputFiles?.map((file) => [nameOf(file.path), file.text()]));
  const name = nameOf(entry.pathname).replace(/\.tsx?$/, ".js");
  const code = outputs.get(name);
  if (!result.success || code === undefined) {
    throw new Error(`Cannot bundle ${name}: ${result.errors.map(({ text }) => text).join("; ")}`);
  }
  outputs.delete(name);
  return { main: [name, code], chunks: outputs };
}

/**
 * Names chunks anew. The bundler's hash counts where a source lies too, which is somewhere else on
 * every machine; here a name follows from the content alone. As chunks name each other, in circles
 * even, all of them change their names when one of them changes.
 */
async function nameByContent({ main: [name, code], chunks }: Bundled): Promise<PageFile[]> {
  const order = mentioned(code, chunks);
  const rename = (text: string, suffix: string) =>
    order.reduce((renamed, chunk, i) => {
      const stem = chunk.slice(0, chunk.lastIndexOf("-"));
      return renamed.replaceAll(chunk, `${stem}-${i}${suffix}.js`);
    }, text);
  const texts = [code, ...order.map((chunk) => chunks.get(chunk) ?? "")];
  const version = await hash(texts.map((text) => encode(rename(text, ""))));
  const named = (text: string) => rename(text, `-${version}`);
  return [
    fileOf(`/${name}`, JAVASCRIPT, encode(named(code))),
    ...order.map((chunk) => ({
      ...fileOf(`/${named(chunk)}`, JAVASCRIPT, encode(named(chunks.get(chunk) ?? ""))),
      immutable: true,
    })),
  ];
}

/** The names of chunks in the order in which code mentions them, and then those do. */
function mentioned(code: string, chunks: ReadonlyMap<string, string>): readonly string[] {
  const found = new Set<string>();
  const search = (text: string) => {
    const here = [...chunks.keys()].filter((chunk) => text.includes(chunk) && !found.has(chunk))
      .sort((a, b) => text.indexOf(a) - text.indexOf(b));
    for (const chunk of here) found.add(chunk);
  };
  search(code);
  // A set hands out what is added while it is walked through.
  for (const chunk of found) search(chunks.get(chunk) ?? "");
  return [...found];
}

async function joinStyles(directory: URL): Promise<Bytes> {
  const parts = STYLES.map((name) => Deno.readTextFile(new URL(`${name}.css`, directory)));
  return encode((await Promise.all(parts)).join("\n"));
}

function fileOf(path: string, type: string, body: Bytes): PageFile {
  return { path, type, body, immutable: false };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

async function hash(parts: readonly Bytes[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await new Blob([...parts]).arrayBuffer());
  return new Uint8Array(digest).toHex().slice(0, 10);
}
