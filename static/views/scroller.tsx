/** A box that keeps what one reads under one's eyes, whatever comes above or below it. */
import { Component, type ComponentChildren, createRef } from "preact";
import type { Place } from "../state/types.ts";

/** How near to its end a box counts as at its end, in px. */
const nearEnd = 60;
/** How near to the first or last row more rows are wanted, in px. */
const nearEdge = 600;
/** How far below the top the line is at which reading begins, in px. */
export const lineAt = 48;

/** What of a log is in view. */
export interface View {
  readonly atEnd: boolean;
  /** The first row in view, and where. */
  readonly place?: Place;
  /** The `seq` of the last row that is in view by half at least. */
  readonly last?: number;
}

/** A row to be brought into view. */
export interface Goal {
  readonly seq: number;
  readonly top?: number;
}

interface ScrollerProps {
  readonly label: string;
  readonly busy: boolean;
  /** Whether the last row is the last of the log, too: only there is an end to stay at. */
  readonly complete: boolean;
  readonly children: ComponentChildren;
  /** The box itself and who scrolls it, for whoever has to move in it. */
  readonly boxRef: { current: HTMLDivElement | null };
  readonly scrollerRef: { current: Scroller | null };
  /** A row to be brought into view: to a height below the top, or without one into the middle. */
  readonly goal: Goal | undefined;
  readonly onGoal: (row: HTMLElement) => void;
  readonly onLook: (view: View) => void;
  readonly onNearStart: () => void;
  readonly onNearEnd: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** A row, and how far its top is below that of the box. */
interface Anchor {
  readonly row: HTMLElement;
  readonly top: number;
}

/** Where the reader was before a change: at the end, or with rows at heights. */
interface Before {
  readonly end: boolean;
  readonly rows: readonly Anchor[];
  /** The row in which the focus was. */
  readonly focused: HTMLElement | undefined;
}

/** The scrolling box of a room's log. */
export class Scroller extends Component<ScrollerProps> {
  readonly #rows = createRef<HTMLDivElement>();
  #resize: ResizeObserver | undefined;
  #atEnd = true;
  /** Whether somebody wants to be at an end that is not here yet. */
  #bound = false;
  /** Where the box stood when somebody last looked, and what was in view. */
  #top = 0;
  #anchors: readonly Anchor[] = [];
  /** How large everything was then. */
  #sized = "";

  override componentDidMount(): void {
    this.props.scrollerRef.current = this;
    const box = this.#box();
    const line = box.querySelector<HTMLElement>(".fresh");
    box.scrollTop = box.scrollHeight;
    // News are read from where they begin.
    if (line !== null && line.offsetTop < box.scrollTop) box.scrollTop = line.offsetTop - lineAt;
    // Images that load, a window or a keyboard that changes the width: none of it moves the text.
    this.#resize = new ResizeObserver(this.#look);
    this.#resize.observe(box);
    this.#resize.observe(this.#rows.current!);
    this.#arrive();
    this.#sized = this.#size();
    this.#look();
  }

  override componentWillUnmount(): void {
    this.#resize?.disconnect();
  }

  /** Goes to the end, now or as soon as it is here. */
  toEnd(): void {
    this.#bound = true;
    this.forceUpdate();
  }

  override getSnapshotBeforeUpdate(before: ScrollerProps): Before {
    const box = this.#box();
    this.#settle();
    const end = this.#isAtEndStill() || before.complete && isAtEnd(box);
    const inside = document.activeElement !== box && box.contains(document.activeElement);
    const focused = inside
      ? document.activeElement?.closest<HTMLElement>("[data-seq]") ?? box
      : undefined;
    return { end, rows: end ? [] : inView(box), focused };
  }

  override componentDidUpdate(_props: unknown, _state: unknown, before: Before): void {
    this.#restore(before.end || this.#bound, before.rows);
    this.#sized = this.#size();
    if (this.props.complete) this.#bound = false;
    this.#arrive();
    // What had the focus is out of the document, or its whole row is: keys must still move in the
    // log, from where one was if that is still there.
    if (before.focused !== undefined && document.activeElement === document.body) {
      const left = before.focused.isConnected ? before.focused : this.#box();
      left.focus({ preventScroll: true });
    }
    this.#look();
  }

  /** Brings the goal into view, if it is there. */
  #arrive(): void {
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
    if (end) {
      box.scrollTop = box.scrollHeight;
      return;
    }
    const here = anchors.filter(({ row }) => row.isConnected);
    // A row that begins above the view may end there, once its lines are broken anew.
    const anchor = here.find(({ top }) => top >= 0) ?? here[0];
    const moved = anchor === undefined ? 0 : topOf(anchor.row, box) - anchor.top;
    if (moved !== 0) box.scrollTop += moved;
  }

  #box(): HTMLDivElement {
    return this.props.boxRef.current!;
  }

  /** Who was at the end and has not moved is there still, though a banner has taken room from it. */
  #isAtEndStill(): boolean {
    const box = this.#box();
    return this.#atEnd && (box.scrollTop === this.#top || isAtEnd(box));
  }

  /** Takes back what a change of sizes has moved, whoever is the first to notice it. */
  #settle(): void {
    if (this.#size() !== this.#sized) this.#restore(this.#isAtEndStill(), this.#anchors);
  }

  #size(): string {
    const { clientWidth, clientHeight } = this.#box();
    return `${clientWidth} ${clientHeight} ${this.#rows.current!.offsetHeight}`;
  }

  readonly #look = (): void => {
    const box = this.#box();
    this.#settle();
    this.#sized = this.#size();
    const { complete, onLook, onNearStart, onNearEnd } = this.props;
    this.#atEnd = complete && isAtEnd(box);
    this.#top = box.scrollTop;
    this.#anchors = inView(box);
    onLook(viewOf(this.#anchors, box, this.#atEnd));
    if (box.scrollTop < nearEdge) onNearStart();
    if (!complete && toBottom(box) < nearEdge) onNearEnd();
  };

  override render(props: ScrollerProps) {
    return (
      <div
        ref={props.boxRef}
        class="log"
        role="log"
        // Rows come and go as one scrolls: what is news is told by the announcer.
        aria-live="off"
        aria-label={props.label}
        aria-busy={props.busy}
        tabIndex={0}
        onScroll={this.#look}
        onKeyDown={props.onKeyDown}
      >
        <div class="log-rows" ref={this.#rows}>{props.children}</div>
      </div>
    );
  }
}

function toBottom(box: HTMLElement): number {
  return box.scrollHeight - box.scrollTop - box.clientHeight;
}

function isAtEnd(box: HTMLElement): boolean {
  return toBottom(box) < nearEnd;
}

function topOf(row: HTMLElement, box: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

function viewOf(anchors: readonly Anchor[], box: HTMLElement, atEnd: boolean): View {
  const [first] = anchors;
  if (first === undefined) return { atEnd };
  const last = anchors.findLast(({ row, top }) => top + row.offsetHeight / 2 <= box.clientHeight);
  return {
    atEnd,
    place: { seq: seqOf(first.row), top: first.top },
    last: seqOf((last ?? first).row),
  };
}

/** The rows in view. They stand in order, so that the first is found by halving. */
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

/** The messages in a box, in order. */
export function rowsOf(box: HTMLElement): readonly HTMLElement[] {
  return Array.from(box.querySelectorAll<HTMLElement>("[data-seq]"));
}

/** Which message a row is. */
function seqOf(row: HTMLElement): number {
  return Number(row.dataset.seq);
}
