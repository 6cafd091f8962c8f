/**
 * Small square pictures of users and of the server: made by the page, and uploaded. What a camera
 * wrote into the file is not in them.
 *
 * @module
 */
import type { ApiRefusal } from "../../net/api.ts";
import type { PageState } from "../../state/reducer.ts";

/** A square part of an image: how much it is enlarged, and where it is, from 0 to 1. */
export interface PicturePart {
  readonly zoom: number;
  readonly across: number;
  readonly down: number;
}

/** The side of a part, in pixels of the image. */
export function sideOf(
  { width, height }: { readonly width: number; readonly height: number },
  { zoom }: PicturePart,
): number {
  return Math.min(width, height) / zoom;
}

/** A part of an image as a small square; without one, the middle. */
export async function squareOf(
  image: ImageBitmap,
  size: number,
  type: "image/jpeg" | "image/webp",
  part: PicturePart = { zoom: 1, across: 0.5, down: 0.5 },
): Promise<Blob> {
  const side = sideOf(image, part);
  const [x, y] = [(image.width - side) * part.across, (image.height - side) * part.down];
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext("2d")!.drawImage(image, x, y, side, side, 0, 0, size, size);
  return await canvas.convertToBlob({ type, quality: 0.88 });
}

/**
 * Uploads a picture, so that a command can name it.
 *
 * @returns `undefined` if the file is no image, or the server cannot be reached.
 */
export async function sendPicture(
  { me }: PageState,
  make: () => Promise<Blob>,
): Promise<{ readonly id: string } | ApiRefusal | undefined> {
  try {
    const own = encodeURIComponent(`@${me.name}`);
    const response = await fetch(`/api/rooms/${own}/files?name=picture`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: await make(),
    });
    return await response.json();
  } catch {
    return undefined;
  }
}
