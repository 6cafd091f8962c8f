/** A box that keeps what one reads under one's eyes, whatever comes above or below it. */
import { Component, type ComponentChildren } from "preact";

/** How near to its end a box counts as at its end, in px. */
const nearEnd = 60;
/** How near to its beginning older messages are wanted, in px. */
const nearStart = 500;

interface ScrollerProps {
  readonly label: string;
  readonly busy: boolean;
  readonly children: ComponentChildren;
  /** The box itself, for whoever has to move in it. */
  readonly boxRef: { current: HTMLDivElement | null };
  readonly onAtEnd: (atEnd: boolean) => void;
  readonly onNearStart: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Where the reader was before a change: at the end, or with a row at a height. */
type Place = { readonly end: true } | { readonly end: false; row?: HTMLElement; top: number };

/** The scrolling box of a room's log. */
export class Scroller extends Component<ScrollerProps> {
  #resize: ResizeObserver | undefined;
  #atEnd = true;
  /** Where the box stood when somebody last looked. */
  #top = 0;

  override componentDidMount(): void {
    const box = this.#box();
    const fresh = box.querySelector<HTMLElement>(".fresh");
    box.scrollTop = box.scrollHeight;
    // News are read from where they begin.
    if (fresh !== null && fresh.offsetTop < box.scrollTop) box.scrollTop = fresh.offsetTop - 48;
    this.#resize = new ResizeObserver(() => {
      if (this.#atEnd) box.scrollTop = box.scrollHeight;
    });
    this.#resize.observe(box);
    this.#look();
  }

  override componentWillUnmount(): void {
    this.#resize?.disconnect();
  }

  override getSnapshotBeforeUpdate(): Place {
    const box = this.#box();
    // Who was at the end and has not moved is there still, though a banner has taken room from it.
    const isStill = this.#atEnd && box.scrollTop === this.#top;
    return isStill || isAtEnd(box) ? { end: true } : placeIn(box);
  }

  override componentDidUpdate(_props: unknown, _state: unknown, place: Place): void {
    const box = this.#box();
    if (place.end) box.scrollTop = box.scrollHeight;
    else if (place.row?.isConnected) box.scrollTop += topOf(place.row, box) - place.top;
    this.#look();
  }

  #box(): HTMLDivElement {
    return this.props.boxRef.current!;
  }

  readonly #look = (): void => {
    const box = this.#box();
    this.#atEnd = isAtEnd(box);
    this.#top = box.scrollTop;
    this.props.onAtEnd(this.#atEnd);
    if (box.scrollTop < nearStart) this.props.onNearStart();
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
        {props.children}
      </div>
    );
  }
}

function isAtEnd(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd;
}

function placeIn(box: HTMLElement): Place {
  const row = firstVisible(box);
  return row === undefined ? { end: false, top: 0 } : { end: false, row, top: topOf(row, box) };
}

function topOf(row: HTMLElement, box: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

/** Rows stand in order, so that the first one in view is found by halving. */
function firstVisible(box: HTMLElement): HTMLElement | undefined {
  const rows = rowsOf(box);
  const edge = box.getBoundingClientRect().top;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.getBoundingClientRect().bottom > edge) high = middle;
    else low = middle + 1;
  }
  return rows[low];
}

/** The messages in a box, in order. */
export function rowsOf(box: HTMLElement): readonly HTMLElement[] {
  return Array.from(box.querySelectorAll<HTMLElement>("[data-seq]"));
}
