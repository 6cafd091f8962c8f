/**
 * The hub as the cluster sees it.
 *
 * @module
 */
import type { HubApi } from "../chat/hub_api.ts";
import type { LogGuard } from "./log_guard.ts";
import type { LogSync } from "./log_sync.ts";
import type { PeerPublisher } from "./peer_messages.ts";

/** The hub, with the parts that keep it in step with other instances. */
export interface ClusterHub extends HubApi {
  /** Publishes the events that other instances append. */
  readonly logSync: LogSync;
  /** Detects a log that went back; `null` where that cannot happen while the server runs. */
  readonly guard: LogGuard | null;
  /** The least time, in ms, between the beginnings of two commits: see `Cluster`. */
  commitIntervalMs: number;
  /** Publishes messages to the other instances. */
  readonly publisher: PeerPublisher;
}
