/** The offer to join the room that a link led to. */
import { useEffect, useState } from "preact/hooks";
import { titleOf } from "../../strings/format.ts";
import { offeredRoom } from "../../state/offer.ts";
import type { PageState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";
import { lookUp } from "../shared/look_up.ts";

/**
 * Asks which room a link led to. Then offers to join it, or says that it does not exist; a room that
 * the user is in opens.
 */
export function Offer({ state }: StateProps) {
  const actions = useActions();
  const { dispatch } = actions;
  const { lookedUp, wanted } = state;
  /** What was known of all addresses when this one was asked for: it may be outdated. */
  const [before, setBefore] = useState<PageState["lookedUp"]>();
  useEffect(() => {
    setBefore(lookedUp);
    if (wanted !== undefined) lookUp(actions, wanted);
  }, [wanted]);
  const offer = lookedUp === before ? undefined : offeredRoom(state);
  if (offer === undefined) return null;
  const t = deferredStrings.offer;
  const { name, listed } = offer;
  if (listed === undefined) {
    return (
      <div class="banner" role="status">
        <span>{name === undefined ? t.noRoomHere : t.noRoom({ room: titleOf(name) })}</span>
        <button type="button" class="link" onClick={() => dispatch({ type: "decline" })}>
          {strings.dismiss}
        </button>
      </div>
    );
  }
  return (
    <div class="banner" role="status">
      <span>{t.notIn({ room: titleOf(listed.room) })}</span>
      <button
        type="button"
        class="link"
        onClick={() => dispatch({ type: "join", room: listed.room_id })}
      >
        {t.join}
      </button>
      <button type="button" class="link" onClick={() => dispatch({ type: "decline" })}>
        {t.decline}
      </button>
    </div>
  );
}
