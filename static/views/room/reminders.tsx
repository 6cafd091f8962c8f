/** The reminders whose time has come. */
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import { findMessage } from "../../state/timeline.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { titleOf } from "../../strings/format.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";

/** Shows the first reminder, with the way to its message; the user removes it. */
export function DueReminders({ state }: StateProps) {
  const { dispatch } = useActions();
  const [first, ...others] = state.due;
  if (first === undefined) return null;
  const { room, room_id, seq } = first;
  const t = deferredStrings.later;
  const remove = () =>
    dispatch({ type: "order", order: { type: "set_reminder", room_id, seq, at: 0 } });
  return (
    <div class="banner" role="status">
      <span dir="auto">
        {t.due({
          room: titleOf(state.rooms.get(room_id)?.name ?? room),
          text: textOf(state, first),
        })}
        {others.length > 0 && <>{" "}{t.moreDue({ count: others.length })}</>}
      </span>
      <button
        type="button"
        class="link"
        onClick={() => {
          remove();
          dispatch({ type: "jump", room: room_id, seq });
        }}
      >
        {t.show}
      </button>
      <button type="button" class="link" onClick={remove}>{t.done}</button>
    </div>
  );
}

function textOf({ rooms }: PageState, { about, room_id, seq }: PageState["due"][number]): string {
  const room = rooms.get(room_id);
  const message = about ?? (room && findMessage(room, seq));
  return message === undefined ? `#${seq}` : wordsOf(gistOf(message));
}
