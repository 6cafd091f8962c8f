/** What the server has for the filter of the sidebar, beyond what the page holds. */
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { ElsewhereProps } from "../shared/deferred_views.ts";
import { List } from "../shared/list.tsx";
import { useFound } from "../shared/use_found.ts";
import { PlaceMark } from "./switcher.tsx";

/** The section; nothing while nothing is found. */
export function Elsewhere({ state, filter, onGo }: ElsewhereProps) {
  const { dispatch } = useActions();
  const found = useFound(state, filter);
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
