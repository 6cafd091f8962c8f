/**
 * Files: receives uploads part by part and within limits, serves files to accounts that may read them,
 * and deletes files that belong to no message.
 *
 * @module
 */
import { type BodyChunks, type BodyTimes, inTime } from "../util/request_body.ts";
import { type Cancel, type Clock, nextTurn } from "../util/clock.ts";
import { type Content, contentOf, thumbnailSizeOf } from "./content.ts";
import { MetadataEraser } from "./metadata.ts";
import type { Log } from "../observability/log.ts";
import type { Refusal } from "../protocol/errors.ts";
import type { Quotas } from "../auth/quotas.ts";
import { RateLimiter } from "../util/rate_limit.ts";
import type { Room } from "../chat/room.ts";
import { createToken } from "../util/secrets.ts";
import {
  FILE_PART_BYTES,
  type FileRecord,
  type FileStore,
  type PixelSize,
  THUMBNAIL_PLACE,
} from "../store/files.ts";
import type { Account } from "../store/records.ts";

/** The dependencies and limits of `Files`. */
export interface FileOptions {
  readonly store: FileStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The largest size of a file in bytes; 0 switches uploads off. */
  readonly maxBytes: number;
  /** The largest size of all files together in bytes. */
  readonly totalBytes: number;
  /** Files that one account may upload in a minute, and at once after a pause; 0 for no limit. */
  readonly perMinute: number;
  /** The quota on the files of one account; no limit if omitted. */
  readonly quotas?: Pick<Quotas, "refusesBytes">;
}

/** How long a file may wait for its message: a user may finish a draft the next day. */
const UNATTACHED_MS = 24 * 3_600_000;

/** The time between sweeps: a deleted file is gone from the data within a minute. */
const SWEEP_MS = 20_000;

/**
 * How long a body may pause, and how long it may take: 25 MB arrive within `total` at 30 KB a
 * second.
 */
const UPLOAD: BodyTimes = { silence: 30_000, total: 15 * 60_000 };

/** Concurrent uploads of one account, and of all: each holds a part in memory. */
const MAX_UPLOADS_EACH = 4;
const MAX_UPLOADS = 100;

const TOO_LARGE: Refusal = { code: "file_too_large" };
const NO_THUMBNAIL: Refusal = {
  code: "bad_request",
  message: "The thumbnail is not a small PNG, JPEG, GIF, WebP or AVIF image.",
};

/** What an uploader says about a file. */
export interface FileClaims {
  readonly name: string;
  /** See `FileRecord`. */
  readonly duration?: number | undefined;
  readonly peaks?: string | undefined;
  /** How many bytes at the beginning of the body are its thumbnail. */
  readonly thumbnail?: number | undefined;
}

/** A thumbnail, with the type that its bytes have. */
export interface Thumbnail {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Checks whether the uploader may still upload. @returns A refusal if not. */
type Authorize = () => Promise<Refusal | null>;

/** Receives, serves and deletes files. */
export class Files {
  readonly #options: FileOptions;
  readonly #rate: RateLimiter<number>;
  /** The number of uploads in flight, by account. */
  readonly #uploads = new Map<number, number>();
  #inFlight = 0;
  #cancelSweep: Cancel | undefined;
  #sweeping = Promise.resolve();
  #closed = false;

  constructor(options: FileOptions) {
    this.#options = options;
    const { perMinute, clock } = options;
    this.#rate = new RateLimiter({ perSecond: perMinute / 60, burst: perMinute }, clock);
    this.#scheduleSweep(0);
  }

  /**
   * Checks whether an account may upload a file now, before any byte is read, and counts the upload.
   *
   * @param size The announced size in bytes; `null` if unknown.
   * @returns A refusal, or `null`.
   */
  refuses(account: Account, size: number | null): Refusal | null {
    const { maxBytes } = this.#options;
    if (maxBytes === 0) return { code: "files_off" };
    if (size !== null && size > maxBytes) return TOO_LARGE;
    const own = this.#uploads.get(account.id) ?? 0;
    if (own >= MAX_UPLOADS_EACH || this.#inFlight >= MAX_UPLOADS) return { code: "try_again" };
    const wait = this.#rate.take(account.id);
    return wait === 0 ? null : { code: "rate_limited", retry_after: wait };
  }

  /**
   * Receives a file.
   *
   * @param claims The output of `uploadRequest`.
   * @param authorize Called after the last byte: the uploader may lose the right during the upload.
   * @param size The announced size of the body in bytes; `null` if unknown.
   * @returns The file, which only the uploader can read until a message has it; or a refusal.
   */
  async receive(
    account: Account,
    room: Room,
    claims: FileClaims,
    body: BodyChunks,
    authorize: Authorize,
    size: number | null = null,
  ): Promise<FileRecord | Refusal> {
    const { store, clock, log, quotas } = this.#options;
    const excess = await quotas?.refusesBytes(account, size ?? 1) ?? null;
    if (excess !== null) return excess;
    const id = createToken();
    const { name } = claims;
    const expiresAt = clock.now() + UNATTACHED_MS;
    this.#count(account, 1);
    try {
      await store.beginFile({ id, room: room.id, uploader: account.id, name, expiresAt });
      const outcome = await this.#storeParts(id, account, claims, body, authorize);
      if ("code" in outcome) {
        await store.dropFile(id);
        this.#scheduleSweep(0);
      }
      return outcome;
    } catch (error) {
      // Most likely a full disk. The unfinished file expires by itself.
      log.error("cannot store file", error);
      return { code: "try_again" };
    } finally {
      this.#count(account, -1);
    }
  }

  /**
   * Copies a file for a message in a room: it counts as uploaded by the account.
   *
   * @param authorize As for `receive`.
   * @returns The id of the copy, which waits for its message like an upload; or a refusal.
   */
  async copy(
    file: FileRecord,
    account: Account,
    room: Room,
    authorize: Authorize,
  ): Promise<string | Refusal> {
    const { name, duration, peaks, size } = file;
    const thumbnail = await this.thumbnail(file);
    const claims = { name, duration, peaks, thumbnail: thumbnail?.bytes.byteLength };
    const body = withHead(thumbnail?.bytes, this.read(file, 0, size));
    const total = size + (thumbnail?.bytes.byteLength ?? 0);
    const copied = await this.receive(account, room, claims, body, authorize, total);
    return "code" in copied ? copied : copied.id;
  }

  /** Finds a file. @returns `null` if there is none that the account may read now. */
  find(id: string, reader: Account): Promise<FileRecord | null> {
    return this.#options.store.findFile(id, reader.id, this.#options.clock.now());
  }

  /**
   * Streams the bytes of a file from `from` to before `to`, reading each part on demand.
   *
   * @throws {Error} While streaming, if the file was deleted meanwhile.
   */
  read({ id }: FileRecord, from: number, to: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { store } = this.#options;
    let at = from;
    return new ReadableStream({
      async pull(controller) {
        if (at >= to) return controller.close();
        const index = Math.floor(at / FILE_PART_BYTES);
        const part = await store.filePart(id, index);
        if (part === null) throw new Error("Cannot read file: it is gone");
        const start = index * FILE_PART_BYTES;
        controller.enqueue(part.subarray(at - start, to - start));
        at = start + FILE_PART_BYTES;
      },
    }, { highWaterMark: 0 });
  }

  /** Reads the thumbnail of a file. @returns `null` if it has none, or was deleted meanwhile. */
  async thumbnail({ id, thumbnail }: FileRecord): Promise<Thumbnail | null> {
    if (thumbnail === undefined) return null;
    const bytes = await this.#options.store.filePart(id, THUMBNAIL_PLACE);
    return bytes && { type: contentOf(bytes).type, bytes };
  }

  /** Stops the sweeps. Resolves when no sweep uses the store any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep?.();
    await this.#sweeping;
  }

  async #storeParts(
    id: string,
    account: Account,
    claims: FileClaims,
    body: BodyChunks,
    authorize: Authorize,
  ): Promise<FileRecord | Refusal> {
    const { store, clock, maxBytes, totalBytes, quotas } = this.#options;
    let size = 0;
    let head: Uint8Array = new Uint8Array();
    let thumbnail: PixelSize | undefined;
    let thumbnailBytes = claims.thumbnail ?? 0;
    const eraser = new MetadataEraser();
    for await (const part of parts(inTime(body, UPLOAD, clock), thumbnailBytes)) {
      if ("code" in part) return part;
      if (thumbnailBytes > 0) {
        new MetadataEraser().erase(part);
        thumbnail = thumbnailSizeOf(part) ?? undefined;
        if (thumbnail === undefined || part.byteLength < thumbnailBytes) return NO_THUMBNAIL;
        thumbnailBytes = 0;
        if (!await store.addThumbnail(id, part, totalBytes)) return { code: "storage_full" };
        continue;
      }
      eraser.erase(part);
      if (size === 0) head = part;
      size += part.byteLength;
      if (size > maxBytes) return TOO_LARGE;
      if (!await store.addFilePart(id, part, totalBytes)) return { code: "storage_full" };
      // Check after each part: concurrent uploads do not know the sizes of each other.
      const excess = await quotas?.refusesBytes(account, 0) ?? null;
      if (excess !== null) return excess;
      // The store may run on this thread: yield to the event loop after every part.
      await nextTurn(clock);
    }
    if (thumbnailBytes > 0) return NO_THUMBNAIL;
    const content = upright(contentOf(head), eraser.orientation);
    const { duration, peaks } = claims;
    const isAudio = content.type.startsWith("audio/");
    const lasts = isAudio || content.type.startsWith("video/");
    return await authorize() ?? await store.finishFile(id, {
      ...content,
      ...(thumbnail === undefined ? {} : { thumbnail }),
      ...(lasts && duration !== undefined ? { duration } : {}),
      ...(isAudio && peaks !== undefined ? { peaks } : {}),
    });
  }

  #count({ id }: Account, change: 1 | -1): void {
    this.#inFlight += change;
    const own = (this.#uploads.get(id) ?? 0) + change;
    if (own === 0) this.#uploads.delete(id);
    else this.#uploads.set(id, own);
  }

  #scheduleSweep(ms: number): void {
    this.#cancelSweep?.();
    if (this.#closed) return;
    this.#cancelSweep = this.#options.clock.after(ms, () => {
      this.#sweeping = this.#sweeping.then(() => this.#sweep());
    });
  }

  async #sweep(): Promise<void> {
    const { store, clock, log } = this.#options;
    try {
      while (!this.#closed && await store.sweepFiles(clock.now())) await nextTurn(clock);
    } catch (error) {
      log.error("cannot delete expired files", error);
    }
    this.#scheduleSweep(SWEEP_MS);
  }
}

/** Turns the size of an image as its EXIF orientation says: browsers show it in that way. */
function upright(content: Content, orientation: number): Content {
  const { width, height } = content;
  return orientation < 5 ? content : { ...content, width: height, height: width };
}

/** Puts bytes before others, if there are any. */
async function* withHead(
  head: Uint8Array<ArrayBuffer> | undefined,
  body: BodyChunks,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (head !== undefined) yield head;
  yield* body;
}

/**
 * Regroups chunks into parts of `FILE_PART_BYTES`. A refusal ends the parts.
 *
 * @param first The size of the first part in bytes; 0 for `FILE_PART_BYTES`.
 */
async function* parts(
  chunks: AsyncIterable<Uint8Array | Refusal>,
  first: number,
): AsyncGenerator<Uint8Array | Refusal> {
  let part = new Uint8Array(first || FILE_PART_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    if ("code" in chunk) return yield chunk;
    for (let at = 0; at < chunk.byteLength;) {
      const taken = chunk.subarray(at, at + part.length - filled);
      part.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
      if (filled < part.length) continue;
      yield part;
      part = new Uint8Array(FILE_PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
