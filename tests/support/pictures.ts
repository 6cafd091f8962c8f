import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

type Bytes = Uint8Array<ArrayBuffer>;

function join(...parts: readonly (string | Uint8Array | readonly number[])[]): Bytes {
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string, "latin1"))));
}

function u32(value: number): number[] {
  return [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];
}

function u24le(value: number): number[] {
  return [value & 255, value >>> 8 & 255, value >>> 16 & 255];
}

/**
 * A complete PNG of one color that every browser shows.
 *
 * @param more Chunks before the pixels.
 */
export function png(
  width: number,
  height: number,
  [r, g, b] = [200, 80, 40],
  ...more: readonly Uint8Array[]
): Bytes {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x++) row.set([r ?? 0, g ?? 0, b ?? 0], 1 + x * 3);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return join(
    "\x89PNG\r\n\x1a\n",
    pngChunk("IHDR", join(u32(width), u32(height), [8, 2, 0, 0, 0])),
    ...more,
    pngChunk("IDAT", pixels),
    pngChunk("IEND", ""),
  );
}

/** A chunk of a PNG. */
export function pngChunk(type: string, content: string | Uint8Array): Bytes {
  const data = join(content);
  const body = join(type, data);
  return join(u32(data.length), body, u32(crc32(body)));
}

/** A WebP that consists of chunks; without a picture in them, it is only the frame of one. */
export function webp(...chunks: readonly Uint8Array[]): Bytes {
  const body = join("WEBP", ...chunks);
  return join("RIFF", u32(body.length).reverse(), body);
}

/** A chunk of a WebP. */
export function webpChunk(type: string, content: string | Uint8Array | readonly number[]): Bytes {
  const data = join(content);
  return join(type, u32(data.length).reverse(), data, data.length % 2 === 0 ? [] : [0]);
}

/** The beginning of a PNG, without the data that should follow. */
export function pngHead(width: number, height: number): Bytes {
  return join("\x89PNG\r\n\x1a\n", u32(13), "IHDR", u32(width), u32(height), [8, 2, 0, 0, 0]);
}

/** The beginning of a JPEG, with a segment of metadata before the frame. */
export function jpegHead(width: number, height: number): Bytes {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return join([0xff, 0xd8, 0xff, 0xe1, 0, 10], "Exif\0\0\0\0", [0xff, 0xc0, 0, 17, 8], size);
}

/** The beginning of a GIF. */
export function gifHead(width: number, height: number): Bytes {
  return join("GIF89a", [width & 255, width >> 8, height & 255, height >> 8, 0, 0, 0]);
}

/** The beginning of an extended WebP. */
export function webpHead(width: number, height: number): Bytes {
  const size = [...u24le(width - 1), ...u24le(height - 1)];
  return join("RIFF", [100, 0, 0, 0], "WEBPVP8X", [10, 0, 0, 0, 0, 0, 0, 0], size);
}

/** The beginning of an AVIF: its boxes up to the size of its first picture. */
export function avifHead(width: number, height: number): Bytes {
  const box = (type: string, ...data: readonly (string | Uint8Array | readonly number[])[]) => {
    const body = join(type, ...data);
    return join(u32(body.length + 4), body);
  };
  const none = [0, 0, 0, 0];
  const size = box("ispe", none, u32(width), u32(height));
  const belongs = box("ipma", none, u32(1), [0, 1, 1, 1]);
  const meta = [box("pitm", none, [0, 1]), box("iprp", box("ipco", size), belongs)];
  return join(box("ftyp", "avif", none, "avif"), box("meta", none, ...meta));
}

/** EXIF, big-endian, with an orientation and a place. */
export function exif(orientation: number): Bytes {
  return join(
    "MM",
    [0, 42, 0, 0, 0, 8, 0, 1],
    [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
    [0, 0, 0, 0],
    "GPS 52.5N 13.4E",
  );
}

/** An EXIF segment of a JPEG. */
export function exifSegment(orientation: number): Bytes {
  const content = join("Exif\0\0", exif(orientation));
  return join([0xff, 0xe1], u16(content.length + 2), content);
}

/** Puts segments behind the start of a JPEG. */
export function withSegments(jpeg: Uint8Array, ...segments: readonly Uint8Array[]): Bytes {
  return join(jpeg.subarray(0, 2), ...segments, jpeg.subarray(2));
}

/** A segment of a JPEG. */
export function segment(marker: number, content: string | Uint8Array): Bytes {
  const bytes = join(content);
  return join([0xff, marker], u16(bytes.length + 2), bytes);
}

function u16(value: number): number[] {
  return [value >> 8, value & 255];
}
