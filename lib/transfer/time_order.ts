/**
 * Brings items of several sources into the order of time, without holding all of them in memory.
 *
 * @module
 */

/** Items in the order of time. */
export interface Source<T> {
  /** The time of the first item. */
  readonly first: number;
  readonly items: () => Iterable<T>;
}

/**
 * Merges sources. A source is opened when its time has come: of sources that do not overlap, one at
 * a time is open. Of items of one time, those of the earlier source come first.
 */
export function* mergeByTime<T>(
  sources: readonly Source<T>[],
  timeOf: (item: T) => number,
): Generator<T> {
  const waiting = sources.toSorted((a, b) => a.first - b.first);
  const open: { readonly rest: Iterator<T>; head: T }[] = [];
  let next = 0;
  const enter = (source: Source<T>) => {
    const rest = source.items()[Symbol.iterator]();
    const head = rest.next();
    if (!head.done) open.push({ rest, head: head.value });
  };
  while (next < waiting.length || open.length > 0) {
    const earliest = open.reduce(
      (least, { head }) => Math.min(least, timeOf(head)),
      Number.POSITIVE_INFINITY,
    );
    const coming = waiting[next];
    if (coming !== undefined && coming.first < earliest) {
      next++;
      enter(coming);
      continue;
    }
    const one = open.find(({ head }) => timeOf(head) === earliest)!;
    yield one.head;
    const following = one.rest.next();
    if (following.done) open.splice(open.indexOf(one), 1);
    else one.head = following.value;
  }
}

/** Finds a number by a time: 16 bytes for each, in the order of time. */
export class TimeIndex {
  #times = new Float64Array(64);
  #numbers = new Float64Array(64);
  #size = 0;

  /** Adds a number. Of several with one time, the first is found. */
  add(time: number, number: number): void {
    if (this.#size === this.#times.length) {
      this.#times = grown(this.#times);
      this.#numbers = grown(this.#numbers);
    }
    this.#times[this.#size] = time;
    this.#numbers[this.#size++] = number;
  }

  /** The number at a time; `undefined` if there is none. */
  at(time: number): number | undefined {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low < this.#size && this.#times[low] === time ? this.#numbers[low] : undefined;
  }
}

function grown(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
