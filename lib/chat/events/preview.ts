/**
 * What a link leads to, as its page describes itself.
 *
 * @module
 */

/** The picture of a page. The server has a copy: the bytes are at `/api/files/{id}`. */
export interface PreviewImage {
  readonly id: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** The preview of a link. Its texts are those of another server: nothing in them is markup. */
export interface Preview {
  /** The link, as the message has it. */
  readonly url: string;
  readonly title: string;
  readonly description?: string;
  readonly image?: PreviewImage;
}

/** Whether a value is a preview, as it is stored. */
export function isPreview(value: unknown): value is Preview {
  if (typeof value !== "object" || value === null) return false;
  const { url, title, description, image } = value as Readonly<Record<string, unknown>>;
  return typeof url === "string" && typeof title === "string" &&
    (description === undefined || typeof description === "string") &&
    (image === undefined || isImage(image));
}

function isImage(value: unknown): value is PreviewImage {
  if (typeof value !== "object" || value === null) return false;
  const { id, width, height } = value as Readonly<Record<string, unknown>>;
  return typeof id === "string" && Number.isSafeInteger(width) && Number.isSafeInteger(height);
}
