/**
 * A bounded queue between a source that cannot be told to wait and one reader.
 *
 * @module
 */

/** How much may wait to be read. */
export interface InboxBounds {
  readonly maxItems: number;
  /** In whatever unit `push` is given sizes. */
  readonly maxSize: number;
}

/**
 * Holds items until its one reader takes them with `for await`. No generator: for each reader that
 * waits it keeps half a kilobyte more, and with thousands of connections the garbage collector has
 * to copy that again and again.
 */
export class Inbox<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #bounds: InboxBounds;
  #items: { readonly item: T; readonly size: number }[] = [];
  #size = 0;
  #ended = false;
  /** Answers the reader, where it waits. */
  #answer: ((result: IteratorResult<T, undefined>) => void) | undefined;

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
    if (this.#answer !== undefined) this.#reply({ done: false, value: item });
    else {
      this.#items.push({ item, size });
      this.#size += size;
    }
    return true;
  }

  /** Nothing more will come. What is here can still be read. */
  end(): void {
    this.#ended = true;
    this.#reply({ done: true, value: undefined });
  }

  /** Drops what has not been read. */
  clear(): void {
    this.#items = [];
    this.#size = 0;
  }

  /** The items, in order, until the end. At most one reader at a time. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this;
  }

  /** The next item, as soon as there is one. */
  next(): Promise<IteratorResult<T, undefined>> {
    const taken = this.#items.shift();
    if (taken === undefined && !this.#ended) {
      return new Promise((resolve) => this.#answer = resolve);
    }
    if (taken === undefined) return Promise.resolve({ done: true, value: undefined });
    this.#size -= taken.size;
    return Promise.resolve({ done: false, value: taken.item });
  }

  #reply(result: IteratorResult<T, undefined>): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(result);
  }
}
