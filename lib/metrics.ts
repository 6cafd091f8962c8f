/**
 * Counters, gauges and histograms: as values, and in Prometheus' text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * @module
 */

/** Counts up. */
export interface Counter {
  /** Adds to the count of a label value; of the only one, where there is none. */
  add(amount?: number, label?: string): void;
}

/** Counts observations by size. */
export interface Histogram {
  /** Counts one observation. */
  observe(value: number): void;
}

/** What was measured under one name, up to now. */
export type Figure =
  & {
    /** In Prometheus' style: `hubbub_commit_seconds`. */
    readonly name: string;
    /** One sentence. */
    readonly help: string;
  }
  & (
    | {
      readonly type: "counter" | "gauge";
      /** The name of the one label, where values are told apart by one. */
      readonly label?: string;
      /** By the label's value; by the empty text where there is no label. */
      readonly values: Readonly<Record<string, number>>;
    }
    | {
      readonly type: "histogram";
      /** The buckets' upper bounds, ascending. The last bucket has none. */
      readonly bounds: readonly number[];
      /** The observations in each bucket: in that one alone, not in those below it. */
      readonly counts: readonly number[];
      /** All observations added up. */
      readonly sum: number;
    }
  );

/** Times in seconds: from what nobody notices to what everybody does. */
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

/** All the measurements of one server. */
export class Metrics {
  readonly #read: (() => Figure)[] = [];

  /**
   * @param name Ends in `_total`.
   * @param label The name of the one label, where counts are told apart by one.
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

  /** @param read Called whenever somebody asks. */
  gauge(name: string, help: string, read: () => number): void {
    this.#read.push(() => ({ name, help, type: "gauge", values: { "": read() } }));
  }

  /** @param bounds The upper bounds of the buckets, ascending; a bound belongs to its bucket. */
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

  /** Everything, as values. */
  figures(): Figure[] {
    return this.#read.map((read) => read());
  }

  /** Everything, as text. */
  render(): string {
    return this.figures().map((figure) => {
      const { name, help, type } = figure;
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples(figure)].join("\n") +
        "\n";
    }).join("");
  }
}

function samples(figure: Figure): string[] {
  const { name } = figure;
  if (figure.type !== "histogram") {
    return Object.entries(figure.values).map(([value, count]) =>
      `${name}${figure.label === undefined ? "" : `{${figure.label}="${value}"}`} ${count}`
    );
  }
  let below = 0;
  const buckets = figure.counts.map((count, i) =>
    `${name}_bucket{le="${figure.bounds[i] ?? "+Inf"}"} ${below += count}`
  );
  return [...buckets, `${name}_sum ${figure.sum}`, `${name}_count ${below}`];
}
