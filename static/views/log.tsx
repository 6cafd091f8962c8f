/** What was said in a room. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { foldRoom, type Message } from "../../lib/protocol.ts";
import { titleOf } from "../format.ts";
import {
  guestMark,
  isFolded,
  isModerator,
  pendingEdits,
  pendingMessages,
  placeOf,
} from "../select.ts";
import type { State } from "../state.ts";
import { findMessage } from "../state/parts.ts";
import { isOwn } from "../state/room.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { Confirm } from "./dialogs.tsx";
import { MessageRow, PendingRow, sending } from "./message.tsx";
import { Icon } from "./parts.tsx";
import { rowsOf, Scroller } from "./scroller.tsx";

/** How long the end of a room must be in view before it counts as read, in ms. */
const readAfter = 400;
/** How long a message that was jumped to stays marked, in ms. */
const markedFor = 2_000;

/** The log of a room, with what is on its way to it. */
export function Log({ state, room }: { state: State; room: Room }) {
  const { dispatch } = useActions();
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [active, activate] = useState<number>();
  const [deleting, setDeleting] = useState<number>();
  const missed = useMissed(state, room, atEnd);
  useSeen(room, atEnd);
  useJump(state, room, box);
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
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
        boxRef={box}
        label={t.label(titleOf(room.name))}
        busy={room.loadingHistory || !room.loaded}
        onAtEnd={setAtEnd}
        onNearStart={() => {
          if (room.more && !room.loadingHistory) dispatch({ type: "history", room: room.name });
        }}
        onKeyDown={(event) => moveFocus(event, box.current!)}
      >
        <Beginning room={room} />
        <Rows
          state={state}
          room={room}
          active={active}
          activate={activate}
          onDelete={setDeleting}
        />
      </Scroller>
      {!atEnd && (
        <button type="button" class={`to-end ${missed > 0 ? "news" : ""}`} onClick={toEnd}>
          {missed > 0 ? t.newMessages(missed) : <span class="sr-only">{t.toEnd}</span>}
          <Icon name="down" />
        </button>
      )}
      {deleting !== undefined && (
        <Confirm
          title={t.deleteQuestion}
          hint={t.deleteHint}
          submit={t.delete}
          onConfirm={() =>
            dispatch(sending({ type: "delete_message", room: room.name, seq: deleting }))}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </div>
  );
}

function Beginning({ room }: { room: Room }) {
  if (!room.loaded) return <p class="log-note quiet">{strings.loading}</p>;
  if (room.more) return <p class="log-note quiet">{strings.log.loadingOlder}</p>;
  const t = strings.room;
  const direct = room.kind === "direct";
  return (
    <div class="beginning">
      <p>
        <strong>
          {direct ? t.emptyDirect(room.name.slice(1)) : t.emptyRoom(titleOf(room.name))}
        </strong>
      </p>
      {room.messages.length === 0 && <p class="quiet">{t.emptyHint}</p>}
    </div>
  );
}

function Rows(props: {
  state: State;
  room: Room;
  active: number | undefined;
  activate: (seq: number) => void;
  onDelete: (seq: number) => void;
}) {
  const { state, room, active } = props;
  const edits = pendingEdits(state, room);
  const me = state.me.name;
  const moderates = isModerator(state);
  const markOf = (message: Message) => guestMark(state, { ...message, name: message.sender });
  const freshFrom = room.divider === undefined
    ? undefined
    : room.messages.find((m) => m.seq > room.divider! && !isOwn(m, me))?.seq;
  const pending = pendingMessages(state, room);
  const last = room.messages.at(-1);
  return (
    <>
      {room.messages.map((message, index) => {
        const fresh = message.seq === freshFrom;
        const { day, head } = placeOf(message, room.messages[index - 1], fresh);
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
      {pending.map((entry, index) => (
        <PendingRow
          key={entry.key}
          me={me}
          entry={entry}
          head={index === 0 && (last === undefined || !isOwn(last, me))}
        />
      ))}
    </>
  );
}

/** Moves through messages with the arrow keys; from there Tab reaches a message's actions. */
function moveFocus(event: KeyboardEvent, box: HTMLElement): void {
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  const target = event.target as HTMLElement;
  if (step === 0 || !(target === box || target.matches("[data-seq]"))) return;
  const rows = rowsOf(box);
  const from = target === box ? rows.length : rows.indexOf(target);
  rows[Math.min(rows.length - 1, Math.max(0, from + step))]?.focus();
  event.preventDefault();
}

/** How many messages of others came while the end was out of view. */
function useMissed(state: State, room: Room, atEnd: boolean): number {
  const end = useRef(room.seq);
  if (atEnd) end.current = room.seq;
  const missed = room.messages.findLastIndex((m) => m.seq <= end.current);
  return room.messages.slice(missed + 1).filter((m) => !isOwn(m, state.me.name)).length;
}

/** Tells that the end of the room was seen, once it was for a moment in a visible page. */
function useSeen(room: Room, atEnd: boolean): void {
  const { dispatch } = useActions();
  const visible = useVisible();
  // Not "which seq": where messages never stop coming, the mark must move all the same.
  const unseen = room.live && room.seq > room.read;
  useEffect(() => {
    if (!atEnd || !visible || !unseen) return;
    const timer = setTimeout(() => dispatch({ type: "seen", room: room.name }), readAfter);
    return () => clearTimeout(timer);
  }, [atEnd, visible, unseen, room.name]);
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const update = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return visible;
}

/** Brings a message into view that was jumped to, and marks it for a moment. */
function useJump(state: State, room: Room, box: { current: HTMLDivElement | null }): void {
  const { dispatch } = useActions();
  const { jump } = state;
  useLayoutEffect(() => {
    if (jump === undefined || jump.room !== foldRoom(room.name)) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-seq="${jump.seq}"]`);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.add("marked");
    setTimeout(() => row.classList.remove("marked"), markedFor);
    dispatch({ type: "jumped" });
  }, [jump, room.messages]);
}

/** Whoever writes wants to see it, wherever they were reading. */
function useOwnMessages(state: State, room: Room, toEnd: () => void): void {
  const newest = pendingMessages(state, room).at(-1)?.key;
  useLayoutEffect(() => {
    if (newest !== undefined) toEnd();
  }, [newest]);
}
