/**
 * Where a client stores what a crash must not lose.
 *
 * @module
 */

/**
 * Stores short texts by key: the positions of a program in its rooms, and the messages that the
 * server has not acknowledged. One client uses a store at a time.
 */
export interface ClientStore {
  /** Reads everything. The client calls it once, before any other method. */
  load(): Promise<ReadonlyMap<string, string>>;
  /** Stores a text. Resolves once a crash of the program cannot lose it. */
  set(key: string, value: string): Promise<void>;
  /** Deletes a text. A crash may bring it back. */
  delete(key: string): Promise<void>;
}

/** A store in memory: for programs that start anew after a crash. */
export class MemoryStore implements ClientStore {
  readonly #values = new Map<string, string>();

  /** Reads everything. */
  load(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map(this.#values));
  }

  /** Stores a text. */
  set(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
    return Promise.resolve();
  }

  /** Deletes a text. */
  delete(key: string): Promise<void> {
    this.#values.delete(key);
    return Promise.resolve();
  }
}
