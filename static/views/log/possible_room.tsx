/** Names of rooms in texts that the page does not know. */
import { useEffect } from "preact/hooks";
import { foldRoom } from "../../../lib/protocol/names.ts";
import { useActions } from "../shared/context.ts";
import { lookUp } from "../shared/look_up.ts";

/** Shows the text, and asks the server whether there is a room of that name. */
export function PossibleRoom({ text }: { text: string }) {
  const actions = useActions();
  const name = foldRoom(text.slice(1));
  useEffect(() => {
    if (!actions.store.state.lookedUp.has(name)) lookUp(actions, name);
  }, [name]);
  return <>{text}</>;
}
