/** Where the sidebar shows a room: among the favourites, or in a section of the user. */
import { useId, useState } from "preact/hooks";
import { sectionsOf } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";

/** The longest name of a section, in characters. */
const sectionMax = 32;

/** The choices; each takes effect at once, on all devices of the user. */
export function RoomPrefs({ state, room }: { state: PageState; room: RoomState }) {
  const { dispatch } = useActions();
  const [section, setSection] = useState(room.section ?? "");
  const names = useId();
  const t = deferredStrings.roomPrefs;
  const set = (prefs: { readonly favourite?: boolean; readonly section?: string }) =>
    dispatch({ type: "order", order: { type: "set_room_prefs", room_id: room.key, ...prefs } });
  const known = sectionsOf(state).flatMap(({ name }) => name ?? []);
  return (
    <fieldset>
      <legend>{t.title}</legend>
      <label class="choice">
        <input
          type="checkbox"
          checked={room.favourite === true}
          onChange={(event) => set({ favourite: event.currentTarget.checked })}
        />
        <span>
          {t.favourite}
          <small>{t.favouriteHint}</small>
        </span>
      </label>
      <label class="field">
        <span class="field-label">{t.section}</span>
        <input
          type="text"
          value={section}
          maxLength={sectionMax}
          list={names}
          autocomplete="off"
          onInput={(event) => setSection(event.currentTarget.value)}
          onChange={(event) => set({ section: event.currentTarget.value.trim() })}
        />
        <datalist id={names}>
          {known.map((name) => <option key={name} value={name} />)}
        </datalist>
        <small>{t.sectionHint}</small>
      </label>
    </fieldset>
  );
}
