/**
 * Counters, gauges and histograms in Prometheus' text format, version 0.0.4
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

/** All the measurements of one server. */
export class Metrics {
  readonly #renderers: (() => string)[] = [];

  /**
   * @param name Prometheus name, ending in `_total`.
   * @param help One sentence.
   * @param label The name of the one label, where counts are told apart by one.
   */
  counter(name: string, help: string, label?: string): Counter {
    const counts = new Map<string, number>();
    if (label === undefined) counts.set("", 0);
    this.#add(
      name,
      help,
      "counter",
      () =>
        [...counts].map(([value, count]) =>
          label === undefined ? `${name} ${count}` : `${name}{${label}="${value}"} ${count}`
        ),
    );
    return {
      add: (amount = 1, value = "") => void counts.set(value, (counts.get(value) ?? 0) + amount),
    };
  }

  /** @param read Called whenever somebody asks. */
  gauge(name: string, help: string, read: () => number): void {
    this.#add(name, help, "gauge", () => [`${name} ${read()}`]);
  }

  /** @param bounds The upper bounds of the buckets, ascending. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const counts = new Array<number>(bounds.length + 1).fill(0);
    let sum = 0;
    this.#add(name, help, "histogram", () => {
      let below = 0;
      const lines = counts.map((count, i) =>
        `${name}_bucket{le="${bounds[i] ?? "+Inf"}"} ${below += count}`
      );
      return [...lines, `${name}_sum ${sum}`, `${name}_count ${below}`];
    });
    return {
      observe(value) {
        const bucket = bounds.findIndex((bound) => value <= bound);
        const index = bucket < 0 ? bounds.length : bucket;
        counts[index] = (counts[index] ?? 0) + 1;
        sum += value;
      },
    };
  }

  /** Everything, as text. */
  render(): string {
    return this.#renderers.map((render) => render()).join("");
  }

  #add(name: string, help: string, type: string, lines: () => string[]): void {
    this.#renderers.push(() =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines()].join("\n") + "\n"
    );
  }
}
