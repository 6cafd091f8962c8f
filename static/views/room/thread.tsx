/** A thread beside the log, and what a root says of its replies. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { MessagePage } from "../../../lib/protocol/responses.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import { call, isRefused } from "../../net/api.ts";
import { whenOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { draftKeyOf, isProvisional, senderOf } from "../../state/room.ts";
import { isFolded, moderates, nameMark, silenceReason, uploadsOf } from "../../state/selectors.ts";
import { pendingIn, threadIn } from "../../state/threads.ts";
import { useCountdown } from "../shared/countdown.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { isComposing, sends, useGrowing } from "../composer/field.ts";
import { sending } from "../composer/sending.ts";
import { MentionProvider } from "../log/mentions.tsx";
import { MessageRow, PendingRow } from "../log/message.tsx";
import type { MessageProps } from "../log/message_props.ts";
import { DeleteQuestion } from "../log/toolbar.tsx";
import { useActions } from "../shared/context.ts";
import type { ThreadProps } from "../shared/deferred_views.ts";
import { PanelFrame } from "../shared/panel_frame.tsx";
import { Avatar, Icon } from "../shared/parts.tsx";

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
  const [deleting, setDeleting] = useState<number>();
  const fetched = useThread(state, room, seq);
  const messages = threadIn(room, seq, fetched.messages);
  const pending = pendingIn(state, room, seq);
  const end = useRef<HTMLDivElement>(null);
  const newest = messages.at(-1)?.seq ?? 0;
  useLayoutEffect(() => end.current?.scrollIntoView({ block: "end" }), [newest, pending.length]);
  useEffect(() => {
    if (!state.ready || newest <= seq) return;
    dispatch({
      type: "order",
      order: { type: "read", room_id: room.key, thread: seq, seq: newest },
    });
  }, [newest, state.ready]);
  const mayModerate = moderates(state, room);
  return (
    <PanelFrame title={deferredStrings.thread.title} onClose={onClose}>
      <MentionProvider state={state} room={room}>
        <div class="thread-log">
          {fetched.more && (
            <button type="button" class="link more" onClick={fetched.showOlder}>
              {deferredStrings.thread.older}
            </button>
          )}
          {messages.map((message) => (
            <MessageRow
              key={message.seq}
              room={room.key}
              epoch={room.epoch}
              me={state.me}
              message={inThread(message)}
              mark={nameMark(state, senderOf(message))}
              folded={isFolded(state, message)}
              quoted={undefined}
              quotedMark={undefined}
              edit={undefined}
              place={undefined}
              day={false}
              head
              fresh={false}
              active={active === message.seq}
              moderates={mayModerate}
              activate={activate}
              onDelete={setDeleting}
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
          <div ref={end} />
        </div>
      </MentionProvider>
      <ThreadComposer key={seq} state={state} room={room} seq={seq} />
      {deleting !== undefined && (
        <DeleteQuestion
          room={room}
          seq={deleting}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </PanelFrame>
  );
}

/** A message as its thread shows it: what it answers is above it. */
function inThread({ reply_to: _reply, replies: _replies, ...message }: Message): Message {
  return message;
}

/** The messages of a thread that the server has; those that the page holds go before them. */
function useThread(state: PageState, room: RoomState, seq: number) {
  const [page, setPage] = useState<Pick<MessagePage, "messages" | "more">>();
  const [before, showBefore] = useState<number>();
  useEffect(() => {
    if (!state.ready || isProvisional(room)) return;
    let isWanted = true;
    const place = before === undefined ? "" : `&before=${before}`;
    const path = `/api/rooms/id:${room.key}/messages?thread=${seq}&limit=100${place}`;
    call<MessagePage>("GET", path).then((answer) => {
      if (!isWanted || isRefused(answer)) return;
      const { messages, more } = answer;
      setPage((held) => ({
        messages: before === undefined ? messages : [...messages, ...held?.messages ?? []],
        more,
      }));
    });
    return () => {
      isWanted = false;
    };
  }, [room.key, room.epoch, seq, state.ready, before]);
  const { messages = [], more = false } = page ?? {};
  return { messages, more, showOlder: () => showBefore(messages[0]?.seq) };
}

function ThreadComposer({ state, room, seq }: Omit<ThreadProps, "onClose">) {
  const { dispatch, drafts } = useActions();
  useCountdown(state.mutedUntil);
  const field = useRef<HTMLTextAreaElement>(null);
  const draftKey = `${draftKeyOf(room)} ${seq}`;
  const [text, setText] = useState(drafts.get(draftKey));
  const [alsoInRoom, setAlsoInRoom] = useState(false);
  useGrowing(field, text);
  useEffect(() => field.current?.focus(), []);
  const t = deferredStrings.thread;
  const write = (text: string) => {
    setText(text);
    drafts.set(draftKey, text);
  };
  const send = () => {
    const message = text.trim();
    if (message === "") return;
    const reply = { type: "room_message" as const, message, thread: seq, reply_to: seq };
    const draft = alsoInRoom ? { ...reply, also_in_room: true } : reply;
    dispatch(sending(room.key, draft, [], room.epoch));
    setAlsoInRoom(false);
    write("");
  };
  if (silenceReason(state, room, Date.now()) !== undefined) return null;
  return (
    <form
      class="composer thread-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-box">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          maxLength={state.limits.message_length}
          placeholder={t.reply}
          aria-label={t.reply}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (!sends(event) || isComposing(event)) return;
            event.preventDefault();
            send();
          }}
        />
        <button type="submit" class="send" disabled={text.trim() === ""} aria-label={t.send}>
          <Icon name="send" />
        </button>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={alsoInRoom}
          onChange={(event) => setAlsoInRoom(event.currentTarget.checked)}
        />
        {t.alsoInRoom}
      </label>
    </form>
  );
}
