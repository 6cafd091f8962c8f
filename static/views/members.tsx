/** Who is in a room. */
import { useState } from "preact/hooks";
import {
  guestMark,
  named,
  presenceOf,
  roleOf,
  shownPresence,
  sortPeople,
  whoIs,
} from "../select.ts";
import type { State } from "../state.ts";
import { samePerson } from "../state/room.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { useLook } from "./look.ts";
import { GuestTag, RoleTag } from "./names.tsx";
import { PanelFrame } from "./panel_frame.tsx";
import { Avatar } from "./parts.tsx";

/** From how many members on they can be filtered. */
const listedMin = 8;
/** How many are listed at once. */
const listedMax = 200;

/** The panel. */
export function Members({ state, room, onClose }: {
  state: State;
  room: Room;
  onClose: () => void;
}) {
  const { dispatch } = useActions();
  const [filter, setFilter] = useState("");
  const people = room.members.map((name) => ({
    ...whoIs(state, name),
    state: presenceOf(state, name),
  }));
  useLook(state, "members", room.members);
  return (
    <PanelFrame title={strings.room.membersTitle} onClose={onClose}>
      {people.length > listedMin && (
        <div class="list-filter">
          <input
            type="search"
            aria-label={strings.room.findMember}
            placeholder={strings.room.findMember}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </div>
      )}
      <ul class="places">
        {sortPeople(named(people, filter)).slice(0, listedMax).map((
          { state: last, ...who },
        ) => {
          const presence = shownPresence(state, last);
          return (
            <li key={who.name}>
              <button
                type="button"
                class={`place person ${presence}`}
                title={strings.sidebar.about(who.name)}
                onClick={() => dispatch({ type: "person", who })}
              >
                <Avatar name={who.name} presence={presence} size="small" />
                <span class="place-name" dir="auto">{who.name}</span>
                <GuestTag mark={guestMark(state, who)} guest={who.guest} />
                <RoleTag role={roleOf(state, who)} />
                <span class={`presence-word ${samePerson(who.name, state.me.name) ? "you" : ""}`}>
                  {samePerson(who.name, state.me.name)
                    ? strings.sidebar.you
                    : strings.presence[presence]}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {filter === "" && people.length > listedMax && (
        <p class="quiet empty-list">{strings.sidebar.morePeople(people.length - listedMax)}</p>
      )}
    </PanelFrame>
  );
}
