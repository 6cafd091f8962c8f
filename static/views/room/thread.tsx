/** A thread beside the log, and what a root says of its replies. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { MessagePage } from "../../../lib/protocol/responses.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import { call, isRefused } from "../../net/api.ts";
import { whenOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { isSameDay } from "../../strings/format.ts";
import { isProvisional, senderOf } from "../../state/room.ts";
import {
  isFolded,
  mayDo,
  moderates,
  nameMark,
  pendingEdits,
  silenceReason,
  uploadsOf,
} from "../../state/selectors.ts";
import { pendingIn, threadIn } from "../../state/threads.ts";
import type { PageState } from "../../state/reducer.ts";
import type { Deletion } from "../../state/selection.ts";
import type { RoomState } from "../../state/types.ts";
import { Composer } from "../composer/composer.tsx";
import { mark, moveFocus } from "../log/log.tsx";
import { MentionProvider } from "../log/mentions.tsx";
import { MessageRow, PendingRow } from "../log/message.tsx";
import type { MessageProps } from "../log/message_props.ts";
import type { Over } from "../log/message_props.ts";
import { isAtEnd } from "../log/scroller.tsx";
import { ThreadContext } from "../log/thread_context.ts";
import { Typing } from "../log/typing.tsx";
import { DeleteQuestion } from "../log/toolbar.tsx";
import { useActions } from "../shared/context.ts";
import type { ThreadProps } from "../shared/deferred_views.ts";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { Avatar, IconButton } from "../shared/parts.tsx";

/** Under a root: how many replies it has, from whom, and when the newest came. Opens the thread. */
export function Replies({ room, message, active }: MessageProps) {
  const { dispatch } = useActions();
  const { replies } = message;
  if (replies === undefined) return null;
  return (
    <button
      type="button"
      class="replies"
      tabIndex={active ? 0 : -1}
      onClick={() => dispatch({ type: "thread", thread: { room, seq: message.seq } })}
    >
      {replies.people.map(({ name, id }) => <Avatar key={id} name={name} size="small" />)}
      <strong>{deferredStrings.thread.replies({ count: replies.count })}</strong>
      <time class="quiet">{whenOf(replies.last_at, Date.now())}</time>
    </button>
  );
}

/** The panel with a thread and its composer. */
export function Thread({ state, room, seq, onClose }: ThreadProps) {
  const { dispatch } = useActions();
  const [active, activate] = useState<number>();
  const [deletion, setDeletion] = useState<Deletion>();
  const [over, openOver] = useState<Over>();
  const fetched = useThread(state, room, seq);
  const messages = threadIn(room, seq, fetched.messages);
  const pending = pendingIn(state, room, seq);
  const log = useRef<HTMLDivElement>(null);
  const newest = messages.at(-1)?.seq ?? 0;
  /** Whether the end is in view, and stays there when there are more. */
  const atEnd = useRef(true);
  const isSought = useReply(state, fetched, messages, log, atEnd);
  const toEnd = () => log.current?.lastElementChild?.scrollIntoView({ block: "end" });
  useLayoutEffect(() => {
    if (atEnd.current && !isSought) toEnd();
  }, [newest]);
  useLayoutEffect(() => {
    if (pending.length > 0) toEnd();
  }, [pending.length]);
  useEffect(() => {
    if (!state.ready || newest <= seq) return;
    dispatch({
      type: "order",
      order: { type: "read", room_id: room.key, thread: seq, seq: newest },
    });
  }, [newest, state.ready]);
  const edits = pendingEdits(state, room);
  const mayModerate = moderates(state, room);
  const mayPost = mayDo(state, room, "mayPost");
  const mayPin = room.kind !== "direct" && mayDo(state, room, "mayPin");
  return (
    <PanelFrame
      title={deferredStrings.thread.title}
      onClose={onClose}
      buttons={<Follow state={state} room={room} seq={seq} />}
    >
      <ThreadContext.Provider value={seq}>
        <MentionProvider state={state} room={room}>
          <div
            class="thread-log"
            ref={log}
            role="log"
            // As in the log of the room, the announcer announces what is new.
            aria-live="off"
            aria-label={deferredStrings.thread.label}
            tabIndex={0}
            onKeyDown={(event) =>
              moveFocus(event, log.current!, {
                atEnd: true,
                place: { seq: messages[0]?.seq ?? seq, top: 0 },
                last: newest,
              })}
            onScroll={({ currentTarget }) => {
              atEnd.current = isAtEnd(currentTarget);
            }}
          >
            {fetched.more && (
              <button type="button" class="link more" onClick={fetched.showOlder}>
                {deferredStrings.thread.older}
              </button>
            )}
            {messages.map((message, index) => (
              <MessageRow
                run={1}
                key={message.seq}
                room={room.key}
                epoch={room.epoch}
                me={state.me}
                message={inThread(message)}
                mark={nameMark(state, senderOf(message))}
                folded={isFolded(state, message)}
                quoted={undefined}
                quotedMark={undefined}
                edit={edits.get(message.seq)}
                place={edits.has(message.seq) ? room : undefined}
                day={!isSameDay(message.at, messages[index - 1]?.at ?? 0)}
                head
                fresh={false}
                active={active === message.seq}
                threads
                moderates={mayModerate}
                posts={mayPost}
                pins={mayPin}
                activate={activate}
                onDelete={setDeletion}
                over={over?.seq === message.seq ? over : undefined}
                openOver={openOver}
              />
            ))}
            {pending.map((entry) => (
              <PendingRow
                key={entry.key}
                me={state.me}
                room={room}
                entry={entry}
                uploads={uploadsOf(state, entry)}
                head
              />
            ))}
            <div />
          </div>
        </MentionProvider>
      </ThreadContext.Provider>
      <Typing room={state.thread ?? {}} />
      <ThreadComposer key={seq} state={state} room={room} seq={seq} messages={messages} />
      {deletion && (
        <DeleteQuestion
          room={room}
          seq={deletion.last}
          onClose={() => setDeletion(undefined)}
        />
      )}
    </PanelFrame>
  );
}

/** A message as its thread shows it: what it answers is above it. */
function inThread({ reply_to: _reply, replies: _replies, ...message }: Message): Message {
  return message;
}

/** Asks for the messages of a thread; those that the page holds go before them. */
function useThread(state: PageState, room: RoomState, seq: number) {
  const { dispatch } = useActions();
  const [before, showBefore] = useState<number>();
  useEffect(() => {
    if (!state.ready || isProvisional(room)) return;
    let isWanted = true;
    const place = before === undefined ? "" : `&before=${before}`;
    const path = `/api/rooms/id:${room.key}/messages?thread=${seq}&limit=100${place}`;
    call<MessagePage>("GET", path).then((answer) => {
      if (!isWanted || isRefused(answer)) return;
      const { messages, more } = answer;
      dispatch({ type: "thread_page", of: { room: room.key, seq }, messages, more });
    });
    return () => {
      isWanted = false;
    };
  }, [room.key, room.epoch, seq, state.ready, before]);
  const { messages = [], more = false } = state.thread?.seq === seq ? state.thread : {};
  return { messages, more, showOlder: () => showBefore(messages[0]?.seq) };
}

/**
 * Shows and marks the reply at which the thread was opened, however old it is.
 *
 * @returns Whether it still does.
 */
function useReply(
  { thread, retryAt }: PageState,
  { more, showOlder }: Pick<ReturnType<typeof useThread>, "more" | "showOlder">,
  messages: readonly Message[],
  log: { readonly current: HTMLElement | null },
  atEnd: { current: boolean },
): boolean {
  const { dispatch } = useActions();
  const { at, room, seq, messages: fetched } = thread ?? {};
  const oldest = fetched?.[0]?.seq;
  useLayoutEffect(() => {
    if (at === undefined || room === undefined || seq === undefined) return;
    // What the server sends may be more than what the room holds; without a connection, that has to do.
    if (fetched === undefined && retryAt === undefined) return;
    const row = log.current?.querySelector<HTMLElement>(`[data-seq="${at}"]`);
    if (row) {
      atEnd.current = false;
      row.scrollIntoView({ block: "center" });
      mark(row);
    } else if (more) return showOlder();
    dispatch({ type: "thread", thread: { room, seq } });
  }, [at, oldest, messages.length, retryAt]);
  return at !== undefined;
}

/** Follows the thread, or follows it no more; says who is typing in it. */
function Follow({ state, room, seq }: Omit<ThreadProps, "onClose">) {
  const { dispatch } = useActions();
  const { threads: list } = state.lists;
  const t = deferredStrings.thread;
  if (list === undefined) return null;
  const on = !list.threads.some((one) => one.room_id === room.key && one.thread === seq);
  return (
    <IconButton
      icon={on ? "bellOff" : "bell"}
      label={on ? t.follow : t.unfollow}
      pressed={!on}
      onClick={() =>
        dispatch({
          type: "order",
          order: { type: "follow_thread", room_id: room.key, thread: seq, on },
        })}
    />
  );
}

/** The composer of a thread: that of the room, which writes into the thread. */
function ThreadComposer(
  { state, room, seq, messages }: Omit<ThreadProps, "onClose"> & {
    messages: readonly Message[];
  },
) {
  const [alsoInRoom, setAlsoInRoom] = useState(false);
  const t = deferredStrings.thread;
  if (silenceReason(state, room, Date.now()) !== undefined) return null;
  if (room.threads === false) return <p class="quiet hint">{t.off}</p>;
  const target = {
    ...{ seq, messages, alsoInRoom, label: t.reply },
    onSent: () => setAlsoInRoom(false),
  };
  return (
    <div class="thread-composer">
      <Composer state={state} room={room} thread={target} />
      <label class="check">
        <input
          type="checkbox"
          checked={alsoInRoom}
          onChange={(event) => setAlsoInRoom(event.currentTarget.checked)}
        />
        {t.alsoInRoom}
      </label>
    </div>
  );
}
