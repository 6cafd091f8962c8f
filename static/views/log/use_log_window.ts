/**
 * The part of a room's log that is in the document, and how it moves with the user.
 *
 * @module
 */
import { useState } from "preact/hooks";
import { inRoom, type LogTimeline } from "../../state/threads.ts";
import { lowerBound, shownTimeline } from "../../state/timeline.ts";
import type { RoomState, Timeline } from "../../state/types.ts";
import { useActions } from "../shared/context.ts";
import { around, earlier, later, type LogWindow, logWindowOf } from "./log_window.ts";

/** With fewer rows, and more messages loaded, a log is sparse. More rows fill every screen. */
const sparseRows = 100;
const sparseLoaded = 200;

/** The window on a log, and the ways to move it. */
export interface MovableLogWindow extends LogWindow {
  readonly timeline: LogTimeline;
  /**
   * Whether the log shows so few of the messages that are loaded that the user decides whether to
   * load more: a long run of deleted messages has one row.
   */
  readonly isSparse: boolean;
  /** Whether the user is at the end of the log. */
  readonly atEnd: boolean;
  /** Whether the window reaches the end of the messages that the page has loaded. */
  readonly reachesLoadedEnd: boolean;
  /** Whether the window reaches the end of the log. */
  readonly complete: boolean;
  readonly showEnd: () => void;
  /** Moves the window so that a message is in its middle, unless the message is in it already. */
  readonly showMessage: (seq: number) => void;
  /** Shows or requests older messages. */
  readonly showOlder: () => void;
  /** Shows or requests newer messages. */
  readonly showNewer: () => void;
  /** Records whether the user is at the end; elsewhere, new messages must not move the rows. */
  readonly setAtEnd: (atEnd: boolean) => void;
}

/**
 * Tracks the window on a room's log.
 *
 * @param unreadLine The `seq` of the first unread message, where the log opens.
 */
export function useLogWindow(room: RoomState, unreadLine: number | undefined): MovableLogWindow {
  const { dispatch } = useActions();
  const loaded = shownTimeline(room);
  const timeline = inRoom(loaded);
  const { messages } = timeline;
  const isSparse = messages.length < sparseRows && loaded.messages.length >= sparseLoaded;
  const [from, setFrom] = useState(() => startAt(timeline, unreadLine));
  const [atEnd, setAtEnd] = useState(true);
  const logWindow = logWindowOf(messages, from, atEnd);
  const { start, end } = logWindow;
  const isInHistory = room.historyWindow !== undefined;
  const reachesLoadedEnd = end === messages.length;
  return {
    start,
    end,
    timeline,
    isSparse,
    atEnd,
    reachesLoadedEnd,
    complete: !isInHistory && reachesLoadedEnd,
    showEnd: () => {
      if (isInHistory) dispatch({ type: "newest", room: room.key });
      setFrom(undefined);
    },
    showMessage: (seq) => {
      const index = lowerBound(messages, seq);
      if (index >= start && index < end) return;
      setAtEnd(false);
      setFrom(around(messages, seq));
    },
    showOlder: () => {
      const next = earlier(messages, logWindow);
      if (next !== undefined) setFrom(next);
      else if (timeline.more && !isSparse && !room.loadingHistory) {
        dispatch({ type: "history", room: room.key });
      }
    },
    showNewer: () => {
      const next = later(messages, logWindow);
      if (next !== undefined) setFrom(next);
      else if (isInHistory && !isSparse && !room.loadingHistory) {
        dispatch({ type: "history", room: room.key, newer: true });
      }
    },
    setAtEnd: (atEnd) => {
      setAtEnd(atEnd);
      if (!atEnd && from === undefined) setFrom(messages[start]?.seq);
    },
  };
}

/** Opens a log at its first unread message; without one, or where that is near the end, at the end. */
function startAt({ messages }: Timeline, unreadLine: number | undefined): number | undefined {
  if (unreadLine === undefined || lowerBound(messages, unreadLine) >= logWindowOf(messages).start) {
    return undefined;
  }
  return around(messages, unreadLine);
}
