/**
 * Packs the files of the page as text, so that the built server contains its page.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import type { PageFile } from "../http/assets.ts";

/** A file of the page in a form for JSON. */
export interface PackedFile extends Pick<PageFile, "path" | "type" | "immutable"> {
  /** The body, compressed with the best quality, in base64. */
  readonly brotli: string;
}

/** Packs files. The result is deterministic. */
export async function packFiles(files: readonly PageFile[]): Promise<PackedFile[]> {
  return await Promise.all(files.map(async ({ path, type, immutable, body }) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    const packed = await promisify(brotliCompress)(body, { params });
    return { path, type, immutable, brotli: packed.toString("base64") };
  }));
}

/** Unpacks files. */
export async function unpackFiles(files: readonly PackedFile[]): Promise<PageFile[]> {
  return await Promise.all(files.map(async (file) => {
    const brotli = new Uint8Array(Buffer.from(file.brotli, "base64"));
    return { ...file, brotli, body: new Uint8Array(await promisify(brotliDecompress)(brotli)) };
  }));
}
