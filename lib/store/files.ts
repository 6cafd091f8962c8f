/**
 * What the server needs of a store to keep the files under messages. A part of `Store`; the rules
 * of `store.ts` hold here too.
 *
 * A file comes and goes in parts, so that none is ever held whole in memory and no write is long.
 * It belongs to a room and to whoever uploaded it. `Store.append` puts it under one message, and
 * takes it away with that message; what is under no message has an end.
 *
 * @module
 */

/** Bytes in each part of a file but the last, which may have fewer. */
export const FILE_PART_BYTES = 262_144;

/** A whole file. */
export interface FileRecord {
  /** Names it to those who may read it; nobody can guess it. */
  readonly id: string;
  readonly name: string;
  /** The media type that its bytes have, not the one that was claimed. */
  readonly type: string;
  readonly size: number;
  /** In pixels, of an image; `null` for both of anything else. */
  readonly width: number | null;
  readonly height: number | null;
}

/** How a file is begun. */
export interface NewFile extends Pick<FileRecord, "id" | "name"> {
  readonly room: number;
  /** The account of who uploads it. */
  readonly uploader: number;
  /** When it goes, unless it is under a message by then. */
  readonly expiresAt: number;
}

/** Files. */
export interface FileStore {
  /** Begins a file. Until `finishFile` nobody can read or attach it. */
  beginFile(file: NewFile): Promise<void>;
  /**
   * Adds the next part of a file that was begun.
   *
   * @param total Bytes that all files together may have.
   * @returns `false` where they would have more: the part is not stored.
   */
  addFilePart(id: string, part: Uint8Array, total: number): Promise<boolean>;
  /** A file is whole. */
  finishFile(id: string, content: Omit<FileRecord, "id" | "name" | "size">): Promise<FileRecord>;
  /** Gives up a file that is under no message. */
  dropFile(id: string): Promise<void>;
  /**
   * A file that somebody may read at this moment: they are in its room, and it is under a message,
   * or it is their own and not yet under one.
   */
  findFile(id: string, viewer: number, at: number): Promise<FileRecord | null>;
  /** A part of a file by its place, from 0; `null` where it is not there any more. */
  filePart(id: string, place: number): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * Frees a little of what is due: files whose end has come, whose message was deleted, which were
   * given up. Nobody could read them any more as it is.
   *
   * @returns Whether there may be more to do.
   */
  sweepFiles(at: number): Promise<boolean>;
}
