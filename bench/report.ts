/**
 * From what the load generator counted to what people read.
 *
 * @module
 */
import type { Scenario } from "./scenarios.ts";

/** What the load generator reports, and how many appends shared a commit. */
export interface Figures {
  readonly connections: number;
  /** Connections that the server ended. */
  readonly lost_connections: number;
  /** The length of the window in seconds. */
  readonly window: number;
  /** Messages that arrived in the window, each counted once for everybody who got it. */
  readonly delivered: number;
  readonly frames: number;
  readonly bytes: number;
  /** Deliveries that were still under way when the window closed, and seconds later. */
  readonly behind: number;
  readonly missing: number;
  readonly disordered: number;
  /** CPU seconds in the window: the server's, and the load generator's own. */
  readonly cpu: number;
  readonly own_cpu: number;
  /** Latency in µs, from when a message was due. */
  readonly p50: number;
  readonly p99: number;
  /** Resident memory in KiB. */
  readonly memory_before: number;
  readonly memory_open: number;
  readonly memory_end: number;
  readonly memory_peak: number;
  readonly commit?: number;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Deliveries per second of the server's CPU. */
function efficiency({ delivered, cpu }: Figures): number {
  return cpu === 0 ? 0 : delivered / cpu;
}

/** The round whose efficiency is in the middle, with the medians of the latencies and memory. */
export function medianOf(rounds: readonly Figures[]): Figures {
  const middle = rounds.toSorted((a, b) => efficiency(a) - efficiency(b))[rounds.length >> 1];
  if (middle === undefined) throw new RangeError("Cannot take a median: there were no rounds");
  const medians = (["p50", "p99", "memory_before", "memory_open", "memory_end"] as const)
    .map((name) => [name, median(rounds.map((figures) => figures[name]))]);
  return { ...middle, ...Object.fromEntries(medians) };
}

function thousands(value: number): string {
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(2)}M`;
  return value >= 1_000 ? `${Math.round(value / 1_000)}k` : value.toFixed(0);
}

function milliseconds(us: number): string {
  // None of the messages of the window has arrived.
  if (us === 0) return "–";
  if (us < 1_000) return (us / 1_000).toFixed(2);
  return us < 10_000 ? (us / 1_000).toFixed(1) : Math.round(us / 1_000).toLocaleString("en");
}

/** What went wrong, or nothing. */
function remarks(figures: Figures, expected: number): string {
  const { lost_connections, missing, disordered, delivered, commit } = figures;
  const notes = [
    lost_connections > 0 ? `${lost_connections} thrown out` : "",
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

/** Prints a table in Markdown. */
export function printTable(scenario: Scenario, medians: ReadonlyMap<string, Figures>): void {
  const hubbub = medians.get("hubbub");
  const rows = [...medians].map(([name, figures]) => {
    const { window, delivered, frames, cpu, p50, p99, connections } = figures;
    const memory = (figures.memory_open - figures.memory_before) * 1.024 / connections;
    const ratio = hubbub && name !== "hubbub" && delivered > 0
      ? `${(efficiency(hubbub) / efficiency(figures)).toFixed(1)} ×`
      : "";
    // Whoever never reads comes on top of those who should get everything.
    const readers = Math.min(connections, scenario.connections);
    const expected = readers / scenario.rooms * scenario.rate * window;
    return [
      name,
      thousands(efficiency(figures)),
      `${Math.round(cpu / window * 100)} %`,
      frames === 0 ? "" : (delivered / frames).toFixed(1),
      milliseconds(p50),
      milliseconds(p99),
      memory.toFixed(1),
      ratio,
      remarks(figures, expected),
    ];
  });
  console.log(`\n${scenario.title}\n`);
  console.log(`| ${COLUMNS.join(" | ")} |\n|${COLUMNS.map(() => " --- |").join("")}`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

/** Prints how long starting took. */
export function printStarts(times: readonly number[]): void {
  console.log(`\nstart to first message served: ${median(times).toFixed(0)} ms`);
}
