/**
 * The connection to the server: opens it, reports its state, and reconnects when it is lost. It
 * treats frames as opaque; the reducer interprets them.
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
} from "@hubbub/protocol";
import { framesIn } from "./decode.ts";

/** The status of the connection to the server. */
export type ConnectionStatus = "connecting" | "open" | "closing" | "closed";

/** The part of a WebSocket in use, so that tests can replace it. */
export interface ClientSocket {
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
}

/** The part of the clock in use. */
export interface ConnectionClock {
  now(): number;
  after(ms: number, run: () => void): unknown;
  cancel(timer: unknown): void;
}

/** The dependencies and callbacks of a connection. */
export interface ConnectionOptions {
  readonly url: string;
  /** Called on every change of state; `retryAt` is when the next attempt is due. */
  readonly onLine: (line: ConnectionStatus, retryAt?: number) => void;
  readonly onFrames: (frames: readonly ServerFrame[]) => void;
  /** Called once when the connection will not be reopened. */
  readonly onEnd: (code: number) => void;
  /** Called when a socket fails before it opens. @returns Whether the user has to sign in again. */
  readonly signedOut?: () => Promise<boolean>;
  readonly open?: (url: string, protocols: string[]) => ClientSocket;
  readonly clock?: ConnectionClock;
  /** Returns a number from 0 up to, but excluding, 1. */
  readonly random?: () => number;
}

/** The longest pause before the first reconnect, in ms; it doubles with each failure. */
export const backoffBase = 500;
/** The longest pause before any reconnect, in ms. */
export const backoffCap = 30_000;
/** How long a connection must hold after `welcome` before it counts as stable, in ms. */
export const stableAfter = 5_000;
/** The longest pause after the server announced that it stops, in ms: all its clients reconnect. */
export const restartSpread = 4_000;
/** The timeout for opening a connection and for the answer to a frame with a key, in ms. */
export const patience = 15_000;
/** The timeout for the answer on a connection that may have died unnoticed, in ms. */
export const checkPatience = 5_000;
/** The interval at which the connection checks for suspension and silence, in ms. */
export const heartbeatInterval = 10_000;
/** How long the connection may be silent before the page sends a ping, in ms. */
export const pingAfter = 25_000;
/** The maximum size of one WebSocket message, in bytes; below what the server accepts. */
const batchBytes = LIMITS.frame_bytes - 1_024;

const browserClock: ConnectionClock = {
  now: () => Date.now(),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer as number),
};

/** One user's connection to the server, over as many sockets as it takes. */
export class ServerConnection {
  readonly #options: ConnectionOptions;
  readonly #clock: ConnectionClock;
  readonly #random: () => number;
  #socket: ClientSocket | undefined;
  #line: ConnectionStatus = "closed";
  #failures = 0;
  #wanted = false;
  #retry: unknown;
  #stable: unknown;
  #watchdog: unknown;
  #deadline = 0;
  #beat: unknown;
  #lastReceivedAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? browserClock;
    this.#random = options.random ?? Math.random;
  }

  /** Opens the connection, and keeps it open until `stop`. */
  start(): void {
    this.#wanted = true;
    this.#clock.cancel(this.#beat);
    this.#startHeartbeat();
    this.#reopen();
  }

  /** Closes the connection for good. */
  stop(): void {
    this.#giveUp();
    this.#cancelTimers();
    if (this.#socket === undefined) return;
    this.#tell("closing");
    this.#socket.close(1000);
  }

  /**
   * Reconnects at once instead of waiting for the next attempt. What has failed before counts no
   * more. Does nothing on an open connection.
   */
  reconnect(): void {
    this.#failures = 0;
    this.#reopen();
  }

  #reopen(): void {
    if (!this.#wanted || this.#socket !== undefined) return;
    this.#cancelTimers();
    this.#open();
  }

  /**
   * Sends frames in order, in as few messages as the server's size limit allows. Frames for a
   * connection that is not open are dropped: their sender keeps every frame that must not be lost,
   * under its key.
   */
  send(frames: readonly ClientFrame[]): void {
    const socket = this.#socket;
    if (socket === undefined || this.#line !== "open") return;
    for (const batch of batches(frames)) socket.send(batch);
    // A dead connection is silent. The server answers every frame with a key, so silence is proof.
    if (frames.some((frame) => frame.key !== undefined)) this.#expectAnswer();
  }

  /**
   * Checks whether the connection is alive, after the machine slept or the network changed: sends a
   * ping, which is always answered, and closes the connection if no answer comes soon. A frozen
   * socket reports that it is open, whatever happened to the other end. An attempt to connect that
   * began before has to succeed as soon: it may wait for an answer that was lost. If it fails, the
   * next one follows as after a first failure.
   */
  check(): void {
    this.#failures = 0;
    if (this.#socket === undefined) return this.#reopen();
    if (this.#line === "closing") return;
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
    // Node 20 reports a failed handshake by this event alone; everything else by `onclose` as well.
    // The sockets of the package `ws` end the program where nobody listens to it.
    socket.onerror = () => {
      if (opened || this.#socket !== socket) return;
      socket.onclose = null;
      this.#closed(1006, false);
    };
  }

  #receive(data: unknown): void {
    this.#clock.cancel(this.#watchdog);
    this.#watchdog = undefined;
    this.#lastReceivedAt = this.#clock.now();
    const frames = framesIn(data);
    if (frames.some((frame) => frame.type === "welcome")) this.#proveStable();
    this.#options.onFrames(frames);
  }

  /**
   * Otherwise the page would call a server that welcomes and then fails again and again, at once.
   */
  #proveStable(): void {
    this.#stable = this.#clock.after(stableAfter, () => this.#failures = 0);
  }

  /** Closes the connection unless something arrives in time; the earliest deadline holds. */
  #expectAnswer(within = patience): void {
    const deadline = this.#clock.now() + within;
    if (this.#watchdog !== undefined && this.#deadline <= deadline) return;
    this.#clock.cancel(this.#watchdog);
    this.#deadline = deadline;
    this.#watchdog = this.#clock.after(within, () => this.#onDeadline());
  }

  /**
   * A frozen page could not receive anything, so a missed deadline proves nothing: checks again.
   */
  #onDeadline(): void {
    this.#watchdog = undefined;
    const slept = this.#clock.now() - this.#deadline > heartbeatInterval;
    if (slept && this.#line === "open") this.check();
    else this.#abandon();
  }

  /** Detects that the page was suspended, and that the connection has been silent for long. */
  #startHeartbeat(): void {
    const due = this.#clock.now() + heartbeatInterval;
    this.#beat = this.#clock.after(heartbeatInterval, () => {
      this.#startHeartbeat();
      const now = this.#clock.now();
      const isQuiet = this.#watchdog === undefined && now - this.#lastReceivedAt >= pingAfter;
      if (now - due > heartbeatInterval) this.check();
      else if (isQuiet) this.send([{ type: "ping", key: "beat" }]);
    });
  }

  /** Abandons a socket whose other end is silent: its close event may take minutes. */
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
    this.#retryLater(code === CLOSE_CODES.going_away.code ? restartSpread : 0);
    if (!opened) this.#checkSession();
  }

  #end(code: number): void {
    this.#giveUp();
    this.#tell("closed");
    this.#options.onEnd(code);
  }

  /**
   * Full jitter: after a restart the clients reconnect spread over the pause, not all at its end.
   */
  #retryLater(spread: number): void {
    const ceiling = Math.max(spread, Math.min(backoffCap, backoffBase * 2 ** this.#failures));
    this.#failures += 1;
    const pause = this.#random() * ceiling;
    this.#retry = this.#clock.after(pause, () => this.#reopen());
    this.#tell("closed", this.#clock.now() + pause);
  }

  /** A browser does not report why an upgrade failed; the session's HTTP endpoint does. */
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

  #tell(line: ConnectionStatus, retryAt?: number): void {
    this.#line = line;
    this.#options.onLine(line, retryAt);
  }
}

function* batches(frames: readonly ClientFrame[]): Generator<string> {
  const encoder = new TextEncoder();
  let texts: string[] = [];
  let bytes = 0;
  for (const text of frames.map((frame) => JSON.stringify(frame))) {
    const size = encoder.encode(text).length + 1;
    if (texts.length > 0 && bytes + size > batchBytes) {
      yield `[${texts.join(",")}]`;
      texts = [];
      bytes = 0;
    }
    texts.push(text);
    bytes += size;
  }
  if (texts.length > 0) yield `[${texts.join(",")}]`;
}
