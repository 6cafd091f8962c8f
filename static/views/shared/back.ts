/**
 * On a phone, what lies over the room is an entry of the history: Back closes the topmost one, and
 * leads nowhere else.
 *
 * @module
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import { useNarrow } from "./media.ts";

/** The state of an entry that stands for an overlay: how many overlays are open at it. */
interface OverlayEntry {
  readonly overlays: number;
}

/** An open overlay. */
interface Overlay {
  readonly close: () => void;
  /** The number of overlays at its entry; without it, it has no entry yet. */
  depth?: number;
}

/** The part of a window that has a history. */
export interface HistoryWindow {
  readonly history: Pick<History, "go" | "pushState" | "state">;
  addEventListener(type: "popstate", listener: () => void): void;
}

/**
 * The entries of the open overlays. A history goes back in its own time: what would change it in
 * between waits for the end, or it would go back from the wrong entry.
 */
export class OverlayHistory {
  readonly #window: HistoryWindow;
  /** The open overlays, the lowest first. */
  readonly #open = new Set<Overlay>();
  #isGoingBack = false;

  constructor(window: HistoryWindow) {
    this.#window = window;
    window.addEventListener("popstate", () => this.#onPop());
  }

  /** Whether the history is on its way back from the entries of overlays that were closed. */
  get isGoingBack(): boolean {
    return this.#isGoingBack;
  }

  /** How many overlays the present entry stands for. */
  get depth(): number {
    return (this.#window.history.state as Partial<OverlayEntry> | null)?.overlays ?? 0;
  }

  /**
   * Adds an overlay.
   *
   * @param close Closes it; called when the user goes back.
   * @returns A function to call when it was closed, by whatever means.
   */
  open(close: () => void): () => void {
    const overlay: Overlay = { close };
    this.#open.add(overlay);
    this.#addEntries();
    return () => {
      if (this.#open.delete(overlay)) this.#leaveEntries();
    };
  }

  #addEntries(): void {
    if (this.#isGoingBack) return;
    for (const overlay of this.#open) {
      if (overlay.depth !== undefined) continue;
      const overlays = this.depth + 1;
      this.#window.history.pushState({ overlays } satisfies OverlayEntry, "");
      overlay.depth = overlays;
    }
  }

  /** Goes back from the entries whose overlays are closed; a room that was opened there has replaced them. */
  #leaveEntries(): void {
    if (this.#isGoingBack) return;
    const needed = Math.max(0, ...Array.from(this.#open, ({ depth = 0 }) => depth));
    if (this.depth <= needed) return;
    this.#isGoingBack = true;
    this.#window.history.go(needed - this.depth);
  }

  #onPop(): void {
    const wasGoingBack = this.#isGoingBack;
    this.#isGoingBack = false;
    for (const overlay of this.#open) {
      if (overlay.depth === undefined || overlay.depth <= this.depth) continue;
      this.#open.delete(overlay);
      overlay.close();
    }
    if (wasGoingBack) this.#leaveEntries();
    this.#addEntries();
  }
}

/** The overlays of this page. */
export const overlayHistory = new OverlayHistory(globalThis);

/**
 * Closes an overlay when the user goes back.
 *
 * @param isOpen Whether it is open; a view that is there only while it is open passes `true`.
 */
export function useBackCloses(isOpen: boolean, onClose: () => void): void {
  const isActive = useNarrow() && isOpen;
  const close = useRef(onClose);
  close.current = onClose;
  // Before the user sees the overlay: Back closes it from the first moment.
  useLayoutEffect(() => {
    if (isActive) return overlayHistory.open(() => close.current());
  }, [isActive]);
}
