/** Replaces the composer in a room that the user has left. */
import { titleOf } from "../../strings/format.ts";
import { trayOf } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { Tray } from "../composer/attach.tsx";
import { useActions } from "../shared/context.ts";
import { Icon } from "../shared/parts.tsx";

/**
 * Says that the user has left the room, and offers the actions: joining again is the user's
 * decision.
 */
export function Parted({ state, room }: { state: PageState; room: RoomState }) {
  const { dispatch } = useActions();
  const own = deferredStrings.parted;
  const { key, kind } = room;
  const isOld = key.startsWith("old:");
  return (
    <>
      {trayOf(state, room).length > 0 && <Tray state={state} room={room} />}
      <div class="composer-closed" role="status">
        <Icon name="lock" />
        <span>
          {isOld ? own.old : strings.composer.parted} {own.unsent}
        </span>
        {kind === "public" && !isOld && (
          <button
            type="button"
            class="primary"
            disabled={!state.ready}
            onClick={() => dispatch({ type: "join", room: key })}
          >
            {deferredStrings.parted.rejoin}
            <span class="sr-only">{titleOf(room.name)}</span>
          </button>
        )}
        <button type="button" onClick={() => dispatch({ type: "close", room: key })}>
          {own.close}
        </button>
      </div>
    </>
  );
}
