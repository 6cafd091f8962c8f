/**
 * The part of `Store` for uploaded files. The contract of `store.ts` holds here too.
 *
 * A file is written, read and deleted in parts, so that it is never held in memory as a whole and
 * no write takes long. It belongs to a room and to the account that uploaded it. `Store.append`
 * attaches it to one message, and deletes it with that message; a file that is not attached
 * expires.
 *
 * @module
 */

/** The bytes in each part of a file except the last, which may have fewer. */
export const FILE_PART_BYTES = 262_144;

/**
 * The place under a message of the picture of its link preview. It goes with the message like its
 * files, and is none of them: those have smaller places.
 */
export const PREVIEW_PLACE = 1_000;

/**
 * The place of a file's thumbnail among its parts: it is counted, exported and deleted as they are,
 * but is not in its size.
 */
export const THUMBNAIL_PLACE = -1;

/** A size in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** A complete file. */
export interface FileRecord {
  /** An id that cannot be guessed. */
  readonly id: string;
  readonly name: string;
  /** The media type found in its bytes, not the one that the client claimed. */
  readonly type: string;
  readonly size: number;
  /** The size of an image in pixels; both are `null` for other files. */
  readonly width: number | null;
  readonly height: number | null;
  /** The size of its thumbnail, if it has one. */
  readonly thumbnail?: PixelSize;
  /** How long audio or video lasts, in ms, as the uploader says. */
  readonly duration?: number;
  /** The waveform of audio, as the uploader says: see `MEDIA_LIMITS`. */
  readonly peaks?: string;
}

/** A kind of files in a list: images and videos, or all others. */
export type FileKind = "media" | "other";

/** What the uploader and the bytes of a file say about it. */
export type FileContent = Omit<FileRecord, "id" | "name" | "size">;

/** What an upload is started with. */
export interface NewFile extends Pick<FileRecord, "id" | "name"> {
  readonly room: number;
  /** The account that uploads it. */
  readonly uploader: number;
  /** When it expires, unless it is attached to a message by then. */
  readonly expiresAt: number;
}

/** Files. */
export interface FileStore {
  /** Starts an upload. The file cannot be read or attached before `finishFile`. */
  beginFile(file: NewFile): Promise<void>;
  /**
   * Adds the next part of an upload.
   *
   * @param total The limit on the bytes of all files together.
   * @returns `false` if the part would exceed it; then the part is not stored.
   */
  addFilePart(id: string, part: Uint8Array, total: number): Promise<boolean>;
  /**
   * Adds the thumbnail of an upload, under the same limit. `finishFile` states its size.
   *
   * @returns `false` if the thumbnail would exceed it; then it is not stored.
   */
  addThumbnail(id: string, thumbnail: Uint8Array, total: number): Promise<boolean>;
  /** Completes an upload. */
  finishFile(id: string, content: FileContent): Promise<FileRecord>;
  /** Discards a file that is not attached to a message. */
  dropFile(id: string): Promise<void>;
  /**
   * Finds a file that an account may read now: the account is a member of its room, and the file is
   * attached to a message, or is the account's own upload.
   */
  findFile(id: string, viewer: number, at: number): Promise<FileRecord | null>;
  /**
   * A part of a file by its index, from 0, or its thumbnail; `null` if it does not exist (any more).
   */
  filePart(id: string, place: number): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * Deletes a few parts of files that have expired, were discarded, or whose message was deleted.
   * No account can read them already.
   *
   * @returns Whether there may be more to do.
   */
  sweepFiles(at: number): Promise<boolean>;
}
