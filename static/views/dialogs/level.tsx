/** The notification level of a room. */
import type { Level } from "../../../lib/protocol/frames.ts";
import { titleOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import { RoomPrefs } from "./room_prefs.tsx";
import { Dialog } from "../shared/parts.tsx";
import type { RoomState } from "../../state/types.ts";
import type { RoomDialogProps, StateDialogProps } from "../shared/deferred_views.ts";

const levels = Object.entries(deferredStrings.level.levels) as [
  Level,
  { name: string; hint: string },
][];

/** The dialog, for a conversation; a room has the choice in its sheet. */
export function LevelDialog({ state, room, onClose }: StateDialogProps & RoomDialogProps) {
  const t = deferredStrings.level;
  return (
    <Dialog title={t.title({ room: titleOf(room.name) })} onClose={onClose}>
      <LevelChoice room={room} />
      <RoomPrefs state={state} room={room} />
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={onClose}>{strings.done}</button>
      </div>
    </Dialog>
  );
}

/** The choice; it takes effect at once. */
export function LevelChoice({ room }: { room: RoomState }) {
  const { dispatch } = useActions();
  const t = deferredStrings.level;
  return (
    <>
      <fieldset>
        <legend>{t.what}</legend>
        {levels.map(([level, { name, hint }]) => (
          <label key={level} class="choice">
            <input
              type="radio"
              name="level"
              checked={room.level === level}
              onChange={() => dispatch({ type: "level", room: room.key, level })}
            />
            <span>
              {name}
              <small>{hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <p class="quiet hint">{t.everywhere}</p>
    </>
  );
}
