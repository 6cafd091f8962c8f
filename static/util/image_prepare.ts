/**
 * Prepares images for upload. Photos are redrawn: smaller, upright, and without metadata such as
 * where they were taken.
 *
 * @module
 */

/** A file ready for upload. */
export interface PreparedFile {
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

/** Prepares a file. A file that cannot be decoded as an image is uploaded unchanged. */
export async function prepare(file: File): Promise<PreparedFile> {
  const { name, type } = file;
  if (!image.test(type)) return { blob: file, name };
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    const picture = photo.test(type) ? await redrawn(bitmap, name) : undefined;
    bitmap.close();
    return picture ?? { blob: file, name, width, height };
  } catch {
    return { blob: file, name };
  }
}

async function redrawn(bitmap: ImageBitmap, name: string): Promise<PreparedFile> {
  const scale = Math.min(1, sideMax / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
  return { blob, name: name.replace(/\.hei[cf]$/i, ".jpg"), width, height };
}
