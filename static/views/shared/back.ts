/**
 * On a phone, what lies over the room is an entry of the history: Back closes the topmost one, and
 * leads nowhere else.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { useNarrow } from "./media.ts";

/** The state of an entry that stands for an overlay: how many overlays are open at it. */
interface OverlayEntry {
  readonly overlays: number;
}

/** Returns how many overlays the present entry of the history stands for. */
export function overlaysInHistory(): number {
  return (history.state as Partial<OverlayEntry> | null)?.overlays ?? 0;
}

/**
 * Closes an overlay when the user goes back.
 *
 * @param isOpen Whether it is open; a view that is there only while it is open passes `true`.
 */
export function useBackCloses(isOpen: boolean, onClose: () => void): void {
  const isActive = useNarrow() && isOpen;
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    if (!isActive) return;
    const overlays = overlaysInHistory() + 1;
    history.pushState({ overlays } satisfies OverlayEntry, "");
    const onPop = () => overlaysInHistory() < overlays && close.current();
    addEventListener("popstate", onPop);
    return () => {
      removeEventListener("popstate", onPop);
      // Closed by other means: its entry is of no use. A room that was opened from it has replaced it.
      if (overlaysInHistory() === overlays) history.back();
    };
  }, [isActive]);
}
