/** The people in the sidebar. */
import { named } from "../../state/selectors.ts";
import { everyone } from "../../state/directory.ts";
import { isLarge } from "../../state/presence_watch.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { LongList } from "../shared/long_list.tsx";
import { useVisibleNames } from "../shared/visible_names.ts";
import type { ListRow, PeopleProps } from "../shared/deferred_views.ts";
import { PersonButton } from "../shared/person_button.tsx";

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
