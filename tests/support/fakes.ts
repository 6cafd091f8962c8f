import type { Socket } from "../../client.ts";
import type { Batch } from "../../lib/batch.ts";
import type { Member } from "../../lib/channel.ts";
import type { Clock } from "../../lib/clock.ts";
import type { CloseName, ServerFrame } from "../../lib/protocol.ts";

/** A member of a channel that has no socket: it remembers what it was offered. */
export class FakeMember implements Member {
  readonly batches: Batch[] = [];
  /** What it refuses: nothing, or everything. */
  slow = false;
  drained = true;
  readonly closes: CloseName[] = [];
  readonly #clock: Clock | undefined;
  readonly #writingMs: number;

  /** @param clock Where a frame takes time to be written: as long as in a room of some hundreds. */
  constructor(clock?: Clock, writingMs = 5) {
    this.#clock = clock;
    this.#writingMs = writingMs;
  }

  offer(batch: Batch): boolean {
    if (this.slow) return false;
    this.batches.push(batch);
    this.drained = this.#clock === undefined;
    this.#clock?.after(this.#writingMs, () => this.drained = true);
    return true;
  }

  close(name: CloseName): void {
    this.closes.push(name);
  }

  /** Everything it got, one JSON text a message. */
  get messages(): string[] {
    return this.batches.flatMap((batch) => batch.messages);
  }

  /** Everything it got, as the page would read it. */
  get frames(): ServerFrame[] {
    return this.messages.map((message) => JSON.parse(message));
  }
}

/** A WebSocket without a network: what is sent stays in its buffer until it is drained. */
export class FakeSocket extends EventTarget implements Socket {
  readyState: Socket["readyState"] = WebSocket.CONNECTING;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly closes: { readonly code: number | undefined; readonly reason: string | undefined }[] =
    [];
  /** Whether the kernel takes everything at once. */
  drains = true;

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    // As Deno does it: a throw before it is open, silence once it closes.
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

  /** A message comes in. */
  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** The peer reads some of what it was sent. */
  drain(bytes = Infinity): void {
    this.bufferedAmount = Math.max(0, this.bufferedAmount - bytes);
  }

  /** The connection is over. */
  gone(): void {
    this.readyState = WebSocket.CLOSED;
    this.bufferedAmount = 0;
    this.dispatchEvent(new Event("close"));
  }
}

/** Calls of one method that wait to be let through. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #shut = true;
  #fault: Error | undefined;

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets the oldest call through. */
  pass(): void {
    this.#waiting.shift()?.();
  }

  /** Lets everything through from now on. */
  open(): void {
    this.#shut = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** From now on every call that is let through fails. */
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
 * A service whose answers can be held back.
 *
 * @returns The service, and `hold`, which makes a gate for one of its methods: `"before"` the work
 * is done, or `"after"` it, when the answer is on its way and grows old.
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
