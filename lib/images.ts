/**
 * What kind of file some bytes are. What was claimed of them counts for nothing: only bytes that
 * begin as one of a few kinds of image do are ever shown as one.
 *
 * @module
 */
import { imageDimensionsFromData } from "image-dimensions";

/** What the bytes of a file are. */
export interface Content {
  /** The media type: an image's, or that of bytes about which nothing is said. */
  readonly type: string;
  /** In pixels; `null` for what is no image. */
  readonly width: number | null;
  readonly height: number | null;
}

/** Kinds of image that browsers show and that cannot hold a script. No SVG, ever. */
const SHOWN: Readonly<Record<string, string>> = {
  png: "image/png",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
};

/** Few bytes can become many pixels: what has more is a file to download, not an image to show. */
const MAX_SIDE = 16_384;
const MAX_PIXELS = 50_000_000;

const BYTES: Content = { type: "application/octet-stream", width: null, height: null };

/**
 * Says what a file is.
 *
 * @param head Its first bytes: images say their size early on.
 */
export function contentOf(head: Uint8Array): Content {
  const found = dimensionsOf(head);
  const type = found === undefined ? undefined : SHOWN[found.type];
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
    // It was made to be read wrongly. Then it is no image.
    return undefined;
  }
}
