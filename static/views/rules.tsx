/** The rules of a room, for those who keep order. */
import { useEffect, useState } from "preact/hooks";
import { titleOf } from "../format.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { Dialog } from "./parts.tsx";
import { Segments } from "./segments.tsx";

interface Rule {
  readonly locked?: boolean;
  readonly slow_seconds?: number;
}

/** The dialog; each change holds at once. */
export function Rules({ room, onClose }: { room: Room; onClose: () => void }) {
  const { dispatch } = useActions();
  const t = strings.rules;
  const { locked = false, slowSeconds = 0 } = room;
  // What was chosen is shown until the server says what holds.
  const [chosen, choose] = useState<Rule>({});
  useEffect(() => choose(({ locked: _done, ...rest }) => rest), [locked]);
  useEffect(() => choose(({ slow_seconds: _done, ...rest }) => rest), [slowSeconds]);
  const shown = { locked, slow_seconds: slowSeconds, ...chosen };
  const set = (rule: Rule) => {
    choose((before) => ({ ...before, ...rule }));
    dispatch({ type: "order", order: { type: "set_room", room: room.name, ...rule } });
  };
  return (
    <Dialog title={t.title(titleOf(room.name))} onClose={onClose}>
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
          options={t.slows.map(({ label, seconds }) => [seconds, label] as const)}
          value={shown.slow_seconds}
          onChange={(slow_seconds) => set({ slow_seconds })}
        />
      </fieldset>
    </Dialog>
  );
}
