/**
 * What the chat is there without: code that is loaded when there is a use for it.
 *
 * @module
 */

/** Code that comes late. */
export interface Late<T> {
  /** It, as soon as it is there. */
  readonly loaded: T | undefined;
  /** Resolves when it is there, whoever asked for it. */
  readonly there: Promise<T>;
  /** Loads it, once. Rejects where it cannot be loaded; whoever asks again tries again. */
  readonly load: () => Promise<T>;
}

/** @param fetch Loads it: a call of `import()`. */
export function late<T>(fetch: () => Promise<T>): Late<T> {
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
