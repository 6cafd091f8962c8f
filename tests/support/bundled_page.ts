/**
 * Bundles and compresses the page once for all tests: it takes seconds, and most tests start a server.
 * The result is cached in `dist/` with a hash of its sources, and rebuilt when that changes.
 *
 * @module
 */
import type { PageFile } from "../../lib/http/assets.ts";
import { type PackedFile, packFiles, unpackFiles } from "../../lib/build/embedded.ts";
import { fromSource } from "../../server.ts";

const ROOT = new URL("../../", import.meta.url);
const CACHE = new URL("dist/test-page.json", ROOT);

/** The sources of the page and of its build. */
const SOURCES = ["static/", "lib/", "deno.json", "deno.lock"];

interface CachedPage {
  readonly sources: string;
  readonly files: readonly PackedFile[];
}

let page: Promise<readonly PageFile[]> | undefined;

/** Returns the page as `fromSource` builds it, with compressed bodies. */
export function bundledPage(): Promise<readonly PageFile[]> {
  return page ??= load();
}

async function load(): Promise<readonly PageFile[]> {
  const sources = await hashOf(SOURCES);
  const cached = await readCache();
  if (cached?.sources === sources) return await unpackFiles(cached.files);
  const files = await fromSource();
  const packed = await packFiles(files);
  await writeCache({ sources, files: packed });
  return await unpackFiles(packed);
}

async function readCache(): Promise<CachedPage | null> {
  try {
    return JSON.parse(await Deno.readTextFile(CACHE));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Writes the cache, atomically: tests run in parallel and must not read an incomplete file. */
async function writeCache(cached: CachedPage): Promise<void> {
  if (Deno.permissions.querySync({ name: "write", path: CACHE }).state !== "granted") return;
  await Deno.mkdir(new URL(".", CACHE), { recursive: true });
  const written = new URL(`${CACHE}.${crypto.randomUUID()}`);
  await Deno.writeTextFile(written, JSON.stringify(cached));
  await Deno.rename(written, CACHE);
}

/** Hashes the names and contents of files and folders. */
async function hashOf(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(filesUnder))).flat();
  const contents = files.map((path) => Deno.readFile(new URL(path, ROOT)));
  const parts = [JSON.stringify(files), ...await Promise.all(contents)];
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return new Uint8Array(digest).toHex();
}

/** Lists the files of a folder, whose path ends with a slash; or returns the file itself. */
async function filesUnder(path: string): Promise<string[]> {
  if (!path.endsWith("/")) return [path];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, ROOT))) {
    files.push(...await filesUnder(`${path}${name}${isDirectory ? "/" : ""}`));
  }
  return files.sort();
}
