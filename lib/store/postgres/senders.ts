import { systemClock } from "../../util/clock.ts";
import type { Notified } from "./seal.ts";

/** How far behind the newest a notice may arrive: two of one instance can overtake each other. */
const WINDOW = 1_024;

/** The maximum number of notices that wait until their instance is known to be alive. */
const MAX_WAITING = 1_000;

/** The delay in ms before an unknown instance is looked up again. */
const ASK_AGAIN_MS = 5_000;

/** The number of instances remembered, including ended ones. */
const MAX_SENDERS = 1_000;

/** The counts of one instance's accepted notices (cf. RFC 4303, section 3.4.3). */
class Taken {
  #newest = 0;
  readonly #counts = new Set<number>();

  /** Records a notice. @returns `false` if it was accepted before, or may have been. */
  add(count: number): boolean {
    if (count <= this.#newest - WINDOW || this.#counts.has(count)) return false;
    this.#newest = Math.max(this.#newest, count);
    this.#counts.add(count);
    for (const old of this.#counts) {
      if (old > this.#newest - WINDOW) break;
      this.#counts.delete(old);
    }
    return true;
  }
}

interface Sender {
  readonly taken: Taken;
  /** The notices that wait until the instance is known to be alive; `null` once it is. */
  waiting: Notified[] | null;
  lives: boolean;
  readonly askedAt: number;
}

/** Receives the verified notices. */
export interface SendersOptions {
  /** Whether an instance is currently alive. */
  readonly lives: (instance: string) => Promise<boolean>;
  /** Receives a notice; those of one instance arrive in order. */
  readonly take: (notice: Notified) => void;
  /** Notices were skipped. */
  readonly onIgnored: (reason: "replayed" | "unknown_sender") => void;
  /** It is unknown whether an instance is alive: its notices are lost. */
  readonly onLost: () => void;
}

/**
 * Checks the senders of notices. A seal does not say when it was made: the notices of an ended
 * instance can be replayed, so an unknown instance is looked up first.
 */
export class Senders {
  readonly #options: SendersOptions;
  readonly #senders = new Map<string, Sender>();

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  /** Records that these instances are alive: they need no look-up. */
  know(instances: readonly string[]): void {
    for (const instance of instances) {
      if (!this.#senders.has(instance)) this.#add(instance, { waiting: null, lives: true });
    }
  }

  /** Receives a notice with a valid seal. */
  hear(notice: Notified): void {
    const sender = this.#known(notice.from) ?? this.#ask(notice.from);
    if (sender.waiting === null) return this.#take(sender, notice);
    if (sender.waiting.length < MAX_WAITING) sender.waiting.push(notice);
    else this.#options.onLost();
  }

  #known(instance: string): Sender | undefined {
    const sender = this.#senders.get(instance);
    if (sender === undefined || sender.lives || sender.waiting !== null) return sender;
    const isRecent = systemClock.elapsed() - sender.askedAt < ASK_AGAIN_MS;
    return isRecent ? sender : undefined;
  }

  #take(sender: Sender, notice: Notified): void {
    if (!sender.lives) return this.#options.onIgnored("unknown_sender");
    if (!sender.taken.add(notice.count)) return this.#options.onIgnored("replayed");
    this.#options.take(notice);
  }

  #ask(instance: string): Sender {
    const waiting: Notified[] = [];
    const sender = this.#add(instance, { waiting, lives: false });
    this.#options.lives(instance).then((lives) => {
      sender.lives = lives;
      sender.waiting = null;
      for (const notice of waiting) this.#take(sender, notice);
    }, () => {
      this.#senders.delete(instance);
      this.#options.onLost();
    });
    return sender;
  }

  #add(instance: string, state: Pick<Sender, "waiting" | "lives">): Sender {
    const sender = { taken: new Taken(), askedAt: systemClock.elapsed(), ...state };
    this.#senders.set(instance, sender);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
    return sender;
  }
}
