/**
 * The cluster: one instance among those that share a store. It handles the other instances'
 * messages, detects lost ones, and detects instances that are gone.
 *
 * Nothing durable depends on it: events are in the logs, and permissions are in the store. A message
 * only says that it is time to read, and where.
 *
 * @module
 */
import type { Cancel, Clock } from "../util/clock.ts";
import type { Effects } from "../chat/effects.ts";
import type { Groups } from "../chat/groups.ts";
import type { Log } from "../observability/log.ts";
import type { Moderation } from "../chat/moderation.ts";
import type { AdvancedRoom, IgnoredPeerMessage, PeerPayload, Peers } from "../store/peers.ts";
import type { Store } from "../store/store.ts";
import type { ClusterHub } from "./cluster_hub.ts";
import { Hints } from "./hints.ts";
import {
  type CountedPeerMessage,
  isCounted,
  parsePeerMessage,
  type PeerMessage,
  presenceEntryOf,
  type UnknownPeerMessage,
} from "./peer_messages.ts";
import { PeerInbox, type ReceivedPeerMessage } from "./peer_inbox.ts";
import { Reconciler } from "./reconciler.ts";

/** Options of a cluster. */
export interface ClusterOptions {
  readonly hub: ClusterHub;
  readonly store: Store;
  readonly effects: Effects;
  readonly moderation: Moderation;
  readonly groups: Groups;
  readonly clock: Clock;
  readonly log: Log;
  /** How long, in ms, the users of a stopping instance still count as online. */
  readonly graceMs: number;
  /**
   * The least time, in ms, between the beginnings of two commits, without and with other instances: a
   * commit costs the database several times what a message does, so that those of one moment share
   * it. A message that comes after a pause is committed at once.
   */
  readonly commitIntervalMs?: { readonly alone: number; readonly together: number };
  /** Called when a message is ignored: no instance sent it, or it cannot be understood. */
  readonly onIgnored?: (reason: IgnoredPeerMessage) => void;
}

/** The interval between two heartbeats, in ms. */
const HEARTBEAT_MS = 2_000;

/** After how much silence, in ms, an instance counts as gone: three missed heartbeats. */
const SILENCE_MS = 3 * HEARTBEAT_MS;

/** Roster requests within this many ms get one reply. */
const ROSTER_MS = 50;

/** Logged once when the line to the others is lost. */
const DEAF = "the other instances are not heard: what they store is looked for every two seconds";

/** The state that is kept for another instance. */
interface Peer {
  /** The number of messages that it has published. */
  count: number;
  /** When its last message arrived. */
  lastMessageAt: number;
}

/** This instance's membership in the cluster. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #peers: Peers;
  readonly #reconciler: Reconciler;
  readonly #inbox: PeerInbox;
  readonly #others = new Map<string, Peer>();
  /** Timers of instances that are stopping: their users have yet to reconnect elsewhere. */
  readonly #leaving = new Set<Cancel>();
  #cancelHeartbeat: Cancel | undefined;
  #cancelRoster: Cancel | undefined;
  /** Whether it is logged that messages do not arrive. */
  #isDeaf = false;
  #closed = false;

  private constructor(options: ClusterOptions, peers: Peers) {
    this.#options = options;
    this.#peers = peers;
    this.#reconciler = new Reconciler({ ...options, peers });
    this.#inbox = new PeerInbox({
      peers,
      hints: new Hints({ ...options, peers }),
      presence: options.hub.presence,
      onAdvanced: (rooms) => this.#onAdvanced(rooms),
      onEpoch: async () => await options.hub.guard?.check(),
      onBye: (from) => this.#onBye(from),
      onLost: (error) => this.#onInboxFailed(error),
    });
  }

  /**
   * Joins the other instances: resolves once it listens to them.
   *
   * @returns `null` on a store that instances cannot share.
   */
  static async join(options: ClusterOptions): Promise<Cluster | null> {
    const { peers } = options.store;
    if (peers === null) return null;
    const cluster = new Cluster(options, peers);
    await peers.listen({
      onAdvanced: (advanced) => cluster.#receive({ advanced }),
      onPeerMessage: (from, json) => cluster.#onMessage(from, json),
      onIgnored: (reason) => options.onIgnored?.(reason),
      onLost: () => cluster.#onLineLost(),
    });
    cluster.#setCommitInterval();
    cluster.#scheduleHeartbeat();
    return cluster;
  }

  /** Whether clients may connect: messages arrive, or what they say is found without them. */
  get ready(): boolean {
    return this.#peers.listening || this.#peers.isOptional;
  }

  /** The number of other instances. */
  get size(): number {
    return this.#others.size;
  }

  /** Publishes that this instance stops, and ignores all messages from then on. */
  close(): void {
    this.#closed = true;
    this.#cancelHeartbeat?.();
    this.#cancelRoster?.();
    for (const cancel of this.#leaving) cancel();
    this.#reconciler.close();
    this.#publish({ type: "bye" });
  }

  #publish(message: PeerMessage): void {
    this.#options.hub.publisher.publish(message);
  }

  // Receiving ------------------------------------------------------------------------------------

  #onAdvanced(rooms: readonly AdvancedRoom[]): void {
    if (this.#closed) return;
    const { hub, log } = this.#options;
    for (const advanced of rooms) {
      hub.logSync.advanced(advanced).catch((error) => {
        log.error("cannot load a conversation", error, { room: advanced.room });
        this.#reconciler.reconcileSoon();
      });
    }
  }

  #onMessage(from: string, json: PeerPayload): void {
    if (this.#closed) return;
    const message = parsePeerMessage(json);
    if (message === null) return this.#options.onIgnored?.("malformed");
    this.#count(from, message);
    // An unknown type is one of a newer version.
    if (message.type === "unknown" || message.type === "alive") return;
    if (message.type === "roster_request") return this.#onRosterRequest(message.of);
    this.#receive({ from, message });
  }

  #receive(received: ReceivedPeerMessage): void {
    if (this.#closed || this.#inbox.add(received)) return;
    this.#options.onIgnored?.("overrun");
    this.#compareEverything();
  }

  /** The store failed while messages were handled: they are lost. */
  #onInboxFailed(error: unknown): void {
    if (this.#closed) return;
    this.#options.log.error("cannot handle messages of other instances", error);
    this.#compareEverything();
  }

  #compareEverything(): void {
    this.#reconciler.reconcileSoon();
    this.#publish({ type: "roster_request", of: null });
  }

  /** Any message may have been lost until now, in both directions. */
  #onLineLost(): void {
    if (this.#closed) return;
    this.#inbox.clear();
    for (const peer of this.#others.values()) peer.lastMessageAt = this.#options.clock.elapsed();
    this.#compareEverything();
    this.#publishRoster();
  }

  /** Counts a sender's messages; starts the reconciler when one is missing. */
  #count(from: string, message: CountedPeerMessage | UnknownPeerMessage): void {
    const { type, count } = message;
    const lastMessageAt = this.#options.clock.elapsed();
    const peer = this.#others.get(from);
    this.#others.set(from, { count, lastMessageAt });
    const adds = type === "unknown" || isCounted(message as CountedPeerMessage, this.#peers);
    const expected = (peer?.count ?? NaN) + (adds ? 1 : 0);
    // Invariant C2: a lost message is detected by the next count.
    if (count === expected) return;
    if (type !== "roster") this.#publish({ type: "roster_request", of: from });
    // The changes that an instance published before this one knew it are in the store.
    if (peer !== undefined) this.#reconciler.reconcileSoon();
  }

  #onRosterRequest(of: string | null): void {
    if (of === null || of === this.#peers.self) this.#publishRoster();
  }

  #publishRoster(): void {
    this.#cancelRoster ??= this.#options.clock.after(ROSTER_MS, () => {
      this.#cancelRoster = undefined;
      const people = this.#options.hub.presence.local().map(presenceEntryOf);
      this.#publish({ type: "roster", people });
    });
  }

  // Instances that are gone ----------------------------------------------------------------------

  /** Keeps the users of a stopping instance online while they reconnect to another one. */
  #onBye(from: string): void {
    if (this.#closed) return;
    const { clock, graceMs, hub } = this.#options;
    this.#others.delete(from);
    const cancel = clock.after(graceMs, () => {
      this.#leaving.delete(cancel);
      hub.presence.setRemoteRoster(from, []);
    });
    this.#leaving.add(cancel);
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#publish({ type: "alive" });
      // Without a line to the others, silence says nothing about them.
      if (this.#peers.listening) this.#forgetSilent();
      else this.#reconciler.compareSoon();
      this.#noteLine();
      this.#setCommitInterval();
      this.#scheduleHeartbeat();
    });
  }

  #setCommitInterval(): void {
    const { hub, commitIntervalMs } = this.#options;
    const interval = commitIntervalMs?.[this.#others.size > 0 ? "together" : "alone"];
    hub.commitIntervalMs = interval ?? 0;
  }

  /** Logs that messages do not arrive, and that they do again. */
  #noteLine(): void {
    const { log } = this.#options;
    if (this.#isDeaf !== this.#peers.listening) return;
    this.#isDeaf = !this.#isDeaf;
    if (this.#isDeaf) log.warn(DEAF, {});
    else log.info("the other instances are heard again", {});
  }

  #forgetSilent(): void {
    const { clock, hub, log } = this.#options;
    for (const [name, { lastMessageAt }] of this.#others) {
      if (clock.elapsed() - lastMessageAt <= SILENCE_MS) continue;
      log.warn("an instance is silent", { instance: name });
      this.#others.delete(name);
      hub.presence.setRemoteRoster(name, []);
    }
  }
}
