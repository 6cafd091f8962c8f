import { systemClock } from "../../util/clock.ts";
import type { PeerPayload, PeerTopic } from "../peers.ts";
import type { Bus, BusText } from "./bus/bus.ts";
import type { Seal } from "./seal.ts";

/** Milliseconds in which notices are collected into one batch. */
const GATHER_MS = 3;
/** Characters of a text for the header of a part. */
const HEADER_LENGTH = 299;
/** The maximum number of waiting notices; more are dropped, as while the database is away. */
const MAX_WAITING = 10_000;

/** Notifies the other instances, in order. */
export class Notifier {
  readonly #bus: Bus;
  readonly #seal: Seal;
  #waiting: { readonly notice: PeerPayload; readonly topic: PeerTopic | null }[] = [];
  /** Whether a flush is scheduled or running. */
  #busy = false;
  #cancel = () => {};
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(bus: Bus, seal: Seal) {
    this.#bus = bus;
    this.#seal = seal;
  }

  publish(notice: PeerPayload, topic: PeerTopic | null): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ notice, topic: this.#bus.hasTopics ? topic : null });
    if (!this.#busy) this.#tellSoon();
  }

  /** Sends the waiting notices; later ones are dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#telling;
    await this.#tellAll();
  }

  #tellSoon(): void {
    this.#busy = true;
    this.#cancel = systemClock.after(GATHER_MS, () => {
      this.#telling = this.#tellAll().then(() => {
        this.#busy = false;
        if (this.#waiting.length > 0 && !this.#closed) this.#tellSoon();
      });
    });
  }

  async #tellAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const topics = Map.groupBy(waiting, ({ topic }) => topic);
    const texts = [...topics].flatMap(([topic, some]) =>
      this.#partsOf(some.map(({ notice }) => notice)).map((text): BusText => ({ topic, text }))
    );
    if (texts.length > 0) await this.#bus.send(texts);
  }

  /** Notices as texts. */
  #partsOf(notices: readonly PeerPayload[]): readonly string[] {
    // In ASCII, so that the length of a text is its length in bytes.
    const text = JSON.stringify(notices).replace(
      /[\u0080-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    const length = this.#bus.maxLength - HEADER_LENGTH;
    const count = Math.ceil(text.length / length);
    return Array.from({ length: count }, (_, n) => {
      const part = text.slice(n * length, (n + 1) * length);
      return this.#seal.close(`told ${n + 1}/${count} ${part}`);
    });
  }
}
