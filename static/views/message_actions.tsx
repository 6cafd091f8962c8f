/** What can be done with a message, and how people reacted to it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Reaction } from "../../lib/protocol.ts";
import { hashOf } from "../address.ts";
import { isOwn, samePerson } from "../state/room.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import type { MessageProps } from "./message.tsx";
import { IconButton } from "./parts.tsx";
import { sending } from "./sending.ts";

/** What most reactions are. */
const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "🔥", "✅", "👋", "🤔"] as const;

/** Who reacted how; a press joins in, or takes it back. */
export function Reactions({ message, me, room, active }: MessageProps) {
  const { dispatch } = useActions();
  if (message.reactions === undefined) return null;
  const toggle = ({ emoji, names }: Reaction) => {
    const on = !names.some((name) => samePerson(name, me));
    dispatch(sending({ type: "react", room, seq: message.seq, emoji, on }));
  };
  return (
    <div class="reactions">
      {message.reactions.map((reaction) => {
        const names = reaction.names.join(", ");
        return (
          <button
            key={reaction.emoji}
            type="button"
            class="reaction"
            title={strings.log.reaction(reaction.emoji, names)}
            tabIndex={active ? 0 : -1}
            aria-pressed={reaction.names.some((name) => samePerson(name, me))}
            onClick={() => toggle(reaction)}
          >
            <span>{reaction.emoji}</span>
            <span class="count" aria-hidden="true">{reaction.names.length}</span>
            <span class="sr-only">{strings.log.reactionBy(names)}</span>
          </button>
        );
      })}
    </div>
  );
}

/** The actions of the message that one is at. */
export function Toolbar(props: MessageProps & { openEmoji: (anchor: DOMRect) => void }) {
  const { room, me, message } = props;
  const { dispatch } = useActions();
  const [reacting, setReacting] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const drawn = useRef(false);
  const t = strings.log;
  const compose = (mode: "reply" | "edit") =>
    dispatch({ type: "compose", room, composing: { mode, seq: message.seq } });
  // The buttons take each other's place: whoever came by keyboard goes on from the first.
  useEffect(() => {
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
            <CopyLink {...props} />
            {props.mayDelete && (
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

/** The usual emoji, and the way to all others. */
function Emojis(
  props: MessageProps & { openEmoji: (anchor: DOMRect) => void; onDone: () => void },
) {
  const { room, message, openEmoji, onDone } = props;
  const { dispatch } = useActions();
  const more = useRef<HTMLSpanElement>(null);
  const t = strings.log;
  const react = (emoji: string) => {
    onDone();
    dispatch(sending({ type: "react", room, seq: message.seq, emoji, on: true }));
  };
  return (
    <>
      {usual.map((emoji) => (
        <button
          key={emoji}
          type="button"
          class="icon-button emoji"
          aria-label={t.reactWith(emoji)}
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
      new URL(hashOf({ room, seq: message.seq }), location.href).href,
    );
    dispatch({ type: "tell", news: strings.log.linkCopied });
  };
  return (
    <IconButton
      icon="link"
      label={strings.log.copyLink}
      onClick={() => void copy().catch(() => {})}
    />
  );
}
