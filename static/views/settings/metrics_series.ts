/**
 * Turns readings of the server's metrics into series: counters become rates, and histograms become
 * a quantile.
 *
 * @module
 */

/** The values of one metric, as `GET /api/figures` returns them. */
export type MetricSample =
  | { readonly name: string; readonly values: Readonly<Record<string, number>> }
  | {
    readonly name: string;
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
    readonly sum: number;
  };

/** All metrics at one time. */
export interface Reading {
  /** In ms, of a monotonic clock. */
  readonly at: number;
  readonly statistics: readonly MetricSample[];
}

/** The unit of a series. */
export type Unit = "count" | "perSecond" | "bytes" | "ms";

/** A series: its last value and its history; `undefined` where nothing happened. */
export interface MetricSeries {
  readonly name: SeriesName;
  readonly unit: Unit;
  readonly now: number | undefined;
  readonly past: readonly (number | undefined)[];
}

/** The quantile that is shown for the times of commits and frames. */
const QUANTILE = 0.95;

type SeriesFunction = (before: Reading | undefined, after: Reading) => number | undefined;

const SERIES = {
  people: ["count", gauge("hubbub_people_online")],
  connections: ["count", gauge("hubbub_connections")],
  rooms: ["count", gauge("hubbub_rooms_loaded")],
  messages: ["perSecond", rate("hubbub_events_total", "message")],
  fanOut: ["ms", quantile("hubbub_fan_out_seconds")],
  commits: ["ms", quantile("hubbub_commit_seconds")],
  commitSize: ["count", mean("hubbub_commit_size")],
  queued: ["bytes", gauge("hubbub_queue_bytes")],
  refusals: ["perSecond", rate("hubbub_refusals_total")],
  drops: ["count", gauge("hubbub_drops_total")],
  memory: ["bytes", gauge("process_resident_memory_bytes")],
} as const satisfies Readonly<Record<string, readonly [Unit, SeriesFunction]>>;

/** The name of a series. */
export type SeriesName = keyof typeof SERIES;

/**
 * Computes the series from readings in order of time. A rate has no value for the first reading.
 */
export function seriesOf(readings: readonly Reading[]): readonly MetricSeries[] {
  return Object.entries(SERIES).map(([name, [unit, compute]]) => {
    const past = readings.map((after, i) => compute(readings[i - 1], after));
    return { name: name as SeriesName, unit, now: past.at(-1), past };
  });
}

/** Returns when the server started, in ms since the Unix epoch. */
export function startedAt({ statistics }: Reading): number | undefined {
  const started = total(statistics, "process_start_time_seconds");
  return started === undefined ? undefined : started * 1_000;
}

function gauge(name: string): SeriesFunction {
  return (_, after) => total(after.statistics, name);
}

function rate(name: string, label?: string): SeriesFunction {
  return (before, after) => {
    const now = total(after.statistics, name, label);
    if (before === undefined || now === undefined) return undefined;
    const then = total(before.statistics, name, label) ?? 0;
    return increase(then, now) * 1_000 / (after.at - before.at);
  };
}

function mean(name: string): SeriesFunction {
  return (before, after) => {
    const { sum, counts } = bucketsBetween(before, after, name) ?? { sum: 0, counts: [] };
    const all = counts.reduce((a, b) => a + b, 0);
    return all === 0 ? undefined : sum / all;
  };
}

/** The quantile of a histogram, in ms; values count as evenly spread between two bounds. */
function quantile(name: string): SeriesFunction {
  return (before, after) => {
    const { bounds, counts } = bucketsBetween(before, after, name) ?? { bounds: [], counts: [] };
    let left = counts.reduce((a, b) => a + b, 0) * QUANTILE;
    for (const [i, count] of counts.entries()) {
      if (count === 0 || left > count) {
        left -= count;
        continue;
      }
      const lower = bounds[i - 1] ?? 0;
      // Beyond the last bound the times are unknown.
      const upper = bounds[i] ?? lower;
      return (lower + (upper - lower) * left / count) * 1_000;
    }
    return undefined;
  };
}

function bucketsBetween(before: Reading | undefined, { statistics }: Reading, name: string) {
  const then = before?.statistics.find((sample) => sample.name === name);
  const now = statistics.find((sample) => sample.name === name);
  if (before === undefined || now === undefined || !("counts" in now)) return undefined;
  const old = then !== undefined && "counts" in then ? then : { counts: [], sum: 0 };
  return {
    bounds: now.bounds,
    counts: now.counts.map((count, i) => increase(old.counts[i] ?? 0, count)),
    sum: increase(old.sum, now.sum),
  };
}

/**
 * Returns the increase of a counter. A smaller value than before means that the server restarted.
 */
function increase(before: number, after: number): number {
  return after < before ? after : after - before;
}

/** Returns a metric's value: for one label, or the sum of all. */
function total(
  statistics: readonly MetricSample[],
  name: string,
  label?: string,
): number | undefined {
  const found = statistics.find((sample) => sample.name === name);
  if (found === undefined || !("values" in found)) return undefined;
  if (label !== undefined) return found.values[label] ?? 0;
  return Object.values(found.values).reduce((a, b) => a + b, 0);
}
