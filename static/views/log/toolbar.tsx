/** The most frequent actions of the message under the pointer, and the question before it is deleted. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import { findMessage } from "../../state/timeline.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { Confirm } from "../dialogs/confirm.tsx";
import { useActions } from "../shared/context.ts";
import type { DeleteQuestionProps } from "../shared/deferred_views.ts";
import { Icon, IconButton } from "../shared/parts.tsx";
import { sending } from "../composer/sending.ts";
import { quickEmoji, ReactWith, useMessageActions } from "./message_menu.tsx";
import type { MessageProps } from "./message_props.ts";

/** Three emoji, all emoji, reply, thread, and what else there is. */
export function Toolbar(props: MessageProps) {
  const { message, over, openOver } = props;
  const bar = useRef<HTMLDivElement>(null);
  const { reply, thread, others } = useMessageActions(props);
  const t = deferredStrings.log;
  const open = (view: "emoji" | "menu") => () =>
    openOver({ seq: message.seq, view, anchor: bar.current!.getBoundingClientRect() });
  useLayoutEffect(() => keepInView(bar.current!), []);
  useLayoutEffect(() => {
    const row = bar.current!.closest<HTMLElement>("article")!;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      const run = key === "r"
        ? open("emoji")
        : [reply, thread, ...others].find((action) => action?.key === key)?.run;
      // The first three keys are the first three buttons.
      const quick = bar.current!.querySelectorAll<HTMLElement>(".most-used")[Number(key) - 1];
      if (run === undefined && quick === undefined) return;
      event.preventDefault();
      if (run === undefined) quick!.click();
      else run();
    };
    row.addEventListener("keydown", onKeyDown);
    return () => row.removeEventListener("keydown", onKeyDown);
  });
  return (
    <div class="toolbar-place">
      <div class="toolbar" role="toolbar" aria-label={t.actions} ref={bar}>
        {quickEmoji().map((emoji) => (
          <ReactWith key={emoji} {...props} emoji={emoji} class="most-used" />
        ))}
        <IconButton icon="smile" label={t.react} onClick={open("emoji")} />
        {[reply, thread].map((action) =>
          action && (
            <IconButton
              key={action.label}
              icon={action.icon}
              label={action.label}
              onClick={action.run}
            />
          )
        )}
        <button
          type="button"
          class="icon-button"
          title={t.more}
          aria-label={t.more}
          aria-haspopup="menu"
          aria-expanded={over?.view === "menu"}
          onClick={open("menu")}
        >
          <Icon name="more" />
        </button>
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
      focus
      onConfirm={() => dispatch(sending(room.key, { type: "delete_message", seq }, [], room.epoch))}
      onClose={onClose}
    />
  );
}

/** Stands for a message that went away while the user was still asked about it. */
const noMessage = { message: "" };
