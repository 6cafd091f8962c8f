/**
 * The page as the server hands it out: bundled in memory at start, compressed once, with an
 * entity tag each.
 *
 * @module
 */
import { eTag, ifNoneMatch } from "@std/http/etag";
import { acceptsEncodings } from "@std/http/negotiation";

/** A file of the page, ready to be sent. */
interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** The page's files, by path. */
export type Page = ReadonlyMap<string, Asset>;

/** What is served as it lies in `static/`, by path. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
  "/manifest.webmanifest": ["manifest.webmanifest", "application/manifest+json"],
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
  "composer",
  "panels",
  "forms",
  "sign_in",
  "dialogs",
  // What changes all of the above stands last.
  "small",
  "motion",
] as const;

/** Characters of `If-None-Match` that are looked at. */
const MAX_TAGS = 512;

/**
 * Reads and bundles the page.
 *
 * @param directory Where `static/` is.
 * @throws {Error} When it cannot be bundled; the message says where the fault is.
 */
export async function loadPage(directory: URL): Promise<Page> {
  const files = Object.entries(FILES).map(async ([path, [file, type]]) => {
    const body = await Deno.readFile(new URL(file, directory));
    return [path, await asset(type, body)] as const;
  });
  const script = bundle(new URL("app.tsx", directory)).then(async (body) => {
    return ["/app.js", await asset("text/javascript; charset=utf-8", body)] as const;
  });
  const style = joinStyles(new URL("styles/", directory)).then(async (body) => {
    return ["/style.css", await asset("text/css; charset=utf-8", body)] as const;
  });
  return new Map(await Promise.all([...files, script, style]));
}

/** The response to a request for one of the page's files, or `null` where it is none. */
export function servePage(page: Page, request: Request, path: string): Response | null {
  const found = page.get(path);
  if (found === undefined) return null;
  const headers = new Headers({
    "content-type": found.type,
    // The page must fit the server: it is asked for every time and costs nothing if unchanged.
    "cache-control": "no-cache",
    "etag": found.etag,
    "vary": "accept-encoding",
  });
  const known = request.headers.get("if-none-match") ?? "";
  // Browsers send back the one tag that they have. Taking a long list apart can take long.
  const isTag = known !== "" && known.length <= MAX_TAGS;
  if (isTag && ifNoneMatch(known, found.etag) === false) {
    return new Response(null, { status: 304, headers });
  }
  // Whoever does not say what they take may not be able to unpack anything.
  const says = request.headers.has("accept-encoding");
  if (!says || acceptsEncodings(request, "gzip", "identity") !== "gzip") {
    return new Response(found.body, { headers });
  }
  headers.set("content-encoding", "gzip");
  return new Response(found.gzip, { headers });
}

async function bundle(entry: URL): Promise<Uint8Array<ArrayBuffer>> {
  const result = await Deno.bundle({
    entrypoints: [entry.href],
    platform: "browser",
    minify: true,
    write: false,
  });
  const [output] = result.outputFiles ?? [];
  if (result.success && output?.contents !== undefined) return new Uint8Array(output.contents);
  throw new Error(`Cannot bundle the page: ${result.errors.map(({ text }) => text).join("; ")}`);
}

async function joinStyles(directory: URL): Promise<Uint8Array<ArrayBuffer>> {
  const parts = STYLES.map((name) => Deno.readTextFile(new URL(`${name}.css`, directory)));
  return new TextEncoder().encode((await Promise.all(parts)).join("\n"));
}

async function asset(type: string, body: Uint8Array<ArrayBuffer>): Promise<Asset> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  const gzip = new Uint8Array(await new Response(stream).arrayBuffer());
  // Weak, for it is one and the same for both encodings (RFC 9110 section 8.8.1).
  const etag = await eTag(body, { weak: true });
  if (etag === undefined) throw new Error("Cannot tag an empty file of the page");
  return { type, body, gzip, etag };
}
