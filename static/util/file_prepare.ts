/**
 * Prepares files for upload. Photos are redrawn: smaller, upright, and without metadata such as where
 * they were taken. Images and videos get thumbnails, recordings their waveforms.
 *
 * @module
 */
import { audioDetails, type MediaDetails, thumbnailOf, videoDetails } from "./media_prepare.ts";

/** A file ready for upload. */
export interface PreparedFile extends MediaDetails {
  readonly blob: Blob;
  readonly name: string;
  /** In pixels; set for images only. */
  readonly width?: number;
  readonly height?: number;
}

/** The longer side of a photo, in pixels: more than most screens show. */
const sideMax = 2_560;
/** The JPEG quality: a higher one takes much more space and looks the same. */
const quality = 0.88;

const photo = /^image\/(jpeg|hei[cf])$/;
const image = /^image\/(png|gif|webp|avif|jpeg|hei[cf])$/;

/** Prepares a file. A file that cannot be decoded as what it claims to be is uploaded unchanged. */
export async function prepare(file: File): Promise<PreparedFile> {
  const { name, type } = file;
  try {
    if (image.test(type)) return await preparedImage(file);
    const details = type.startsWith("video/")
      ? await videoDetails(file)
      : type.startsWith("audio/")
      ? await audioDetails(file)
      : {};
    return { blob: file, name, ...details };
  } catch {
    return { blob: file, name };
  }
}

/** Whether the bytes of a file can be read: not those of a folder, or of a file that has changed. */
export async function isReadable(blob: Blob): Promise<boolean> {
  return await blob.slice(0, 1).arrayBuffer().then(() => true, () => false);
}

async function preparedImage(file: File): Promise<PreparedFile> {
  const bitmap = await createImageBitmap(file);
  try {
    const { width, height } = bitmap;
    const { name, type } = file;
    const prepared = photo.test(type)
      ? await redrawn(bitmap, name)
      : { blob: file, name, width, height };
    const thumbnail = await thumbnailOf(bitmap, bitmap, prepared.blob.size);
    return thumbnail === undefined ? prepared : { ...prepared, thumbnail };
  } finally {
    bitmap.close();
  }
}

async function redrawn(bitmap: ImageBitmap, name: string) {
  const scale = Math.min(1, sideMax / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
  return { blob, name: name.replace(/\.hei[cf]$/i, ".jpg"), width, height };
}
