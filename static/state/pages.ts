/**
 * The part of a long list that the page has loaded, page by page. Only deferred views use it.
 *
 * @module
 */

/** What of a list the server has sent, for one query. */
export interface Pages<T> {
  readonly query: string;
  readonly entries: readonly T[];
  /** Whether the server has answered at all. */
  readonly isLoaded: boolean;
  /** The `after` of the following page; none after the last one. */
  readonly next?: string;
}

/** Nothing of any list. */
export const NO_PAGES: Pages<never> = { query: "", entries: [], isLoaded: false };

/** A page of a list, and which part of the list was asked for. */
export interface AskedPage<T> {
  readonly query: string;
  /** After which entry it begins: the `next` of a page, or the key of an entry. */
  readonly after?: string | undefined;
  readonly entries: readonly T[];
  readonly next?: string | undefined;
}

/**
 * Adds a page. One that was loaded before is replaced: what follows it stays, if the page ends at an
 * entry that is there. A page of another query replaces everything.
 *
 * @param keyOf Returns the key of an entry, as the server writes it into `next`.
 */
export function withPage<T>(
  pages: Pages<T>,
  { query, after, entries, next }: AskedPage<T>,
  keyOf: (entry: T) => string,
): Pages<T> {
  const held = query === pages.query ? pages.entries : [];
  const indexOf = (key: string) => held.findLastIndex((entry) => keyOf(entry) === key);
  const start = after === undefined ? 0 : after === pages.next ? held.length : indexOf(after) + 1;
  // The entry after which it begins is not there any more: there is no place for the page.
  if (after !== undefined && start === 0) return pages;
  const end = next === undefined ? -1 : indexOf(next);
  const behind = end < start ? [] : held.slice(end + 1);
  const rest = behind.length > 0 ? pages.next : next;
  return {
    query,
    entries: [...held.slice(0, start), ...entries, ...behind],
    isLoaded: true,
    ...(rest === undefined ? {} : { next: rest }),
  };
}
