/** What was said in a room. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { foldRoom, type Message } from "../../lib/protocol.ts";
import { titleOf } from "../format.ts";
import { wordsOf } from "../markdown.ts";
import {
  firstNew,
  guestMark,
  isFolded,
  isModerator,
  isSkipping,
  newsBefore,
  pendingEdits,
  pendingMessages,
  placeOf,
  uploadsOf,
} from "../select.ts";
import { around, earlier, later, type Slice, sliceOf } from "../slice.ts";
import type { State } from "../state.ts";
import { findMessage, lowerBound, shownPart } from "../state/parts.ts";
import { gistOf, isOwn } from "../state/room.ts";
import type { Jump, LogPart, Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { lazy } from "./lazy.tsx";
import { MessageRow, PendingRow } from "./message.tsx";
import { Icon, RoomSign } from "./parts.tsx";
import { useReader } from "./reader.ts";
import { type Goal, lineAt, rowsOf, Scroller, type View } from "./scroller.tsx";
import { sending } from "./sending.ts";

const Confirm = lazy((views) => views.Confirm);

/** How long a message that was jumped to stays marked, in ms. */
const markedFor = 2_000;

/** The log of a room, with what is on its way to it. */
export function Log({ state, room }: { state: State; room: Room }) {
  const { dispatch } = useActions();
  const part = shownPart(room);
  const line = firstNew(state, room);
  const news = line ?? newsBefore(room);
  const passed = useRef<number | undefined>(undefined);
  const box = useRef<HTMLDivElement>(null);
  const scroller = useRef<Scroller>(null);
  const [from, setFrom] = useState(() => startAt(part, line));
  const [atEnd, setAtEnd] = useState(true);
  const [lineAbove, setLineAbove] = useState(false);
  const [active, activate] = useState<number>();
  const [deleting, setDeleting] = useState<number>();
  const slice = sliceOf(part.messages, from, atEnd);
  const complete = room.passage === undefined && slice.end === part.messages.length;
  const jump = state.jump?.room === foldRoom(room.name) ? state.jump : undefined;
  const reader = useReader(room);

  const isAbove = ({ place, last = 0 }: View) => {
    if (news === undefined || place === undefined) return false;
    if (place.seq <= news && news <= last) passed.current = room.divider;
    return place.seq > news && passed.current !== room.divider;
  };
  const toEnd = () => {
    if (room.passage !== undefined) dispatch({ type: "newest", room: room.name });
    setFrom(undefined);
    scroller.current?.toEnd();
  };
  const look = (view: View) => {
    // Where a jump leads is not known before it is done.
    if (jump !== undefined) return;
    setAtEnd(view.atEnd);
    // What comes at the end must not move the rows of who reads above it.
    if (!view.atEnd && from === undefined) setFrom(part.messages[slice.start]?.seq);
    setLineAbove(isAbove(view));
    reader.look(view);
  };
  const nearStart = () => {
    const start = earlier(part.messages, slice);
    if (start !== undefined) setFrom(start);
    else if (part.more && !room.loadingHistory) dispatch({ type: "history", room: room.name });
  };
  const nearEnd = () => {
    const start = later(part.messages, slice);
    if (start !== undefined) setFrom(start);
    else if (room.passage !== undefined && !room.loadingHistory) {
      dispatch({ type: "history", room: room.name, newer: true });
    }
  };

  const goal = jump && reader.isThere(jump.seq) ? goalOf(part, jump) : undefined;
  useLayoutEffect(() => {
    // In a room without a message there is nowhere to go.
    if (jump && room.loaded && part.messages.length === 0) dispatch({ type: "jumped" });
    if (goal === undefined) return;
    const at = lowerBound(part.messages, goal.seq);
    if (at >= slice.start && at < slice.end) return;
    setAtEnd(false);
    setFrom(around(part.messages, goal.seq));
  });
  const arrive = (row: HTMLElement) => {
    dispatch({ type: "jumped" });
    if (jump?.top === undefined) mark(row);
  };
  useOwnMessages(state, room, toEnd);

  const t = strings.log;
  return (
    <div
      class="log-frame"
      onPointerLeave={(event) => {
        // A finger that is lifted leaves too, and the actions must stay for it to touch.
        if (event.pointerType === "mouse") activate(undefined);
      }}
    >
      <Scroller
        scrollerRef={scroller}
        boxRef={box}
        label={t.label(titleOf(room.name))}
        busy={room.loadingHistory || !room.loaded}
        complete={complete}
        goal={goal}
        onGoal={arrive}
        onLook={look}
        onNearStart={nearStart}
        onNearEnd={nearEnd}
        onKeyDown={(event) => {
          if (event.key === "End" && isOnRow(event)) {
            event.preventDefault();
            toEnd();
          } else moveFocus(event, box.current!, reader.view());
        }}
      >
        {slice.start === 0 && <Beginning room={room} part={part} />}
        <Rows
          state={state}
          room={room}
          part={part}
          slice={slice}
          line={line}
          active={active}
          activate={activate}
          onDelete={setDeleting}
        />
        {complete ? <OnTheirWay state={state} room={room} /> : slice.end === part.messages.length &&
          <p class="log-note quiet">{t.loadingNewer}</p>}
      </Scroller>
      {lineAbove && news !== undefined && (
        <button
          type="button"
          class="to-line"
          onClick={() => dispatch({ type: "jump", room: room.name, seq: news, top: lineAt })}
        >
          {isSkipping(room) ? t.toSkipped : t.toLine}
          <Icon name="down" />
        </button>
      )}
      {!atEnd && (
        <button
          type="button"
          class={`to-end ${room.unread > 0 ? "news" : ""}`}
          onClick={toEnd}
        >
          {room.unread > 0 ? t.newMessages(room.unread) : <span class="sr-only">{t.toEnd}</span>}
          <Icon name="down" />
        </button>
      )}
      {deleting !== undefined && (
        <Confirm
          title={t.deleteQuestion}
          hint={t.deleteHint}
          about={wordsOf(gistOf(findMessage(room, deleting)!))}
          submit={t.delete}
          onConfirm={() =>
            dispatch(sending({ type: "delete_message", room: room.name, seq: deleting }))}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </div>
  );
}

/** News are read from where they begin; else the end is where a room is entered. */
function startAt({ messages }: LogPart, line: number | undefined): number | undefined {
  if (line === undefined || lowerBound(messages, line) >= sliceOf(messages).start) return undefined;
  return around(messages, line);
}

/** The message that a jump leads to, or the last one where it leads behind it. */
function goalOf({ messages }: LogPart, { seq, top }: Jump): Goal | undefined {
  const message = messages[lowerBound(messages, seq)] ?? messages.at(-1);
  return message && { seq: message.seq, ...(top === undefined ? {} : { top }) };
}

function mark(row: HTMLElement): void {
  row.classList.add("marked");
  setTimeout(() => row.classList.remove("marked"), markedFor);
}

function Beginning({ room, part }: { room: Room; part: LogPart }) {
  if (!room.loaded) return <p class="log-note quiet">{strings.loading}</p>;
  if (part.more) return <p class="log-note quiet">{strings.log.loadingOlder}</p>;
  const t = strings.room;
  const direct = room.kind === "direct";
  return (
    <div class="beginning">
      <RoomSign room={room} />
      <p>
        <strong>
          {direct ? t.emptyDirect(room.name.slice(1)) : t.emptyRoom(titleOf(room.name))}
        </strong>
      </p>
      {part.messages.length === 0 && <p class="quiet">{t.emptyHint}</p>}
    </div>
  );
}

function Rows(props: {
  state: State;
  room: Room;
  part: LogPart;
  slice: Slice;
  line: number | undefined;
  active: number | undefined;
  activate: (seq: number) => void;
  onDelete: (seq: number) => void;
}) {
  const { state, room, active, slice, part: { messages } } = props;
  const edits = pendingEdits(state, room);
  const me = state.me.name;
  const moderates = isModerator(state);
  const markOf = (message: Message) => guestMark(state, { ...message, name: message.sender });
  return (
    <>
      {messages.slice(slice.start, slice.end).map((message, index) => {
        const fresh = message.seq === props.line;
        const { day, head } = placeOf(message, messages[slice.start + index - 1], fresh);
        const quoted = message.reply_to === undefined
          ? undefined
          : findMessage(room, message.reply_to);
        return (
          <MessageRow
            key={message.seq}
            room={room.name}
            me={me}
            message={message}
            mark={markOf(message)}
            folded={isFolded(state, message)}
            quoted={quoted}
            quotedMark={quoted && markOf(quoted)}
            edit={edits.get(message.seq)}
            day={day}
            head={head}
            fresh={fresh}
            active={active === message.seq}
            mayDelete={isOwn(message, me) || (moderates && room.kind !== "direct")}
            activate={props.activate}
            onDelete={props.onDelete}
          />
        );
      })}
    </>
  );
}

function OnTheirWay({ state, room }: { state: State; room: Room }) {
  const me = state.me.name;
  const last = room.messages.at(-1);
  return (
    <>
      {pendingMessages(state, room).map((entry, index) => (
        <PendingRow
          key={entry.key}
          me={me}
          entry={entry}
          uploads={uploadsOf(state, entry)}
          head={index === 0 && (last === undefined || !isOwn(last, me))}
        />
      ))}
    </>
  );
}

function isOnRow({ target, currentTarget }: KeyboardEvent): boolean {
  return target === currentTarget || (target as HTMLElement).matches("[data-seq]");
}

/** Moves through messages with the arrow keys; from there Tab reaches a message's actions. */
function moveFocus(event: KeyboardEvent, box: HTMLElement, { place, last }: View): void {
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (step === 0 || !isOnRow(event)) return;
  const rows = rowsOf(box);
  const target = event.target === box
    ? rows.find((row) => row.dataset.seq === String(step < 0 ? last : place?.seq))
    : rows[rows.indexOf(event.target as HTMLElement) + step];
  target?.focus();
  event.preventDefault();
}

/** Whoever writes wants to see it, wherever they were reading. */
function useOwnMessages(state: State, room: Room, toEnd: () => void): void {
  const newest = pendingMessages(state, room).at(-1)?.key;
  const known = useRef(newest);
  useLayoutEffect(() => {
    if (newest !== undefined && newest !== known.current) toEnd();
    known.current = newest;
  }, [newest]);
}
