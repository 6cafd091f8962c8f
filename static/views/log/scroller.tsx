/**
 * The scroller of the log: keeps the text under the user's eyes in place, whatever is inserted
 * above or below it.
 */
import { Component, type ComponentChildren, createRef } from "preact";
import type { ReadingPosition } from "../../state/types.ts";

/** Within this distance from its end, a log counts as at its end, in px. */
const nearEnd = 60;
/** Within this distance from the first or last row, more rows are requested, in px. */
const nearEdge = 600;
/** The distance of the first unread message from the top when a room is opened, in px. */
export const lineAt = 48;

/** What of a log is in view. */
export interface Viewport {
  readonly atEnd: boolean;
  /** The first row in view, and its position. */
  readonly place?: ReadingPosition;
  /** The `seq` of the last row of which at least half is in view. */
  readonly last?: number;
}

/** A row to scroll to. */
export interface Goal {
  readonly seq: number;
  readonly top?: number;
}

interface ScrollerProps {
  readonly label: string;
  readonly busy: boolean;
  /** Whether the last row is the end of the log: only then does the view stay at the end. */
  readonly complete: boolean;
  readonly children: ComponentChildren;
  /** The element and the scroller, for callers that move within it. */
  readonly boxRef: { current: HTMLDivElement | null };
  readonly scrollerRef: { current: Scroller | null };
  /** The row to scroll to: to a distance below the top, or without one to the middle. */
  readonly goal: Goal | undefined;
  readonly onGoal: (row: HTMLElement) => void;
  readonly onViewport: (view: Viewport) => void;
  readonly onNearStart: () => void;
  readonly onNearEnd: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** A row and the distance of its top from the top of the box. */
interface Anchor {
  readonly row: HTMLElement;
  readonly top: number;
}

/** The position before an update: at the end, or rows with their distances. */
interface Before {
  readonly end: boolean;
  readonly rows: readonly Anchor[];
  /** The row that had the focus. */
  readonly focused: HTMLElement | undefined;
}

/** The scrolling box of a room's log. */
export class Scroller extends Component<ScrollerProps> {
  readonly #rows = createRef<HTMLDivElement>();
  #resize: ResizeObserver | undefined;
  #mutation: MutationObserver | undefined;
  #atEnd = true;
  /** Whether the user wants to be at an end that is not loaded yet. */
  #wantsEnd = false;
  /**
   * How far the text is from where it was, in px, because a box cannot be scrolled beyond its top.
   * Rows that are inserted above, mostly at once, make up for it.
   */
  #scrollDebt = 0;
  /** The scroll position and the rows in view at the last update. */
  #top = 0;
  #anchors: readonly Anchor[] = [];
  /** The sizes at the last update. */
  #lastSize = "";

  override componentDidMount(): void {
    this.props.scrollerRef.current = this;
    const box = this.#box();
    const line = box.querySelector<HTMLElement>(".unread-line");
    box.scrollTop = box.scrollHeight;
    // A room with new messages opens at the first of them.
    if (line !== null && line.offsetTop < box.scrollTop) box.scrollTop = line.offsetTop - lineAt;
    // Images that load, or a window or keyboard that changes the width: none of it may move the
    // text.
    this.#resize = new ResizeObserver(this.#update);
    this.#resize.observe(box);
    this.#resize.observe(this.#rows.current!);
    // Views that come later: undone before the next frame, so that browsers count no shift.
    this.#mutation = new MutationObserver(() => this.#undoResize());
    this.#mutation.observe(this.#rows.current!, { childList: true, subtree: true });
    this.#scrollToGoal();
    this.#lastSize = this.#size();
    this.#update();
  }

  override componentWillUnmount(): void {
    this.#resize?.disconnect();
    this.#mutation?.disconnect();
  }

  /** Scrolls to the end, now or once it is loaded. */
  toEnd(): void {
    this.#wantsEnd = true;
    this.forceUpdate();
  }

  override getSnapshotBeforeUpdate(before: ScrollerProps): Before {
    const box = this.#box();
    this.#undoResize();
    const end = this.#isAtEndStill() || before.complete && isAtEnd(box);
    const inside = document.activeElement !== box && box.contains(document.activeElement);
    const focused = inside
      ? document.activeElement?.closest<HTMLElement>("[data-seq]") ?? box
      : undefined;
    const rows = end
      ? []
      : inView(box).map(({ row, top }) => ({ row, top: top - this.#scrollDebt }));
    return { end, rows, focused };
  }

  override componentDidUpdate(_props: unknown, _state: unknown, before: Before): void {
    this.#restore(before.end || this.#wantsEnd, before.rows);
    this.#lastSize = this.#size();
    if (this.props.complete) this.#wantsEnd = false;
    this.#scrollToGoal();
    // The focused element, or its whole row, has left the document: keys must still work in the
    // log, from the same row if it still exists.
    if (before.focused !== undefined && document.activeElement === document.body) {
      const left = before.focused.isConnected ? before.focused : this.#box();
      left.focus({ preventScroll: true });
    }
    this.#update();
  }

  /** Scrolls to the goal, if its row exists. */
  #scrollToGoal(): void {
    const { goal, onGoal } = this.props;
    const box = this.#box();
    const row = goal && box.querySelector<HTMLElement>(`[data-seq="${goal.seq}"]`);
    if (!row) return;
    const middle = Math.max(0, (box.clientHeight - row.offsetHeight) / 2);
    box.scrollTop += topOf(row, box) - (goal.top ?? middle);
    onGoal(row);
  }

  #restore(end: boolean, anchors: readonly Anchor[]): void {
    const box = this.#box();
    this.#scrollDebt = 0;
    if (end) {
      box.scrollTop = box.scrollHeight;
      return;
    }
    const here = anchors.filter(({ row }) => row.isConnected);
    // A row that begins above the view may end there once its lines wrap differently.
    const anchor = here.find(({ top }) => top >= 0) ?? here[0];
    const moved = anchor === undefined ? 0 : topOf(anchor.row, box) - anchor.top;
    if (moved === 0) return;
    box.scrollTop += moved;
    if (box.scrollTop === 0) this.#scrollDebt = topOf(anchor!.row, box) - anchor!.top;
  }

  #box(): HTMLDivElement {
    return this.props.boxRef.current!;
  }

  /**
   * A user who was at the end and has not scrolled is still there, though a banner has taken space
   * from the log.
   */
  #isAtEndStill(): boolean {
    const box = this.#box();
    return this.#atEnd && (box.scrollTop === this.#top || isAtEnd(box));
  }

  /** Undoes the shift that a change of sizes has caused, whichever callback notices it first. */
  #undoResize(): void {
    if (this.#size() !== this.#lastSize) this.#restore(this.#isAtEndStill(), this.#anchors);
  }

  #size(): string {
    const { clientWidth, clientHeight } = this.#box();
    return `${clientWidth} ${clientHeight} ${this.#rows.current!.offsetHeight}`;
  }

  readonly #scrolled = (): void => {
    // The user has scrolled, and is where they want to be.
    if (this.#box().scrollTop !== this.#top) this.#scrollDebt = 0;
    this.#update();
  };

  readonly #update = (): void => {
    const box = this.#box();
    this.#undoResize();
    this.#lastSize = this.#size();
    const { complete, onViewport, onNearStart, onNearEnd } = this.props;
    this.#atEnd = complete && isAtEnd(box);
    this.#top = box.scrollTop;
    this.#anchors = inView(box);
    onViewport(viewOf(this.#anchors, box, this.#atEnd));
    if (box.scrollTop < nearEdge) onNearStart();
    if (!complete && toBottom(box) < nearEdge) onNearEnd();
  };

  override render(props: ScrollerProps) {
    return (
      <div
        ref={props.boxRef}
        class="log"
        role="log"
        // Rows come and go as the user scrolls: the announcer announces new messages.
        aria-live="off"
        aria-label={props.label}
        aria-busy={props.busy}
        tabIndex={0}
        onScroll={this.#scrolled}
        onKeyDown={props.onKeyDown}
      >
        <div class="log-rows" ref={this.#rows}>{props.children}</div>
      </div>
    );
  }
}

/** How far a box is scrolled from its end, in px. */
export function toBottom(box: HTMLElement): number {
  return box.scrollHeight - box.scrollTop - box.clientHeight;
}

/** Whether a box counts as scrolled to its end. */
export function isAtEnd(box: HTMLElement): boolean {
  return toBottom(box) < nearEnd;
}

function topOf(row: HTMLElement, box: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

function viewOf(anchors: readonly Anchor[], box: HTMLElement, atEnd: boolean): Viewport {
  const [first] = anchors;
  if (first === undefined) return { atEnd };
  const last = anchors.findLast(({ row, top }) => top + row.offsetHeight / 2 <= box.clientHeight);
  return {
    atEnd,
    place: { seq: seqOf(first.row), top: first.top },
    last: seqOf((last ?? first).row),
  };
}

/** Returns the rows in view. The rows are in order, so a binary search finds the first. */
function inView(box: HTMLElement): readonly Anchor[] {
  const rows = rowsOf(box);
  const { top: edge, bottom } = box.getBoundingClientRect();
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.getBoundingClientRect().bottom > edge) high = middle;
    else low = middle + 1;
  }
  const anchors: Anchor[] = [];
  for (const row of rows.slice(low)) {
    const { top } = row.getBoundingClientRect();
    if (top >= bottom) break;
    anchors.push({ row, top: top - edge });
  }
  return anchors;
}

/** Returns the message rows in a box, in order. */
export function rowsOf(box: HTMLElement): readonly HTMLElement[] {
  return Array.from(box.querySelectorAll<HTMLElement>("[data-seq]"));
}

/** Returns the `seq` of a row's message. */
function seqOf(row: HTMLElement): number {
  return Number(row.dataset.seq);
}
