/**
 * Outbound batches: messages that are encoded once, no matter how many connections they go to.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ServerFrame } from "../protocol/frames.ts";
import { shorten } from "../protocol/delta.ts";

/**
 * Encodes an event of a log as a server-sent event (HTML section 9.2).
 *
 * @param json The event as JSON, which has no line breaks.
 */
export function serverSentEvent(seq: number, json: string): string {
  return `id: ${seq}\ndata: ${json}\n\n`;
}

/** Messages that are sent together. Immutable, and shared by every queue that holds the batch. */
export class Batch {
  /** The messages as JSON texts, for clients without a batch subprotocol. */
  readonly messages: readonly string[];
  #frame: string | undefined;
  #deltaFrame: string | undefined;
  #eventStream: string | undefined;
  #bytes: number | undefined;

  /** @param messages JSON texts, at least one. */
  constructor(messages: readonly string[]) {
    this.messages = messages;
  }

  /** A batch of frames that are not encoded yet. */
  static of(...frames: readonly ServerFrame[]): Batch {
    return new Batch(frames.map((frame) => JSON.stringify(frame)));
  }

  /** Several batches as one, in order. */
  static concat(batches: readonly Batch[]): Batch {
    const [first] = batches;
    if (first !== undefined && batches.length === 1) return first;
    return new Batch(batches.flatMap((batch) => batch.messages));
  }

  /** All messages as one JSON array (`chat.batch.v1`). Joined once, then the same string for all. */
  get frame(): string {
    return this.#frame ??= `[${this.messages.join(",")}]`;
  }

  /** All messages as one delta-coded JSON array (`chat.batch.v2`). Encoded once. */
  get deltaFrame(): string {
    return this.#deltaFrame ??= this.messages.length === 1
      ? this.frame
      : JSON.stringify(shorten(this.messages.map((message) => JSON.parse(message))));
  }

  /**
   * The events of the log among the messages, as server-sent events. Encoded once; empty if there
   * are none.
   */
  get eventStream(): string {
    return this.#eventStream ??= this.messages.map((message) => {
      const frame = JSON.parse(message);
      // Of all frames, only the events of a log have both.
      const isEvent = "seq" in frame && "sender_id" in frame;
      return isEvent ? serverSentEvent(frame.seq, message) : "";
    }).join("");
  }

  /** The length of all messages together, in UTF-16 code units. */
  get length(): number {
    return this.messages.reduce((sum, message) => sum + message.length, 0);
  }

  /** The size of `frame` in bytes of UTF-8. */
  get bytes(): number {
    // Counted with brackets and commas, but without `frame`: maybe no connection needs it.
    return this.#bytes ??= this.messages.reduce(
      (sum, message) => sum + Buffer.byteLength(message) + 1,
      1,
    );
  }
}
