/**
 * Makes pictures ready to be sent. Photos are drawn anew: smaller, the right way up, and without
 * what a camera writes into them, such as where they were taken.
 *
 * @module
 */

/** A file as it is sent. */
export interface Picture {
  readonly blob: Blob;
  readonly name: string;
  /** In pixels, of what is an image. */
  readonly width?: number;
  readonly height?: number;
}

/** The longer side of a photo, in pixels: more than most screens show. */
const sideMax = 2_560;
/** Of JPEG: higher ones take much more room, and look the same. */
const quality = 0.88;

const photo = /^image\/(jpeg|hei[cf])$/;
const image = /^image\/(png|gif|webp|avif|jpeg|hei[cf])$/;

/** Makes a file ready. What cannot be drawn is sent as it is. */
export async function prepare(file: File): Promise<Picture> {
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

async function redrawn(bitmap: ImageBitmap, name: string): Promise<Picture> {
  const scale = Math.min(1, sideMax / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
  return { blob, name: name.replace(/\.hei[cf]$/i, ".jpg"), width, height };
}
