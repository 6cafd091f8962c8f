/** The button that opens the card of a person. */
import type { ComponentChildren } from "preact";
import type { PageState } from "../../state/reducer.ts";
import { nameMark, roleOf, shownPresence } from "../../state/selectors.ts";
import type { PersonPresence } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "./context.ts";
import { MarkTag, RoleTag, ShownName } from "./names.tsx";
import { Avatar } from "./parts.tsx";
/** A person in a list, with their presence or, as children, what else there is to say. */
export function PersonButton(
  { state, person, children }: {
    state: PageState;
    person: PersonPresence;
    children?: ComponentChildren;
  },
) {
  const { dispatch } = useActions();
  const { state: last, ...who } = person;
  const presence = shownPresence(state, last);
  return (
    <button
      type="button"
      class={`place person ${presence}`}
      onClick={() => dispatch({ type: "person", who })}
    >
      <Avatar name={who.name} presence={presence} size="small" />
      <span
        class="place-name"
        dir="auto"
        // Not the button's: a screen reader would say the name twice.
        title={strings.sidebar.about({ name: who.name })}
      >
        <ShownName who={who} />
      </span>
      <MarkTag mark={nameMark(state, who)} />
      <RoleTag role={roleOf(state, who)} />
      {children ?? <span class="presence-word">{strings.presence[presence]}</span>}
    </button>
  );
}
