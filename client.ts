/**
 * One WebSocket connection: a read loop over the incoming messages, and a bounded queue for the
 * outgoing batches. Each connection has at most one reader and one writer: `#readLoop` runs once,
 * and everything that is sent passes `#send`.
 *
 * @module
 */
import { Batch } from "./lib/chat/outbound_batch.ts";
import type { Subscriber } from "./lib/chat/channel.ts";
import type { Cancel, Clock } from "./lib/util/clock.ts";
import type { Connection } from "./lib/chat/connection.ts";
import type { Transport } from "./lib/chat/connection_registry.ts";
import type { HubApi } from "./lib/chat/hub_api.ts";
import { Inbox, type InboxBounds } from "./lib/chat/inbox.ts";
import type { Log } from "./lib/observability/log.ts";
import { errorFrame } from "./lib/protocol/frames.ts";
import { CLOSE_CODES, type CloseName } from "./lib/protocol/errors.ts";
import { type Subprotocol } from "./lib/protocol/limits.ts";
import { decode, type Decoded, isTooLong } from "./lib/protocol/schemas/frames.ts";
import type { Account } from "./lib/store/records.ts";

/** The part of `WebSocket` that a client uses. */
export type ServerSocket = Pick<
  WebSocket,
  "readyState" | "bufferedAmount" | "send" | "close" | "addEventListener"
>;

/** How much of the server's memory one connection may hold. */
export interface ClientBounds {
  /** Bytes that may wait in the queue; a connection whose queue is full is dropped. */
  readonly queueBytes: number;
  /**
   * Bytes that the socket may buffer before the queue waits. Deno can neither take back what it was
   * given nor end a connection before it is written: this much memory a dead peer can pin.
   */
  readonly bufferedBytes: number;
  /** Messages that were received and not handled yet. Sizes are UTF-16 code units. */
  readonly inbox: InboxBounds;
  /** After how long, in ms, a socket that takes nothing counts as dead. */
  readonly stallMs: number;
}

/** The default bounds. */
export const DEFAULT_BOUNDS: ClientBounds = {
  queueBytes: 1_048_576,
  bufferedBytes: 65_536,
  inbox: { maxItems: 4_096, maxSize: 1_048_576 },
  stallMs: 60_000,
};

/** Options of a client. */
export interface ClientOptions {
  readonly hub: Pick<HubApi, "enter" | "exit">;
  /** Handles a command, or replies to what is not one. Called for one message after the other. */
  readonly handle: (connection: Connection, decoded: Decoded) => Promise<void>;
  readonly account: Account;
  /** The hash of the session that authenticated the connection; `null` for a guest. */
  readonly session: string | null;
  /** The client's IP address, or its IPv6 network. */
  readonly address: string;
  /** The negotiated subprotocol; `null` for one JSON object a frame. */
  readonly subprotocol: Subprotocol | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: ClientBounds;
}

/** How often a blocked queue checks its socket, in ms: Deno has no event for a drained socket. */
const POLL_MS = 10;

/** Waiting batches are joined into frames of about this many bytes. */
const COALESCE_BYTES = 16_384;

/** One client's connection. */
export class Client implements Subscriber, Transport {
  readonly #socket: ServerSocket;
  readonly #options: ClientOptions;
  readonly #bounds: ClientBounds;
  readonly #subprotocol: Subprotocol | null;
  readonly #inbox: Inbox<string>;
  readonly #left = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #queue: Batch[] = [];
  #queuedBytes = 0;
  /** Upper bound of the socket's buffer: its last known size, plus everything sent since. */
  #bufferedAtMost = 0;
  #cancelPoll: Cancel | undefined;
  #onPumped = () => {};
  #state: "opening" | "open" | "closing" | "gone" = "opening";

  constructor(socket: ServerSocket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#bounds = options.bounds ?? DEFAULT_BOUNDS;
    this.#subprotocol = options.subprotocol;
    this.#inbox = new Inbox(this.#bounds.inbox);
    socket.addEventListener("open", () => void this.#readLoop());
    socket.addEventListener("message", ({ data }) => this.#onMessage(data));
    socket.addEventListener("close", () => this.#onGone());
    // A failed socket is gone too. Clients vanish all the time: that is not worth a log line.
    socket.addEventListener("error", () => this.#onGone());
  }

  /** Resolves when the connection is over and everything that the client sent is handled. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** Bytes that wait for the socket to take them. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether the socket has taken and written everything. */
  get drained(): boolean {
    return this.#queuedBytes === 0 && this.#socket.bufferedAmount === 0;
  }

  /** Resolves when the socket is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  // Reading --------------------------------------------------------------------------------------

  async #readLoop(): Promise<void> {
    const { hub, account, session, address, log } = this.#options;
    try {
      if (this.#state === "opening") this.#state = "open";
      const connection = await hub.enter(this, account, session, address);
      // The client may have left meanwhile. What it sent before that is still handled.
      if (this.#state !== "open") hub.exit(this);
      for await (const text of this.#inbox) {
        for (const decoded of decode(text)) {
          while (this.#isBackedUp) await this.#pumped();
          if (this.#state === "closing") return;
          await this.#handle(connection, decoded);
        }
      }
    } catch (error) {
      log.error("connection failed", error);
      this.close("internal_error");
    } finally {
      this.#left.resolve();
    }
  }

  async #handle(connection: Connection, decoded: Decoded): Promise<void> {
    try {
      await this.#options.handle(connection, decoded);
    } catch (error) {
      const sent = "command" in decoded ? decoded.command : decoded;
      this.#options.log.error("command failed", error, "type" in sent ? { type: sent.type } : {});
      const reply = Batch.of(errorFrame({ code: "try_again" }, sent.key));
      if (!this.enqueue(reply)) this.close("slow_reader");
    }
  }

  #onMessage(data: unknown): void {
    if (typeof data !== "string") return this.close("unsupported_data");
    if (isTooLong(data)) return this.close("message_too_big");
    if (this.#state === "closing") return;
    if (!this.#inbox.push(data, data.length)) this.close("flooding");
  }

  // Writing --------------------------------------------------------------------------------------

  /** Queues a batch; sends it at once when the queue is empty and the socket is writable. */
  enqueue(batch: Batch): boolean {
    if (this.#state !== "open") return true;
    // Invariant Q1: the queue is bounded, and a full one ends only this connection.
    // It is checked before the batch is added. Below the bound any batch is taken: a client is not slow
    // because one reply is long.
    if (this.#queuedBytes >= this.#bounds.queueBytes) return false;
    // Compares bytes, not the queue: in a room of thousands each object touched is a cache miss.
    if (this.#queuedBytes === 0 && this.#isWritable) {
      this.#send(batch);
      return true;
    }
    this.#queue.push(batch);
    this.#queuedBytes += batch.bytes;
    this.#schedulePoll(this.#options.clock.elapsed());
    return true;
  }

  /**
   * Whether the socket's buffer is below its bound. Reading `bufferedAmount` costs as much as a
   * fourth of a send, so it is read only when the buffer could be full.
   */
  get #isWritable(): boolean {
    const { bufferedBytes } = this.#bounds;
    if (this.#bufferedAtMost >= bufferedBytes) this.#bufferedAtMost = this.#socket.bufferedAmount;
    return this.#bufferedAtMost < bufferedBytes;
  }

  /**
   * Whether the queue is half full. No command is handled meanwhile: a client gets its replies as
   * fast as it reads, and is not dropped as slow because it asked for much.
   */
  get #isBackedUp(): boolean {
    return this.#queuedBytes >= this.#bounds.queueBytes / 2;
  }

  /** Resolves after the next poll of the socket. */
  #pumped(): Promise<void> {
    return new Promise((resolve) => this.#onPumped = resolve);
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#isWritable) this.#send(this.#nextFrame());
  }

  /** Takes the next frame's batches off the queue and joins them. */
  #nextFrame(): Batch {
    let bytes = 0;
    const fits = this.#queue.findIndex((batch) => (bytes += batch.bytes) > COALESCE_BYTES);
    const batches = this.#queue.splice(0, fits < 0 ? this.#queue.length : Math.max(1, fits));
    for (const batch of batches) this.#queuedBytes -= batch.bytes;
    return Batch.concat(batches);
  }

  #send(batch: Batch): void {
    if (this.#subprotocol === "chat.batch.v2") this.#write(batch.deltaFrame);
    else if (this.#subprotocol === "chat.batch.v1") this.#write(batch.frame);
    else for (const message of batch.messages) this.#write(message);
  }

  #write(text: string): void {
    // UTF-8 needs at most three bytes for a UTF-16 code unit.
    this.#bufferedAtMost += text.length * 3;
    this.#socket.send(text);
  }

  /** @param lastProgress When the socket last took something. */
  #schedulePoll(lastProgress: number): void {
    const buffered = this.#socket.bufferedAmount;
    this.#cancelPoll ??= this.#options.clock.after(POLL_MS, () => {
      this.#cancelPoll = undefined;
      const now = this.#options.clock.elapsed();
      // Compared before the pump fills the buffer again, maybe up to the same amount.
      const progress = this.#socket.bufferedAmount < buffered ? now : lastProgress;
      this.#pump();
      this.#onPumped();
      if (this.#queue.length === 0) return;
      if (now - progress < this.#bounds.stallMs) this.#schedulePoll(progress);
      else this.close("slow_reader");
    });
  }

  // Ending ---------------------------------------------------------------------------------------

  /**
   * Ends the connection: leaves the hub, sends what is queued unless the reader is slow, and closes
   * the socket. Only the first call has an effect.
   */
  close(name: CloseName): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    const { code, reason } = CLOSE_CODES[name];
    this.#options.hub.exit(this);
    if (name !== "slow_reader") { for (const batch of this.#queue) this.#send(batch); }
    this.#end("closing");
    this.#inbox.clear();
    this.#socket.close(code, reason);
  }

  /** The peer has closed the socket, or is lost. */
  #onGone(): void {
    // A socket that never opened has no read loop that could resolve this.
    if (this.#state === "opening") this.#left.resolve();
    if (this.#state !== "gone") {
      this.#options.hub.exit(this);
      this.#end("gone");
    }
    this.#ended.resolve();
  }

  #end(state: "closing" | "gone"): void {
    this.#state = state;
    this.#cancelPoll?.();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#onPumped();
    this.#inbox.end();
  }
}
