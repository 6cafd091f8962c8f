/**
 * Request bodies, bounded in bytes and in time: the client decides how fast it sends, and whether it
 * ever ends.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { Refusal } from "../protocol/errors.ts";

/** How long one body may take, in ms: a phone on a bad line sends 64 KiB within this time. */
export const BODY_MS = 30_000;

/** The body did not arrive in time. */
const TOO_SLOW: Refusal = { code: "too_slow" };

/** The connection ended, or the framing broke, before the body was complete. */
const CUT_SHORT: Refusal = {
  code: "bad_request",
  message: "The body ended before it was complete.",
};

/** The chunks of a body as they arrive. */
export type BodyChunks = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Time limits for a body, in ms. */
export interface BodyTimes {
  /** The longest time between two chunks. */
  readonly silence: number;
  /** The longest time for the whole body. */
  readonly total: number;
}

/**
 * Yields the chunks of a body. When the body is cut short or too slow, the last item is the refusal.
 */
export async function* inTime(
  body: BodyChunks,
  { silence, total }: BodyTimes,
  clock: Clock,
): AsyncGenerator<Uint8Array<ArrayBuffer> | Refusal> {
  const end = clock.elapsed() + total;
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { promise: timeout, resolve } = Promise.withResolvers<null>();
      const ms = Math.min(silence, end - clock.elapsed());
      const cancel = clock.after(Math.max(ms, 0), () => resolve(null));
      const next = await Promise.race([chunks.next().catch(() => CUT_SHORT), timeout]);
      cancel();
      if (next === null) return yield TOO_SLOW;
      if ("code" in next) return yield next;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: the client may never end the body.
    void chunks.return?.().catch(() => {});
  }
}

/**
 * Reads a whole body.
 *
 * @param maxBytes A longer body is refused with `too_long`.
 */
export async function readAll(
  body: BodyChunks,
  maxBytes: number,
  clock: Clock,
): Promise<Blob | Refusal> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of inTime(body, { silence: BODY_MS, total: BODY_MS }, clock)) {
    if ("code" in chunk) return chunk;
    size += chunk.byteLength;
    if (size > maxBytes) return { code: "too_long" };
    chunks.push(chunk);
  }
  return new Blob(chunks);
}

/** Whether a `Content-Type` names a media type; ignores parameters and case. */
export function isMediaType(header: string | null, type: string): boolean {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() === type;
}

/** The body of a request without one. */
export async function* noBytes(): AsyncGenerator<Uint8Array<ArrayBuffer>> {}
