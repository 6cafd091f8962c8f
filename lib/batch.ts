/**
 * What is handed to a connection: one or more messages, encoded once, however many people get
 * them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ServerFrame } from "./protocol.ts";

/** Messages that travel together. Immutable and shared by every queue that holds it. */
export class Batch {
  /** The messages as JSON texts, for clients that get one object a frame. */
  readonly messages: readonly string[];
  #frame: string | undefined;
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

  /** The size of `frame` in bytes of UTF-8. */
  get bytes(): number {
    return this.#bytes ??= Buffer.byteLength(this.frame);
  }
}
