/**
 * A bounded queue between a source without backpressure and one reader.
 *
 * @module
 */

/** How much may wait for the reader. */
export interface InboxBounds {
  readonly maxItems: number;
  /** In the unit of the sizes that `push` gets. */
  readonly maxSize: number;
}

/**
 * Holds items until its one reader takes them with `for await`. It is not a generator: a waiting
 * generator takes half a kilobyte more, which the garbage collector would copy again and again for
 * thousands of connections.
 */
export class Inbox<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #bounds: InboxBounds;
  #items: { readonly item: T; readonly size: number }[] = [];
  #size = 0;
  #ended = false;
  /** Resolves the reader's promise, while the reader waits. */
  #resolveNext: ((result: IteratorResult<T, undefined>) => void) | undefined;

  constructor(bounds: InboxBounds) {
    this.#bounds = bounds;
  }

  /**
   * Adds an item.
   *
   * @returns `false` when the inbox is full or has ended; the item is then not taken.
   */
  push(item: T, size: number): boolean {
    const { maxItems, maxSize } = this.#bounds;
    const full = this.#items.length >= maxItems || this.#size + size > maxSize;
    if (this.#ended || full) return false;
    if (this.#resolveNext !== undefined) this.#resolve({ done: false, value: item });
    else {
      this.#items.push({ item, size });
      this.#size += size;
    }
    return true;
  }

  /** Ends the inbox. Items that are in it can still be read. */
  end(): void {
    this.#ended = true;
    this.#resolve({ done: true, value: undefined });
  }

  /** Drops the items that have not been read. */
  clear(): void {
    this.#items = [];
    this.#size = 0;
  }

  /** Iterates over the items, in order, until the end. Allows one reader at a time. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this;
  }

  /** Resolves with the next item as soon as there is one. */
  next(): Promise<IteratorResult<T, undefined>> {
    const taken = this.#items.shift();
    if (taken === undefined && !this.#ended) {
      return new Promise((resolve) => this.#resolveNext = resolve);
    }
    if (taken === undefined) return Promise.resolve({ done: true, value: undefined });
    this.#size -= taken.size;
    return Promise.resolve({ done: false, value: taken.item });
  }

  #resolve(result: IteratorResult<T, undefined>): void {
    const resolve = this.#resolveNext;
    this.#resolveNext = undefined;
    resolve?.(result);
  }
}
