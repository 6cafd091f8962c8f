/**
 * Formats the results of the load generator as tables.
 *
 * @module
 */
import type { Scenario } from "./scenarios.ts";

/** The results of the load generator, and the average number of appends in a commit. */
export interface Results {
  readonly connections: number;
  /** Connections that the server has closed. */
  readonly lost_connections: number;
  /** The length of the window in seconds. */
  readonly window: number;
  /** Deliveries in the window: a message counts once for each recipient. */
  readonly delivered: number;
  readonly frames: number;
  readonly bytes: number;
  /** Deliveries outstanding at the end of the window, and seconds later. */
  readonly behind: number;
  readonly missing: number;
  readonly disordered: number;
  /** CPU seconds in the window, of the server and of the load generator. */
  readonly cpu: number;
  readonly own_cpu: number;
  /** Latency in µs, from the time at which a message was due. */
  readonly p50: number;
  readonly p99: number;
  /** Resident memory in KiB. */
  readonly memory_before: number;
  readonly memory_open: number;
  readonly memory_end: number;
  readonly memory_peak: number;
  /** The average number of appends in a commit. */
  readonly commit?: number;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Returns the deliveries per CPU second of the server. */
function efficiency({ delivered, cpu }: Results): number {
  return cpu === 0 ? 0 : delivered / cpu;
}

/** Returns the round with the median efficiency, with the medians of latency and memory. */
export function medianOf(rounds: readonly Results[]): Results {
  const middle = rounds.toSorted((a, b) => efficiency(a) - efficiency(b))[rounds.length >> 1];
  if (middle === undefined) throw new RangeError("Cannot take a median: there were no rounds");
  const medians = (["p50", "p99", "memory_before", "memory_open", "memory_end"] as const)
    .map((name) => [name, median(rounds.map((results) => results[name]))]);
  return { ...middle, ...Object.fromEntries(medians) };
}

/** Shortens a number: `12k`, `3.40M`. */
export function thousands(value: number): string {
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(2)}M`;
  return value >= 1_000 ? `${Math.round(value / 1_000)}k` : value.toFixed(0);
}

function milliseconds(us: number): string {
  // No message of the window has arrived.
  if (us === 0) return "–";
  if (us < 1_000) return (us / 1_000).toFixed(2);
  return us < 10_000 ? (us / 1_000).toFixed(1) : Math.round(us / 1_000).toLocaleString("en");
}

/** Lists what went wrong. */
function remarks(results: Results, expected: number): string {
  const { lost_connections, missing, disordered, delivered, commit } = results;
  const notes = [
    lost_connections > 0 ? `${lost_connections} disconnected` : "",
    disordered > 0 ? `${disordered} out of order` : "",
    missing > 0 && lost_connections === 0 ? `${thousands(missing)} late by over 5 s` : "",
    expected > 0 && delivered < 0.95 * expected ? "falls behind" : "",
    commit === undefined || commit < 1.05 ? "" : `${commit.toFixed(1)} a commit`,
  ];
  return notes.filter((note) => note !== "").join(", ");
}

const COLUMNS = [
  "",
  "deliveries per CPU s",
  "CPU",
  "messages a frame",
  "p50 ms",
  "p99 ms",
  "KB a connection",
  "hubbub is",
  "remarks",
];

/** Prints the results of a scenario as a Markdown table. */
export function printTable(scenario: Scenario, medians: ReadonlyMap<string, Results>): void {
  const hubbub = medians.get("hubbub");
  const rows = [...medians].map(([name, results]) => {
    const { window, delivered, frames, cpu, p50, p99, connections } = results;
    const memory = (results.memory_open - results.memory_before) * 1.024 / connections;
    const ratio = hubbub && name !== "hubbub" && delivered > 0
      ? `${(efficiency(hubbub) / efficiency(results)).toFixed(1)} ×`
      : "";
    // Connections that never read come on top of those of the scenario.
    const readers = Math.min(connections, scenario.connections);
    const expected = readers / scenario.rooms * scenario.rate * window;
    return [
      name,
      thousands(efficiency(results)),
      `${Math.round(cpu / window * 100)} %`,
      frames === 0 ? "" : (delivered / frames).toFixed(1),
      milliseconds(p50),
      milliseconds(p99),
      memory.toFixed(1),
      ratio,
      remarks(results, expected),
    ];
  });
  console.log(`\n${scenario.title}\n`);
  console.log(`| ${COLUMNS.join(" | ")} |\n|${COLUMNS.map(() => " --- |").join("")}`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

/** Prints the median of the start-up times. */
export function printStarts(times: readonly number[]): void {
  console.log(`\nstart to first message served: ${median(times).toFixed(0)} ms`);
}
