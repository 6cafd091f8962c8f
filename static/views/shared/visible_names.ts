/** The names that a view shows: the page subscribes to their profiles and presence. */
import { useEffect } from "preact/hooks";
import type { NameList } from "../../state/types.ts";
import { useActions } from "./context.ts";

/** Reports the names that a view shows while it is mounted. */
export function useVisibleNames(view: NameList, names: readonly string[]): void {
  const { dispatch } = useActions();
  // As one string, so that equal lists of names are equal.
  const shown = names.join("\n");
  useEffect(() => {
    if (shown === "") return;
    dispatch({ type: "show_names", view, names: shown.split("\n") });
    return () => dispatch({ type: "show_names", view, names: [] });
  }, [shown]);
}
