/**
 * Detects the type of a file from its bytes. The claimed type is ignored: only bytes that begin like one
 * of a few image formats are ever shown as an image.
 *
 * @module
 */
import { imageDimensionsFromData } from "image-dimensions";

/** The detected type of a file. */
export interface Content {
  /** The media type of an image, or `application/octet-stream`. */
  readonly type: string;
  /** In pixels; `null` if the file is not an image. */
  readonly width: number | null;
  readonly height: number | null;
}

/** Image formats that browsers show and that cannot contain a script. Never SVG. */
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
};

/** Few bytes can decode to many pixels. A larger image is a file to download, not one to show. */
const MAX_SIDE = 16_384;
const MAX_PIXELS = 50_000_000;

const BYTES: Content = { type: "application/octet-stream", width: null, height: null };

/**
 * Detects the type of a file.
 *
 * @param head Its first part: image formats have their dimensions near the beginning.
 */
export function contentOf(head: Uint8Array): Content {
  const found = dimensionsOf(head);
  const type = found === undefined ? undefined : IMAGE_TYPES[found.type];
  if (found === undefined || type === undefined) return BYTES;
  const { width, height } = found;
  const fits = Math.min(width, height) > 0 && Math.max(width, height) <= MAX_SIDE &&
    width * height <= MAX_PIXELS;
  return fits ? { type, width, height } : BYTES;
}

function dimensionsOf(head: Uint8Array) {
  try {
    return imageDimensionsFromData(head);
  } catch {
    // The bytes are malformed, so this is not an image.
    return undefined;
  }
}
