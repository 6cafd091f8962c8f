/**
 * Counters, gauges and histograms: as values, and in Prometheus' text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * @module
 */

/** A value that only increases. */
export interface Counter {
  /** Adds to the count of a label value; to the only count when there is no label. */
  add(amount?: number, label?: string): void;
}

/** Counts observations in buckets. */
export interface Histogram {
  /** Counts one observation. */
  observe(value: number): void;
}

/** The current values of one metric. */
export type Statistic =
  & {
    /** In Prometheus' style: `hubbub_commit_seconds`. */
    readonly name: string;
    /** One sentence. */
    readonly help: string;
  }
  & (
    | {
      readonly type: "counter" | "gauge";
      /** The name of the label, where there is one. */
      readonly label?: string;
      /** By the label's value; by the empty text when there is no label. */
      readonly values: Readonly<Record<string, number>>;
    }
    | {
      readonly type: "histogram";
      /** The upper bounds of the buckets, ascending. The last bucket has none. */
      readonly bounds: readonly number[];
      /** The number of observations in each bucket alone; not cumulative. */
      readonly counts: readonly number[];
      /** The sum of all observations. */
      readonly sum: number;
    }
  );

/** Bucket bounds for durations in seconds: from imperceptible to intolerable. */
export const SECONDS: readonly number[] = [
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
];

/** All metrics of one server. */
export class Metrics {
  readonly #read: (() => Statistic)[] = [];

  /**
   * Creates a counter.
   *
   * @param name Ends in `_total`.
   * @param label The name of the label, if there is one.
   */
  counter(name: string, help: string, label?: string): Counter {
    const counts = new Map<string, number>();
    if (label === undefined) counts.set("", 0);
    const labelled = label === undefined ? {} : { label };
    this.#read.push(() => {
      return { name, help, type: "counter", ...labelled, values: Object.fromEntries(counts) };
    });
    return {
      add: (amount = 1, value = "") => void counts.set(value, (counts.get(value) ?? 0) + amount),
    };
  }

  /** Creates a gauge. @param read Returns the current value. */
  gauge(name: string, help: string, read: () => number): void {
    this.#read.push(() => ({ name, help, type: "gauge", values: { "": read() } }));
  }

  /** Creates a histogram. @param bounds The inclusive upper bounds of the buckets, ascending. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const counts = new Array<number>(bounds.length + 1).fill(0);
    let sum = 0;
    this.#read.push(() => ({ name, help, type: "histogram", bounds, counts: [...counts], sum }));
    return {
      observe(value) {
        const bucket = bounds.findIndex((bound) => value <= bound);
        const index = bucket < 0 ? bounds.length : bucket;
        counts[index] = (counts[index] ?? 0) + 1;
        sum += value;
      },
    };
  }

  /** All metrics as values. */
  statistics(): Statistic[] {
    return this.#read.map((read) => read());
  }

  /** All metrics in Prometheus' text format. */
  render(): string {
    return this.statistics().map((statistic) => {
      const { name, help, type } = statistic;
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples(statistic)].join(
        "\n",
      ) +
        "\n";
    }).join("");
  }
}

function samples(statistic: Statistic): string[] {
  const { name } = statistic;
  if (statistic.type !== "histogram") {
    return Object.entries(statistic.values).map(([value, count]) =>
      `${name}${statistic.label === undefined ? "" : `{${statistic.label}="${value}"}`} ${count}`
    );
  }
  let below = 0;
  const buckets = statistic.counts.map((count, i) =>
    `${name}_bucket{le="${statistic.bounds[i] ?? "+Inf"}"} ${below += count}`
  );
  return [...buckets, `${name}_sum ${statistic.sum}`, `${name}_count ${below}`];
}
