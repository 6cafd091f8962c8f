/**
 * Detects the type of a file from its bytes. The claimed type is ignored: only bytes that begin like one
 * of a few formats are ever shown or played in place.
 *
 * @module
 */
import { imageDimensionsFromData } from "image-dimensions";
import type { PixelSize } from "../store/files.ts";

/** The detected type of a file. */
export interface Content {
  /** The media type of an image, video, audio or PDF, or `application/octet-stream`. */
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

/** The longer side of a thumbnail, in pixels: twice what the log shows, for screens of high density. */
const THUMBNAIL_SIDE = 1_024;

const BYTES = "application/octet-stream";

/** The brands of MP4 and its relatives that browsers play. A brand such as `heic` is an image. */
const MP4_BRAND = /^(?:iso.|mp4.|avc1|dash|MSNV|3gp.|M4[AVB] )$/;

/** What WebM begins with. */
const EBML = "\x1a\x45\xdf\xa3";

/** How many bytes are searched for the tracks of a video or audio file. */
const TRACK_BYTES = 65_536;

/**
 * Detects the type of a file.
 *
 * @param head Its first part: the formats have what describes them near the beginning.
 */
export function contentOf(head: Uint8Array): Content {
  const found = dimensionsOf(head);
  const image = found === undefined ? undefined : IMAGE_TYPES[found.type];
  if (found === undefined || image === undefined) {
    return { type: mediaTypeOf(head), width: null, height: null };
  }
  const { width, height } = found;
  const fits = Math.min(width, height) > 0 && Math.max(width, height) <= MAX_SIDE &&
    width * height <= MAX_PIXELS;
  return fits ? { type: image, width, height } : { type: BYTES, width: null, height: null };
}

/** The size of a thumbnail; `null` if the bytes are not a small image. */
export function thumbnailSizeOf(bytes: Uint8Array): PixelSize | null {
  const { width, height } = contentOf(bytes);
  if (width === null || height === null) return null;
  return Math.max(width, height) <= THUMBNAIL_SIDE ? { width, height } : null;
}

function dimensionsOf(head: Uint8Array) {
  try {
    return imageDimensionsFromData(head);
  } catch {
    // The bytes are malformed, so this is not an image.
    return undefined;
  }
}

/** The type of audio, a video or a PDF. */
function mediaTypeOf(head: Uint8Array): string {
  const start = latin1(head, 0, 64);
  if (start.startsWith("%PDF-")) return "application/pdf";
  if (start.startsWith("fLaC")) return "audio/flac";
  if (/^RIFF[^]{4}WAVE/.test(start)) return "audio/wav";
  if (start.startsWith("ID3")) return "audio/mpeg";
  if (start.startsWith("OggS")) return oggTypeOf(latin1(head, 0, TRACK_BYTES));
  if (start.startsWith(EBML) && start.includes("webm")) {
    return webmTypeOf(latin1(head, 0, TRACK_BYTES));
  }
  if (start.slice(4, 8) === "ftyp" && MP4_BRAND.test(start.slice(8, 12))) {
    return mp4TypeOf(start.slice(8, 12), latin1(head, 0, head.length));
  }
  return frameTypeOf(head);
}

function oggTypeOf(text: string): string {
  if (text.includes("theora")) return "video/ogg";
  return /OpusHead|vorbis|FLAC|Speex/.test(text) ? "audio/ogg" : BYTES;
}

/** The names of its codecs begin with the kind of the track. */
function webmTypeOf(text: string): string {
  const isAudio = text.includes("A_") && !/V_(?:VP|AV)/.test(text);
  return isAudio ? "audio/webm" : "video/webm";
}

/** Its tracks name the kind of their handler, but may be at the end: then it counts as a video. */
function mp4TypeOf(brand: string, text: string): string {
  const isAudio = /^M4[AB] $/.test(brand) || /hdlr[^]{8}soun/.test(text);
  return isAudio && !/hdlr[^]{8}vide/.test(text) ? "audio/mp4" : "video/mp4";
}

/** The type of audio that begins with a frame: MP3 or AAC. */
function frameTypeOf([first = 0, second = 0, third = 0]: Uint8Array): string {
  if (first !== 0xff) return BYTES;
  // The sync word and layer 0, of MPEG-4 or MPEG-2.
  if ((second & 0xf6) === 0xf0) return "audio/aac";
  const isLayer3 = (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08;
  const [rate, frequency] = [third >> 4, (third >> 2) & 3];
  return isLayer3 && rate !== 0 && rate !== 15 && frequency !== 3 ? "audio/mpeg" : BYTES;
}

/** Some bytes, each as the character of its value. */
function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < Math.min(to, bytes.length); at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 8_192, to)));
  }
  return text;
}
