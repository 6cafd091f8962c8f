import type { ServerSocket } from "../../client.ts";
import type { Batch } from "../../lib/chat/outbound_batch.ts";
import type { Subscriber } from "../../lib/chat/channel.ts";
import type { Clock } from "../../lib/util/clock.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import type { CloseName } from "../../lib/protocol/errors.ts";

/** A subscriber without a socket: it records every batch. */
export class FakeSubscriber implements Subscriber {
  readonly batches: Batch[] = [];
  /** Whether its queue is full: it then refuses every batch. */
  slow = false;
  drained = true;
  readonly closes: CloseName[] = [];
  readonly #clock: Clock | undefined;
  readonly #writingMs: number;

  /**
   * @param clock Makes each frame take `writingMs` to write, as in a room with hundreds of members.
   */
  constructor(clock?: Clock, writingMs = 5) {
    this.#clock = clock;
    this.#writingMs = writingMs;
  }

  enqueue(batch: Batch): boolean {
    if (this.slow) return false;
    this.batches.push(batch);
    this.drained = this.#clock === undefined;
    this.#clock?.after(this.#writingMs, () => this.drained = true);
    return true;
  }

  close(name: CloseName): void {
    this.closes.push(name);
  }

  /** Everything enqueued, as one JSON text per message. */
  get messages(): string[] {
    return this.batches.flatMap((batch) => batch.messages);
  }

  /** Everything enqueued, decoded. */
  get frames(): ServerFrame[] {
    return this.messages.map((message) => JSON.parse(message));
  }
}

/** A WebSocket without a network: sent data stays in its buffer until it is drained. */
export class FakeSocket extends EventTarget implements ServerSocket {
  readyState: ServerSocket["readyState"] = WebSocket.CONNECTING;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly closes: { readonly code: number | undefined; readonly reason: string | undefined }[] =
    [];
  /** Whether the kernel takes everything at once. */
  drains = true;

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    // Like Deno's: `send` throws before it is open, and does nothing once it is closing.
    if (this.readyState === WebSocket.CONNECTING) throw new Error("Cannot send: not open");
    if (this.readyState !== WebSocket.OPEN) return;
    this.sent.push(String(data));
    if (!this.drains) this.bufferedAmount += new TextEncoder().encode(String(data)).length;
  }

  close(code?: number, reason?: string): void {
    if (this.readyState >= WebSocket.CLOSING) return;
    this.closes.push({ code, reason });
    this.readyState = WebSocket.CLOSING;
  }

  open(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  /** Receives a message. */
  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** The peer reads some of the sent data. */
  drain(bytes = Infinity): void {
    this.bufferedAmount = Math.max(0, this.bufferedAmount - bytes);
  }

  /** Closes the connection. */
  gone(): void {
    this.readyState = WebSocket.CLOSED;
    this.bufferedAmount = 0;
    this.dispatchEvent(new Event("close"));
  }
}

/** Calls of one method, held until the test releases them. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #shut = true;
  #fault: Error | undefined;

  /** The number of held calls. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Releases the oldest call. */
  pass(): void {
    this.#waiting.shift()?.();
  }

  /** Releases every call from now on. */
  open(): void {
    this.#shut = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Makes every call fail once it is released. */
  fail(error: Error | undefined): void {
    this.#fault = error;
  }

  async arrive(): Promise<void> {
    if (this.#shut) await new Promise<void>((go) => this.#waiting.push(go));
    if (this.#fault !== undefined) throw this.#fault;
  }
}

type Methods<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T];

/**
 * Wraps a service so that its calls can be held.
 *
 * @returns The service, and `hold`, which creates a gate for one of its methods: `"before"` the
 * work is done, or `"after"` it, so that the answer is outdated when it arrives.
 */
export function withGates<T extends object>(
  target: T,
): { service: T; hold: (method: Methods<T>, when: "before" | "after") => Gate } {
  const gates = new Map<PropertyKey, { gate: Gate; when: "before" | "after" }>();
  const service = new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        const held = gates.get(name);
        if (held?.when === "before") await held.gate.arrive();
        const result = await Reflect.apply(value, target, args);
        if (held?.when === "after") await held.gate.arrive();
        return result;
      };
    },
  });
  const hold = (method: Methods<T>, when: "before" | "after") => {
    const gate = new Gate();
    gates.set(method, { gate, when });
    return gate;
  };
  return { service, hold };
}
