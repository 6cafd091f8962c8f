/**
 * Fan-out: what is published to a channel reaches all of its followers, in the order of
 * publishing, in as few frames as the pace allows.
 *
 * @module
 */
import { Batch } from "./batch.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { CloseName } from "./protocol.ts";

/** A connection as the hub sees it. */
export interface Member {
  /**
   * Takes a batch to send. Never waits.
   *
   * @returns `false` when the member's queue is over its bound: it has to be dropped.
   */
  offer(batch: Batch): boolean;
  /** Says goodbye and ends the connection. */
  close(name: CloseName): void;
}

/** How a channel trades latency for fuller frames. */
export interface Pace {
  /** The rest after a flush, in ms for each follower: what writing one frame costs. */
  readonly restPerFollower: number;
  /** What it costs beyond that, in ms for each follower and KiB of the frame. */
  readonly restPerKiB: number;
  /** The longest rest in ms, however many follow. */
  readonly maxRest: number;
  /** A rest shorter than this many ms is none: small channels never wait. */
  readonly minRest: number;
  /** UTF-16 code units in a frame, about; the rest of a burst waits for the next turn. */
  readonly maxFrame: number;
}

/**
 * A room of 1,000 rests for about what writing its frames takes: 12 ms where little is said, 16 at
 * 2,000 messages a second, 20 at the most; past that people would begin to notice. A room of 80 or
 * fewer does not wait, unless it is busy. The longest frame is one that hardly ever fills: what does
 * not fit has to be written a second time, to everybody.
 */
export const ROOM_PACE: Pace = {
  restPerFollower: 0.012,
  restPerKiB: 0.0006,
  maxRest: 20,
  minRest: 1,
  maxFrame: 131_072,
};

/**
 * The pace of a room, where so many bytes may wait for one reader: with longer frames whoever reads
 * as fast as they can would be over that within a burst.
 */
export function roomPace(queueBytes: number): Pace {
  return { ...ROOM_PACE, maxFrame: Math.min(ROOM_PACE.maxFrame, queueBytes / 2) };
}

/**
 * Who comes and goes concerns everybody, but can wait longer the more they are. The frames are
 * short because Deno keeps a buffer as long as the longest one for each connection.
 */
export const LOBBY_PACE: Pace = {
  restPerFollower: 0.1,
  restPerKiB: 0,
  maxRest: 1_000,
  minRest: 1,
  maxFrame: 4_096,
};

/** What a channel is made with. */
export interface ChannelOptions {
  readonly clock: Clock;
  readonly pace: Pace;
  /** Called with every follower whose queue is over its bound: it follows no more. */
  readonly onSlow: (member: Member) => void;
  /** Called after a frame was handed to all followers, `ms` after the first thing in it came. */
  readonly onSent?: (frame: { readonly followers: number; readonly ms: number }) => void;
}

/** Messages on their way to a set of followers. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #followers = new Set<Member>();
  #pending: { readonly json: string; readonly seq: number }[] = [];
  #delivered: number;
  #pendingSince = 0;
  #restUntil = -Infinity;
  #cancelFlush: Cancel | undefined;

  /** @param delivered The position from which followers are served: the newest `seq` so far. */
  constructor(options: ChannelOptions, delivered = 0) {
    this.#options = options;
    this.#delivered = delivered;
  }

  /** The newest `seq` that the followers have been offered. */
  get delivered(): number {
    return this.#delivered;
  }

  /** How many follow. */
  get size(): number {
    return this.#followers.size;
  }

  /** From now on `member` gets everything that is not delivered yet. */
  follow(member: Member): void {
    this.#followers.add(member);
  }

  /** From now on `member` gets nothing more. */
  unfollow(member: Member): void {
    this.#followers.delete(member);
  }

  /** Whether `member` follows. */
  has(member: Member): boolean {
    return this.#followers.has(member);
  }

  /**
   * Adds a message. It goes out at the next `flush`.
   *
   * @param json The message as JSON.
   * @param seq Its position, where it has one.
   */
  publish(json: string, seq = 0): void {
    if (this.#pending.length === 0) this.#pendingSince = this.#options.clock.elapsed();
    this.#pending.push({ json, seq });
  }

  /** Sends what is pending: now, or when the rest after the last flush is over. */
  flush(): void {
    if (this.#cancelFlush !== undefined || this.#pending.length === 0) return;
    const rest = this.#restUntil - this.#options.clock.elapsed();
    if (rest > 0) this.#flushAfter(rest);
    else this.#send();
  }

  /** Sends everything that is pending, without any rest: for whoever waits for it. */
  drain(): void {
    while (this.#pending.length > 0) {
      this.#cancelFlush?.();
      this.#cancelFlush = undefined;
      this.#send();
    }
  }

  /** Goes on from a later position; what is pending is nobody's, for nobody follows. */
  skipTo(seq: number): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#pending = [];
    this.#delivered = seq;
  }

  /** Forgets what was planned. */
  close(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#followers.clear();
  }

  #flushAfter(ms: number): void {
    this.#cancelFlush = this.#options.clock.after(ms, () => {
      this.#cancelFlush = undefined;
      this.#send();
    });
  }

  #send(): void {
    const batch = this.#take();
    const slow: Member[] = [];
    for (const member of this.#followers) {
      if (!member.offer(batch)) slow.push(member);
    }
    const ms = this.#options.clock.elapsed() - this.#pendingSince;
    this.#options.onSent?.({ followers: this.#followers.size, ms });
    for (const member of slow) this.#followers.delete(member);
    if (this.#pending.length > 0) this.#flushAfter(0);
    else this.#rest(batch.length);
    // Reported last: whoever is told may publish, and that must not overtake this batch.
    for (const member of slow) this.#options.onSlow(member);
  }

  #rest(length: number): void {
    const { restPerFollower, restPerKiB, maxRest, minRest } = this.#options.pace;
    const cost = this.#followers.size * (restPerFollower + restPerKiB * length / 1_024);
    const rest = Math.min(cost, maxRest);
    this.#restUntil = rest < minRest ? -Infinity : this.#options.clock.elapsed() + rest;
  }

  /** Takes the next frame's worth of messages, at least one. */
  #take(): Batch {
    let length = 0;
    let count = 0;
    for (const { json } of this.#pending) {
      length += json.length;
      if (count > 0 && length > this.#options.pace.maxFrame) break;
      count++;
    }
    const taken = count === this.#pending.length ? this.#pending : this.#pending.slice(0, count);
    this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count);
    // Messages without a position (typing, say) leave the mark where it is.
    for (const { seq } of taken) if (seq > this.#delivered) this.#delivered = seq;
    return new Batch(taken.map(({ json }) => json));
  }
}
