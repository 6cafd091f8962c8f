/** Where the sidebar shows a room: among the favourites, or in a section of the user. */
import { useId, useState } from "preact/hooks";
import { sectionsOf } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { Toggle } from "../shared/choices.tsx";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

/** The longest name of a section, in characters. */
const sectionMax = 32;

/** The choices; each takes effect at once, on all devices of the user. */
export function RoomPrefs({ state, room }: { state: PageState; room: RoomState }) {
  const ask = useAskOrder();
  const task = useTask();
  const [section, setSection] = useState(room.section ?? "");
  const names = useId();
  const t = deferredStrings.roomPrefs;
  const set = (prefs: { readonly favourite?: boolean; readonly section?: string }) =>
    ask({ type: "set_room_prefs", room_id: room.key, ...prefs });
  const known = sectionsOf(state).flatMap(({ name }) => name ?? []);
  return (
    <fieldset>
      <legend>{t.title}</legend>
      <Toggle
        label={t.favourite}
        hint={t.favouriteHint}
        on={room.favourite === true}
        save={(favourite) => set({ favourite })}
      />
      <Field
        label={t.section}
        hint={t.sectionHint}
        value={section}
        onInput={setSection}
        onChange={(section) => void task.run(() => set({ section: section.trim() }))}
        error={task.error}
        maxLength={sectionMax}
        list={names}
      />
      <datalist id={names}>
        {known.map((name) => <option key={name} value={name} />)}
      </datalist>
    </fieldset>
  );
}
