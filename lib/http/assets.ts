/**
 * Serves the files of the page: each has an entity tag and is compressed once, at its first request.
 *
 * @module
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { eTag, ifNoneMatch } from "@std/http/etag";
import { acceptsEncodings } from "@std/http/negotiation";

/** A file of the page. */
export interface PageFile {
  /** The path under which it is served: `/app.js` */
  readonly path: string;
  /** The value of `content-type`. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether other content would have another path, so that caches may keep it for ever. */
  readonly immutable: boolean;
  /** The compressed body, if the build has made it: better than start-up has time for. */
  readonly brotli?: Uint8Array<ArrayBuffer>;
}

/** The supported content encodings, the smallest result first. */
const ENCODINGS = ["br", "gzip"] as const;

type Encoding = typeof ENCODINGS[number];

/** A file of the page, ready to be sent. */
export interface Asset extends PageFile {
  readonly etag: string;
  /** Returns the compressed body. The work is done once. */
  readonly encoded: (encoding: Encoding) => Promise<Uint8Array<ArrayBuffer>>;
}

/** The files of the page, by path. */
export type PageAssets = ReadonlyMap<string, Asset>;

/** The longest `If-None-Match` that is parsed, in characters. */
const MAX_TAGS = 512;

/** The quality of Brotli. The best takes half a second for the first load, once, in another thread. */
const QUALITY = constants.BROTLI_MAX_QUALITY;

/** A year, the longest useful time (RFC 9111 section 1.2.2). */
const FOR_EVER = "public, max-age=31536000, immutable";

const compress: Readonly<Record<Encoding, (body: Uint8Array) => Promise<Uint8Array>>> = {
  br: (body) =>
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }),
  gzip: (body) => promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }),
};

/** Prepares files for `servePage`. */
export async function createPage(files: readonly PageFile[]): Promise<Map<string, Asset>> {
  const assets = files.map(async (file) => [file.path, await toAsset(file)] as const);
  return new Map(await Promise.all(assets));
}

/** Adds a file to a page, or replaces it. */
export async function putFile(page: Map<string, Asset>, file: PageFile): Promise<void> {
  page.set(file.path, await toAsset(file));
}

/** Responds to a request for a file of the page. @returns `null` if there is no such file. */
export async function servePage(
  page: PageAssets,
  request: Pick<Request, "headers">,
  path: string,
): Promise<Response | null> {
  const found = page.get(path);
  if (found === undefined) return null;
  const headers = new Headers({
    "content-type": found.type,
    // The page must match the server, so browsers revalidate it each time: a 304 costs little.
    "cache-control": found.immutable ? FOR_EVER : "no-cache",
    "etag": found.etag,
    "vary": "accept-encoding",
  });
  const known = request.headers.get("if-none-match") ?? "";
  // Browsers send the one tag that they have. Parsing a long list can take long.
  const isTag = known !== "" && known.length <= MAX_TAGS;
  if (isTag && ifNoneMatch(known, found.etag) === false) {
    return new Response(null, { status: 304, headers });
  }
  const encoding = chooseEncoding(request);
  if (encoding === undefined) return new Response(found.body, { headers });
  headers.set("content-encoding", encoding);
  return new Response(await found.encoded(encoding), { headers });
}

/** Returns the smallest encoding that the client accepts. Without `Accept-Encoding` it gets none. */
function chooseEncoding(request: Pick<Request, "headers">): Encoding | undefined {
  if (!request.headers.has("accept-encoding")) return undefined;
  // Browsers give all encodings the same weight, so the server may choose.
  return ENCODINGS.find((encoding) => acceptsEncodings(request, encoding) === encoding);
}

async function toAsset(file: PageFile): Promise<Asset> {
  // Weak, because all encodings share it (RFC 9110 section 8.8.1).
  const etag = await eTag(file.body, { weak: true });
  if (etag === undefined) throw new Error(`Cannot tag an empty file of the page: ${file.path}`);
  const done = new Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>();
  if (file.brotli !== undefined) done.set("br", Promise.resolve(file.brotli));
  const encode = async (encoding: Encoding) => new Uint8Array(await compress[encoding](file.body));
  const encoded = (encoding: Encoding) => {
    const result = done.get(encoding) ?? encode(encoding);
    done.set(encoding, result);
    return result;
  };
  return { ...file, etag, encoded };
}
