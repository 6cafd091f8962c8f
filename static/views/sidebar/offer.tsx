/** The offer to join the room that a link led to. */
import { titleOf } from "../../strings/format.ts";
import { offeredRoom } from "../../state/offer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";

/** Offers to join the room that a link led to, or says that it does not exist. */
export function Offer({ state }: StateProps) {
  const { dispatch } = useActions();
  const offer = offeredRoom(state);
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
