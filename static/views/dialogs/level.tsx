/** The notification level of a room. */
import type { Level } from "../../../lib/protocol/frames.ts";
import { titleOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useChoice } from "../shared/choices.tsx";
import { useAskOrder } from "../shared/use_ask.ts";
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
        <button type="button" class="primary" onClick={onClose}>{deferredStrings.done}</button>
      </div>
    </Dialog>
  );
}

/** The choice; it takes effect at once. */
export function LevelChoice({ room }: { room: RoomState }) {
  const ask = useAskOrder();
  const { shown, choose, error } = useChoice(
    room.level,
    (level) => ask({ type: "set_level", room_id: room.key, level }),
  );
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
              checked={shown === level}
              onChange={() => choose(level)}
            />
            <span>
              {name}
              <small>{hint}</small>
            </span>
          </label>
        ))}
        <p class="form-error" role="alert">{error}</p>
      </fieldset>
      <p class="quiet hint">{t.everywhere}</p>
    </>
  );
}
