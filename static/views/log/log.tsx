/** The log of a room. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../../lib/protocol/frames.ts";
import { titleOf } from "../../strings/format.ts";
import {
  firstNew,
  isFolded,
  isSkipping,
  mayDo,
  moderates,
  nameMark,
  newsBefore,
  pendingEdits,
  pendingRows,
  placeOf,
  uploadsOf,
} from "../../state/selectors.ts";
import { callsIn } from "../../state/bot_commands.ts";
import { type MovableLogWindow, useLogWindow } from "./use_log_window.ts";
import type { PageState } from "../../state/reducer.ts";
import { findMessage } from "../../state/timeline.ts";
import { isConversation, isOwn, senderOf } from "../../state/room.ts";
import type { Over } from "./message_props.ts";
import type { Deletion } from "../../state/selection.ts";
import type { RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { Boundary } from "../shared/boundary.tsx";
import { useActions } from "../shared/context.ts";
import { useVisibleNames } from "../shared/visible_names.ts";
import { idle, lazy, soon } from "../shared/lazy.tsx";
import { goalOf } from "./jump.ts";
import { markingUnread } from "./message_actions.tsx";
import { MessageRow, PendingRow } from "./message.tsx";
import { Icon, RoomSign } from "../shared/parts.tsx";
import { useReader } from "./reader.ts";
import { lineAt, rowsOf, Scroller, type Viewport } from "./scroller.tsx";

const Calls = lazy("Calls");
const Quotes = soon("Quotes");
const RoomChanges = soon("RoomChanges");
const Deleting = lazy("Deleting");
const PickBox = soon("PickBox");
const LoadMore = soon("LoadMore");
const FloatingDay = idle("FloatingDay");
const Touch = idle("Touch");
const RoomWelcome = soon("RoomWelcome");

/** How long the target of a jump stays marked, in ms. */
const markedFor = 2_000;

/** Shows the log of a room, and the drafts that the server has not acknowledged. */
export function Log({ state, room }: { state: PageState; room: RoomState }) {
  const { dispatch } = useActions();
  const box = useRef<HTMLDivElement>(null);
  const scroller = useRef<Scroller>(null);
  const [active, activate] = useState<number>();
  const [deletion, setDeletion] = useState<Deletion>();
  const [over, openOver] = useState<Over>();
  const unreadLine = firstNew(state, room);
  const firstNews = unreadLine ?? newsBefore(room);
  const logWindow = useLogWindow(room, unreadLine);
  const reader = useReader(room);
  const newsAbove = useNewsAbove(room, firstNews);
  const jump = useJump(state, room, logWindow);
  const toEnd = () => {
    logWindow.showEnd();
    scroller.current?.toEnd();
  };
  useOwnMessages(state, room, toEnd);

  const onViewport = (view: Viewport) => {
    // Until a jump is done, the rows in view are not the ones that the user has asked for.
    if (jump.isPending) return;
    logWindow.setAtEnd(view.atEnd);
    newsAbove.update(view);
    reader.onViewport(view);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "End" && isOnRow(event)) {
      event.preventDefault();
      toEnd();
    } else if (isMarkUnread(event)) {
      event.preventDefault();
      const seq = Number((event.target as HTMLElement).dataset.seq);
      dispatch(markingUnread(room.key, seq, room.epoch));
    } else moveFocus(event, box.current!, reader.view());
  };
  return (
    <div
      class="log-frame"
      onPointerLeave={(event) => {
        // A lifted finger leaves too, and the actions must stay so that the user can touch them.
        if (event.pointerType === "mouse") activate(undefined);
      }}
    >
      <Scroller
        scrollerRef={scroller}
        boxRef={box}
        label={strings.log.label({ room: titleOf(room.name) })}
        busy={room.loadingHistory || !(room.loaded || room.parted)}
        complete={logWindow.complete}
        goal={jump.goal}
        onGoal={jump.onGoal}
        onViewport={onViewport}
        onNearStart={logWindow.showOlder}
        onNearEnd={logWindow.showNewer}
        onKeyDown={onKeyDown}
      >
        {logWindow.start === 0 && <Beginning state={state} room={room} logWindow={logWindow} />}
        <Rows
          state={state}
          room={room}
          logWindow={logWindow}
          unreadLine={unreadLine}
          active={active}
          activate={activate}
          deletion={deletion}
          setDeletion={setDeletion}
          over={over}
          openOver={openOver}
        />
        <End state={state} room={room} logWindow={logWindow} />
      </Scroller>
      {newsAbove.isAbove && firstNews !== undefined && <ToNews room={room} seq={firstNews} />}
      {!logWindow.atEnd && <ToEnd room={room} onClick={toEnd} />}
      <FloatingDay room={room} />
      <Touch state={state} room={room} openOver={openOver} />
      {deletion && (
        <Deleting
          state={state}
          room={room}
          deletion={deletion}
          setDeletion={setDeletion}
          onClose={() => setDeletion(undefined)}
        />
      )}
    </div>
  );
}

/** Tracks whether the first new message is above the view and the user has not been there yet. */
function useNewsAbove(room: RoomState, firstNews: number | undefined) {
  const [isAbove, setAbove] = useState(false);
  /** The divider past which the user has scrolled. */
  const passed = useRef<number | undefined>(undefined);
  const compute = ({ place, last = 0 }: Viewport) => {
    if (firstNews === undefined || place === undefined) return false;
    if (place.seq <= firstNews && firstNews <= last) passed.current = room.divider;
    return place.seq > firstNews && passed.current !== room.divider;
  };
  return { isAbove, update: (view: Viewport) => setAbove(compute(view)) };
}

/** Carries out the jump that the state asks for in this room. */
function useJump(
  state: PageState,
  room: RoomState,
  { timeline, showMessage }: MovableLogWindow,
) {
  const { dispatch } = useActions();
  const jump = state.jump?.room === room.key ? state.jump : undefined;
  const found = jump && goalOf(room, timeline, jump);
  const goal = found === "nowhere" ? undefined : found;
  useLayoutEffect(() => {
    if (found === "nowhere") dispatch({ type: "jumped" });
    if (goal !== undefined) showMessage(goal.seq);
  });
  const onGoal = (row: HTMLElement) => {
    dispatch({ type: "jumped" });
    if (jump?.top === undefined) mark(row);
  };
  return { isPending: jump !== undefined, goal, onGoal };
}

/** The button that leads up to the first new message. */
function ToNews({ room, seq }: { room: RoomState; seq: number }) {
  const { dispatch } = useActions();
  return (
    <button
      type="button"
      class="to-unread"
      onClick={() => dispatch({ type: "jump", room: room.key, seq, top: lineAt })}
    >
      {isSkipping(room) ? strings.log.toSkipped : strings.log.toUnread}
      <Icon name="down" />
    </button>
  );
}

/** The button that leads down to the end, with the number of unread messages. */
function ToEnd({ room: { unread }, onClick }: { room: RoomState; onClick: () => void }) {
  const t = strings.log;
  return (
    <button type="button" class={`to-end ${unread > 0 ? "news" : ""}`} onClick={onClick}>
      {unread > 0 ? t.newMessages({ count: unread }) : <span class="sr-only">{t.toNewest}</span>}
      <Icon name="down" />
    </button>
  );
}

/** Marks a row for a moment. */
export function mark(row: HTMLElement): void {
  row.classList.add("marked");
  setTimeout(() => row.classList.remove("marked"), markedFor);
}

function Beginning(
  { state, room, logWindow }: {
    state: PageState;
    room: RoomState;
    logWindow: MovableLogWindow;
  },
) {
  if (room.parted) return null;
  if (!room.loaded) return <p class="log-note quiet">{strings.loading}</p>;
  const { timeline, isSparse } = logWindow;
  if (timeline.more) {
    return isSparse
      ? <LoadMore room={room} />
      : <p class="log-note quiet">{strings.log.loadingOlder}</p>;
  }
  const t = strings.room;
  const direct = isConversation(room);
  const intro = (
    <>
      <RoomSign room={room} />
      <p>
        <strong>
          {room.people?.length === 0
            ? t.emptyAlone
            : direct
            ? t.emptyDirect({ name: room.name.slice(1) })
            : t.emptyRoom({ room: titleOf(room.name) })}
        </strong>
      </p>
      {timeline.messages.length === 0 && <p class="quiet">{t.emptyHint}</p>}
    </>
  );
  return room.isDefault
    ? <RoomWelcome state={state} room={room}>{intro}</RoomWelcome>
    : <div class="beginning">{intro}</div>;
}

function Rows(props: {
  state: PageState;
  room: RoomState;
  logWindow: MovableLogWindow;
  unreadLine: number | undefined;
  active: number | undefined;
  activate: (seq: number) => void;
  deletion: Deletion | undefined;
  setDeletion: (deletion: Deletion | undefined) => void;
  over: Over | undefined;
  openOver: (over?: Over) => void;
}) {
  const { state, room, active, logWindow, deletion, setDeletion, over, openOver } = props;
  const { messages, runs } = logWindow.timeline;
  const edits = pendingEdits(state, room);
  const { me } = state;
  const mayModerate = moderates(state, room);
  const mayPost = mayDo(state, room, "mayPost");
  const mayPin = room.kind !== "direct" && mayDo(state, room, "mayPin");
  const shown = messages.slice(logWindow.start, logWindow.end);
  useVisibleNames("log", [...new Set(shown.map(({ sender }) => sender))]);
  const markOf = (message: Message) => nameMark(state, senderOf(message));
  const quotedBy = ({ reply_to = 0 }: Message) =>
    findMessage(room, reply_to) ?? room.quotes?.get(reply_to);
  const missing = shown.flatMap((one) => quotedBy(one) ? [] : one.reply_to ?? []);
  return (
    <>
      {missing.length > 0 && room.live && <Quotes room={room} missing={missing} />}
      {shown.map((message, index) => {
        const fresh = message.seq === props.unreadLine;
        const before = messages[logWindow.start + index - 1];
        const run = runs.get(message.seq) ?? 1;
        const isAfterRun = (runs.get(before?.seq ?? 0) ?? 1) > 1;
        const { day, head } = placeOf(message, before, fresh || isAfterRun);
        const quoted = quotedBy(message);
        return (
          <Boundary key={message.seq} small says={strings.broken.message}>
            {room.roomChanges && (
              <RoomChanges
                room={room}
                after={before?.seq ?? (logWindow.timeline.more ? message.seq : 0)}
                before={message.seq}
              />
            )}
            <MessageRow
              room={room.key}
              epoch={room.epoch}
              me={me}
              message={message}
              mark={markOf(message)}
              folded={isFolded(state, message)}
              quoted={quoted}
              quotedMark={quoted && markOf(quoted)}
              edit={edits.get(message.seq)}
              place={edits.has(message.seq) ? room : undefined}
              day={day}
              head={head && run === 1}
              run={run}
              fresh={fresh}
              active={active === message.seq}
              threads={room.threads !== false}
              moderates={mayModerate}
              posts={mayPost}
              pins={mayPin}
              activate={props.activate}
              onDelete={setDeletion}
              over={over?.seq === message.seq ? over : undefined}
              openOver={openOver}
              pick={deletion?.several && (
                <PickBox {...{ state, room, message, deletion, setDeletion }} />
              )}
            />
          </Boundary>
        );
      })}
    </>
  );
}

/** Shows the unacknowledged drafts at the end of the log, or that newer messages are loading. */
function End(props: { state: PageState; room: RoomState; logWindow: MovableLogWindow }) {
  const { state, room, logWindow } = props;
  if (logWindow.complete) {
    return (
      <>
        {room.roomChanges && (
          <RoomChanges room={room} after={room.messages.at(-1)?.seq ?? 0} before={Infinity} />
        )}
        <PendingRows state={state} room={room} />
        {callsIn(state, room).length > 0 && <Calls state={state} room={room} />}
      </>
    );
  }
  if (!logWindow.reachesLoadedEnd) return null;
  if (logWindow.isSparse) return <LoadMore room={room} newer />;
  return <p class="log-note quiet">{strings.log.loadingNewer}</p>;
}

function PendingRows({ state, room }: { state: PageState; room: RoomState }) {
  const { me } = state;
  const last = room.messages.at(-1);
  return (
    <>
      {pendingRows(state, room).map((entry, index) => (
        <PendingRow
          key={entry.key}
          me={me}
          room={room}
          entry={entry}
          uploads={uploadsOf(state, entry)}
          head={index === 0 && (last === undefined || !isOwn(last, me))}
        />
      ))}
    </>
  );
}

/** Whether the key marks the message that has the focus as unread. */
function isMarkUnread({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (key.toLowerCase() !== "u" || ctrlKey || metaKey || altKey) return false;
  return (target as HTMLElement).matches("article[data-seq]");
}

function isOnRow({ target, currentTarget }: KeyboardEvent): boolean {
  return target === currentTarget || (target as HTMLElement).matches("[data-seq]");
}

/** Moves the focus between messages with the arrow keys; Tab then reaches a message's actions. */
export function moveFocus(event: KeyboardEvent, box: HTMLElement, { place, last }: Viewport): void {
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (step === 0 || !isOnRow(event)) return;
  const rows = rowsOf(box);
  const target = event.target === box
    ? rows.find((row) => row.dataset.seq === String(step < 0 ? last : place?.seq))
    : rows[rows.indexOf(event.target as HTMLElement) + step];
  target?.focus();
  event.preventDefault();
}

/** Scrolls to the end when the user sends a message or gets an answer, wherever they were reading. */
function useOwnMessages(state: PageState, room: RoomState, toEnd: () => void): void {
  const call = callsIn(state, room).at(-1);
  const newest = pendingRows(state, room).at(-1)?.key ??
    (call && `${call.id} ${call.answers.length}`);
  const known = useRef(newest);
  useLayoutEffect(() => {
    if (newest !== undefined && newest !== known.current) toEnd();
    known.current = newest;
  }, [newest]);
}
