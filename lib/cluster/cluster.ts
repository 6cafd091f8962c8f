/**
 * One instance among those that share a store. It hears what the others tell, notices when
 * something is missing, and who of them is no more.
 *
 * What is durable does not depend on it: rooms grow by their logs, and rights are in the store. A
 * notice only says that it is time to look, or saves the look.
 *
 * @module
 */
import type { Cancel, Clock } from "../clock.ts";
import type { Connection } from "../connection.ts";
import type { Effects } from "../effects.ts";
import type { Log } from "../log.ts";
import type { Moderation } from "../moderation.ts";
import type { Presence } from "../presence.ts";
import type { Growth, Peers } from "../store/peers.ts";
import type { Store } from "../store/store.ts";
import { type Heard, heard, type Told, type Voice } from "./notices.ts";
import { Reconciler, type ReconcilerHub } from "./reconciler.ts";

/** What an instance needs of its hub. */
export interface ClusterHub extends ReconcilerHub {
  readonly presence: Presence<Connection>;
  readonly voice: Voice;
}

/** What an instance is made with. */
export interface ClusterOptions {
  readonly hub: ClusterHub;
  readonly store: Store;
  readonly effects: Effects;
  readonly moderation: Moderation;
  readonly clock: Clock;
  readonly log: Log;
  /** How long people of an instance that stops are still held for online, in ms. */
  readonly graceMs: number;
}

/** How often an instance gives a sign of life, in ms. */
const HEARTBEAT_MS = 2_000;

/** After how much silence an instance is gone, in ms: three signs of life that did not come. */
const SILENCE_MS = 3 * HEARTBEAT_MS;

/** Those who ask for a roster within this many ms get one answer. */
const ROSTER_MS = 50;

/** What is known of another instance. */
interface Peer {
  /** How much it has told. */
  count: number;
  /** When it last told anything. */
  heardAt: number;
}

/** This instance's place among the others. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #peers: Peers;
  readonly #reconciler: Reconciler;
  readonly #others = new Map<string, Peer>();
  /** Those who have said goodbye: their people have yet to arrive elsewhere. */
  readonly #leaving = new Set<Cancel>();
  #cancelBeat: Cancel | undefined;
  #cancelRoster: Cancel | undefined;
  #closed = false;

  private constructor(options: ClusterOptions, peers: Peers) {
    this.#options = options;
    this.#peers = peers;
    this.#reconciler = new Reconciler({ ...options, peers });
  }

  /**
   * Joins the others: resolves once it hears them.
   *
   * @returns `null` where there cannot be any.
   */
  static async join(options: ClusterOptions): Promise<Cluster | null> {
    const { peers } = options.store;
    if (peers === null) return null;
    const cluster = new Cluster(options, peers);
    await peers.listen({
      onGrown: (rooms) => cluster.#onGrown(rooms),
      onNotice: (from, notice) => cluster.#onNotice(from, heard(notice)),
      onLost: () => cluster.#onLost(),
    });
    cluster.#planBeat();
    return cluster;
  }

  /** Whether it hears the others: where it does not, the database is away, or the way to it. */
  get listening(): boolean {
    return this.#peers.listening;
  }

  /** How many others there are. */
  get size(): number {
    return this.#others.size;
  }

  /** Says goodbye, and hears nothing any more. */
  close(): void {
    this.#closed = true;
    this.#cancelBeat?.();
    this.#cancelRoster?.();
    for (const cancel of this.#leaving) cancel();
    this.#reconciler.close();
    this.#tell({ type: "bye" });
  }

  #tell(told: Told): void {
    this.#options.hub.voice.tell(told);
  }

  // Hearing ------------------------------------------------------------------------------------

  #onGrown(rooms: readonly Growth[]): void {
    if (this.#closed) return;
    const { hub, log } = this.#options;
    for (const growth of rooms) {
      hub.healer.grown(growth).catch((error) => {
        log.error("cannot load a conversation", error, { room: growth.room });
        this.#reconciler.missed();
      });
    }
  }

  #onNotice(from: string, notice: Heard): void {
    if (this.#closed) return;
    this.#count(from, notice);
    try {
      this.#take(from, notice);
    } catch (error) {
      this.#options.log.error("cannot carry out a notice", error, { type: notice.type });
    }
  }

  /** Whatever was told until now may be lost, and what this instance told as well. */
  #onLost(): void {
    if (this.#closed) return;
    for (const peer of this.#others.values()) peer.heardAt = this.#options.clock.elapsed();
    this.#reconciler.missed();
    this.#tell({ type: "roll_call", of: null });
    this.#tellRoster();
  }

  #count(from: string, { type, count }: Heard): void {
    const heardAt = this.#options.clock.elapsed();
    const peer = this.#others.get(from);
    this.#others.set(from, { count, heardAt });
    const expected = (peer?.count ?? NaN) + (type === "alive" ? 0 : 1);
    if (count === expected) return;
    if (type !== "roster") this.#tell({ type: "roll_call", of: from });
    // What one had told before it was known is in the store.
    if (peer !== undefined) this.#reconciler.missed();
  }

  #take(from: string, notice: Heard): void {
    const { effects, hub: { presence } } = this.#options;
    switch (notice.type) {
      case "effect":
        return effects.apply(notice.effect);
      case "presence":
        return presence.hear(from, notice);
      case "roster":
        return presence.hearAll(from, notice.people);
      case "roll_call":
        if (notice.of === null || notice.of === this.#peers.self) this.#tellRoster();
        return;
      case "bye":
        return this.#onBye(from);
        // A newer version may tell more than this one understands.
    }
  }

  #tellRoster(): void {
    this.#cancelRoster ??= this.#options.clock.after(ROSTER_MS, () => {
      this.#cancelRoster = undefined;
      this.#tell({ type: "roster", people: this.#options.hub.presence.seen() });
    });
  }

  // Who is no more -----------------------------------------------------------------------------

  /** Its people are on their way to the others. */
  #onBye(from: string): void {
    const { clock, graceMs, hub } = this.#options;
    this.#others.delete(from);
    const cancel = clock.after(graceMs, () => {
      this.#leaving.delete(cancel);
      hub.presence.hearAll(from, []);
    });
    this.#leaving.add(cancel);
  }

  #planBeat(): void {
    this.#cancelBeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#tell({ type: "alive" });
      // Who hears nothing cannot know who is silent.
      if (this.#peers.listening) this.#forgetTheSilent();
      this.#planBeat();
    });
  }

  #forgetTheSilent(): void {
    const { clock, hub, log } = this.#options;
    for (const [name, { heardAt }] of this.#others) {
      if (clock.elapsed() - heardAt <= SILENCE_MS) continue;
      log.warn("an instance is silent", { instance: name });
      this.#others.delete(name);
      hub.presence.hearAll(name, []);
    }
  }
}
