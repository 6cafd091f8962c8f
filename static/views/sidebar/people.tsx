/** The people in the sidebar. */
import { named, nameMark, roleOf, shownPresence } from "../../state/selectors.ts";
import { everyone } from "../../state/directory.ts";
import type { PageState } from "../../state/reducer.ts";
import type { PersonPresence } from "../../state/types.ts";
import { isLarge } from "../../state/presence_watch.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { LongList } from "../shared/long_list.tsx";
import { useVisibleNames } from "../shared/visible_names.ts";
import { MarkTag, RoleTag, ShownName } from "../shared/names.tsx";
import type { ListRow, PeopleProps } from "../shared/deferred_views.ts";
import { Avatar } from "../shared/parts.tsx";

/** Of how many people in the list the page watches the presence. */
const watchedMax = 60;

/** The people whom the page knows; those who are online come first. */
export function People({ state, filter }: PeopleProps) {
  const t = strings.sidebar;
  const people = named(everyone(state), filter);
  const filtered = filter !== "";
  const large = isLarge(state);
  // On a large server the list shows, without a filter, people whose presence is broadcast.
  const first = filtered || !large ? people.slice(0, watchedMax) : [];
  useVisibleNames("sidebar", first.map(({ name }) => name));
  if (people.length === 0) {
    return <p class="quiet empty-list">{filtered ? t.noMatch : deferredStrings.sidebar.nobody}</p>;
  }
  const rows = people.map((person): ListRow => ({
    key: person.name,
    text: person.name,
    view: () => <PersonButton state={state} person={person} />,
  }));
  return (
    <>
      {!filtered && large && (
        <p class="quiet empty-list">
          {deferredStrings.sidebar.peopleHere({ count: state.onlineCount })}
        </p>
      )}
      <LongList class="places people" rows={rows} />
    </>
  );
}

function PersonButton({ state, person }: { state: PageState; person: PersonPresence }) {
  const { dispatch } = useActions();
  const { state: last, ...who } = person;
  const presence = shownPresence(state, last);
  return (
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
      <span class="presence-word">{strings.presence[presence]}</span>
    </button>
  );
}
