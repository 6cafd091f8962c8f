/** The state of the line, in words. */
import { useEffect, useState } from "preact/hooks";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";

/** Says in which state the line is; changes are announced. */
export function StatusLine({ state }: { state: State }) {
  return (
    <span class={`status ${state.line}`} role="status">
      {strings.line[state.line]}
    </span>
  );
}

/** Across the top while the line is down for more than a moment. */
export function OfflineBanner({ state }: { state: State }) {
  const { reconnect } = useActions();
  const seconds = useCountdown(state.retryAt);
  if (state.line !== "closed") return null;
  // The countdown is not announced: a voice that counts is no help.
  return (
    <div class="banner">
      <span aria-hidden="true">{strings.line.retrying(seconds)}</span>
      <span class="quiet">{strings.line.kept}</span>
      <button type="button" class="link" onClick={reconnect}>{strings.line.tryNow}</button>
    </div>
  );
}

function useCountdown(until: number | undefined): number {
  const left = () => until === undefined ? 0 : Math.ceil((until - Date.now()) / 1000);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (until === undefined) return;
    const timer = setInterval(() => redraw((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return Math.max(0, left());
}

/** Something to tell once. */
export function Notice({ state }: { state: State }) {
  const { dispatch } = useActions();
  return (
    <div class="notice-place" role="alert">
      {state.notice && (
        <div class="notice">
          <span>{state.notice}</span>
          <button type="button" class="link" onClick={() => dispatch({ type: "dismiss" })}>
            {strings.dismiss}
          </button>
        </div>
      )}
    </div>
  );
}
