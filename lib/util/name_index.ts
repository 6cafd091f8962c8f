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

/** How many names a chunk holds before it is split in two. */
const MAX_CHUNK = 512;

/**
 * Values in the order of their names. A name occurs once. Adding a name costs the length of a chunk,
 * reading a page costs the length of the page, and finding the place the logarithm of the list's
 * length. So a list of a hundred thousand can be made in steps. Cf. the leaves of a B+ tree.
 */
export class NameIndex<T> {
  readonly #values = new Map<string, T>();
  /** The names in order. Only the first chunk can be empty. */
  readonly #chunks: string[][] = [[]];

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    for (const [name, value] of entries) this.set(name, value);
  }

  /** The value of a name. */
  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  /** Sets the value of a name. */
  set(name: string, value: T): void {
    if (!this.#values.has(name)) this.#insert(name);
    this.#values.set(name, value);
  }

  /** Removes a name. */
  delete(name: string): void {
    if (!this.#values.delete(name)) return;
    const n = this.#chunkOf(name);
    const chunk = this.#chunks[n]!;
    chunk.splice(placeIn(chunk, name), 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(n, 1);
  }

  /** Reads a page. */
  page(
    { begins, after, limit }: NamePage,
  ): { readonly values: readonly T[]; readonly more: boolean } {
    const end = begins + AFTER_ALL;
    const names = this.#from(after >= begins ? `${after}\0` : begins)
      .take(limit + 1).filter((name) => name < end).toArray();
    const values = names.slice(0, limit).map((name) => this.#values.get(name)!);
    return { values, more: names.length > limit };
  }

  #insert(name: string): void {
    const n = this.#chunkOf(name);
    const chunk = this.#chunks[n]!;
    chunk.splice(placeIn(chunk, name), 0, name);
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(n + 1, 0, chunk.splice(MAX_CHUNK / 2));
  }

  /** The names from a name on, which need not be in the list. */
  *#from(name: string): Generator<string, undefined> {
    const first = this.#chunkOf(name);
    const start = this.#chunks[first]!;
    for (let n = placeIn(start, name); n < start.length; n++) yield start[n]!;
    for (let n = first + 1; n < this.#chunks.length; n++) yield* this.#chunks[n]!;
  }

  /** The place of the chunk that has a name, or would have it. */
  #chunkOf(name: string): number {
    const next = firstPlace(this.#chunks.length, (n) => this.#chunks[n]![0]! > name);
    return Math.max(0, next - 1);
  }
}

/** The place of a name, or of the first one after it. */
function placeIn(names: readonly string[], name: string): number {
  return firstPlace(names.length, (n) => names[n]! >= name);
}

/** The first place in a list of `length` for which `is` holds; it holds for all that follow, too. */
function firstPlace(length: number, is: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
