/** What a screen reader says of a message beside its text. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { reactionsOf } from "../../../lib/chat/events/message.ts";
import { gistOf } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import type { AboutMessageProps } from "../shared/deferred_views.ts";

/** Describes the row that it is in: everything about the message that the sighted see, in a few words. */
export function AboutMessage(props: AboutMessageProps) {
  const place = useRef<HTMLSpanElement>(null);
  const text = aboutMessage(props);
  useLayoutEffect(() => {
    const row = place.current!.parentElement!;
    if (text === "") row.removeAttribute("aria-description");
    else row.setAttribute("aria-description", text);
  }, [text]);
  return <span ref={place} hidden />;
}

/** Says what a message answers, has attached, and has been given since. */
export function aboutMessage({ message, quoted, folded, edit }: AboutMessageProps): string {
  if (message.deleted || folded) return "";
  const { log, poll, thread, forward } = deferredStrings;
  const { files = [], replies } = message;
  const reactions = reactionsOf(message).map(({ emoji, count }) => `${emoji} ${count}`);
  return joined([
    quoted && `${strings.log.inReplyTo} ${quoted.sender}`,
    message.forwarded && forward.from({ name: message.forwarded.sender }),
    message.poll && (message.poll_closed ? `${poll.name}, ${poll.closed}` : poll.name),
    // Without a text, their names are the text.
    message.message !== "" && gistOf({ message: "", files }),
    message.edited_at !== undefined && edit === undefined && strings.log.edited,
    message.pinned && strings.log.pinned,
    reactions.length > 0 && `${log.reactionCounts}: ${joined(reactions, ", ")}`,
    replies && thread.replies({ count: replies.count }),
  ], ", ");
}
