/** The members of a room. */
import { useState } from "preact/hooks";
import { named, personNamed, presenceOf } from "../../state/selectors.ts";
import { sortPeople } from "../../state/directory.ts";
import type { PageState, RoomState } from "../../state/types.ts";
import { samePerson } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { List } from "../shared/list.tsx";
import { useMembers } from "../shared/use_members.ts";
import { useVisibleNames } from "../shared/visible_names.ts";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { PersonButton } from "../shared/person_button.tsx";
import type { RoomDialogProps, StateDialogProps } from "../shared/deferred_views.ts";

/** From this number of members on, the list has a filter. */
const listedMin = 8;
/** How many members are listed at once. */
const listedMax = 200;

/** The panel. */
export function Members({ state, room, onClose }: StateDialogProps & RoomDialogProps) {
  return (
    <PanelFrame title={deferredStrings.members.title} onClose={onClose}>
      <MemberList state={state} room={room} />
    </PanelFrame>
  );
}

/** The members, with a filter where they are many. */
export function MemberList({ state, room }: { state: PageState; room: RoomState }) {
  const [filter, setFilter] = useState("");
  useMembers(state, room, filter);
  const people = room.members.map((name) => ({
    ...personNamed(state, name),
    state: presenceOf(state, name),
  }));
  const listed = sortPeople(named(people, filter)).slice(0, listedMax);
  useVisibleNames("members", listed.map(({ name }) => name));
  return (
    <>
      {room.memberCount > listedMin && (
        <div class="list-filter">
          <input
            type="search"
            aria-label={deferredStrings.members.find}
            placeholder={deferredStrings.members.find}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </div>
      )}
      <List class="places">
        {listed.map((person) => (
          <li key={person.name}>
            <PersonButton state={state} person={person}>
              {samePerson(person.name, state.me.name)
                ? <span class="presence-word you">{strings.sidebar.you}</span>
                : person.id !== undefined && room.deactivated?.includes(person.id)
                ? <span class="presence-word">{deferredStrings.manage.people.deactivated}</span>
                : undefined}
            </PersonButton>
          </li>
        ))}
      </List>
      {filter === "" && room.memberCount > listed.length && (
        <p class="quiet empty-list">
          {deferredStrings.members.more({ count: room.memberCount - listed.length })}
        </p>
      )}
    </>
  );
}
