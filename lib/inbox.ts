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

/** Holds items until its one reader takes them with `for await`. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #bounds: InboxBounds;
  #items: { readonly item: T; readonly size: number }[] = [];
  #size = 0;
  #ended = false;
  #wake: (() => void) | undefined;

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
    this.#items.push({ item, size });
    this.#size += size;
    this.#wake?.();
    return true;
  }

  /** Nothing more will come. What is here can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Drops what has not been read. */
  clear(): void {
    this.#items = [];
    this.#size = 0;
  }

  /** The items, in order, until the end. At most one reader at a time. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (this.#items.length > 0 || !this.#ended) {
      const taken = this.#items.shift();
      if (taken === undefined) {
        await this.#arrival();
        continue;
      }
      this.#size -= taken.size;
      yield taken.item;
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
