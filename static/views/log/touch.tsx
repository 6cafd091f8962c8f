/** Touch gestures on messages: a long press opens all actions, a swipe replies. */
import { useEffect, useRef } from "preact/hooks";
import { mayDo } from "../../state/selectors.ts";
import { findMessage } from "../../state/timeline.ts";
import { useActions } from "../shared/context.ts";
import type { TouchProps } from "../shared/deferred_views.ts";
import { edge, hasMoved, longPressMs, swipeOf } from "./swipe.ts";

/** A finger on a message. */
interface Press {
  readonly id: number;
  readonly row: HTMLElement;
  readonly x: number;
  readonly y: number;
  readonly timer: ReturnType<typeof setTimeout>;
  /** Set once the finger swipes: whether the message is replied to when it is lifted. */
  replies?: boolean;
}

/** Listens to touches of the log. Links, controls and what scrolls sideways keep their own. */
export function Touch(props: TouchProps) {
  const { dispatch } = useActions();
  const place = useRef<HTMLSpanElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const frame = place.current!.closest<HTMLElement>(".log-frame")!;
    const stays = matchMedia("(prefers-reduced-motion: reduce)");
    let press: Press | undefined;
    /** Whether the touch has opened the actions: lifting the finger is not a click then. */
    let isLong = false;
    const end = () => {
      if (press === undefined) return;
      clearTimeout(press.timer);
      press.row.style.translate = "";
      delete press.row.dataset.swipe;
      press = undefined;
    };
    const mayReply = (seq: number) => {
      const { state, room } = latest.current;
      const message = findMessage(room, seq);
      return message !== undefined && !message.deleted && message.thread === undefined &&
        mayDo(state, room, "mayPost");
    };
    const down = (event: PointerEvent) => {
      end();
      isLong = false;
      const touched = event.target as Element;
      const row = touched.closest<HTMLElement>("article[data-seq]");
      if (
        event.pointerType !== "touch" || row === null || frame.querySelector(".selection") ||
        touched.closest("a, input, audio, video, .toolbar, .reaction")
      ) return;
      const seq = Number(row.dataset.seq);
      const open = () => {
        end();
        if (findMessage(latest.current.room, seq)?.deleted) return;
        isLong = true;
        navigator.vibrate?.(10);
        const anchor = row.getBoundingClientRect();
        latest.current.openOver({ seq, view: "menu", anchor });
      };
      const timer = setTimeout(open, longPressMs);
      press = { id: event.pointerId, row, x: event.clientX, y: event.clientY, timer };
    };
    const move = (event: PointerEvent) => {
      if (press?.id !== event.pointerId) return;
      const { row, x, y } = press;
      const [dx, dy] = [event.clientX - x, event.clientY - y];
      if (!hasMoved(dx, dy)) return;
      clearTimeout(press.timer);
      const forward = getComputedStyle(frame).direction === "rtl" ? -1 : 1;
      const isFree = press.replies !== undefined ||
        x > edge && x < innerWidth - edge && mayReply(Number(row.dataset.seq)) &&
          !scrollsSideways(event.target as Element, row);
      const swipe = isFree ? swipeOf(dx * forward, dy, press.replies !== undefined) : undefined;
      if (swipe === undefined) return end();
      press.replies = swipe.replies;
      row.dataset.swipe = swipe.replies ? "far" : "near";
      if (!stays.matches) row.style.translate = `${swipe.offset * forward}px`;
    };
    const up = (event: PointerEvent) => {
      const replied = press?.id === event.pointerId && press.replies === true ? press : undefined;
      end();
      if (replied === undefined) return;
      const { key, epoch } = latest.current.room;
      const log = epoch === undefined ? {} : { epoch };
      const composing = { mode: "reply", seq: Number(replied.row.dataset.seq), ...log } as const;
      dispatch({ type: "compose", room: key, composing });
    };
    const swallow = (event: Event) => {
      if (!isLong || !frame.contains(event.target as Node)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    // The browser's own menu of a long press would lie over the actions.
    const menu = (event: Event) => {
      if (press !== undefined || isLong) event.preventDefault();
    };
    const stop = new AbortController();
    const { signal } = stop;
    frame.addEventListener("pointerdown", down, { signal });
    frame.addEventListener("pointermove", move, { signal });
    frame.addEventListener("pointerup", up, { signal });
    frame.addEventListener("pointercancel", end, { signal });
    frame.addEventListener("contextmenu", menu, { signal });
    // At the window: a screen reader calls everything in an element that listens to clicks clickable.
    addEventListener("click", swallow, { signal, capture: true });
    return () => {
      end();
      stop.abort();
    };
  }, []);
  return <span ref={place} hidden />;
}

/** Whether something under the finger scrolls sideways by itself, such as code. */
function scrollsSideways(touched: Element, row: Element): boolean {
  for (let one: Element | null = touched; one && one !== row; one = one.parentElement) {
    if (one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX !== "visible") {
      return true;
    }
  }
  return false;
}
