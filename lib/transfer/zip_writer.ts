/**
 * Writes a ZIP archive as a stream: memory holds one chunk of one entry, and the names of the entries.
 *
 * @module
 */
import { Zip, ZipDeflate, ZipPassThrough } from "fflate";

/** An entry of an archive. */
export interface NewZipEntry {
  /** Its path in the archive. */
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** Whether it is compressed; not worth it for pictures, and most other files. */
  readonly compressed: boolean;
}

/**
 * Writes entries, one after the other, as fast as the archive is read.
 *
 * @returns The bytes of the archive: at most 4 GiB, because it has no ZIP64 fields.
 */
export async function* zipOf(
  entries: AsyncIterable<NewZipEntry>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    chunks.push(new Uint8Array(chunk));
  });
  for await (const { name, content, compressed } of entries) {
    const entry = compressed ? new ZipDeflate(name) : new ZipPassThrough(name);
    zip.add(entry);
    for await (const bytes of content) {
      entry.push(bytes);
      yield* chunks.splice(0);
    }
    entry.push(new Uint8Array(0), true);
    yield* chunks.splice(0);
  }
  zip.end();
  yield* chunks.splice(0);
}
