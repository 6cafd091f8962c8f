/**
 * The line to the server: opens it, says in which state it is, and comes back when it is lost.
 * It knows frames only as things to pass on; what they mean is the reducer's business.
 *
 * @module
 */
import {
  type ClientFrame,
  CLOSE_CODES,
  LIMITS,
  type ServerFrame,
  shouldReconnect,
  SUBPROTOCOLS,
} from "../lib/protocol.ts";
import { expand } from "../lib/shorthand.ts";
import type { Line } from "./state/types.ts";

/** The part of a WebSocket that is used, so that tests can stand in for it. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

/** The part of the clock that is used. */
export interface Clock {
  now(): number;
  after(ms: number, run: () => void): unknown;
  cancel(timer: unknown): void;
}

/** What a line needs from around it, and whom it tells. */
export interface ConnectionOptions {
  readonly url: string;
  /** Told of every change of state; `retryAt` when the next attempt is due. */
  readonly onLine: (line: Line, retryAt?: number) => void;
  readonly onFrames: (frames: readonly ServerFrame[]) => void;
  /** Told once when there is no coming back. */
  readonly onEnd: (code: number) => void;
  /** Asked when a socket fails before it opens: whether signing in again is what it takes. */
  readonly signedOut?: () => Promise<boolean>;
  readonly open?: (url: string, protocols: string[]) => Socket;
  readonly clock?: Clock;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
}

/** The longest pause before the first attempt to come back, in ms; it doubles with each failure. */
export const backoffBase = 500;
/** The longest pause before any attempt, in ms. */
export const backoffCap = 30_000;
/** How long a line must hold after `welcome` before it counts as good, in ms. */
export const stableAfter = 5_000;
/** The longest pause after a server said that it stops, in ms: all its clients come back. */
export const herdSpread = 4_000;
/** How long opening a line, or the answer to a frame with a key, may take, in ms. */
export const patience = 15_000;
/** How long the answer may take on a line that may have died unnoticed, in ms. */
export const checkPatience = 5_000;
/** How often it is looked whether time went on and the line is not silent, in ms. */
export const beatEvery = 10_000;
/** After how long in silence the other end is asked for a sign of life, in ms. */
export const quietFor = 25_000;
/** What is put into one WebSocket message, in bytes; below what the server accepts. */
const batchBytes = LIMITS.frame_bytes - 1_024;

const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer as number),
};

/** One person's line to the server, over as many sockets as it takes. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  #socket: Socket | undefined;
  #line: Line = "closed";
  #failures = 0;
  #wanted = false;
  #retry: unknown;
  #stable: unknown;
  #watchdog: unknown;
  #deadline = 0;
  #beat: unknown;
  #heardAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.#random = options.random ?? Math.random;
  }

  /** Opens the line, and keeps it open until `stop`. */
  start(): void {
    this.#wanted = true;
    this.#clock.cancel(this.#beat);
    this.#keepBeat();
    this.reconnect();
  }

  /** Closes the line for good. */
  stop(): void {
    this.#giveUp();
    this.#cancelTimers();
    if (this.#socket === undefined) return;
    this.#tell("closing");
    this.#socket.close(1000);
  }

  /** Tries at once instead of waiting for the next attempt. Does nothing on a line that is up. */
  reconnect(): void {
    if (!this.#wanted || this.#socket !== undefined) return;
    this.#cancelTimers();
    this.#open();
  }

  /**
   * Sends frames in order, as few arrays as the server's bound allows. Frames for a line that is
   * not open are dropped: whatever must not be lost is kept, under its key, by who sent it.
   */
  send(frames: readonly ClientFrame[]): void {
    const socket = this.#socket;
    if (socket === undefined || this.#line !== "open") return;
    for (const batch of batches(frames)) socket.send(batch);
    // A dead line says nothing. A frame with a key is always answered, so silence is proof.
    if (frames.some((frame) => frame.key !== undefined)) this.#expectAnswer();
  }

  /**
   * Finds out whether the line still lives, after the machine slept or the network changed: asks
   * something that is always answered, and leaves the line if nothing comes soon. A socket that
   * was frozen says that it is open, whatever became of the other end.
   */
  check(): void {
    if (this.#socket === undefined) return this.reconnect();
    if (this.#line !== "open") return;
    this.send([{ type: "ping", key: "check" }]);
    this.#expectAnswer(checkPatience);
  }

  #open(): void {
    const make = this.#options.open ?? ((url, protocols) => new WebSocket(url, protocols));
    const socket = make(this.#options.url, [...SUBPROTOCOLS]);
    this.#socket = socket;
    this.#tell("connecting");
    this.#expectAnswer();
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#tell("open");
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(event.code, opened);
  }

  #receive(data: unknown): void {
    this.#clock.cancel(this.#watchdog);
    this.#watchdog = undefined;
    this.#heardAt = this.#clock.now();
    const frames = expand([JSON.parse(String(data))].flat());
    if (frames.some((frame) => frame.type === "welcome")) this.#proveStable();
    this.#options.onFrames(frames);
  }

  /** A server that welcomes and then fails would otherwise be called again and again at once. */
  #proveStable(): void {
    this.#stable = this.#clock.after(stableAfter, () => this.#failures = 0);
  }

  /** Leaves the line unless something is heard in time; the earliest deadline holds. */
  #expectAnswer(within = patience): void {
    const deadline = this.#clock.now() + within;
    if (this.#watchdog !== undefined && this.#deadline <= deadline) return;
    this.#clock.cancel(this.#watchdog);
    this.#deadline = deadline;
    this.#watchdog = this.#clock.after(within, () => this.#missed());
  }

  /** While the page was frozen nothing could be heard: that proves nothing, and is asked anew. */
  #missed(): void {
    this.#watchdog = undefined;
    const slept = this.#clock.now() - this.#deadline > beatEvery;
    if (slept && this.#line === "open") this.check();
    else this.#abandon();
  }

  /** Notices that time stood still, and that nothing was heard for long. */
  #keepBeat(): void {
    const due = this.#clock.now() + beatEvery;
    this.#beat = this.#clock.after(beatEvery, () => {
      this.#keepBeat();
      const now = this.#clock.now();
      const isQuiet = this.#watchdog === undefined && now - this.#heardAt >= quietFor;
      if (now - due > beatEvery) this.check();
      else if (isQuiet) this.send([{ type: "ping", key: "beat" }]);
    });
  }

  /** Leaves a socket whose other end is silent: its own close may take minutes to be noticed. */
  #abandon(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#closed(1006, true);
  }

  #closed(code: number, opened: boolean): void {
    this.#cancelTimers();
    this.#socket = undefined;
    if (!this.#wanted) return this.#tell("closed");
    if (!shouldReconnect(code)) return this.#end(code);
    this.#retryLater(code === CLOSE_CODES.going_away.code ? herdSpread : 0);
    if (!opened) this.#checkSession();
  }

  #end(code: number): void {
    this.#giveUp();
    this.#tell("closed");
    this.#options.onEnd(code);
  }

  /** Full jitter: after a restart people come back spread over the pause, not all at its end. */
  #retryLater(spread: number): void {
    const ceiling = Math.max(spread, Math.min(backoffCap, backoffBase * 2 ** this.#failures));
    this.#failures += 1;
    const pause = this.#random() * ceiling;
    this.#retry = this.#clock.after(pause, () => this.reconnect());
    this.#tell("closed", this.#clock.now() + pause);
  }

  /** A browser does not say why an upgrade failed; the session's own address does. */
  async #checkSession(): Promise<void> {
    const signedOut = await this.#options.signedOut?.() ?? false;
    if (!signedOut || !this.#wanted || this.#line === "open") return;
    this.#cancelTimers();
    this.#giveUp();
    this.#socket?.close(1000);
    this.#options.onEnd(4501);
  }

  #giveUp(): void {
    this.#wanted = false;
    this.#clock.cancel(this.#beat);
  }

  #cancelTimers(): void {
    for (const timer of [this.#retry, this.#stable, this.#watchdog]) this.#clock.cancel(timer);
    this.#retry = this.#stable = this.#watchdog = undefined;
  }

  #tell(line: Line, retryAt?: number): void {
    this.#line = line;
    this.#options.onLine(line, retryAt);
  }
}

function* batches(frames: readonly ClientFrame[]): Generator<string> {
  const encoder = new TextEncoder();
  let parts: string[] = [];
  let bytes = 0;
  for (const part of frames.map((frame) => JSON.stringify(frame))) {
    const size = encoder.encode(part).length + 1;
    if (parts.length > 0 && bytes + size > batchBytes) {
      yield `[${parts.join(",")}]`;
      parts = [];
      bytes = 0;
    }
    parts.push(part);
    bytes += size;
  }
  if (parts.length > 0) yield `[${parts.join(",")}]`;
}
