/**
 * What a server measures of itself: every name once, in Prometheus' base units. Never a text, never
 * a name of somebody.
 *
 * @module
 */
import type { Counter, Metrics } from "./metrics.ts";
import { SECONDS } from "./metrics.ts";
import type { CloseName } from "./protocol.ts";
import type { StoredEvent } from "./store/store.ts";

/** How many of something a commit holds, or a frame: up to what a commit may hold. */
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** What a hub has. */
export type Census = Readonly<
  Record<"connections" | "presence" | "rooms", { readonly size: number }>
>;

/** What happens in a hub. All durations are milliseconds. */
export interface HubMeasures {
  /** A connection was ended from this side. */
  dropped(reason: CloseName): void;
  /** An event was committed. */
  stored(kind: StoredEvent["kind"]): void;
  /** A transaction was written. */
  committed(commit: { readonly size: number; readonly ms: number }): void;
  /** A transaction was not written. */
  failed(): void;
  /** A frame was handed to all who follow a room. @param ms Since the first thing in it happened. */
  fannedOut(frame: { readonly followers: number; readonly ms: number }): void;
}

/** Measures a hub. */
export function measureHub(metrics: Metrics, hub: Census): HubMeasures {
  metrics.gauge("hubbub_connections", "Open connections.", () => hub.connections.size);
  metrics.gauge("hubbub_people_online", "People online.", () => hub.presence.size);
  metrics.gauge("hubbub_rooms_loaded", "Rooms in memory.", () => hub.rooms.size);
  const drops = metrics.counter("hubbub_drops_total", "Connections the server ended.", "reason");
  const events = metrics.counter("hubbub_events_total", "Events stored.", "kind");
  const sizes = metrics.histogram("hubbub_commit_size", "Appends in a commit.", SIZES);
  const times = metrics.histogram("hubbub_commit_seconds", "Time of a commit.", SECONDS);
  const failures = metrics.counter("hubbub_commit_failures_total", "Commits that failed.");
  const frames = metrics.counter("hubbub_frames_total", "Frames handed to those who follow rooms.");
  const fanOut = metrics.histogram(
    "hubbub_fan_out_seconds",
    "Time until all who follow a room were handed what happened in it.",
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
    fannedOut({ followers, ms }) {
      if (followers === 0) return;
      frames.add(followers);
      fanOut.observe(ms / 1_000);
    },
  };
}

/** What happens at the edge. */
export interface EdgeMeasures {
  /** A request was answered. @param ms What it took. */
  answered(answer: { readonly status: number; readonly ms: number }): void;
  /** A command was refused. */
  readonly refusals: Counter;
}

/**
 * Measures what comes in from outside.
 *
 * @param queueBytes How many bytes wait for readers.
 */
export function measureEdge(metrics: Metrics, queueBytes: () => number): EdgeMeasures {
  metrics.gauge("hubbub_queue_bytes", "Bytes that wait for slow readers.", queueBytes);
  const refusals = metrics.counter("hubbub_refusals_total", "Commands that were refused.", "code");
  const statuses = metrics.counter("hubbub_requests_total", "HTTP requests answered.", "status");
  const times = metrics.histogram("hubbub_request_seconds", "Time of HTTP requests.", SECONDS);
  return {
    answered({ status, ms }) {
      statuses.add(1, `${status}`);
      times.observe(ms / 1_000);
    },
    refusals,
  };
}

/**
 * Measures the process.
 *
 * @param startedAt When it started, in ms since the Unix epoch.
 */
export function measureProcess(metrics: Metrics, startedAt: number): void {
  const started = startedAt / 1_000;
  metrics.gauge("process_start_time_seconds", "When the server started.", () => started);
  const resident = "Memory of the process.";
  metrics.gauge("process_resident_memory_bytes", resident, () => Deno.memoryUsage().rss);
  const heap = "Memory in use by JavaScript.";
  metrics.gauge("process_heap_bytes", heap, () => Deno.memoryUsage().heapUsed);
}

/** Measures how many servers share the store. @param count This one, and those that it hears. */
export function measureInstances(metrics: Metrics, count: () => number): void {
  metrics.gauge("hubbub_instances", "Instances on the store that are heard.", count);
}
