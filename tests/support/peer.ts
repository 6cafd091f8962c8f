import type { ClientFrame, ServerFrame } from "../../lib/protocol/frames.ts";
import { expand } from "../../lib/protocol/delta.ts";

/** The timeout of an expected frame, in ms: only a failing test waits that long. */
const PATIENCE_MS = 20_000;

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** A WebSocket client that records received frames and can wait for them. */
export class Peer {
  readonly socket: WebSocket;
  /** Every frame received, in order. */
  readonly frames: ServerFrame[] = [];
  /** The number of WebSocket messages that carried them. */
  messages = 0;
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  #wake: () => void = () => {};

  constructor(url: string | URL, options?: string[] | WebSocketInit) {
    this.socket = new WebSocket(url, options as string[]);
    this.socket.addEventListener("message", ({ data }) => {
      this.messages += 1;
      this.frames.push(...expand([JSON.parse(data)].flat()));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.addEventListener("close", ({ code, reason }) => {
        resolve({ code, reason });
        this.#wake();
      });
    });
  }

  /** Connects, and waits for `welcome`. */
  static async open(url: string | URL, options?: string[] | WebSocketInit): Promise<Peer> {
    const peer = new Peer(url, options);
    await peer.take("welcome");
    return peer;
  }

  /** The id of its account, from `welcome`. */
  get id(): string {
    const welcome = this.frames.find((frame) => frame.type === "welcome");
    if (welcome === undefined) throw new Error("There was no welcome");
    return welcome.you.id;
  }

  /** The id of a room, from the latest frame that names it. */
  roomId(room: string): string {
    const frame = this.frames.findLast((frame) =>
      "room" in frame && "room_id" in frame && frame.room === room
    );
    if (frame === undefined || !("room_id" in frame)) throw new Error(`Nothing names ${room}`);
    return frame.room_id;
  }

  /** Sends a frame, or several as an array. */
  send(...frames: readonly ClientFrame[]): void {
    this.socket.send(JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }

  /** Sends raw data. */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(data);
  }

  /**
   * Waits for the next matching frame after the last one returned; frames in between are skipped.
   */
  async next<T extends ServerFrame>(fits: (frame: ServerFrame) => frame is T): Promise<T>;
  async next(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame>;
  async next(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++];
        if (frame !== undefined && fits(frame)) return frame;
      }
      await this.#arrival(deadline);
    }
  }

  /** Waits for the next frame of a type. */
  take<T extends ServerFrame["type"]>(type: T): Promise<FrameOf<T>> {
    return this.next((frame): frame is FrameOf<T> => frame.type === type);
  }

  /** Sends a frame with a key and waits for the reply with that key. */
  ask(frame: ClientFrame): Promise<ServerFrame> {
    const key = frame.key ?? crypto.randomUUID();
    this.send({ ...frame, key });
    return this.next((answer) => "key" in answer && answer.key === key);
  }

  /** Waits until every earlier command has been executed, and its effects have arrived. */
  async sync(): Promise<void> {
    await this.ask({ type: "list_rooms" });
  }

  /** Closes the connection, and waits for that. */
  async close(code = 1000): Promise<void> {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.close(code);
    await this.closed;
  }

  #arrival(deadline: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (why: string) => reject(new Error(`${why}; so far: ${this.#recent()}`));
    if (this.socket.readyState === WebSocket.CLOSED) fail("Closed before the frame came");
    const timer = setTimeout(() => fail("The frame did not come"), deadline - Date.now());
    this.#wake = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  #recent(): string {
    return JSON.stringify(this.frames.slice(-5)).slice(0, 2_000);
  }
}

/** Options of Deno's `WebSocket` besides protocols. */
interface WebSocketInit {
  protocols?: string[];
  headers?: Record<string, string>;
}
