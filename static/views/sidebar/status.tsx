/** The status of the connection, and notices. */
import { useEffect } from "preact/hooks";
import { whenOf } from "../../strings/format.ts";
import { isCatchingUp } from "../../state/selectors.ts";
import type { Action, PageState } from "../../state/reducer.ts";
import { strings } from "../../strings/strings.ts";
import { useCountdown } from "../shared/countdown.ts";
import { useActions } from "../shared/context.ts";

/** Shows the status of the connection; changes are announced. */
export function StatusLine({ state }: { state: PageState }) {
  return (
    <span class={`status ${state.line}`} role="status" translate={false}>
      {isCatchingUp(state) ? strings.connection.catchingUp : strings.connection[state.line]}
    </span>
  );
}

/** Shown at the top while the connection is down for more than a moment. */
export function OfflineBanner({ state }: { state: PageState }) {
  const { reconnect } = useActions();
  const seconds = useCountdown(state.retryAt);
  if (state.line !== "closed") return null;
  const t = strings.connection;
  // The countdown is not announced: a screen reader that counts is no help.
  return (
    <div class="banner">
      <span aria-hidden="true">{seconds <= 0 ? t.retrying : t.retryingIn({ seconds })}</span>
      <span class="quiet">
        {state.asOf !== undefined && `${t.asOf({ time: whenOf(state.asOf, Date.now()) })} `}
        {t.queued}
      </span>
      <button type="button" class="link" onClick={reconnect}>{t.tryNow}</button>
    </div>
  );
}

/**
 * How long a message of success is shown, in ms; longer while the user is at it. A refusal is shown
 * until the user dismisses it.
 */
const newsFor = 10_000;

/** Shows the refusal and the message of success. */
export function Notice({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const { news, notice, undo } = state;
  useEffect(() => {
    if (news === undefined || notice !== undefined) return;
    const timer = setInterval(
      () =>
        document.querySelector(".notice:hover, .notice :focus") ?? dispatch({ type: "dismiss" }),
      newsFor,
    );
    return () => clearInterval(timer);
  }, [news, notice]);
  return (
    <>
      <div class="notice-place" role="alert">
        {notice && <NoticeRow text={notice} mood="bad" />}
      </div>
      <div class="notice-place" role="status">
        {news && (
          <NoticeRow
            text={news}
            mood="good"
            undo={undo?.news === news ? undo?.action : undefined}
          />
        )}
      </div>
    </>
  );
}

function NoticeRow(
  { text, mood, undo }: { text: string; mood: "good" | "bad"; undo?: Action | undefined },
) {
  const { dispatch } = useActions();
  return (
    <div class={`notice ${mood}`}>
      <span>{text}</span>
      {undo && (
        <button
          type="button"
          class="link"
          onClick={() => {
            dispatch({ type: "dismiss" });
            dispatch(undo);
          }}
        >
          {strings.undo}
        </button>
      )}
      <button type="button" class="link" onClick={() => dispatch({ type: "dismiss" })}>
        {strings.dismiss}
      </button>
    </div>
  );
}
