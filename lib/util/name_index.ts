/**
 * A list in the order of names, of which pages are read.
 *
 * @module
 */

/** Which part of a list in the order of names. */
export interface NamePage {
  /** How the names begin; empty for all. */
  readonly begins: string;
  /** The names come after this one; empty for the beginning. */
  readonly after: string;
  /** The greatest number of entries. */
  readonly limit: number;
}

/** Follows every name that begins with a text: no name has this character. */
export const AFTER_ALL = "\u{10FFFF}";

/**
 * Values in the order of their names, each of which is unique. Reading a page takes time proportional
 * to its length, and to the logarithm of the length of the list.
 */
export class NameIndex<T> {
  readonly #names: string[];
  readonly #values: Map<string, T>;

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    this.#values = new Map(entries);
    this.#names = [...this.#values.keys()].sort();
  }

  /** The value of a name. */
  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  /** Sets the value of a name. */
  set(name: string, value: T): void {
    if (!this.#values.has(name)) this.#names.splice(this.#placeOf(name), 0, name);
    this.#values.set(name, value);
  }

  /** Removes a name. */
  delete(name: string): void {
    if (this.#values.delete(name)) this.#names.splice(this.#placeOf(name), 1);
  }

  /** Reads a page. */
  page(
    { begins, after, limit }: NamePage,
  ): { readonly values: readonly T[]; readonly more: boolean } {
    const from = this.#placeOf(after >= begins ? `${after}\0` : begins);
    const to = this.#placeOf(begins + AFTER_ALL);
    const names = this.#names.slice(from, Math.min(from + limit, to));
    return { values: names.map((name) => this.#values.get(name)!), more: from + limit < to };
  }

  /** Finds the place of a name, or of the first one after it. */
  #placeOf(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#names[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
