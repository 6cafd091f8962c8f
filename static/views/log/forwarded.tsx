/** Where a forwarded message comes from. */
import { momentOf, titleOf, whenOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { ForwardedProps } from "../shared/deferred_views.ts";
import { Icon } from "../shared/parts.tsx";

/** Names the author and the time of the original, and leads to it if everyone may know its room. */
export function Forwarded({ origin, tabIndex }: ForwardedProps) {
  const { dispatch } = useActions();
  const { sender, at, room, room_id, seq } = origin;
  const t = deferredStrings.forward;
  return (
    <p class="forwarded quiet">
      <Icon name="forward" />
      <span>{t.from({ name: sender })}</span>
      <time dateTime={new Date(at).toISOString()} title={momentOf(at)}>
        {whenOf(at, Date.now())}
      </time>
      {room !== undefined && room_id !== undefined && (
        <button
          type="button"
          class="link"
          tabIndex={tabIndex}
          aria-label={t.original({ room: titleOf(room) })}
          onClick={() =>
            dispatch({
              ...{ type: "go", to: `id:${room_id}` },
              ...(seq === undefined ? {} : { seq }),
            })}
        >
          {titleOf(room)}
        </button>
      )}
    </p>
  );
}
