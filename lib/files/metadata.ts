/**
 * Removes the metadata of images, such as where a photo was taken, while they arrive: also from
 * programs, which do not redraw photos as the page does. The bytes are overwritten, so that the size
 * and all positions stay as they are.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** A part of an image file: a segment of a JPEG, a chunk of a PNG or a WebP. */
interface ImagePiece {
  /** How many of the bytes that were read are its header. */
  readonly header: number;
  /** The bytes of its content. */
  readonly size: number;
  /** Whether the image is shown as well without it. */
  readonly isMetadata: boolean;
  /** What its content begins with if it is needed after all. */
  readonly unless?: readonly number[];
  /** The checksum of its type. The checksum of type and content together is behind the content. */
  readonly checksum?: number;
  /** How many bytes follow it before the next piece. */
  readonly rest?: number;
}

/** A format of images that may have metadata. */
interface ImageFormat {
  /** Whether a file begins so. */
  readonly isIn: (start: string) => boolean;
  readonly startBytes: number;
  readonly headerBytes: number;
  /** A byte that may come any number of times before a piece that begins with it. */
  readonly fill?: number;
  /** Whether browsers turn an image as its EXIF says. */
  readonly isTurned: boolean;
  /** Reads a header; `null` if no piece follows. */
  readonly read: (header: DataView<ArrayBufferLike>) => ImagePiece | null;
}

/** What EXIF begins with in a segment of a JPEG. */
const EXIF = [...new TextEncoder().encode("Exif\0\0")];
/** What a segment with a colour profile begins with. */
const PROFILE = [...new TextEncoder().encode("ICC_PROFILE\0")];

const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
/** Adobe's: it says how colours are coded. */
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;

const JPEG: ImageFormat = {
  ...{
    isIn: (start) => start.startsWith("\xff\xd8"),
    startBytes: 2,
    headerBytes: 4,
    fill: 0xff,
    isTurned: true,
  },
  read(header) {
    const marker = header.getUint8(1);
    if (header.getUint8(0) !== 0xff || marker === SOS) return null;
    if (marker === 0xff) return { header: 1, size: 0, isMetadata: false };
    const isApp = marker >= APP1 && marker <= APP15 && marker !== APP14;
    const size = Math.max(0, header.getUint16(2) - 2);
    const piece = { header: 4, size, isMetadata: isApp || marker === COMMENT };
    return marker === APP2 ? { ...piece, unless: PROFILE } : piece;
  },
};

const PNG: ImageFormat = {
  ...{
    isIn: (start) => start.startsWith("\x89PNG\r\n\x1a\n"),
    startBytes: 8,
    headerBytes: 8,
    isTurned: true,
  },
  read(header) {
    const size = header.getUint32(0);
    if (!["eXIf", "tEXt", "zTXt", "iTXt", "tIME"].includes(typeIn(header, 4))) {
      return { header: 8, size: size + 4, isMetadata: false };
    }
    const type = new Uint8Array(header.buffer, header.byteOffset + 4, 4);
    return { header: 8, size, isMetadata: true, checksum: crc32(type), rest: 4 };
  },
};

const WEBP: ImageFormat = {
  ...{
    isIn: (start) => /^RIFF[^]{4}WEBP/.test(start),
    startBytes: 12,
    headerBytes: 8,
    isTurned: false,
  },
  read(header) {
    const size = header.getUint32(4, true);
    const isMetadata = ["EXIF", "XMP "].includes(typeIn(header, 0));
    // Chunks begin at even positions.
    return { header: 8, size, isMetadata, rest: size % 2 };
  },
};

const FORMATS = [JPEG, PNG, WEBP];

/** EXIF that says nothing but the orientation, little-endian. */
const ORIENTATION_BLOCK = [
  ...[0x49, 0x49, 0x2a, 0, 8, 0, 0, 0],
  ...[1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0],
];
/** The position of the orientation in it. */
const ORIENTATION_AT = 18;

/** Overwrites the metadata of a JPEG, PNG or WebP that arrives in parts; other files stay as they are. */
export class MetadataEraser {
  #format: ImageFormat | null | undefined;
  /** The beginning of a header that goes on in the next part. */
  #held: Uint8Array = new Uint8Array();
  /** The piece that goes on in the next part, and how much of its content and of its rest is to come. */
  #piece: ImagePiece | undefined;
  #content = 0;
  #rest = 0;
  #checksum = 0;
  #orientation = 1;

  /** How the image is to be turned, as EXIF numbers it: 1 for not at all, 5 to 8 for on its side. */
  get orientation(): number {
    return this.#orientation;
  }

  /** Erases the metadata in the next part of the file, in place. */
  erase(part: Uint8Array): void {
    let at = 0;
    if (this.#format === undefined) {
      const start = String.fromCharCode(...part.subarray(0, 12));
      this.#format = FORMATS.find((format) => format.isIn(start)) ?? null;
      at = this.#format?.startBytes ?? 0;
    }
    while (this.#format !== null && at < part.length) {
      at += this.#piece === undefined
        ? this.#readHeader(this.#format, part.subarray(at))
        : this.#readPiece(this.#format, this.#piece, part.subarray(at));
    }
  }

  /** @returns How many of the bytes were read. */
  #readHeader(format: ImageFormat, bytes: Uint8Array): number {
    const { headerBytes, fill, read } = format;
    const before = this.#held.length;
    let filled = 0;
    if (before === 0) { while (bytes[filled] === fill && bytes[filled + 1] === fill) filled++; }
    if (filled > 0) return filled;
    const added = bytes.subarray(0, headerBytes - before);
    const header = before === 0 ? added : new Uint8Array([...this.#held, ...added]);
    if (header.length < headerBytes) {
      this.#held = header.slice();
      return added.length;
    }
    const piece = read(new DataView(header.buffer, header.byteOffset, header.byteLength));
    if (piece === null) {
      this.#format = null;
      return 0;
    }
    this.#held = this.#held.slice(piece.header);
    this.#piece = piece;
    this.#content = piece.size;
    this.#rest = piece.rest ?? 0;
    this.#checksum = piece.checksum ?? 0;
    return Math.max(0, piece.header - before);
  }

  /** @returns How many of the bytes were read. */
  #readPiece({ isTurned }: ImageFormat, piece: ImagePiece, bytes: Uint8Array): number {
    const content = bytes.subarray(0, this.#content);
    if (piece.isMetadata) this.#eraseContent(piece, content, isTurned);
    this.#content -= content.length;
    const rest = bytes.subarray(content.length, content.length + this.#rest);
    if (piece.checksum !== undefined) {
      for (let n = 0; n < rest.length; n++) rest[n] = this.#checksum >>> (this.#rest - n - 1) * 8;
    }
    this.#rest -= rest.length;
    if (this.#content === 0 && this.#rest === 0) this.#piece = undefined;
    return content.length + rest.length;
  }

  #eraseContent(piece: ImagePiece, content: Uint8Array, isTurned: boolean): void {
    const isBegin = this.#content === piece.size;
    if (isBegin && piece.unless !== undefined && beginsWith(content, piece.unless)) {
      this.#piece = { ...piece, isMetadata: false };
      return;
    }
    const exif = content.subarray(beginsWith(content, EXIF) ? EXIF.length : 0);
    const orientation = isTurned && isBegin ? orientationOf(exif) : 1;
    content.fill(0);
    if (orientation > 1 && exif.length >= ORIENTATION_BLOCK.length) {
      this.#orientation = orientation;
      if (exif.length < content.length) content.set(EXIF);
      exif.set(ORIENTATION_BLOCK);
      exif[ORIENTATION_AT] = orientation;
    }
    if (piece.checksum !== undefined) this.#checksum = crc32(content, this.#checksum);
  }
}

function typeIn(header: DataView<ArrayBufferLike>, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((n) => header.getUint8(at + n)));
}

/** Reads the orientation in a block of EXIF; 1 if there is none. */
function orientationOf(tiff: Uint8Array): number {
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  const directory = view.getUint32(4, isLittle);
  if (!isLittle && order !== 0x4d4d || directory + 2 > tiff.length) return 1;
  const count = view.getUint16(directory, isLittle);
  for (let n = 0; n < count; n++) {
    const entry = directory + 2 + n * 12;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, isLittle) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Whether bytes begin like others, as far as they are there: the next part has the rest. */
function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => at >= bytes.length || bytes[at] === byte);
}
