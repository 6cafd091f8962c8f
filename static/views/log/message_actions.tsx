/** The actions and reactions of a message. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { reactionsOf } from "../../../lib/chat/events/message.ts";
import type { Reaction } from "../../../lib/protocol/frames.ts";
import { hashOf } from "../../util/address.ts";
import { hasReacted, isOwn } from "../../state/room.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { newKey } from "../../util/uuid.ts";
import { useActions } from "../shared/context.ts";
import type { MessageProps } from "./message_props.ts";
import { Icon, IconButton } from "../shared/parts.tsx";
import { sending } from "../composer/sending.ts";

/** The most common reactions. */
const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "🔥", "✅", "👋", "🤔"] as const;

/** The reactions to a message; a click adds or removes the user's own. */
export function Reactions({ message, me, room, epoch, active }: MessageProps) {
  const { dispatch } = useActions();
  const { pinned } = message;
  const reactions = reactionsOf(message);
  if (!pinned && reactions.length === 0) return null;
  const toggle = (reaction: Reaction) => {
    const { emoji } = reaction;
    const on = !hasReacted(reaction, me);
    dispatch(sending(room, { type: "react", seq: message.seq, emoji, on }, [], epoch));
  };
  return (
    <div class="reactions">
      {pinned && (
        <span class="pinned quiet">
          <Icon name="pin" /> {strings.log.pinned}
        </span>
      )}
      {reactions.map((reaction) => {
        const names = joined(reaction.names, ", ");
        return (
          <button
            key={reaction.emoji}
            type="button"
            class="reaction"
            title={strings.log.reaction({ emoji: reaction.emoji, names })}
            tabIndex={active ? 0 : -1}
            aria-pressed={hasReacted(reaction, me)}
            onClick={() => toggle(reaction)}
          >
            <span>{reaction.emoji}</span>
            <span class="count" aria-hidden="true">{reaction.names.length}</span>
            <span class="sr-only">{strings.log.reactionBy({ names })}</span>
          </button>
        );
      })}
    </div>
  );
}

/** The actions of the active message. */
export function Toolbar(props: MessageProps & { openEmoji: (anchor: DOMRect) => void }) {
  const { room, epoch, me, message } = props;
  const { dispatch } = useActions();
  const [reacting, setReacting] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const drawn = useRef(false);
  const t = strings.log;
  const compose = (mode: "reply" | "edit") =>
    dispatch({
      type: "compose",
      room,
      composing: { mode, seq: message.seq, ...(epoch === undefined ? {} : { epoch }) },
    });
  // The buttons replace each other, and the focus moves to the first one: before the page is painted,
  // so that it cannot leave what the user opens next.
  useLayoutEffect(() => {
    if (drawn.current) bar.current?.querySelector("button")?.focus();
    drawn.current = true;
  }, [reacting]);
  return (
    <div class="toolbar-place">
      <div
        class="toolbar"
        role="toolbar"
        aria-label={t.actions}
        ref={bar}
        onKeyDown={(event) => {
          if (!reacting || event.key !== "Escape") return;
          event.preventDefault();
          setReacting(false);
        }}
      >
        {reacting ? <Emojis {...props} onDone={() => setReacting(false)} /> : (
          <>
            <IconButton icon="smile" label={t.react} onClick={() => setReacting(true)} />
            <IconButton icon="reply" label={t.reply} onClick={() => compose("reply")} />
            {isOwn(message, me) && (
              <IconButton
                icon="pencil"
                label={t.edit}
                onClick={() => compose("edit")}
              />
            )}
            {props.moderates && (
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
            <IconButton
              icon="unread"
              label={t.markUnread}
              onClick={() => dispatch(markingUnread(room, message.seq, epoch))}
            />
            <CopyLink {...props} />
            {(props.moderates || isOwn(message, me)) && (
              <IconButton
                icon="trash"
                label={t.delete}
                onClick={() => props.onDelete(message.seq)}
              />
            )}
          </>
        )}
      </div>
    </div>
  );
}

/** The intent to mark a room as unread from a message on. */
export function markingUnread(room_id: string, seq: number, epoch: string | undefined) {
  const log = epoch === undefined ? {} : { epoch };
  return { type: "order", order: { type: "mark_unread", room_id, seq, ...log } } as const;
}

/** The most common reactions, and the button to all emoji. */
function Emojis(
  props: MessageProps & { openEmoji: (anchor: DOMRect) => void; onDone: () => void },
) {
  const { room, epoch, message, openEmoji, onDone } = props;
  const { dispatch } = useActions();
  const more = useRef<HTMLSpanElement>(null);
  const t = strings.log;
  const react = (emoji: string) => {
    onDone();
    dispatch(sending(room, { type: "react", seq: message.seq, emoji, on: true }, [], epoch));
  };
  return (
    <>
      {usual.map((emoji) => (
        <button
          key={emoji}
          type="button"
          class="icon-button emoji"
          aria-label={t.reactWith({ emoji })}
          onClick={() => react(emoji)}
        >
          {emoji}
        </button>
      ))}
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

function CopyLink({ room, message }: MessageProps) {
  const { dispatch } = useActions();
  // A browser has a clipboard only on https and localhost.
  if (globalThis.navigator?.clipboard === undefined) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(
      new URL(hashOf({ room: `id:${room}`, seq: message.seq }), location.href).href,
    );
    dispatch({ type: "show_news", news: strings.log.linkCopied });
  };
  return (
    <IconButton
      icon="link"
      label={strings.log.copyLink}
      onClick={() => void copy().catch(() => {})}
    />
  );
}
