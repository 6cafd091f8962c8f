/** The members of a room. */
import { useState } from "preact/hooks";
import {
  named,
  nameMark,
  personNamed,
  presenceOf,
  roleOf,
  shownPresence,
} from "../../state/selectors.ts";
import { sortPeople } from "../../state/directory.ts";
import type { PageState, RoomState } from "../../state/types.ts";
import { samePerson } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { List } from "../shared/list.tsx";
import { useMembers } from "../shared/use_members.ts";
import { useVisibleNames } from "../shared/visible_names.ts";
import { MarkTag, RoleTag, ShownName } from "../shared/names.tsx";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { Avatar } from "../shared/parts.tsx";
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
  const { dispatch } = useActions();
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
        {listed.map(({ state: last, ...who }) => {
          const presence = shownPresence(state, last);
          return (
            <li key={who.name}>
              <button
                type="button"
                class={`place person ${presence}`}
                title={strings.sidebar.about({ name: who.name })}
                onClick={() => dispatch({ type: "person", who })}
              >
                <Avatar name={who.name} presence={presence} size="small" />
                <span class="place-name" dir="auto">
                  <ShownName who={who} />
                </span>
                <MarkTag mark={nameMark(state, who)} />
                <RoleTag role={roleOf(state, who)} />
                <span class={`presence-word ${samePerson(who.name, state.me.name) ? "you" : ""}`}>
                  {samePerson(who.name, state.me.name)
                    ? strings.sidebar.you
                    : who.id !== undefined && room.deactivated?.includes(who.id)
                    ? deferredStrings.manage.people.deactivated
                    : strings.presence[presence]}
                </span>
              </button>
            </li>
          );
        })}
      </List>
      {filter === "" && room.memberCount > listed.length && (
        <p class="quiet empty-list">
          {deferredStrings.members.more({ count: room.memberCount - listed.length })}
        </p>
      )}
    </>
  );
}
