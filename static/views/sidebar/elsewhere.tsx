/** The rooms and people that the sidebar does not list. */
import { otherDestinations } from "../../state/fuzzy_match.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { ElsewhereProps } from "../shared/deferred_views.ts";
import { List } from "../shared/list.tsx";
import { useFound } from "../shared/use_found.ts";
import { PlaceMark } from "./switcher.tsx";

/** What the server has for the filter; without one, how to reach rooms that are not listed. */
export function Elsewhere({ state, filter, onGo }: ElsewhereProps) {
  const { dispatch } = useActions();
  const found = otherDestinations(state, filter, useFound(state, filter));
  if (filter === "" && state.moreRooms) {
    return <p class="quiet empty-list">{deferredStrings.sidebar.moreRooms}</p>;
  }
  if (found.length === 0) return null;
  return (
    <section>
      <header>
        <h2>{deferredStrings.sidebar.elsewhere}</h2>
      </header>
      <List class="places">
        {found.map((place) => (
          <li key={place.id}>
            <button
              type="button"
              class="place"
              onClick={() => {
                dispatch(place.action);
                onGo();
              }}
            >
              <PlaceMark state={state} place={place} />
              <span class="place-name" dir="auto">{place.name}</span>
            </button>
          </li>
        ))}
      </List>
    </section>
  );
}
