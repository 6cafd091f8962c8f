/** Takes statuses away once they have ended. */
import { useEffect } from "preact/hooks";
import { useActions } from "./context.ts";
import type { StateProps } from "./deferred_views.ts";

/** The longest time that a timer can wait, in ms. */
const waitMax = 2 ** 31 - 1;

/** Shows nothing. */
export function StatusEnds({ state }: StateProps) {
  const { dispatch } = useActions();
  const ends = Math.min(
    ...[...state.profiles.values()].map(({ status }) => status?.until ?? Infinity),
  );
  useEffect(() => {
    if (ends === Infinity) return;
    const wait = Math.min(Math.max(ends - Date.now(), 0), waitMax);
    const timer = setTimeout(() => dispatch({ type: "tick", at: Date.now() }), wait);
    return () => clearTimeout(timer);
  }, [ends]);
  return null;
}
