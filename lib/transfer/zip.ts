/**
 * Reads ZIP archives from disk, one entry at a time, by their central directory
 * (PKWARE APPNOTE 6.3.10, ZIP64 included). Neither the archive nor an entry is ever in memory as a
 * whole.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { Inflate } from "fflate";

/** An archive, or an entry of it, that cannot be read; the message says why. */
export class ZipError extends Error {
  override readonly name = "ZipError";
}

/** A file in an archive. */
export interface ZipEntry {
  /** Its path, and what else it can be where the archive does not say how it is encoded. */
  readonly names: readonly string[];
  /** Its size in bytes, uncompressed. */
  readonly size: number;
  readonly compressed: number;
  readonly crc: number;
  readonly method: number;
  readonly encrypted: boolean;
  /** Where its local header begins. */
  readonly at: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
/** The longest comment at the end of an archive. */
const COMMENT_MAX = 0xffff;
/** A field of 32 bits with this value is found in the ZIP64 extra field. */
const IN_ZIP64 = 0xffffffff;

const ZIP64_EXTRA = 0x0001;
/** Info-ZIP's Unicode path: the name in UTF-8 beside one in the character set of a system. */
const UNICODE_PATH_EXTRA = 0x7075;

const STORED = 0;
const DEFLATED = 8;

/** How many bytes are read at once. */
const CHUNK = 65_536;

/** An open archive. */
export class ZipArchive {
  readonly #file: Deno.FsFile;
  /** The files of the archive, without its directories. */
  readonly entries: readonly ZipEntry[];

  private constructor(file: Deno.FsFile, entries: readonly ZipEntry[]) {
    this.#file = file;
    this.entries = entries;
  }

  /**
   * Opens an archive.
   *
   * @throws {ZipError} If it is none, or was cut short.
   */
  static open(path: string): ZipArchive {
    const file = Deno.openSync(path);
    try {
      return new ZipArchive(file, [...entriesOf(file)]);
    } catch (error) {
      file.close();
      throw error instanceof RangeError ? new ZipError("it is damaged", { cause: error }) : error;
    }
  }

  /**
   * Reads an entry in chunks.
   *
   * @throws {ZipError} If it is encrypted, compressed in a way of its own, or damaged; possibly only
   * after some chunks.
   */
  *read(entry: ZipEntry): Generator<Uint8Array<ArrayBuffer>> {
    if (entry.encrypted) throw new ZipError("it is encrypted");
    if (entry.method !== STORED && entry.method !== DEFLATED) {
      throw new ZipError(`it is compressed by method ${entry.method}, and only deflate is known`);
    }
    let [size, crc] = [0, 0];
    for (const chunk of entry.method === STORED ? this.#raw(entry) : this.#inflated(entry)) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      yield chunk;
    }
    if (size !== entry.size || crc !== entry.crc) throw new ZipError("it is damaged");
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  *#inflated(entry: ZipEntry): Generator<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const inflate = new Inflate((chunk) => chunks.push(new Uint8Array(chunk)));
    let left = entry.compressed;
    try {
      for (const chunk of this.#raw(entry)) {
        left -= chunk.length;
        inflate.push(chunk, left === 0);
        yield* chunks.splice(0);
      }
    } catch (cause) {
      if (cause instanceof ZipError) throw cause;
      throw new ZipError("it is damaged", { cause });
    }
  }

  /** The bytes of an entry as they are in the archive. */
  *#raw({ at, compressed }: ZipEntry): Generator<Uint8Array<ArrayBuffer>> {
    const header = viewOf(this.#file, at, LOCAL_BYTES);
    if (header.getUint32(0, true) !== LOCAL) throw new ZipError("it is damaged");
    // The lengths here can differ from those in the central directory.
    let from = at + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
    const end = from + compressed;
    while (from < end) {
      const chunk = bytesAt(this.#file, from, Math.min(CHUNK, end - from));
      from += chunk.length;
      yield chunk;
    }
  }
}

function* entriesOf(file: Deno.FsFile): Generator<ZipEntry> {
  const { at, size } = directoryOf(file);
  const directory = bytesAt(file, at, size);
  const view = new DataView(directory.buffer);
  for (let from = 0; from + CENTRAL_BYTES <= size;) {
    if (view.getUint32(from, true) !== CENTRAL) throw new ZipError("it is damaged");
    const lengths = [28, 30, 32].map((offset) => view.getUint16(from + offset, true));
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths;
    const nameAt = from + CENTRAL_BYTES;
    const rawName = directory.subarray(nameAt, nameAt + nameLength);
    const extras = extrasIn(directory.subarray(nameAt + nameLength).subarray(0, extraLength));
    const flags = view.getUint16(from + 8, true);
    const names = namesOf(rawName, (flags & 0x800) !== 0, extras.get(UNICODE_PATH_EXTRA));
    const [entrySize, compressed, offset] = wideNumbers(
      [24, 20, 42].map((field) => view.getUint32(from + field, true)),
      extras.get(ZIP64_EXTRA),
    );
    if (!names.some((name) => /[/\\]$/.test(name))) {
      yield {
        ...{ names, size: entrySize!, compressed: compressed!, at: offset! },
        ...{ crc: view.getUint32(from + 16, true), method: view.getUint16(from + 10, true) },
        encrypted: (flags & 1) !== 0,
      };
    }
    from = nameAt + nameLength + extraLength + commentLength;
  }
}

/** Where the central directory is. */
function directoryOf(file: Deno.FsFile): { readonly at: number; readonly size: number } {
  const length = file.statSync().size;
  const tail = Math.min(length, END_BYTES + COMMENT_MAX);
  const view = viewOf(file, length - tail, tail);
  for (let at = tail - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const found = { size: view.getUint32(at + 12, true), at: view.getUint32(at + 16, true) };
    const wide = wideDirectory(file, length - tail + at) ?? found;
    if (wide.at + wide.size > length) throw new ZipError("it was cut short");
    return wide;
  }
  throw new ZipError("it is no ZIP archive, or was cut short");
}

/** Where a ZIP64 archive has its central directory; `null` for another archive. */
function wideDirectory(file: Deno.FsFile, end: number) {
  if (end < LOCATOR64_BYTES) return null;
  const locator = viewOf(file, end - LOCATOR64_BYTES, LOCATOR64_BYTES);
  if (locator.getUint32(0, true) !== LOCATOR64) return null;
  const record = viewOf(file, wide(locator, 8), 56);
  if (record.getUint32(0, true) !== END64) throw new ZipError("it is damaged");
  return { size: wide(record, 40), at: wide(record, 48) };
}

/** The extra fields of an entry, by their ids. */
function extrasIn(bytes: Uint8Array<ArrayBuffer>): ReadonlyMap<number, DataView> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const extras = new Map<number, DataView>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = Math.min(view.getUint16(at + 2, true), bytes.length - at - 4);
    extras.set(
      view.getUint16(at, true),
      new DataView(bytes.buffer, bytes.byteOffset + at + 4, length),
    );
    at += 4 + length;
  }
  return extras;
}

/** Numbers of 32 bits; those that do not fit are in the ZIP64 extra field, in this order. */
function wideNumbers(numbers: readonly number[], extra: DataView | undefined): number[] {
  let at = 0;
  return numbers.map((number) => {
    if (number !== IN_ZIP64 || extra === undefined) return number;
    at += 8;
    return wide(extra, at - 8);
  });
}

function wide(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw new ZipError("it is damaged");
  return value;
}

/**
 * The name of an entry. Archivers that do not say that a name is UTF-8 mostly write it all the same.
 * Others use the character set of DOS, code page 437, or that of Windows.
 */
function namesOf(
  bytes: Uint8Array,
  isUtf8: boolean,
  extra: DataView | undefined,
): readonly string[] {
  const unicode = extra === undefined ? null : unicodePath(bytes, extra);
  if (unicode !== null) return [unicode];
  try {
    return [new TextDecoder("utf-8", { fatal: !isUtf8 }).decode(bytes)];
  } catch {
    const letters = Array.from(
      bytes,
      (byte) => byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128],
    );
    return [letters.join(""), new TextDecoder("windows-1252").decode(bytes)];
  }
}

/** The Unicode path, unless the entry was renamed since by a program that does not know the field. */
function unicodePath(bytes: Uint8Array, extra: DataView): string | null {
  if (extra.byteLength < 5 || extra.getUint32(1, true) !== crc32(bytes)) return null;
  const { buffer, byteOffset, byteLength } = extra;
  return new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 5, byteLength - 5));
}

/** The upper half of code page 437. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
  "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

function viewOf(file: Deno.FsFile, at: number, length: number): DataView {
  return new DataView(bytesAt(file, at, length).buffer);
}

function bytesAt(file: Deno.FsFile, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(at, Deno.SeekMode.Start);
  for (let filled = 0; filled < length;) {
    const read = file.readSync(bytes.subarray(filled));
    if (read === null) throw new ZipError("it was cut short");
    filled += read;
  }
  return bytes;
}
