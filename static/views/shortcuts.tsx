/** Keys that work wherever one is. */
import { useEffect, useRef } from "preact/hooks";
import { foldRoom } from "../../lib/protocol.ts";
import { currentRoom, roomsOf } from "../select.ts";
import type { State } from "../state.ts";
import { useActions } from "./context.ts";
import { focusOn, moveRegion, takesText } from "./regions.ts";

/** What the keys open and close. */
interface Ways {
  readonly state: State;
  readonly openSheet: () => void;
  readonly openSwitcher: () => void;
  /** Closes what lies over the room, if anything does. @returns Whether it did. */
  readonly closePart: () => boolean;
}

/** Listens to the keys for as long as the view stands. */
export function useShortcuts(ways: Ways): void {
  const { dispatch } = useActions();
  const latest = useRef(ways);
  latest.current = ways;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      // A dialog and a list that lies open have keys of their own.
      if (document.querySelector("dialog[open], :popover-open") !== null) return;
      if (press(event, latest.current, dispatch)) event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

/** @returns Whether the key meant something. */
function press(
  event: KeyboardEvent,
  { state, openSheet, openSwitcher, closePart }: Ways,
  dispatch: ReturnType<typeof useActions>["dispatch"],
): boolean {
  if (event.ctrlKey !== event.metaKey && event.key.toLowerCase() === "k" && !event.altKey) {
    return openSwitcher(), true;
  }
  if (event.ctrlKey || event.metaKey) return false;
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : undefined;
  if (event.altKey && step !== undefined) {
    const room = neighbour(state, step, event.shiftKey);
    if (room !== undefined) dispatch({ type: "open", room });
    return true;
  }
  if (event.altKey) return false;
  if (event.key === "F6") return moveRegion(event.shiftKey ? -1 : 1), true;
  if (event.key === "?" && !takesText(event.target)) return openSheet(), true;
  return event.key === "Escape" && (stepOut(event.target) || closePart() || focusOn(".composer"));
}

/** From what can be done with a message back to the message. */
function stepOut(target: EventTarget | null): boolean {
  const row = target instanceof Element ? target.parentElement?.closest("article") : undefined;
  row?.focus();
  return row !== null && row !== undefined;
}

/** The room above or below the open one in the sidebar; or the next where something is unread. */
function neighbour(state: State, step: 1 | -1, unread: boolean): string | undefined {
  const rooms = [...roomsOf(state, false), ...roomsOf(state, true)];
  const open = currentRoom(state);
  const at = open === undefined ? -1 : rooms.findIndex(({ name }) => name === open.name);
  const others = rooms.map((_, i) => rooms.at((at + step * (i + 1)) % rooms.length)!)
    .filter(({ name }) => open === undefined || foldRoom(name) !== foldRoom(open.name));
  return (unread ? others.find((room) => room.unread > 0) : others[0])?.name;
}
