/** What the composer rarely sends: the buttons, and the dialogs that they open. */
import { messageIn } from "../../state/bot_commands.ts";
import { trayOf } from "../../state/selectors.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { ComposerDialogProps, ComposerToolsProps } from "../shared/deferred_views.ts";
import { IconButton } from "../shared/parts.tsx";
import { EveryoneQuestion } from "./everyone_question.tsx";
import { NewPoll } from "./new_poll.tsx";
import { SendLater } from "./send_later.tsx";
import { messageOf, sending } from "./sending.ts";

/** A poll while the composer is empty; another time once there is a message. */
export function ComposerTools({ empty, ready, onOpen }: ComposerToolsProps) {
  const t = deferredStrings;
  if (empty) {
    return <IconButton icon="poll" label={t.poll.make} onClick={() => onOpen("poll")} />;
  }
  if (!ready) return null;
  return <IconButton icon="clock" label={t.later.later} onClick={() => onOpen("later")} />;
}

/** The dialog that is open over the composer. It has a form of its own. */
export function ComposerDialog(props: ComposerDialogProps) {
  const { dialog, state, room, thread, composing, text, onSend, onSent, onClose } = props;
  const { dispatch } = useActions();
  switch (dialog) {
    case "poll":
      return (
        <NewPoll
          room={room}
          onSend={(poll) => {
            const draft = { ...messageOf(composing, "", thread), poll };
            dispatch(sending(room.key, draft, [], composing?.epoch));
            onSent();
          }}
          onClose={onClose}
        />
      );
    case "later":
      return (
        <SendLater
          state={state}
          room={room}
          draft={messageOf(composing, messageIn(text.trim()), thread)}
          uploads={trayOf(state, room, thread?.seq)}
          onSent={onSent}
          onClose={onClose}
        />
      );
    default:
      return <EveryoneQuestion room={room} many={dialog} onConfirm={onSend} onClose={onClose} />;
  }
}
