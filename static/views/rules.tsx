/** The rules of a room, for those who keep order. */
import { titleOf } from "../format.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { Dialog } from "./parts.tsx";

/** The dialog; each change holds at once. */
export function Rules({ room, onClose }: { room: Room; onClose: () => void }) {
  const { dispatch } = useActions();
  const t = strings.rules;
  const set = (rule: { locked: boolean } | { slow_seconds: number }) =>
    dispatch({ type: "order", order: { type: "set_room", room: room.name, ...rule } });
  const slow = room.slowSeconds ?? 0;
  return (
    <Dialog title={t.title(titleOf(room.name))} onClose={onClose}>
      <label class="choice">
        <input
          type="checkbox"
          checked={room.locked ?? false}
          onChange={(event) => set({ locked: event.currentTarget.checked })}
        />
        <span>
          {t.locked}
          <small>{t.lockedHint}</small>
        </span>
      </label>
      <fieldset>
        <legend>
          {t.slow} <small>{t.slowHint}</small>
        </legend>
        <div class="segments">
          {t.slows.map(({ label, seconds }) => (
            <label key={seconds}>
              <input
                type="radio"
                name="slow"
                checked={seconds === slow}
                onChange={() => set({ slow_seconds: seconds })}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </Dialog>
  );
}
