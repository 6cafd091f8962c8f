/**
 * How instances reach each other. A bus carries texts, at most once: what matters is in the database,
 * and what a bus loses is found there. Everyone who can connect to its server may listen and send, so
 * that texts are sealed (`seal.ts`).
 *
 * Contract, for every bus:
 * 1. The texts of one sender arrive at a receiver in the order of sending, or not at all.
 * 2. A text reaches each connected instance that follows its topic, and may reach others, its sender
 *    too. Everyone follows the topic of everyone, `null`.
 * 3. Nothing is kept for an instance that is not connected. `onConnected` says that it is again.
 * 4. Nothing throws because the bus is away.
 *
 * @module
 */
import type { PeerTopic } from "../../peers.ts";

/** A text, and whom it concerns. */
export interface BusText {
  readonly topic: PeerTopic | null;
  readonly text: string;
}

/** Callbacks of a bus. None of them may throw. */
export interface BusHandlers {
  /** Called with each text that arrives. */
  onText(text: string): void;
  /** Called when the bus is connected, for the first time and after each loss. */
  onConnected(): void;
  /** Called once when the connection is lost. */
  onLost(): void;
}

/** A connection to the other instances. */
export interface Bus {
  /** Its name in the database: instances with different ones do not hear each other. */
  readonly name: "postgres" | "nats";
  /** The most characters of ASCII in a text. */
  readonly maxLength: number;
  /** Whether a text reaches only those that follow its topic. */
  readonly hasTopics: boolean;
  /** Whether the procedure that appends notifies the others. */
  readonly notifiesWithAppend: boolean;
  /** Connects, and reconnects until it is closed. */
  begin(handlers: BusHandlers): void;
  /** Resolves if the connection works, rejects if it does not. */
  ping(): Promise<void>;
  /** Drops a connection that does not answer; the bus connects again. */
  reset(): void;
  /** Sends texts, in order. */
  send(texts: readonly BusText[]): Promise<void>;
  /** Follows a topic. Resolves when its texts arrive, or when the connection is lost. */
  follow(topic: PeerTopic): Promise<void>;
  /** Ends that. */
  unfollow(topic: PeerTopic): void;
  /** Sends what waits, and disconnects. */
  close(): Promise<void>;
}
