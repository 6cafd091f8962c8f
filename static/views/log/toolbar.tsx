/** The actions of a message. */
import { useContext, useLayoutEffect, useRef, useState } from "preact/hooks";
import { hashOf } from "../../util/address.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { deletionOf } from "../../state/selection.ts";
import { gistOf, isOwn } from "../../state/room.ts";
import { findMessage } from "../../state/timeline.ts";
import { countUse, mostUsed } from "../../emoji/used.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { newKey } from "../../util/uuid.ts";
import { Confirm } from "../dialogs/confirm.tsx";
import { useActions } from "../shared/context.ts";
import type { DeleteQuestionProps } from "../shared/deferred_views.ts";
import { IconButton } from "../shared/parts.tsx";
import { sending } from "../composer/sending.ts";
import { markingUnread } from "./message_actions.tsx";
import { OwnEmoji } from "../shared/own_emoji.tsx";
import type { Order } from "../../state/types.ts";
import { ThreadContext } from "./thread_context.ts";
import type { MessageProps, ToolbarProps } from "./message_props.ts";

/** The most common reactions. */
const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "🔥", "✅", "👋", "🤔"] as const;

/** The actions of the active message. */
export function Toolbar(props: ToolbarProps) {
  const { room, epoch, me, message } = props;
  const { dispatch } = useActions();
  const [reacting, setReacting] = useState(false);
  const [more, setMore] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const drawn = useRef(false);
  const panel = useContext(ThreadContext);
  const t = deferredStrings.log;
  const compose = (mode: "reply" | "edit") =>
    dispatch({
      type: "compose",
      room,
      composing: {
        mode,
        seq: message.seq,
        ...(panel === undefined ? {} : { thread: panel }),
        ...(epoch === undefined ? {} : { epoch }),
      },
    });
  const root = message.thread ?? message.seq;
  // A thread that is there can be read, whatever the room's settings.
  const hasThread = props.threads || message.thread !== undefined || message.replies !== undefined;
  // The buttons replace each other, and the focus moves to the first one: before the page is painted,
  // so that it cannot leave what the user opens next.
  useLayoutEffect(() => {
    keepInView(bar.current!);
    if (drawn.current) bar.current?.querySelector("button")?.focus();
    drawn.current = true;
  }, [reacting, more]);
  return (
    <div class="toolbar-place">
      <div
        class="toolbar"
        role="toolbar"
        aria-label={t.actions}
        ref={bar}
        onKeyDown={(event) => {
          if (!reacting && !more || event.key !== "Escape") return;
          event.preventDefault();
          setReacting(false);
          setMore(false);
        }}
      >
        {more
          ? <Rarer {...props} onDone={() => setMore(false)} />
          : reacting
          ? <Emojis {...props} onDone={() => setReacting(false)} />
          : (
            <>
              <IconButton icon="smile" label={t.react} onClick={() => setReacting(true)} />
              {mostUsed(3, usual).map((emoji) => (
                <ReactWith key={emoji} {...props} emoji={emoji} class="most-used" />
              ))}
              {props.posts && panel === undefined && message.thread === undefined && (
                <IconButton
                  icon="reply"
                  label={t.reply}
                  onClick={() => compose("reply")}
                />
              )}
              {panel === undefined && hasThread && (props.posts || message.replies) && (
                <IconButton
                  icon="thread"
                  label={t.replyInThread}
                  onClick={() => dispatch({ type: "thread", thread: { room, seq: root } })}
                />
              )}
              {props.posts && isOwn(message, me) && (
                <IconButton
                  icon="pencil"
                  label={t.edit}
                  onClick={() => compose("edit")}
                />
              )}
              {props.pins && (
                <IconButton
                  icon="pin"
                  label={message.pinned ? t.unpin : t.pin}
                  pressed={message.pinned === true}
                  onClick={() => {
                    const pin = { seq: message.seq, on: !message.pinned, key: newKey() };
                    const log = epoch === undefined ? {} : { epoch };
                    const order = { type: "pin_message", room_id: room, ...pin, ...log } as const;
                    dispatch({ type: "order", order });
                  }}
                />
              )}
              {(props.moderates || isOwn(message, me)) && (
                <IconButton
                  icon="trash"
                  label={t.delete}
                  onClick={() => props.onDelete(deletionOf(message.seq))}
                />
              )}
              <IconButton icon="more" label={t.more} onClick={() => setMore(true)} />
            </>
          )}
      </div>
    </div>
  );
}

/** Moves the actions of a message at the top of the log down, where they would be cut off. */
function keepInView(bar: HTMLElement): void {
  bar.style.translate = "";
  const log = bar.closest(".log, .thread-log");
  if (log === null) return;
  const hidden = log.getBoundingClientRect().top - bar.getBoundingClientRect().top;
  if (hidden > 0) bar.style.translate = `0 ${hidden}px`;
}

const hourMs = 3_600_000;

/** Tomorrow at nine, by the clock of the user. */
function tomorrow(): number {
  const day = new Date();
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, 9).getTime();
}

/** The rarer actions: what the user keeps of the message, marks, hands on or reports. */
function Rarer(props: ToolbarProps & { onDone: () => void }) {
  const { room, epoch, message, me, onDone } = props;
  const { dispatch } = useActions();
  const t = deferredStrings.log;
  const { seq } = message;
  const isInLog = useContext(ThreadContext) === undefined;
  const give = (order: Order, news: string) => {
    onDone();
    dispatch({ type: "order", order });
    dispatch({ type: "show_news", news });
  };
  const remind = (at: number) =>
    give({ type: "set_reminder", room_id: room, seq, at }, t.reminderSet);
  return (
    <>
      <button
        type="button"
        onClick={() => give({ type: "save_message", room_id: room, seq, on: true }, t.savedNews)}
      >
        {t.save}
      </button>
      <button type="button" onClick={() => remind(Date.now() + hourMs)}>{t.remindHour}</button>
      <button type="button" onClick={() => remind(tomorrow())}>{t.remindTomorrow}</button>
      <button
        type="button"
        onClick={() => {
          onDone();
          dispatch(markingUnread(room, seq, epoch));
        }}
      >
        {t.markUnread}
      </button>
      <button
        type="button"
        onClick={() => {
          onDone();
          dispatch({ type: "dialog", dialog: { about: "forward", message } });
        }}
      >
        {t.forward}
      </button>
      {message.reactions && (
        <button
          type="button"
          onClick={() => {
            onDone();
            dispatch({ type: "dialog", dialog: { about: "reactions", message } });
          }}
        >
          {t.reactions}
        </button>
      )}
      <CopyLink {...props} />
      {isInLog && (props.moderates || isOwn(message, me)) && (
        <button
          type="button"
          onClick={() => props.onDelete(deletionOf(seq, true))}
        >
          {t.select}
        </button>
      )}
      {!isOwn(message, me) && (
        <button
          type="button"
          onClick={() => give({ type: "report_message", room_id: room, seq }, t.reportedNews)}
        >
          {t.report}
        </button>
      )}
    </>
  );
}

/** The most common reactions, and the button to all emoji. */
function Emojis(
  props: ToolbarProps & { onDone: () => void },
) {
  const { openEmoji, onDone } = props;
  const more = useRef<HTMLSpanElement>(null);
  const t = deferredStrings.log;
  return (
    <>
      {usual.map((emoji) => <ReactWith key={emoji} {...props} emoji={emoji} onDone={onDone} />)}
      <span ref={more}>
        <IconButton
          icon="plus"
          label={t.moreEmoji}
          onClick={() => {
            openEmoji(more.current!.getBoundingClientRect());
            onDone();
          }}
        />
      </span>
    </>
  );
}

/** A button that reacts with one emoji. */
function ReactWith(
  { room, epoch, message, emoji, onDone, ...rest }: ToolbarProps & {
    emoji: string;
    class?: string;
    onDone?: () => void;
  },
) {
  const { dispatch } = useActions();
  const react = () => {
    onDone?.();
    countUse(emoji);
    dispatch(sending(room, { type: "react", seq: message.seq, emoji, on: true }, [], epoch));
  };
  return (
    <button
      type="button"
      class={`icon-button emoji ${rest.class ?? ""}`}
      aria-label={deferredStrings.log.reactWith({ emoji })}
      onClick={react}
    >
      <OwnEmoji text={emoji} />
    </button>
  );
}

function CopyLink({ room, message, onDone }: MessageProps & { onDone: () => void }) {
  const { dispatch } = useActions();
  // A browser has a clipboard only on https and localhost.
  if (globalThis.navigator?.clipboard === undefined) return null;
  const copy = async () => {
    onDone();
    await navigator.clipboard.writeText(
      new URL(hashOf({ room: `id:${room}`, seq: message.seq }), location.href).href,
    );
    dispatch({ type: "show_news", news: deferredStrings.log.linkCopied });
  };
  return (
    <button type="button" onClick={() => void copy().catch(() => {})}>
      {deferredStrings.log.copyLink}
    </button>
  );
}

/** Asks before a message is deleted. */
export function DeleteQuestion(props: DeleteQuestionProps) {
  const { room, seq, onClose } = props;
  const { dispatch } = useActions();
  const t = deferredStrings.log;
  return (
    <Confirm
      title={t.deleteQuestion}
      hint={t.deleteHint}
      about={wordsOf(gistOf(findMessage(room, seq) ?? noMessage))}
      submit={t.delete}
      onConfirm={() => dispatch(sending(room.key, { type: "delete_message", seq }, [], room.epoch))}
      onClose={onClose}
    />
  );
}

/** Stands for a message that went away while the user was still asked about it. */
const noMessage = { message: "" };
