/**
 * The page's files as the server hands them out: with an entity tag each, and compressed once,
 * when the first one asks.
 *
 * @module
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { eTag, ifNoneMatch } from "@std/http/etag";
import { acceptsEncodings } from "@std/http/negotiation";

/** A file of the page. */
export interface PageFile {
  /** Where it is served: `/app.js` */
  readonly path: string;
  /** What `content-type` says. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether another content would have another path, so that it can be kept for ever. */
  readonly immutable: boolean;
  /** The body compressed already, better than there is time for at start. */
  readonly brotli?: Uint8Array<ArrayBuffer>;
}

/** What a body can be sent as, the smallest first. */
const ENCODINGS = ["br", "gzip"] as const;

type Encoding = typeof ENCODINGS[number];

/** A file of the page, ready to be sent. */
interface Asset extends PageFile {
  readonly etag: string;
  /** The body, compressed. The work is done once. */
  readonly encoded: (encoding: Encoding) => Promise<Uint8Array<ArrayBuffer>>;
}

/** The page's files, by path. */
export type Page = ReadonlyMap<string, Asset>;

/** Characters of `If-None-Match` that are looked at. */
const MAX_TAGS = 512;

/** Brotli's quality. The highest takes half a second for what is loaded first, once, off the loop. */
const QUALITY = constants.BROTLI_MAX_QUALITY;

/** A year, the longest that is of use (RFC 9111 section 1.2.2). */
const FOR_EVER = "public, max-age=31536000, immutable";

const compress: Readonly<Record<Encoding, (body: Uint8Array) => Promise<Uint8Array>>> = {
  br: (body) =>
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }),
  gzip: (body) => promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }),
};

/** Makes files ready to be sent. */
export async function createPage(files: readonly PageFile[]): Promise<Page> {
  const assets = files.map(async (file) => [file.path, await toAsset(file)] as const);
  return new Map(await Promise.all(assets));
}

/** The response to a request for one of the page's files, or `null` where it is none. */
export async function servePage(
  page: Page,
  request: Request,
  path: string,
): Promise<Response | null> {
  const found = page.get(path);
  if (found === undefined) return null;
  const headers = new Headers({
    "content-type": found.type,
    // The page must fit the server: it is asked for every time and costs nothing if unchanged.
    "cache-control": found.immutable ? FOR_EVER : "no-cache",
    "etag": found.etag,
    "vary": "accept-encoding",
  });
  const known = request.headers.get("if-none-match") ?? "";
  // Browsers send back the one tag that they have. Taking a long list apart can take long.
  const isTag = known !== "" && known.length <= MAX_TAGS;
  if (isTag && ifNoneMatch(known, found.etag) === false) {
    return new Response(null, { status: 304, headers });
  }
  const encoding = chooseEncoding(request);
  if (encoding === undefined) return new Response(found.body, { headers });
  headers.set("content-encoding", encoding);
  return new Response(await found.encoded(encoding), { headers });
}

/** The smallest encoding that whoever asks can unpack. Who does not say may have none. */
function chooseEncoding(request: Request): Encoding | undefined {
  if (!request.headers.has("accept-encoding")) return undefined;
  // Browsers like all of them equally well: which one is ours to choose.
  return ENCODINGS.find((encoding) => acceptsEncodings(request, encoding) === encoding);
}

async function toAsset(file: PageFile): Promise<Asset> {
  // Weak, for it is one and the same for all encodings (RFC 9110 section 8.8.1).
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
