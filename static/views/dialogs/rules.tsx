/** The rules of a room, for moderators. */
import { useEffect, useState } from "preact/hooks";
import { spanOf, titleOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { Dialog } from "../shared/parts.tsx";
import { Segments } from "../shared/segments.tsx";
import type { RoomDialogProps } from "../shared/deferred_views.ts";

/** The choices of slow mode, in seconds; 0 is off. */
const slowModeSeconds = [0, 5, 30, 300];

interface RoomRules {
  readonly locked?: boolean;
  readonly slow_seconds?: number;
}

/** The dialog; each change takes effect at once. */
export function Rules({ room, onClose }: RoomDialogProps) {
  const { dispatch } = useActions();
  const t = strings.rules;
  const { locked = false, slowSeconds = 0 } = room;
  // The choice is shown until the server reports the rules.
  const [chosen, choose] = useState<RoomRules>({});
  useEffect(() => choose(({ locked: _done, ...rest }) => rest), [locked]);
  useEffect(() => choose(({ slow_seconds: _done, ...rest }) => rest), [slowSeconds]);
  const shown = { locked, slow_seconds: slowSeconds, ...chosen };
  const set = (rule: RoomRules) => {
    choose((before) => ({ ...before, ...rule }));
    dispatch({ type: "order", order: { type: "set_room", room_id: room.key, ...rule } });
  };
  return (
    <Dialog title={t.title({ room: titleOf(room.name) })} onClose={onClose}>
      <label class="choice">
        <input
          type="checkbox"
          checked={shown.locked}
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
        <Segments
          options={slowModeSeconds.map((s) => [s, s === 0 ? t.slowOff : spanOf(s)] as const)}
          value={shown.slow_seconds}
          onChange={(slow_seconds) => set({ slow_seconds })}
        />
      </fieldset>
    </Dialog>
  );
}
