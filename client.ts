/**
 * One connection: an async-iterator read loop over what comes in, and a bounded queue for what
 * goes out. There is at most one reader and one writer: `#readLoop` runs once, and everything
 * that is sent passes `#pump`.
 *
 * @module
 */
import { Batch } from "./lib/batch.ts";
import type { Member } from "./lib/channel.ts";
import type { Cancel, Clock } from "./lib/clock.ts";
import type { Connection } from "./lib/connection.ts";
import { Inbox, type InboxBounds } from "./lib/inbox.ts";
import type { Log } from "./lib/log.ts";
import { CLOSE_CODES, type CloseName, errorFrame, type Subprotocol } from "./lib/protocol.ts";
import { decode, type Decoded, isTooLong } from "./lib/schemas/frames.ts";
import type { Account } from "./lib/store/store.ts";

/** What a client needs of a `WebSocket`. */
export type Socket = Pick<
  WebSocket,
  "readyState" | "bufferedAmount" | "send" | "close" | "addEventListener"
>;

/** What a client needs of the hub. */
export interface ClientHub {
  /** Lets it in. */
  enter(
    member: Member,
    account: Account,
    session: string | null,
    address: string,
  ): Promise<Connection>;
  /** Forgets it. */
  exit(member: Member): void;
}

/** How much one connection may hold of the server's memory. */
export interface ClientBounds {
  /** Bytes that may wait in the queue; a reader with more than that before it is dropped. */
  readonly queueBytes: number;
  /**
   * Bytes that the socket may hold before the queue waits. Deno cannot take back what it was
   * given, nor end a connection before it is written: this is what a dead peer can pin.
   */
  readonly bufferedBytes: number;
  /** Messages that have come and are not carried out yet; their sizes are UTF-16 code units. */
  readonly inbox: InboxBounds;
  /** How long the socket may take nothing at all, in ms, before its peer counts as dead. */
  readonly stallMs: number;
}

/** The bounds, where no setting says otherwise. */
export const DEFAULT_BOUNDS: ClientBounds = {
  queueBytes: 1_048_576,
  bufferedBytes: 65_536,
  inbox: { maxItems: 4_096, maxSize: 1_048_576 },
  stallMs: 60_000,
};

/** What a client is made with. */
export interface ClientOptions {
  readonly hub: ClientHub;
  /** Carries out a command, or answers what is none; called for one after the other. */
  readonly handle: (connection: Connection, decoded: Decoded) => Promise<void>;
  readonly account: Account;
  /** The session the connection stands on, if it ends with one. */
  readonly session: string | null;
  /** Where it comes from. */
  readonly address: string;
  /** What the peer speaks; one object a frame where it is `null`. */
  readonly subprotocol: Subprotocol | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: ClientBounds;
}

/** Deno has no event for a socket that has drained: a blocked queue looks again after this. */
const POLL_MS = 10;

/** Waiting batches are sent as one frame of about this many bytes. */
const COALESCE_BYTES = 16_384;

/** A person's connection. */
export class Client implements Member {
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #bounds: ClientBounds;
  readonly #subprotocol: Subprotocol | null;
  readonly #inbox: Inbox<string>;
  readonly #left = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #queue: Batch[] = [];
  #queuedBytes = 0;
  /** Bytes that the socket holds at the most: what it said when last asked, and all since. */
  #heldBytes = 0;
  #cancelPoll: Cancel | undefined;
  #onPumped = () => {};
  #state: "opening" | "open" | "closing" | "gone" = "opening";

  constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#bounds = options.bounds ?? DEFAULT_BOUNDS;
    this.#subprotocol = options.subprotocol;
    this.#inbox = new Inbox(this.#bounds.inbox);
    socket.addEventListener("open", () => void this.#readLoop());
    socket.addEventListener("message", ({ data }) => this.#onMessage(data));
    socket.addEventListener("close", () => this.#onGone());
    // After an error the socket is gone as well; an expected one is not worth a line in the log.
    socket.addEventListener("error", () => this.#onGone());
  }

  /** Resolves when the connection is over and all that came from it is carried out. */
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

  // Reading ------------------------------------------------------------------------------------

  async #readLoop(): Promise<void> {
    const { hub, account, session, address, handle, log } = this.#options;
    try {
      if (this.#state === "opening") this.#state = "open";
      const connection = await hub.enter(this, account, session, address);
      // Whoever left while we were busy is still heard out: what they sent, they sent.
      if (this.#state !== "open") hub.exit(this);
      for await (const text of this.#inbox) {
        for (const decoded of decode(text)) {
          while (this.#behind) await this.#pumped();
          if (this.#state === "closing") return;
          await this.#carryOut(handle, connection, decoded);
        }
      }
    } catch (error) {
      log.error("connection failed", error);
      this.close("internal_error");
    } finally {
      this.#left.resolve();
    }
  }

  async #carryOut(
    handle: ClientOptions["handle"],
    connection: Connection,
    decoded: Decoded,
  ): Promise<void> {
    try {
      await handle(connection, decoded);
    } catch (error) {
      const sent = "command" in decoded ? decoded.command : decoded;
      this.#options.log.error("command failed", error, "type" in sent ? { type: sent.type } : {});
      const answer = Batch.of(errorFrame({ code: "try_again" }, sent.key));
      if (!this.offer(answer)) this.close("slow_reader");
    }
  }

  #onMessage(data: unknown): void {
    if (typeof data !== "string") return this.close("unsupported_data");
    if (isTooLong(data)) return this.close("message_too_big");
    if (this.#state === "closing") return;
    if (!this.#inbox.push(data, data.length)) this.close("flooding");
  }

  // Writing ------------------------------------------------------------------------------------

  /** Queues a batch; sends it at once when nothing is in its way. */
  offer(batch: Batch): boolean {
    if (this.#state !== "open") return true;
    // Checked before it is added. Below the bound any batch is taken: a long answer is no slowness.
    if (this.#queuedBytes >= this.#bounds.queueBytes) return false;
    // By its bytes: in a room of thousands each further object that is looked at costs a cache miss.
    if (this.#queuedBytes === 0 && this.#writable) {
      this.#send(batch);
      return true;
    }
    this.#queue.push(batch);
    this.#queuedBytes += batch.bytes;
    this.#pollAgain(this.#options.clock.elapsed());
    return true;
  }

  /** Asking costs as much as a fourth of a send: the socket is asked when it could be full. */
  get #writable(): boolean {
    const { bufferedBytes } = this.#bounds;
    if (this.#heldBytes >= bufferedBytes) this.#heldBytes = this.#socket.bufferedAmount;
    return this.#heldBytes < bufferedBytes;
  }

  /**
   * Whether the queue is half full. Then no command is carried out: people get what they ask for
   * as fast as they read, and are not dropped as slow because it is much.
   */
  get #behind(): boolean {
    return this.#queuedBytes >= this.#bounds.queueBytes / 2;
  }

  /** Resolves when the queue has been looked at again. */
  #pumped(): Promise<void> {
    return new Promise((resolve) => this.#onPumped = resolve);
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#writable) this.#send(this.#next());
  }

  /** Takes the batches of the next frame off the queue: pending messages travel together. */
  #next(): Batch {
    let bytes = 0;
    const fits = this.#queue.findIndex((batch) => (bytes += batch.bytes) > COALESCE_BYTES);
    const batches = this.#queue.splice(0, fits < 0 ? this.#queue.length : Math.max(1, fits));
    for (const batch of batches) this.#queuedBytes -= batch.bytes;
    return Batch.concat(batches);
  }

  #send(batch: Batch): void {
    if (this.#subprotocol === "chat.batch.v2") this.#give(batch.shortFrame);
    else if (this.#subprotocol === "chat.batch.v1") this.#give(batch.frame);
    else for (const message of batch.messages) this.#give(message);
  }

  #give(text: string): void {
    // UTF-8 needs at most three bytes for a code unit.
    this.#heldBytes += text.length * 3;
    this.#socket.send(text);
  }

  /** @param since When the socket last took something. */
  #pollAgain(since: number): void {
    const buffered = this.#socket.bufferedAmount;
    this.#cancelPoll ??= this.#options.clock.after(POLL_MS, () => {
      this.#cancelPoll = undefined;
      const now = this.#options.clock.elapsed();
      // Looked at before the queue fills it up again, maybe to the very same amount.
      const lastTook = this.#socket.bufferedAmount < buffered ? now : since;
      this.#pump();
      this.#onPumped();
      if (this.#queue.length === 0) return;
      if (now - lastTook < this.#bounds.stallMs) this.#pollAgain(lastTook);
      else this.close("slow_reader");
    });
  }

  // Ending -------------------------------------------------------------------------------------

  /** Ends the connection: deregister, flush unless slow, close. Only the first call counts. */
  close(name: CloseName): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    const { code, reason } = CLOSE_CODES[name];
    this.#options.hub.exit(this);
    if (name !== "slow_reader") { for (const batch of this.#queue) this.#send(batch); }
    this.#end("closing");
    this.#inbox.clear();
    this.#socket.close(code, reason);
  }

  /** The peer has closed, or is lost. */
  #onGone(): void {
    // It never opened: there is nothing to be read.
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
