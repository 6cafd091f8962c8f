/**
 * Binds the bounds of a page in the order of names. Names are compared by their bytes.
 *
 * @module
 */
import { AFTER_ALL, type NamePage } from "../../util/name_index.ts";
import type { RoomPage } from "../records.ts";
import { encodeText } from "./text.ts";

/** The bounds of a page: names from `begins` on, after `after`, and before `end`. */
export interface BoundPage {
  readonly begins: string;
  readonly after: string;
  readonly end: string;
  readonly limit: number;
}

/** Returns the bounds of a page. */
export function bindPage({ begins, after, limit }: NamePage): BoundPage {
  const stored = encodeText(begins);
  return { begins: stored, after: encodeText(after), end: stored + AFTER_ALL, limit };
}

/** Returns the kind of the last room before a page that has its name `after`. */
export function kindBefore({ afterPrivate }: RoomPage): string {
  return afterPrivate ? "private" : "public";
}
