/** The day of the messages in view, over the log while the user reads back, and the way to others. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { MessagePage } from "../../../lib/protocol/responses.ts";
import { call, isRefused } from "../../net/api.ts";
import { shownTimeline } from "../../state/timeline.ts";
import type { RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { usePopover } from "../composer/emoji_picker.tsx";
import { useActions } from "../shared/context.ts";
import { daysAgo, startOfDay } from "./days.ts";
import { Day } from "./moment.tsx";
import { lineAt, rowsOf, toBottom } from "./scroller.tsx";

/** Within this distance from the end of the log, in px, the page does not show the day. */
const nearEnd = 240;
/** How far from its top the log's own lines with a day stand for the floating one, in px. */
const lineReach = 44;

/** Shows the day, and opens the menu of other days. */
export function FloatingDay({ room }: { room: RoomState }) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(room);
  latest.current = room;
  const [at, setAt] = useState<number>();
  const [anchor, setAnchor] = useState<DOMRect>();
  useEffect(() => {
    const box = place.current!.parentElement!.querySelector<HTMLElement>(".log")!;
    let due = false;
    const update = () => {
      due = false;
      setAt(dayInView(box, latest.current));
    };
    const onScroll = () => {
      if (due) return;
      due = true;
      requestAnimationFrame(update);
    };
    box.addEventListener("scroll", onScroll, { passive: true });
    return () => box.removeEventListener("scroll", onScroll);
  }, []);
  return (
    <div class="floating-day" ref={place}>
      {(at !== undefined || anchor) && (
        <button
          type="button"
          aria-haspopup="dialog"
          title={deferredStrings.jump.title}
          onClick={(event) => setAnchor(event.currentTarget.getBoundingClientRect())}
        >
          <Day at={at ?? Date.now()} />
        </button>
      )}
      {anchor && <JumpMenu room={room} anchor={anchor} onClose={() => setAnchor(undefined)} />}
    </div>
  );
}

/** Returns when the first message in view was sent; `undefined` where the day is in view anyway. */
function dayInView(box: HTMLElement, room: RoomState): number | undefined {
  const { top } = box.getBoundingClientRect();
  if (toBottom(box) < nearEnd) return undefined;
  const isInReach = (line: Element) => {
    const below = line.getBoundingClientRect().bottom - top;
    return below > 0 && (below < lineReach || line.matches(".beginning"));
  };
  if ([...box.querySelectorAll(".day, .beginning")].some(isInReach)) return undefined;
  const row = rowsOf(box).find((one) => one.getBoundingClientRect().bottom > top);
  const seq = Number(row?.dataset.seq);
  return shownTimeline(room).messages.find((message) => message.seq === seq)?.at;
}

function JumpMenu(
  { room, anchor, onClose }: { room: RoomState; anchor: DOMRect; onClose: () => void },
) {
  const { dispatch } = useActions();
  const box = usePopover(anchor, onClose);
  const t = deferredStrings.jump;
  const jump = async (at: number) => {
    onClose();
    const path = `/api/rooms/id:${room.key}/messages?at=${at}&limit=2`;
    const answer = await call<MessagePage>("GET", path);
    if (isRefused(answer)) return dispatch({ type: "show_news", news: strings.refused.failed });
    const { messages } = answer;
    const seq = (messages.find((message) => message.at >= at) ?? messages.at(-1))?.seq;
    if (seq !== undefined) dispatch({ type: "jump", room: room.key, seq, top: lineAt });
  };
  const now = Date.now();
  const days = [[strings.log.today, 0], [strings.log.yesterday, 1], [t.lastWeek, 7]] as const;
  return (
    <div ref={box} popover="auto" class="action-menu jump-menu" role="dialog" aria-label={t.title}>
      <p class="quiet">{t.title}</p>
      {days.map(([label, ago]) => (
        <button
          key={label}
          type="button"
          class="place"
          onClick={() => void jump(daysAgo(ago, now))}
        >
          {label}
        </button>
      ))}
      <button
        type="button"
        class="place"
        onClick={() =>
          void jump(0)}
      >
        {t.beginning}
      </button>
      <label class="place">
        {t.date}
        <input
          type="date"
          onChange={({ currentTarget: { value } }) => {
            const at = startOfDay(value);
            if (at !== undefined) {
              void jump(at);
            }
          }}
        />
      </label>
    </div>
  );
}
