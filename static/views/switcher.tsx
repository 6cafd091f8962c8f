/** The quick switcher: a few letters, and one is there. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { presenceOf, shownPresence } from "../select.ts";
import type { State } from "../state.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { type Destination, destinations } from "../switch.ts";
import { useActions } from "./context.ts";
import { Avatar, Dialog, Icon } from "./parts.tsx";

/** The dialog. A combobox with a list (WAI-ARIA APG), whose focus stays in the field. */
export function Switcher({ state, onClose }: { state: State; onClose: () => void }) {
  const { dispatch } = useActions();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const places = destinations(state, typed);
  const chosen = places[Math.min(at, places.length - 1)];
  const t = asides.switcher;
  useEffect(() => field.current?.focus(), []);
  const go = (place: Destination) => {
    onClose();
    dispatch({ type: "open", room: place.room });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setAt((places.indexOf(chosen!) + step + places.length) % (places.length || 1));
    else if (event.key !== "Enter") return;
    else if (chosen !== undefined) go(chosen);
    event.preventDefault();
  };
  return (
    <Dialog title={t.title} onClose={onClose}>
      <div class="switcher" onKeyDown={onKeyDown}>
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label={t.label}
          aria-expanded={places.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          autocomplete="off"
          placeholder={t.label}
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
          {...(chosen === undefined ? {} : { "aria-activedescendant": `${list}-${chosen.room}` })}
        />
        <ul id={list} role="listbox" aria-label={t.title} class="places">
          {places.map((place) => (
            <li
              key={place.room}
              id={`${list}-${place.room}`}
              role="option"
              aria-selected={place === chosen}
              class="place"
              onClick={() => go(place)}
            >
              <Mark state={state} place={place} />
              <span class="place-name" dir="auto">{place.name}</span>
              {place.unread > 0 && (
                <span class="badge">
                  <span aria-hidden="true">{place.unread > 99 ? "99+" : place.unread}</span>
                  <span class="sr-only">{strings.sidebar.unread(place.unread)}</span>
                </span>
              )}
            </li>
          ))}
        </ul>
        <p class="quiet hint" role="status">{places.length === 0 ? t.none : ""}</p>
      </div>
    </Dialog>
  );
}

function Mark({ state, place }: { state: State; place: Destination }) {
  if (place.kind !== "person") return <Icon name={place.kind === "private" ? "lock" : "hash"} />;
  const presence = shownPresence(state, place.presence ?? presenceOf(state, place.name));
  return <Avatar name={place.name} presence={presence} size="small" />;
}
