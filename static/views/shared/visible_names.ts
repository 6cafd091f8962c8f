/** The names that a view shows: the page subscribes to their presence. */
import { useEffect } from "preact/hooks";
import type { PageState } from "../../state/reducer.ts";
import type { NameList } from "../../state/types.ts";
import { isLarge } from "../../state/presence_watch.ts";
import { useActions } from "./context.ts";

/** Reports the names that a view shows while it is mounted, if their presence is not broadcast. */
export function useVisibleNames(state: PageState, view: NameList, names: readonly string[]): void {
  const { dispatch } = useActions();
  // As one string, so that equal lists of names are equal.
  const shown = isLarge(state) ? names.join("\n") : "";
  useEffect(() => {
    if (shown === "") return;
    dispatch({ type: "show_names", view, names: shown.split("\n") });
    return () => dispatch({ type: "show_names", view, names: [] });
  }, [shown]);
}
