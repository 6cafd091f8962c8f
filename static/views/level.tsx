/** What of a room one wants to be told of. */
import type { Level } from "../../lib/protocol.ts";
import { titleOf } from "../format.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { useActions } from "./context.ts";
import { Dialog } from "./parts.tsx";

const levels = Object.entries(asides.level.levels) as [Level, { name: string; hint: string }][];

/** The dialog; a choice holds at once. */
export function LevelDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const { dispatch } = useActions();
  const t = asides.level;
  return (
    <Dialog title={t.title(titleOf(room.name))} onClose={onClose}>
      <fieldset>
        <legend>{t.what}</legend>
        {levels.map(([level, { name, hint }]) => (
          <label key={level} class="choice">
            <input
              type="radio"
              name="level"
              checked={room.level === level}
              onChange={() => dispatch({ type: "level", room: room.name, level })}
            />
            <span>
              {name}
              <small>{hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <p class="quiet hint">{t.everywhere}</p>
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={onClose}>{strings.done}</button>
      </div>
    </Dialog>
  );
}
