/**
 * Handles the messages of other instances one after the other: most need a read from the store, and
 * no message may overtake an earlier one.
 *
 * @module
 */
import type { Presence } from "../chat/presence.ts";
import type { Connection } from "../chat/connection.ts";
import type { AdvancedRoom, Peers } from "../store/peers.ts";
import type { Account } from "../store/records.ts";
import type { Hints } from "./hints.ts";
import type { CountedPeerMessage, PresenceEntry } from "./peer_messages.ts";

/** How many messages may wait. With more, all are dropped and the reconciler compares everything. */
const MAX_WAITING = 10_000;

/** A message with its sender, or logs that other instances have appended to. */
export type ReceivedPeerMessage =
  | { readonly from: string; readonly message: CountedPeerMessage }
  | { readonly advanced: readonly AdvancedRoom[] };

/** Options of an inbox. */
export interface PeerInboxOptions {
  readonly peers: Pick<Peers, "accountsOf">;
  readonly hints: Hints;
  readonly presence: Presence<Connection>;
  /** Called when other instances have appended to rooms' logs. */
  readonly onAdvanced: (rooms: readonly AdvancedRoom[]) => void;
  /** Called when a new epoch has started. */
  readonly onEpoch: () => Promise<void>;
  /** Called when an instance is stopping. */
  readonly onBye: (from: string) => void;
  /** Called when all waiting messages were dropped because the store failed. */
  readonly onLost: (error: unknown) => void;
}

/** Handles received messages in order. */
export class PeerInbox {
  readonly #options: PeerInboxOptions;
  #waiting: ReceivedPeerMessage[] = [];
  #busy = false;
  /** Counts how often the waiting messages were dropped. */
  #drops = 0;

  constructor(options: PeerInboxOptions) {
    this.#options = options;
  }

  /** Adds a message. @returns `false` when too many wait: all of them are dropped. */
  add(received: ReceivedPeerMessage): boolean {
    // The path of every chat message between instances: without a queue it does not wait.
    if (!this.#busy && "advanced" in received) {
      this.#options.onAdvanced(received.advanced);
      return true;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.clear();
      return false;
    }
    this.#waiting.push(received);
    if (!this.#busy) void this.#run();
    return true;
  }

  /** Drops all waiting messages. The caller starts the reconciler. */
  clear(): void {
    this.#waiting = [];
    this.#drops += 1;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      const drops = this.#drops;
      this.#waiting = [];
      try {
        // One query for all: after a restart thousands arrive together.
        const accounts = await this.#accountsIn(batch);
        for (const received of batch) {
          if (this.#drops !== drops) break;
          await this.#handle(received, accounts);
        }
      } catch (error) {
        this.clear();
        this.#options.onLost(error);
      }
    }
    this.#busy = false;
  }

  async #accountsIn(
    batch: readonly ReceivedPeerMessage[],
  ): Promise<ReadonlyMap<number, Account>> {
    const ids = new Set(batch.flatMap((one) => presenceIn(one).map(({ account }) => account)));
    return ids.size === 0 ? new Map() : await this.#options.peers.accountsOf([...ids]);
  }

  async #handle(
    received: ReceivedPeerMessage,
    accounts: ReadonlyMap<number, Account>,
  ): Promise<void> {
    if ("advanced" in received) return this.#options.onAdvanced(received.advanced);
    const { from, message } = received;
    if (message.type === "effect") await this.#options.hints.apply(message.effect);
    if (message.type === "epoch") await this.#options.onEpoch();
    if (message.type === "bye") this.#options.onBye(from);
    const users = presenceIn(received).flatMap(({ account: id, state }) => {
      const account = accounts.get(id);
      return account === undefined ? [] : [{ account, state }];
    });
    if (message.type === "roster") this.#options.presence.setRemoteRoster(from, users);
    else for (const user of users) this.#options.presence.setRemote(from, user);
  }
}

function presenceIn(received: ReceivedPeerMessage): readonly PresenceEntry[] {
  if ("advanced" in received) return [];
  const { message } = received;
  if (message.type === "presence") return [message];
  return message.type === "roster" ? message.people : [];
}
