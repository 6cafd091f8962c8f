/** What a view says of the people whom it shows. */
import { useEffect } from "preact/hooks";
import type { State } from "../state.ts";
import type { View } from "../state/types.ts";
import { isLarge } from "../state/watch.ts";
import { useActions } from "./context.ts";

/** Says whom a view shows, for as long as it does, where nobody tells the page of them unasked. */
export function useLook(state: State, view: View, names: readonly string[]): void {
  const { dispatch } = useActions();
  // As one value, so that nothing is said where the names are the same ones.
  const shown = isLarge(state) ? names.join("\n") : "";
  useEffect(() => {
    if (shown === "") return;
    dispatch({ type: "look", view, names: shown.split("\n") });
    return () => dispatch({ type: "look", view, names: [] });
  }, [shown]);
}
