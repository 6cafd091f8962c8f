/** The state of the line, in words. */
import { useEffect } from "preact/hooks";
import { titleOf, whenOf } from "../format.ts";
import { isCatchingUp, offeredRoom } from "../select.ts";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { useCountdown } from "./countdown.ts";
import { useActions } from "./context.ts";

/** Says in which state the line is; changes are announced. */
export function StatusLine({ state }: { state: State }) {
  return (
    <span class={`status ${state.line}`} role="status">
      {isCatchingUp(state) ? strings.line.catchingUp : strings.line[state.line]}
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
      <span class="quiet">
        {state.asOf !== undefined && `${strings.line.asOf(whenOf(state.asOf, Date.now()))} `}
        {strings.line.kept}
      </span>
      <button type="button" class="link" onClick={reconnect}>{strings.line.tryNow}</button>
    </div>
  );
}

/** Asks whether one wants to be in a room that a link led to. */
export function Offer({ state }: { state: State }) {
  const { dispatch } = useActions();
  const room = offeredRoom(state);
  if (room === undefined) return null;
  const t = strings.line;
  return (
    <div class="banner" role="status">
      <span>{t.notIn(titleOf(room))}</span>
      <button type="button" class="link" onClick={() => dispatch({ type: "join", room })}>
        {t.join}
      </button>
      <button type="button" class="link" onClick={() => dispatch({ type: "decline" })}>
        {t.decline}
      </button>
    </div>
  );
}

/** How long good news stand, in ms. What went wrong stands until somebody has seen it. */
const newsFor = 10_000;

/** Something to tell once. */
export function Notice({ state }: { state: State }) {
  const { dispatch } = useActions();
  const { news, notice } = state;
  useEffect(() => {
    if (news === undefined || notice !== undefined) return;
    const timer = setTimeout(() => dispatch({ type: "dismiss" }), newsFor);
    return () => clearTimeout(timer);
  }, [news, notice]);
  return (
    <>
      <div class="notice-place" role="alert">
        {notice && <Told text={notice} mood="bad" />}
      </div>
      <div class="notice-place" role="status">
        {news && <Told text={news} mood="good" />}
      </div>
    </>
  );
}

function Told({ text, mood }: { text: string; mood: "good" | "bad" }) {
  const { dispatch } = useActions();
  return (
    <div class={`notice ${mood}`}>
      <span>{text}</span>
      <button type="button" class="link" onClick={() => dispatch({ type: "dismiss" })}>
        {strings.dismiss}
      </button>
    </div>
  );
}
