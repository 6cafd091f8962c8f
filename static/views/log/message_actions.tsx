/** The reactions to a message, and what its actions send. */
import { reactionsOf } from "../../../lib/chat/events/message.ts";
import type { Reaction } from "../../../lib/protocol/frames.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { emojiText } from "../shared/emoji_text.tsx";
import type { MessageProps } from "./message_props.ts";
import { Icon } from "../shared/parts.tsx";
import { sending } from "../composer/sending.ts";

/**
 * The reactions to a message; a click adds or removes the user's own, and its context menu says who
 * has reacted.
 */
export function Reactions({ message, me, room, epoch, active }: MessageProps) {
  const { dispatch } = useActions();
  const { pinned } = message;
  const reactions = reactionsOf(message, me.id);
  if (!pinned && reactions.length === 0) return null;
  const toggle = (reaction: Reaction) => {
    const { emoji } = reaction;
    const on = !reaction.mine;
    dispatch(sending(room, { type: "react", seq: message.seq, emoji, on }, [], epoch));
  };
  return (
    <div class="reactions">
      {pinned && (
        <span class="pinned quiet">
          <Icon name="pin" />
          {strings.log.pinned}
        </span>
      )}
      {reactions.map((reaction) => {
        const { count, mine = false } = reaction;
        const others = count - reaction.names.length;
        const names = joined(reaction.names, ", ");
        const by = strings.log[others > 0 ? "reactionByMore" : "reactionBy"];
        // What the button shows comes first, so that speech input finds it.
        const label = joined([reaction.emoji, `${count}`, by({ names, count: others })], " ");
        return (
          <button
            key={reaction.emoji}
            type="button"
            class="reaction"
            title={label}
            aria-label={label}
            tabIndex={active ? 0 : -1}
            aria-pressed={mine}
            // The menu key, the other mouse button, or a long press.
            onContextMenu={(event) => {
              event.preventDefault();
              dispatch({
                type: "dialog",
                dialog: { about: "reactions", message, emoji: reaction.emoji },
              });
            }}
            onClick={() => toggle(reaction)}
          >
            <span>{emojiText(reaction.emoji)}</span>
            <span class="count">{count}</span>
          </button>
        );
      })}
    </div>
  );
}

/** The intent to mark a room as unread from a message on. */
export function markingUnread(room_id: string, seq: number, epoch: string | undefined) {
  const log = epoch === undefined ? {} : { epoch };
  return { type: "order", order: { type: "mark_unread", room_id, seq, ...log } } as const;
}
