/**
 * Code that is loaded on demand.
 *
 * @module
 */

/** A module that is loaded on demand. */
export interface LazyModule<T> {
  /** The module, once it is loaded. */
  readonly loaded: T | undefined;
  /** Resolves when the module is loaded, by any caller. */
  readonly there: Promise<T>;
  /** Loads the module, once. Rejects if it cannot be loaded; the next call tries again. */
  readonly load: () => Promise<T>;
}

/**
 * Wraps a dynamic import.
 *
 * @param fetch Loads the module: a call of `import()`.
 */
export function lazyModule<T>(fetch: () => Promise<T>): LazyModule<T> {
  const { promise: there, resolve } = Promise.withResolvers<T>();
  let loaded: T | undefined;
  let loading: Promise<T> | undefined;
  async function attempt(): Promise<T> {
    try {
      loaded = await fetch();
      resolve(loaded);
      return loaded;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  }
  return {
    get loaded() {
      return loaded;
    },
    there,
    load: () => loading ??= attempt(),
  };
}
