/** Keyboard shortcuts that work everywhere on the page. */
import { useEffect, useRef } from "preact/hooks";
import { currentRoom, roomsOf } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { useActions } from "./context.ts";
import { focusOn, moveRegion, takesText } from "./regions.ts";

/** What the shortcuts open and close. */
interface Ways {
  readonly state: PageState;
  readonly openSheet: () => void;
  readonly openSwitcher: () => void;
  readonly openSearch: () => void;
  /** Closes the drawer and the panel. @returns Whether one was open. */
  readonly closePanel: () => boolean;
}

/** Handles the shortcuts while the view is mounted. */
export function useShortcuts(ways: Ways): void {
  const { dispatch } = useActions();
  const latest = useRef(ways);
  latest.current = ways;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      // An open dialog or popover has keys of its own.
      if (document.querySelector("dialog[open], :popover-open") !== null) return;
      if (press(event, latest.current, dispatch)) event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

/** @returns Whether the key was a shortcut. */
function press(
  event: KeyboardEvent,
  { state, openSheet, openSwitcher, openSearch, closePanel }: Ways,
  dispatch: ReturnType<typeof useActions>["dispatch"],
): boolean {
  if (event.ctrlKey !== event.metaKey && !event.altKey) {
    const key = event.key.toLowerCase();
    if (key === "k" && !event.shiftKey) return openSwitcher(), true;
    // Without Shift it is the browser's own search.
    if (key === "f" && event.shiftKey) return openSearch(), true;
    if (key === "/") return openSheet(), true;
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
  return event.key === "Escape" && (stepOut(event.target) || closePanel() || focusOn(".composer"));
}

/** Moves the focus from a message's actions back to the message. */
function stepOut(target: EventTarget | null): boolean {
  const row = target instanceof Element ? target.parentElement?.closest("article") : undefined;
  row?.focus();
  return row !== null && row !== undefined;
}

/**
 * Returns the room above or below the open one in the sidebar, or the next one with unread
 * messages.
 */
function neighbour(state: PageState, step: 1 | -1, unread: boolean): string | undefined {
  const rooms = [...roomsOf(state, false), ...roomsOf(state, true)];
  const open = currentRoom(state);
  const at = open === undefined ? -1 : rooms.findIndex(({ key }) => key === open.key);
  const others = rooms.map((_, i) => rooms.at((at + step * (i + 1)) % rooms.length)!)
    .filter(({ key }) => key !== open?.key);
  return (unread ? others.find((room) => room.unread > 0) : others[0])?.key;
}
