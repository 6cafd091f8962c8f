/**
 * Loads a long list in pages: the first at once, each following one when the user comes near its end.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, isRefused } from "../../net/api.ts";
import { NO_PAGES, type Pages, withPage } from "../../state/pages.ts";

/** For how many ms a user may pause while typing. */
const typingPause = 150;
/** How near the end of the loaded entries the view may come before more are loaded. */
const margin = 20;

/** The frame that answers with a page. */
interface PageAnswer {
  readonly next?: string;
}

/** Which list to load. */
export interface PagedList<A extends PageAnswer, T> {
  /** The path that the list is loaded from; none while nothing is to be loaded. */
  readonly path: string | undefined;
  /** How the names begin; empty where the entries have no order by name. */
  readonly query: string;
  /** The field that takes the `next` of a page. */
  readonly place?: "after" | "before";
  /** When this changes, the part in view is loaded again. */
  readonly version?: unknown;
  readonly entriesIn: (answer: A) => readonly T[];
  readonly keyOf: (entry: T) => string;
}

/** The loaded part of a list. */
export interface LoadedPages<T> extends Pages<T> {
  /** Why the last page could not be loaded. */
  readonly error: string | undefined;
  /** Tells which entry comes before those in view, and how many loaded ones come after them. */
  readonly onView: (before: T | undefined, left: number) => void;
  /** Loads the page again that could not be loaded. */
  readonly retry: () => void;
}

/** Returns what is loaded of a list. */
export function usePages<A extends PageAnswer, T>(
  { path, query, place = "after", version, entriesIn, keyOf }: PagedList<A, T>,
): LoadedPages<T> {
  const [pages, setPages] = useState<Pages<T>>(NO_PAGES);
  const [error, setError] = useState<string>();
  const view = useRef<{ readonly before: T | undefined; readonly left: number }>({
    before: undefined,
    left: 0,
  });
  /** The number of the latest request: the answers to others are outdated. */
  const latest = useRef(0);
  const isAsking = useRef(false);
  const isOther = !pages.isLoaded || pages.query !== query;

  const ask = async (after: string | undefined) => {
    if (path === undefined) return;
    const turn = ++latest.current;
    isAsking.current = true;
    const fields = new URLSearchParams({
      ...(query === "" ? {} : { query }),
      ...(after === undefined ? {} : { [place]: after }),
    });
    const answer = await call<A>("GET", `${path}?${fields}`);
    if (turn !== latest.current) return;
    isAsking.current = false;
    if (isRefused(answer)) return setError(answer.detail);
    setError(undefined);
    const page = { query, after, entries: entriesIn(answer), next: answer.next };
    setPages((before) => withPage(before, page, keyOf));
  };
  const askInView = () => {
    const { before } = view.current;
    void ask(isOther || before === undefined ? undefined : keyOf(before));
  };
  const askNext = () => {
    const waits = isOther || isAsking.current || error !== undefined || pages.next === undefined;
    if (!waits && view.current.left < margin) void ask(pages.next);
  };
  useEffect(() => {
    const timer = setTimeout(askInView, pages.isLoaded ? typingPause : 0);
    return () => {
      clearTimeout(timer);
      latest.current += 1;
      isAsking.current = false;
    };
  }, [path, query, version]);
  useEffect(askNext, [pages]);
  return {
    ...pages,
    error,
    onView: (before, left) => {
      view.current = { before, left };
      askNext();
    },
    retry: () => void ask(isOther ? undefined : pages.next),
  };
}
