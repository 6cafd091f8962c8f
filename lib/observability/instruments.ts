/**
 * Instruments: every metric of the server, with its name, in Prometheus' base units. No label holds
 * a text or a user's name.
 *
 * @module
 */
import { type Counter, type Metrics, SECONDS } from "./metrics.ts";
import type { CloseName } from "../protocol/errors.ts";
import type { IgnoredPeerMessage } from "../store/peers.ts";
import type { StoredEvent } from "../store/records.ts";

/** Bucket bounds for the size of a commit, up to the largest commit. */
const COMMIT_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** The sizes that a hub reports. */
export type HubSizes = Readonly<
  Record<"connections" | "presence" | "rooms", { readonly size: number }>
>;

/** The instruments of a hub. All durations are milliseconds. */
export interface HubInstruments {
  /** The server closed a connection. */
  dropped(reason: CloseName): void;
  /** An event was committed. */
  stored(kind: StoredEvent["kind"]): void;
  /** A transaction was committed. */
  committed(commit: { readonly size: number; readonly ms: number }): void;
  /** A transaction failed. */
  failed(): void;
  /** The log went back. @param lost How many events are known to be lost. */
  restored(lost: number): void;
  /** A frame was enqueued for all subscribers. @param ms Since its first message was published. */
  fannedOut(frame: { readonly subscribers: number; readonly ms: number }): void;
}

/** Creates the instruments of a hub. */
export function instrumentHub(metrics: Metrics, hub: HubSizes): HubInstruments {
  metrics.gauge("hubbub_connections", "Open connections.", () => hub.connections.size);
  metrics.gauge("hubbub_people_online", "People online.", () => hub.presence.size);
  metrics.gauge("hubbub_rooms_loaded", "Rooms in memory.", () => hub.rooms.size);
  const drops = metrics.counter(
    "hubbub_drops_total",
    "Connections that the server closed.",
    "reason",
  );
  const events = metrics.counter("hubbub_events_total", "Events stored.", "kind");
  const sizes = metrics.histogram("hubbub_commit_size", "Appends in a commit.", COMMIT_SIZES);
  const times = metrics.histogram("hubbub_commit_seconds", "Duration of a commit.", SECONDS);
  const failures = metrics.counter("hubbub_commit_failures_total", "Commits that failed.");
  const restored = metrics.counter(
    "hubbub_log_restored_total",
    "Times that the log went back or was replaced.",
  );
  const losses = metrics.counter(
    "hubbub_lost_events_total",
    "Acknowledged events that are known to be missing from the log.",
  );
  const frames = metrics.counter(
    "hubbub_frames_total",
    "Frames enqueued for subscribers of rooms.",
  );
  const fanOut = metrics.histogram(
    "hubbub_fan_out_seconds",
    "Time from publishing a message until it is enqueued for all subscribers.",
    SECONDS,
  );
  return {
    dropped: (reason) => drops.add(1, reason),
    stored: (kind) => events.add(1, kind),
    committed({ size, ms }) {
      sizes.observe(size);
      times.observe(ms / 1_000);
    },
    failed: () => failures.add(),
    restored(lost) {
      restored.add();
      losses.add(lost);
    },
    fannedOut({ subscribers, ms }) {
      if (subscribers === 0) return;
      frames.add(subscribers);
      fanOut.observe(ms / 1_000);
    },
  };
}

/** The instruments of the edge. */
export interface EdgeInstruments {
  /** A request was answered. @param ms The duration. */
  answered(answer: { readonly status: number; readonly ms: number }): void;
  /** A command was refused. */
  readonly refusals: Counter;
}

/**
 * Creates the instruments of requests and commands.
 *
 * @param queueBytes Returns how many bytes wait in the connections' queues.
 */
export function instrumentEdge(metrics: Metrics, queueBytes: () => number): EdgeInstruments {
  metrics.gauge("hubbub_queue_bytes", "Bytes in the queues of connections.", queueBytes);
  const refusals = metrics.counter("hubbub_refusals_total", "Refused commands.", "code");
  const statuses = metrics.counter("hubbub_requests_total", "HTTP requests answered.", "status");
  const times = metrics.histogram("hubbub_request_seconds", "Duration of HTTP requests.", SECONDS);
  return {
    answered({ status, ms }) {
      statuses.add(1, `${status}`);
      times.observe(ms / 1_000);
    },
    refusals,
  };
}

/**
 * Creates the instruments of the process.
 *
 * @param startedAt When the server started, in ms since the Unix epoch.
 */
export function instrumentProcess(metrics: Metrics, startedAt: number): void {
  const started = startedAt / 1_000;
  metrics.gauge(
    "process_start_time_seconds",
    "Start time of the server since the Unix epoch.",
    () => started,
  );
  const resident = "Resident memory of the process.";
  metrics.gauge("process_resident_memory_bytes", resident, () => Deno.memoryUsage().rss);
  const heap = "Memory in use by JavaScript.";
  metrics.gauge("process_heap_bytes", heap, () => Deno.memoryUsage().heapUsed);
}

/**
 * Creates the instruments of the cluster.
 *
 * @param count Returns the number of instances, this one included.
 * @returns A function to call with each message that is ignored.
 */
export function instrumentCluster(
  metrics: Metrics,
  count: () => number,
): (reason: IgnoredPeerMessage) => void {
  metrics.gauge("hubbub_instances", "Instances that share the store.", count);
  const ignored = metrics.counter(
    "hubbub_peer_messages_ignored_total",
    "Ignored peer messages: forged, replayed, malformed, or too many.",
    "reason",
  );
  return (reason) => ignored.add(1, reason);
}
