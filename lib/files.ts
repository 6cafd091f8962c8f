/**
 * Files: takes them in, part by part and within limits, hands them out to those who may read them,
 * and frees what is under no message.
 *
 * @module
 */
import type { Cancel, Clock } from "./clock.ts";
import { contentOf } from "./images.ts";
import type { Log } from "./log.ts";
import type { Refusal } from "./protocol.ts";
import { RateLimiter } from "./rate_limit.ts";
import type { Room } from "./room.ts";
import { createToken } from "./secrets.ts";
import { FILE_PART_BYTES, type FileRecord, type FileStore } from "./store/files.ts";
import type { Account } from "./store/store.ts";

/** What files are kept with. */
export interface FileOptions {
  readonly store: FileStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes in one file; 0 takes none. */
  readonly maxBytes: number;
  /** Bytes in all files together. */
  readonly totalBytes: number;
  /** How many one person may upload in a minute for long, and at once after a rest; 0 for any. */
  readonly perMinute: number;
}

/** How long a file may wait for its message: over night, for whoever comes back tomorrow. */
const UNATTACHED_MS = 24 * 3_600_000;

/** How often what is due is freed. */
const SWEEP_MS = 60_000;

/** A body that brings nothing for so long will bring nothing more. */
const SILENCE_MS = 30_000;

/** Nor may one take for ever: 25 MB come within this time on a line of 30 KB a second. */
const UPLOAD_MS = 15 * 60_000;

/** Uploads under way, of one person and of all: each holds a part in memory. */
const MAX_UPLOADS_EACH = 4;
const MAX_UPLOADS = 100;

const TOO_LARGE: Refusal = { code: "file_too_large" };
const TOO_SLOW: Refusal = { code: "bad_request", message: "The file came too slowly." };
const CUT_SHORT: Refusal = { code: "bad_request", message: "The file ended before it was whole." };

/** An upload's bytes. */
export type Body = AsyncIterable<Uint8Array>;

/** Keeps files. */
export class Files {
  readonly #options: FileOptions;
  readonly #rate: RateLimiter<number>;
  /** How many uploads are under way, by person. */
  readonly #uploads = new Map<number, number>();
  #underWay = 0;
  #cancelSweep: Cancel | undefined;
  #sweeping = Promise.resolve();
  #closed = false;

  constructor(options: FileOptions) {
    this.#options = options;
    const { perMinute, clock } = options;
    this.#rate = new RateLimiter({ perSecond: perMinute / 60, burst: perMinute }, clock);
    this.#planSweep(0);
  }

  /**
   * Why somebody may not upload a file of so many bytes now, before any of them are read; else
   * counts it.
   *
   * @param size What was announced; `null` where nothing was.
   */
  refuses(account: Account, size: number | null): Refusal | null {
    const { maxBytes } = this.#options;
    if (maxBytes === 0) return { code: "files_off" };
    if (size !== null && size > maxBytes) return TOO_LARGE;
    const own = this.#uploads.get(account.id) ?? 0;
    if (own >= MAX_UPLOADS_EACH || this.#underWay >= MAX_UPLOADS) return { code: "try_again" };
    const wait = this.#rate.take(account.id);
    return wait === 0 ? null : { code: "rate_limited", retry_after: wait };
  }

  /**
   * Takes in a file.
   *
   * @param name As `fileNameRequest` makes it.
   * @returns The file, which is the uploader's alone until a message has it; or why it was not kept.
   */
  async receive(
    account: Account,
    room: Room,
    name: string,
    body: Body,
  ): Promise<FileRecord | Refusal> {
    const { store, clock, log } = this.#options;
    const id = createToken();
    const expiresAt = clock.now() + UNATTACHED_MS;
    this.#count(account, 1);
    try {
      await store.beginFile({ id, room: room.id, uploader: account.id, name, expiresAt });
      const outcome = await this.#take(id, body);
      if ("code" in outcome) await store.dropFile(id);
      return outcome;
    } catch (error) {
      // A full disk, most likely. What was begun has an end of its own.
      log.error("cannot keep file", error);
      return { code: "try_again" };
    } finally {
      this.#count(account, -1);
    }
  }

  /** A file that somebody may read now. */
  find(id: string, viewer: Account): Promise<FileRecord | null> {
    return this.#options.store.findFile(id, viewer.id, this.#options.clock.now());
  }

  /**
   * The bytes of a file from one to before another, read as they are taken.
   *
   * @throws {Error} While it is read, where the file is deleted meanwhile.
   */
  read({ id }: FileRecord, from: number, to: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { store } = this.#options;
    let at = from;
    return new ReadableStream({
      async pull(controller) {
        if (at >= to) return controller.close();
        const place = Math.floor(at / FILE_PART_BYTES);
        const part = await store.filePart(id, place);
        if (part === null) throw new Error("Cannot read file: it is gone");
        const start = place * FILE_PART_BYTES;
        controller.enqueue(part.subarray(at - start, to - start));
        at = start + FILE_PART_BYTES;
      },
    }, { highWaterMark: 0 });
  }

  /** Stops freeing what is due; resolves when nothing more is done to the store. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep?.();
    await this.#sweeping;
  }

  async #take(id: string, body: Body): Promise<FileRecord | Refusal> {
    const { store, maxBytes, totalBytes } = this.#options;
    let size = 0;
    let head: Uint8Array = new Uint8Array();
    for await (const part of parts(this.#inTime(body))) {
      if ("code" in part) return part;
      if (size === 0) head = part;
      size += part.byteLength;
      if (size > maxBytes) return TOO_LARGE;
      if (!await store.addFilePart(id, part, totalBytes)) return { code: "storage_full" };
      // The store may work where it is called: others come first, after every part.
      await this.#turn();
    }
    return await store.finishFile(id, contentOf(head));
  }

  /** The chunks of a body, and last the reason why there are no more, where it is no good one. */
  async *#inTime(body: Body): AsyncGenerator<Uint8Array | Refusal> {
    const { clock } = this.#options;
    const end = clock.elapsed() + UPLOAD_MS;
    const chunks = body[Symbol.asyncIterator]();
    let over = false;
    try {
      while (!over) {
        const ms = Math.min(SILENCE_MS, end - clock.elapsed());
        const { promise: late, resolve } = Promise.withResolvers<null>();
        const cancel = clock.after(Math.max(ms, 0), () => resolve(null));
        const next = await Promise.race([chunks.next().catch(() => CUT_SHORT), late]);
        cancel();
        if (next === null || "code" in next) {
          over = true;
          yield next ?? TOO_SLOW;
        } else if (next.done) {
          over = true;
        } else {
          yield next.value;
        }
      }
    } finally {
      // Whoever sends may never come to an end: that is not waited for.
      void chunks.return?.().catch(() => {});
    }
  }

  #count({ id }: Account, change: 1 | -1): void {
    this.#underWay += change;
    const own = (this.#uploads.get(id) ?? 0) + change;
    if (own === 0) this.#uploads.delete(id);
    else this.#uploads.set(id, own);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.soon(resolve));
  }

  #planSweep(ms: number): void {
    this.#cancelSweep = this.#options.clock.after(ms, () => {
      this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    const { store, clock, log } = this.#options;
    try {
      while (!this.#closed && await store.sweepFiles(clock.now())) await this.#turn();
    } catch (error) {
      log.error("cannot free files", error);
    }
    if (!this.#closed) this.#planSweep(SWEEP_MS);
  }
}

/** Chunks as they come, in parts of the size in which files are kept. A refusal ends them. */
async function* parts(
  chunks: AsyncIterable<Uint8Array | Refusal>,
): AsyncGenerator<Uint8Array | Refusal> {
  let part = new Uint8Array(FILE_PART_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    if ("code" in chunk) return yield chunk;
    for (let at = 0; at < chunk.byteLength;) {
      const taken = chunk.subarray(at, at + FILE_PART_BYTES - filled);
      part.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
      if (filled < FILE_PART_BYTES) continue;
      yield part;
      part = new Uint8Array(FILE_PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
