/**
 * Builds the files of the page from `static/`: bundles the code in memory and reads the rest.
 *
 * @module
 */
import { EVENTS } from "../chat/events/index.ts";
import type { PageFile } from "../http/assets.ts";
import { MANIFEST_PATH } from "../http/manifest.ts";

type FileBytes = Uint8Array<ArrayBuffer>;

/** The files that are served unchanged from `static/`, by path. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
  "/icon-192.png": ["icon-192.png", "image/png"],
  "/icon-512.png": ["icon-512.png", "image/png"],
  "/icon-maskable.png": ["icon-maskable.png", "image/png"],
  "/icon-unread.svg": ["icon-unread.svg", "image/svg+xml"],
  [MANIFEST_PATH]: ["manifest.webmanifest", "application/manifest+json"],
};

/** The parts of the style sheet in `static/styles/`, in order: of equal rules the later one wins. */
const STYLES = [
  "tokens",
  "base",
  "people",
  "layout",
  "sidebar",
  "room",
  "log",
  "message",
  "polls",
  "markdown",
  "composer",
  "completion",
  "panels",
  "finding",
  "forms",
  "sign_in",
  "skeleton",
  "dialogs",
  "statistics",
  "files",
  // These override all of the above.
  "small",
  "motion",
  "forced",
  "print",
] as const;

/**
 * The service worker precaches files up to this size at the first visit, for use without a network, and
 * what the page starts with, whatever its size. It caches larger ones at their first use. Bitmaps and the
 * manifest are left out: only the system needs them, when the page is installed.
 */
const MAX_PRECACHED_BYTES = 150_000;

const CSS = "text/css; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";

/**
 * Reads and bundles the page. Code that `import()` loads becomes separate files, named by their content.
 *
 * @param directory The URL of `static/`.
 * @throws {Error} If it cannot be bundled; the message says where the fault is.
 */
export async function buildPage(directory: URL): Promise<readonly PageFile[]> {
  // One bundle after the other: the first that fails leaves nothing running.
  const code = await bundle(new URL("app.tsx", directory), { codeSplitting: true });
  const early = await bundle(new URL("first_paint.ts", directory), { format: "iife" });
  const styles = await joinStyles(new URL("styles/", directory));
  const files = Object.entries(FILES).map(async ([path, [file, type]]) => {
    return fileOf(path, type, await Deno.readFile(new URL(file, directory)));
  });
  const page = [
    ...await Promise.all(files),
    fileOf("/style.css", CSS, styles),
    fileOf(`/${early.main[0]}`, JAVASCRIPT, encode(early.main[1])),
    ...await nameByContent(code),
  ];
  const first = pathsOfFirstLoad(page);
  const precached = page.filter(({ path, type, body }) =>
    path !== MANIFEST_PATH && type !== "image/png" &&
    (first.has(path) || body.length <= MAX_PRECACHED_BYTES)
  );
  return [...page, await bundleWorker(new URL("sw.ts", directory), page, precached)];
}

/** Returns the paths of the page's scripts and of their static imports: the page cannot start without them. */
export function pathsOfFirstLoad(page: readonly PageFile[]): ReadonlySet<string> {
  const files = new Map(page.map(({ path, body }) => [path, body]));
  const found = new Set(["/first_paint.js", "/app.js"]);
  for (const path of found) {
    const code = new TextDecoder().decode(files.get(path));
    // A set iterates over elements that are added during the iteration.
    for (const [, imported = ""] of code.matchAll(/\b(?:from|import)\s*"\.(\/[^"]+\.js)"/g)) {
      found.add(imported);
    }
  }
  return found;
}

/**
 * Bundles the service worker into one file that knows the files of the page.
 *
 * The worker declares `declare const PAGE: { version: string; files: string[] }`: the paths to precache,
 * and a version that changes with every file of the page. So the bytes of the worker change with the
 * page, which is how browsers notice an update.
 *
 * @param entry Its source. It is served under `/` and its name, with the extension `.js`.
 * @param files The files of the page.
 * @param precached Those of them that the worker caches at the first visit.
 */
async function bundleWorker(
  entry: URL,
  files: readonly PageFile[],
  precached: readonly PageFile[],
): Promise<PageFile> {
  const { main: [name, code] } = await bundle(entry, { format: "iife" });
  const known = {
    version: await hash(files.map(({ body }) => body)),
    files: precached.map(({ path }) => path),
  };
  return fileOf(`/${name}`, JAVASCRIPT, encode(`const PAGE=${JSON.stringify(known)};${code}`));
}

/** The code of an entry point, and its chunks by name. */
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
    // Nothing is written to it, but without a directory the bundler makes only one file.
    outputDir: "bundle",
    ...options,
  });
  const outputs = new Map(
    result.outputFiles?.map((file) => [nameOf(file.path), withoutDescriptions(file.text())]),
  );
  const name = nameOf(entry.pathname).replace(/\.tsx?$/, ".js");
  const code = outputs.get(name);
  if (!result.success || code === undefined) {
    throw new Error(`Cannot bundle ${name}: ${result.errors.map(({ text }) => text).join("; ")}`);
  }
  outputs.delete(name);
  return { main: [name, code], chunks: outputs };
}

/** What the definitions of events say for the documentation, as it stands in bundled code. */
const DESCRIPTIONS = EVENTS.flatMap(({ about, fields, ...rest }) =>
  [fields, "state" in rest ? rest.state : {}].flatMap((all) =>
    Object.values<{ readonly about: string }>(all).map((field) => field.about)
  ).concat(about)
).map((about) => `about:${JSON.stringify(about)}`);

/** Removes the descriptions of events: no browser reads them. */
function withoutDescriptions(code: string): string {
  return DESCRIPTIONS.reduce((text, about) => {
    return text.replaceAll(`,${about}`, "").replaceAll(`${about},`, "");
  }, code);
}

/**
 * Renames chunks by their content. The bundler's hash includes the paths of the sources, which differ
 * between machines. Chunks name each other, even in cycles, so all names change if one chunk does.
 */
async function nameByContent({ main: [name, code], chunks }: Bundled): Promise<PageFile[]> {
  const order = inOrderOfMention(code, chunks);
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

/** Lists the names of chunks in the order in which the code, and then the chunks, mention them. */
function inOrderOfMention(code: string, chunks: ReadonlyMap<string, string>): readonly string[] {
  const found = new Set<string>();
  const search = (text: string) => {
    const here = [...chunks.keys()].filter((chunk) => text.includes(chunk) && !found.has(chunk))
      .sort((a, b) => text.indexOf(a) - text.indexOf(b));
    for (const chunk of here) found.add(chunk);
  };
  search(code);
  // A set iterates over elements that are added during the iteration.
  for (const chunk of found) search(chunks.get(chunk) ?? "");
  return [...found];
}

async function joinStyles(directory: URL): Promise<FileBytes> {
  const parts = STYLES.map((name) => Deno.readTextFile(new URL(`${name}.css`, directory)));
  return encode((await Promise.all(parts)).join("\n"));
}

function fileOf(path: string, type: string, body: FileBytes): PageFile {
  return { path, type, body, immutable: false };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function encode(text: string): FileBytes {
  return new TextEncoder().encode(text);
}

async function hash(parts: readonly FileBytes[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await new Blob([...parts]).arrayBuffer());
  return new Uint8Array(digest).toHex().slice(0, 10);
}
