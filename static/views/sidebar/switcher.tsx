/** The quick switcher: goes to a room or person by a few letters of the name. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { presenceOf, shownPresence } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { type Destination, destinations } from "../../state/fuzzy_match.ts";
import { useActions } from "../shared/context.ts";
import { MarkTag } from "../shared/names.tsx";
import { Avatar, Dialog, Faces, Icon } from "../shared/parts.tsx";
import { UnreadBadge } from "../shared/unread.tsx";
import { useFound } from "../shared/use_found.ts";
import type { StateDialogProps } from "../shared/deferred_views.ts";

/** The dialog. A combobox with a listbox (WAI-ARIA APG), whose focus stays in the text field. */
export function Switcher({ state, onClose }: StateDialogProps) {
  const { dispatch } = useActions();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const places = destinations(state, typed, undefined, useFound(state, typed));
  const chosen = places[Math.min(at, places.length - 1)];
  const t = deferredStrings.switcher;
  useEffect(() => field.current?.focus(), []);
  const go = (place: Destination) => {
    onClose();
    dispatch(place.action);
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
          {...(chosen === undefined ? {} : { "aria-activedescendant": `${list}-${chosen.id}` })}
        />
        <ul id={list} role="listbox" aria-label={t.title} class="places">
          {places.map((place) => (
            <li
              key={place.id}
              id={`${list}-${place.id}`}
              role="option"
              aria-selected={place === chosen}
              class="place"
              onClick={() => go(place)}
            >
              <PlaceMark state={state} place={place} />
              <span class="place-name" dir="auto">{place.name}</span>
              {place.left && <MarkTag mark="left" />}
              {place.room && <UnreadBadge room={place.room} />}
            </li>
          ))}
        </ul>
        <p class="quiet hint" role="status">
          {places.length === 0 ? strings.sidebar.noMatch : ""}
        </p>
      </div>
    </Dialog>
  );
}

/** The mark before a destination: that of a room, or the avatar of a person. Decorative. */
export function PlaceMark({ state, place }: { state: PageState; place: Destination }) {
  if (place.kind !== "person") return <Icon name={place.kind === "private" ? "lock" : "hash"} />;
  if (place.room?.people) return <Faces people={place.room.people} />;
  const presence = shownPresence(state, place.presence ?? presenceOf(state, place.name));
  return <Avatar name={place.name} presence={presence} size="small" />;
}
