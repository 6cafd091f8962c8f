/**
 * A room's log as server-sent events (HTML section 9.2): the events after a position, and then each
 * new one.
 *
 * The log itself is the queue: a stream holds one page of it at most, and reads the next one when
 * its reader has taken that. So a slow reader costs no memory and misses nothing.
 *
 * @module
 */
import type { Subscriber } from "./channel.ts";
import { type Batch, serverSentEvent } from "./outbound_batch.ts";
import type { Room } from "./room.ts";
import { wireEvent } from "./to_wire.ts";
import { CLOSE_CODES, type CloseName } from "../protocol/errors.ts";
import type { Store } from "../store/store.ts";
import type { RoomRecord, StoredEvent } from "../store/records.ts";
import type { Clock } from "../util/clock.ts";

/** The events in one page: a page of the longest messages has about a megabyte. */
const PAGE_EVENTS = 32;

/** A comment after so many ms of silence, so that proxies and clients know that the stream lives. */
const HEARTBEAT_MS = 15_000;

/** After how many ms a reader that takes nothing counts as dead. */
const STALL_MS = 60_000;

/** Readers whose stream has ended wait for this long, in ms, so that not all return at once. */
const RETRY_MS = { min: 1_000, max: 5_000 };

/** What a stream waits for. */
type News = { readonly batch: Batch; readonly seq: number } | "heartbeat" | "closed";

/** The part of a room that a stream needs. */
type FollowedRoom = Pick<Room, "id" | "record" | "channel" | "isReplaced">;

/** Options of an event stream. */
export interface EventStreamOptions {
  readonly store: Pick<Store, "replay" | "epoch">;
  readonly clock: Clock;
  readonly room: FollowedRoom;
  /** The reader's position in the log. */
  readonly after: number;
  /** The data of the first event. */
  readonly opening: object;
  /** Called once, when the stream has ended. */
  readonly onEnded: () => void;
}

/** One reader's stream: a subscriber of the room's channel, which it only uses to wake up. */
export class EventStream implements Subscriber {
  readonly #options: EventStreamOptions;
  readonly #epoch: string;
  #position: number;
  #closed: CloseName | null = null;
  #ended = false;
  /** Set while the stream waits: it has sent everything up to the channel's position. */
  #wake: ((news: News) => void) | null = null;
  #cancelStall = () => {};

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#epoch = options.store.epoch;
    this.#position = options.after;
  }

  /** Whether the reader has taken everything. */
  get drained(): boolean {
    return this.#wake !== null;
  }

  /** Takes live events if the stream waits for them; otherwise it will read them from the log. */
  enqueue(batch: Batch): boolean {
    this.#wake?.({ batch, seq: this.#options.room.channel.delivered });
    return true;
  }

  /** Ends the stream: the reader is told why, and nothing else. */
  close(name: CloseName): void {
    this.#closed ??= name;
    this.#cancelStall();
    this.#wake?.("closed");
  }

  /** The body of the response. It is read once. */
  body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { clock } = this.#options;
    const encoder = new TextEncoder();
    const chunks = this.#chunks();
    return new ReadableStream({
      pull: async (controller) => {
        this.#cancelStall();
        const { value, done } = await chunks.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(value));
        if (this.#closed !== null) return;
        this.#cancelStall = clock.after(STALL_MS, () => {
          this.#end();
          controller.error(new Error("the reader has stalled"));
        });
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  #end(): void {
    this.close("slow_reader");
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnded();
  }

  async *#chunks(): AsyncGenerator<string> {
    try {
      const { min, max } = RETRY_MS;
      const retry = Math.round(min + Math.random() * (max - min));
      yield `retry: ${retry}\n${namedEvent("open", this.#options.opening)}`;
      while (this.#closed === null) {
        const text = await this.#next();
        // The membership or the log may have ended while it was read.
        if (this.#closed === null && text !== "") yield text;
      }
      const { code, reason, reconnect } = CLOSE_CODES[this.#closed];
      yield namedEvent("close", { code, reason, reconnect });
    } finally {
      this.#end();
    }
  }

  /** The next events, or a comment; empty if there is nothing to send. */
  async #next(): Promise<string> {
    const { store, room } = this.#options;
    const upTo = Math.min(this.#position + PAGE_EVENTS, room.channel.delivered);
    if (this.#position < upTo) {
      const bounds = { limit: PAGE_EVENTS, maxLength: Number.MAX_SAFE_INTEGER };
      const events = await store.replay(room.id, this.#position, upTo, bounds);
      // A log that went back has other events at these positions.
      if (room.isReplaced || store.epoch !== this.#epoch) this.close("log_restored");
      this.#position = upTo;
      return encodeAll(room.record, events ?? []);
    }
    const news = await this.#news();
    if (news === "heartbeat") return ":\n\n";
    if (news === "closed") return "";
    this.#position = news.seq;
    return news.batch.eventStream;
  }

  #news(): Promise<News> {
    const { promise, resolve } = Promise.withResolvers<News>();
    const cancel = this.#options.clock.after(HEARTBEAT_MS, () => this.#wake?.("heartbeat"));
    this.#wake = (news) => {
      this.#wake = null;
      cancel();
      resolve(news);
    };
    return promise;
  }
}

function encodeAll(record: RoomRecord, events: readonly StoredEvent[]): string {
  return events.map((event) => serverSentEvent(event.seq, JSON.stringify(wireEvent(record, event))))
    .join("");
}

/** An event of the stream itself: it has no `id`, and does not move the reader's position. */
function namedEvent(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
