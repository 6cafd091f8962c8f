/**
 * What the server measures of itself, made into lines to look at: counts become rates, buckets of
 * times become the time within which most of it happened.
 *
 * @module
 */

/** What was measured under one name: as `GET /api/figures` has it. */
export type Figure =
  | { readonly name: string; readonly values: Readonly<Record<string, number>> }
  | {
    readonly name: string;
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
    readonly sum: number;
  };

/** All figures at one moment. */
export interface Reading {
  /** In ms, of a clock that never goes back. */
  readonly at: number;
  readonly figures: readonly Figure[];
}

/** In which unit a line's values are. */
export type Unit = "count" | "perSecond" | "bytes" | "ms";

/** One line: what it is now, and what it was; `undefined` where nothing happened. */
export interface Line {
  readonly name: LineName;
  readonly unit: Unit;
  readonly now: number | undefined;
  readonly past: readonly (number | undefined)[];
}

/** Most commits and frames are at least as fast as what is shown of their times. */
const MOST = 0.95;

type Take = (before: Reading | undefined, after: Reading) => number | undefined;

const LINES = {
  people: ["count", gauge("hubbub_people_online")],
  connections: ["count", gauge("hubbub_connections")],
  rooms: ["count", gauge("hubbub_rooms_loaded")],
  messages: ["perSecond", rate("hubbub_events_total", "message")],
  fanOut: ["ms", most("hubbub_fan_out_seconds")],
  commits: ["ms", most("hubbub_commit_seconds")],
  commitSize: ["count", mean("hubbub_commit_size")],
  queued: ["bytes", gauge("hubbub_queue_bytes")],
  refusals: ["perSecond", rate("hubbub_refusals_total")],
  drops: ["count", gauge("hubbub_drops_total")],
  memory: ["bytes", gauge("process_resident_memory_bytes")],
} as const satisfies Readonly<Record<string, readonly [Unit, Take]>>;

/** What a line is about. */
export type LineName = keyof typeof LINES;

/** The lines, from readings in their order in time. What happens between two has no first value. */
export function linesOf(readings: readonly Reading[]): readonly Line[] {
  return Object.entries(LINES).map(([name, [unit, take]]) => {
    const past = readings.map((after, i) => take(readings[i - 1], after));
    return { name: name as LineName, unit, now: past.at(-1), past };
  });
}

/** When the server started, in ms since the Unix epoch. */
export function startOf({ figures }: Reading): number | undefined {
  const started = total(figures, "process_start_time_seconds");
  return started === undefined ? undefined : started * 1_000;
}

function gauge(name: string): Take {
  return (_, after) => total(after.figures, name);
}

function rate(name: string, label?: string): Take {
  return (before, after) => {
    const now = total(after.figures, name, label);
    if (before === undefined || now === undefined) return undefined;
    const then = total(before.figures, name, label) ?? 0;
    return grown(then, now) * 1_000 / (after.at - before.at);
  };
}

function mean(name: string): Take {
  return (before, after) => {
    const { sum, counts } = bucketsBetween(before, after, name) ?? { sum: 0, counts: [] };
    const all = counts.reduce((a, b) => a + b, 0);
    return all === 0 ? undefined : sum / all;
  };
}

/** The time, in ms, within which most of what happened did: between bounds, as if evenly spread. */
function most(name: string): Take {
  return (before, after) => {
    const { bounds, counts } = bucketsBetween(before, after, name) ?? { bounds: [], counts: [] };
    let left = counts.reduce((a, b) => a + b, 0) * MOST;
    for (const [i, count] of counts.entries()) {
      if (count === 0 || left > count) {
        left -= count;
        continue;
      }
      const lower = bounds[i - 1] ?? 0;
      // Past the last bound nobody knows how long it took.
      const upper = bounds[i] ?? lower;
      return (lower + (upper - lower) * left / count) * 1_000;
    }
    return undefined;
  };
}

function bucketsBetween(before: Reading | undefined, { figures }: Reading, name: string) {
  const then = before?.figures.find((figure) => figure.name === name);
  const now = figures.find((figure) => figure.name === name);
  if (before === undefined || now === undefined || !("counts" in now)) return undefined;
  const old = then !== undefined && "counts" in then ? then : { counts: [], sum: 0 };
  return {
    bounds: now.bounds,
    counts: now.counts.map((count, i) => grown(old.counts[i] ?? 0, count)),
    sum: grown(old.sum, now.sum),
  };
}

/** How much a count has grown. One that is smaller than before began again: the server restarted. */
function grown(before: number, after: number): number {
  return after < before ? after : after - before;
}

/** A figure's value: of one label, or all of them together. */
function total(figures: readonly Figure[], name: string, label?: string): number | undefined {
  const found = figures.find((figure) => figure.name === name);
  if (found === undefined || !("values" in found)) return undefined;
  if (label !== undefined) return found.values[label] ?? 0;
  return Object.values(found.values).reduce((a, b) => a + b, 0);
}
