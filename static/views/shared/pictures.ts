/** Small square pictures of users and of the server: made by the page, and uploaded. @module */
import type { ApiRefusal } from "../../net/api.ts";
import type { PageState } from "../../state/reducer.ts";

/** The middle of an image, as a small square; what a camera wrote into the file is not in it. */
export async function squareOf(
  file: File,
  size: number,
  type: "image/jpeg" | "image/webp",
): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext("2d")!.drawImage(bitmap, x, y, side, side, 0, 0, size, size);
  bitmap.close();
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
