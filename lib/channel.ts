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
  /** Whether everything that it was offered is written. */
  readonly drained: boolean;
  /** Says goodbye and ends the connection. */
  close(name: CloseName): void;
}

/** How a channel trades latency for fuller frames. */
export interface Pace {
  /** So many followers, or fewer, never wait. */
  readonly small: number;
  /** The rest once a frame is written to all: in times of what writing it took. */
  readonly restPerWriting: number;
  /** The longest rest, in ms. */
  readonly maxRest: number;
  /** UTF-16 code units in a frame, about; the rest of a burst waits for its turn. */
  readonly maxFrame: number;
}

/**
 * What one frame to everybody costs is measured each time, and not foreseen: it is the kernel's
 * price for a write, times the room, and differs by the factor of three from machine to machine. A
 * room rests for twice as long, but for no longer than people would begin to notice: most of the
 * time is everybody else's, and frames become as full as the machine needs them to be. The longest
 * frame is one that hardly ever fills: what does not fit has to be written a second time, to
 * everybody.
 */
export const ROOM_PACE: Pace = {
  small: 80,
  restPerWriting: 2,
  maxRest: 14,
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
 * Who comes and goes concerns everybody, but can wait. The frames are short because Deno keeps a
 * buffer as long as the longest one for each connection.
 */
export const LOBBY_PACE: Pace = {
  small: 10,
  restPerWriting: 10,
  maxRest: 1_000,
  maxFrame: 4_096,
};

/**
 * How often a channel looks whether its frame is written, in ms at least: sockets do not tell. It
 * begins when half of the time is over that it took before, and only if there is more to send.
 */
const LOOK_MS = 2;
const LOOKS_PER_WRITING = 8;
const FIRST_LOOK = 1 / 2;

/**
 * How many followers it looks at, and how many of those have to have a frame for it to be written:
 * nobody who does not read holds up the others, and no fourth part of all does.
 */
const WITNESSES = 16;
const ENOUGH = 3 / 4;

/** Nor do more of them for longer than this, in ms for each follower: no machine is so slow. */
const MAX_WRITING_PER_FOLLOWER = 0.1;

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
  /** When the last frame was handed out, to whom of those who can tell, and what writing took. */
  #sentAt = 0;
  #witnesses: readonly Member[] | null = null;
  #writing = 0;
  /** What ends the rest after the last flush; nothing is sent before. */
  #cancelRest: Cancel | undefined;

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
    if (this.#cancelRest !== undefined || this.#pending.length === 0) return;
    if (this.#witnesses === null) this.#send();
    else this.#look();
  }

  /** Sends everything that is pending, without any rest: for whoever waits for it. */
  drain(): void {
    while (this.#pending.length > 0) {
      this.#wake();
      this.#send();
    }
  }

  /** Goes on from a later position; what is pending is nobody's, for nobody follows. */
  skipTo(seq: number): void {
    this.#wake();
    this.#pending = [];
    this.#delivered = seq;
  }

  /** Forgets what was planned. */
  close(): void {
    this.#wake();
    this.#followers.clear();
  }

  #send(): void {
    const batch = this.#take();
    this.#witnesses = this.#chooseWitnesses();
    const slow: Member[] = [];
    for (const member of this.#followers) {
      if (!member.offer(batch)) slow.push(member);
    }
    this.#sentAt = this.#options.clock.elapsed();
    const ms = this.#sentAt - this.#pendingSince;
    this.#options.onSent?.({ followers: this.#followers.size, ms });
    for (const member of slow) this.#followers.delete(member);
    if (this.#pending.length > 0) this.#rest(0);
    // Reported last: whoever is told may publish, and that must not overtake this batch.
    for (const member of slow) this.#options.onSlow(member);
  }

  /** Some followers from all over a large channel, whose sockets could take a frame at once. */
  #chooseWitnesses(): readonly Member[] | null {
    if (this.#followers.size <= this.#options.pace.small) return null;
    const step = Math.ceil(this.#followers.size / WITNESSES);
    return this.#followers.values().filter((member, n) => n % step === 0 && member.drained)
      .toArray();
  }

  /** Sends once the last frame is written, as its witnesses can tell, and some time has passed. */
  #look(isFirst = true): void {
    const { restPerWriting, maxRest } = this.#options.pace;
    const elapsed = this.#options.clock.elapsed() - this.#sentAt;
    const early = this.#writing * FIRST_LOOK - elapsed;
    if (isFirst && early > 0) return this.#rest(early, () => this.#look());
    const isWritten = this.#isWritten();
    const longest = this.#followers.size * MAX_WRITING_PER_FOLLOWER;
    if (!isWritten && elapsed < longest) {
      const interval = Math.max(LOOK_MS, this.#writing / LOOKS_PER_WRITING);
      return this.#rest(interval, () => this.#look(false));
    }
    this.#witnesses = null;
    let rest = maxRest;
    if (isWritten) {
      // Where nobody looked before, it may have been written long since; and a timer can be late.
      this.#writing = Math.min(elapsed, isFirst ? this.#writing : longest);
      rest = Math.min(this.#writing * restPerWriting, maxRest) - (elapsed - this.#writing);
    }
    if (rest > 0) this.#rest(rest);
    else this.#send();
  }

  #isWritten(): boolean {
    const witnesses = this.#witnesses ?? [];
    const have = witnesses.filter(({ drained }) => drained).length;
    return have > 0 && have >= witnesses.length * ENOUGH;
  }

  #rest(ms: number, then = () => this.flush()): void {
    this.#cancelRest = this.#options.clock.after(ms, () => {
      this.#cancelRest = undefined;
      then();
    });
  }

  #wake(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#witnesses = null;
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
