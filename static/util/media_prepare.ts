/**
 * Prepares media for upload: small images of images and videos, so that no log loads large ones, and
 * the waveforms of recordings.
 *
 * @module
 */
import { MEDIA_LIMITS } from "../../lib/protocol/limits.ts";

/** What is known of a file beside its bytes. */
export interface MediaDetails {
  /** Its small image. */
  readonly thumbnail?: Blob;
  /** How long it lasts, in ms. */
  readonly duration?: number;
  /** Its waveform. */
  readonly peaks?: string;
}

/** The longer sides of a thumbnail, in pixels: the first with which it is small enough is taken. */
const sides = [840, 640, 480, 320];
const quality = 0.8;

/** The largest audio file whose waveform is drawn: it is decoded in memory. */
const decodedMax = 4_194_304;
/** Values in a waveform. */
const peakCount = 64;
/** The characters of a waveform, in the order of their levels. */
const levels = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** How long a browser may take to show the first image of a video, in ms. */
const posterTime = 10_000;

/**
 * Makes the thumbnail of an image.
 *
 * @param size The bytes of the image; none for a video. A small image needs no thumbnail.
 */
export async function thumbnailOf(
  image: CanvasImageSource,
  { width, height }: { readonly width: number; readonly height: number },
  size = Infinity,
): Promise<Blob | undefined> {
  if (size <= MEDIA_LIMITS.thumbnail_bytes) return undefined;
  for (const side of sides) {
    const scale = Math.min(1, side / Math.max(width, height));
    const canvas = new OffscreenCanvas(
      Math.max(1, Math.round(width * scale)),
      Math.max(1, Math.round(height * scale)),
    );
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    // Keeps what is transparent. A browser that cannot write it writes a PNG.
    const blob = await canvas.convertToBlob({ type: "image/webp", quality });
    if (blob.size <= MEDIA_LIMITS.thumbnail_bytes) return blob;
  }
  return undefined;
}

/** Reads the length of a video, and makes a thumbnail of its beginning. */
export async function videoDetails(file: Blob): Promise<MediaDetails> {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  try {
    const isShown = new Promise<boolean>((resolve) => {
      video.onloadeddata = () => resolve(true);
      video.onerror = () => resolve(false);
      setTimeout(() => resolve(false), posterTime);
    });
    Object.assign(video, { muted: true, playsInline: true, preload: "auto", src: url });
    if (!await isShown) return {};
    const size = { width: video.videoWidth, height: video.videoHeight };
    const thumbnail = size.width > 0 ? await thumbnailOf(video, size) : undefined;
    return { ...lasting(video.duration), ...(thumbnail === undefined ? {} : { thumbnail }) };
  } finally {
    video.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

/** Reads the length of audio, and its waveform. */
export async function audioDetails(file: Blob): Promise<MediaDetails> {
  if (file.size > decodedMax) return {};
  // It never plays, so that it needs no permission.
  const context = new OfflineAudioContext(1, 1, 8_000);
  const sound = await context.decodeAudioData(await file.arrayBuffer());
  return { ...lasting(sound.duration), peaks: peaksOf(sound.getChannelData(0)) };
}

/** The waveform of samples: the loudest of each stretch, beside the loudest of all. */
export function peaksOf(samples: Float32Array): string {
  const stretch = Math.max(1, Math.ceil(samples.length / peakCount));
  const loudest: number[] = [];
  for (let from = 0; from < samples.length; from += stretch) {
    let most = 0;
    for (const sample of samples.subarray(from, from + stretch)) {
      most = Math.max(most, Math.abs(sample));
    }
    loudest.push(most);
  }
  const top = Math.max(...loudest, 0.05);
  const last = levels.length - 1;
  return loudest.map((level) => levels[Math.round(level / top * last)]).join("") || "A";
}

/** The levels of a waveform, from 0 to 1. */
export function levelsOf(peaks: string): readonly number[] {
  return Array.from(peaks, (peak) => Math.max(0, levels.indexOf(peak)) / (levels.length - 1));
}

function lasting(seconds: number): Pick<MediaDetails, "duration"> {
  const duration = Math.round(seconds * 1_000);
  return duration > 0 && duration <= MEDIA_LIMITS.duration ? { duration } : {};
}
