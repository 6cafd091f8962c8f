/**
 * Pictures that users choose among the files that they have uploaded.
 *
 * @module
 */
import type { Refusal } from "../protocol/errors.ts";
import type { PixelSize } from "../store/files.ts";
import type { Avatar } from "../store/profiles.ts";
import type { Account } from "../store/records.ts";
import type { CommandContext } from "./context.ts";

/** What a picture may be. */
export interface PictureLimits {
  /** The longest side in pixels. */
  readonly side: number;
  readonly bytes: number;
  /** Its media types; all of images if omitted. */
  readonly types?: readonly string[];
}

/** Finds a picture that an account has uploaded. */
export async function pictureOf(
  { store, clock }: Pick<CommandContext, "store" | "clock">,
  account: Account,
  id: string,
  limits: PictureLimits,
): Promise<Avatar & PixelSize & { readonly id: string } | Refusal> {
  const file = await store.findFile(id, account.id, clock.now());
  if (file === null || !await store.isUploader(id, account.id)) return { code: "no_such_file" };
  const { type, size, width, height } = file;
  const isPicture = width !== null && height !== null &&
    Math.max(width, height) <= limits.side && (limits.types?.includes(type) ?? true);
  if (!isPicture) return { code: "no_such_file", message: wanted(limits) };
  if (size > limits.bytes) return { code: "file_too_large" };
  const bytes = await store.filePart(id, 0);
  return bytes === null ? { code: "no_such_file" } : { id, type, bytes, width, height };
}

function wanted({ side, types }: PictureLimits): string {
  const kinds = types?.map((type) => type.replace("image/", "").toUpperCase()).join(", ");
  return `A picture is an image of yours with at most ${side} × ${side} pixels` +
    (kinds === undefined ? "." : `: ${kinds}.`);
}
