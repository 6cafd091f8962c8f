/**
 * What is handed to a connection: one or more messages, encoded once, however many people get
 * them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ServerFrame } from "./protocol.ts";
import { shorten } from "./shorthand.ts";

/** Messages that travel together. Immutable and shared by every queue that holds it. */
export class Batch {
  /** The messages as JSON texts, for clients that get one object a frame. */
  readonly messages: readonly string[];
  #frame: string | undefined;
  #shortFrame: string | undefined;
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

  /** All messages as one JSON array. Joined at the first call, then the same string for all. */
  get frame(): string {
    return this.#frame ??= `[${this.messages.join(",")}]`;
  }

  /** The same in shorthand, made at the first call as well. */
  get shortFrame(): string {
    return this.#shortFrame ??= this.messages.length === 1
      ? this.frame
      : JSON.stringify(shorten(this.messages.map((message) => JSON.parse(message))));
  }

  /** The length of all messages together, in UTF-16 code units. */
  get length(): number {
    return this.messages.reduce((sum, message) => sum + message.length, 0);
  }

  /** The size of `frame` in bytes of UTF-8. */
  get bytes(): number {
    // Counted without the frame, which maybe nobody wants: with its brackets and commas.
    return this.#bytes ??= this.messages.reduce(
      (sum, message) => sum + Buffer.byteLength(message) + 1,
      1,
    );
  }
}
