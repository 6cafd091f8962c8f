/** What opens over a message: all its actions, as a menu or on a phone as a sheet, and the emoji. */
import { useContext, useLayoutEffect, useRef } from "preact/hooks";
import { hashOf } from "../../util/address.ts";
import { countUse, mostUsed } from "../../emoji/used.ts";
import { deletionOf } from "../../state/selection.ts";
import { isOwn } from "../../state/room.ts";
import type { Order } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { newKey } from "../../util/uuid.ts";
import { EmojiPicker, usePopover } from "../composer/emoji_picker.tsx";
import { typesByTouch } from "../composer/field.ts";
import { sending } from "../composer/sending.ts";
import { type Actions, useActions } from "../shared/context.ts";
import { useNarrow } from "../shared/media.ts";
import type { MenuAction } from "../shared/more.tsx";
import { OwnEmoji } from "../shared/own_emoji.tsx";
import { Dialog, Icon } from "../shared/parts.tsx";
import { markingUnread } from "./message_actions.tsx";
import type { MessageOverlayProps, MessageProps } from "./message_props.ts";
import { ThreadContext } from "./thread_context.ts";

/** The most common reactions. */
const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢"] as const;

/** An action of a message. */
interface MessageAction extends MenuAction {
  /** Whether a line separates it from the actions before. */
  readonly begins?: boolean;
  readonly danger?: boolean;
  /** The key that chooses it while its message has the focus, as in `KeyboardEvent.key`. */
  readonly key?: string;
}

const hourMs = 3_600_000;

/** Tomorrow at nine, by the clock of the user. */
function tomorrow(): number {
  const day = new Date();
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, 9).getTime();
}

/** What a user can do with a message, by name. What is not there, they cannot do. */
export function useMessageActions(props: MessageProps): {
  readonly reply?: MessageAction;
  readonly thread?: MessageAction;
  readonly others: readonly MessageAction[];
} {
  const { room, epoch, me, message } = props;
  const { seq } = message;
  const { dispatch } = useActions();
  const panel = useContext(ThreadContext);
  const t = deferredStrings.log;
  const own = isOwn(message, me);
  const log = epoch === undefined ? {} : { epoch };
  const compose = (mode: "reply" | "edit") => () =>
    dispatch({
      type: "compose",
      room,
      composing: { mode, seq, ...(panel === undefined ? {} : { thread: panel }), ...log },
    });
  const give = (order: Order, news: string) => () => {
    dispatch({ type: "order", order });
    dispatch({ type: "show_news", news });
  };
  const remind = (at: () => number) => () =>
    give({ type: "set_reminder", room_id: room, seq, at: at() }, t.reminderSet)();
  // A thread that is there can be read, whatever the room's settings.
  const hasThread = props.threads || message.thread !== undefined || message.replies !== undefined;
  const pin = () => {
    const order = { type: "pin_message", room_id: room, seq, on: !message.pinned, key: newKey() };
    dispatch({ type: "order", order: { ...order, ...log } as Order });
  };
  const link = new URL(hashOf({ room: `id:${room}`, seq }), location.href).href;
  const actions: readonly (MessageAction | false)[] = [
    props.posts && own && { icon: "pencil", label: t.edit, key: "e", run: compose("edit") },
    {
      icon: "forward",
      label: t.forward,
      key: "f",
      run: () => dispatch({ type: "dialog", dialog: { about: "forward", message } }),
    },
    props.pins && { icon: "pin", label: message.pinned ? t.unpin : t.pin, key: "p", run: pin },
    message.reactions !== undefined && {
      icon: "people",
      label: t.reactions,
      run: () => dispatch({ type: "dialog", dialog: { about: "reactions", message } }),
    },
    {
      icon: "bookmark",
      label: t.save,
      key: "a",
      begins: true,
      run: give({ type: "save_message", room_id: room, seq, on: true }, t.savedNews),
    },
    { icon: "clock", label: t.remindHour, run: remind(() => Date.now() + hourMs) },
    { icon: "clock", label: t.remindTomorrow, run: remind(tomorrow) },
    {
      icon: "unread",
      label: t.markUnread,
      run: () => dispatch(markingUnread(room, seq, epoch)),
    },
    // A browser has a clipboard only on https and localhost.
    globalThis.navigator?.clipboard !== undefined && message.message !== "" && {
      icon: "copy",
      label: t.copyText,
      begins: true,
      run: copying(message.message, t.textCopied, dispatch),
    },
    globalThis.navigator?.clipboard !== undefined && {
      icon: "link",
      label: t.copyLink,
      run: copying(link, t.linkCopied, dispatch),
    },
    !own && {
      icon: "shield",
      label: t.report,
      begins: true,
      run: give({ type: "report_message", room_id: room, seq }, t.reportedNews),
    },
    panel === undefined && (props.moderates || own) && {
      icon: "check",
      label: t.select,
      begins: own,
      run: () => props.onDelete(deletionOf(seq, true)),
    },
    (props.moderates || own) && {
      icon: "trash",
      label: t.delete,
      key: "delete",
      danger: true,
      run: () => props.onDelete(deletionOf(seq)),
    },
  ];
  return {
    ...(props.posts && panel === undefined && message.thread === undefined
      ? { reply: { icon: "reply", label: t.reply, key: "q", run: compose("reply") } }
      : {}),
    ...(panel === undefined && hasThread && (props.posts || message.replies)
      ? {
        thread: {
          icon: "thread",
          label: t.replyInThread,
          key: "t",
          run: () => dispatch({ type: "thread", thread: { room, seq: message.thread ?? seq } }),
        },
      }
      : {}),
    others: actions.filter((action) => action !== false),
  };
}

function copying(text: string, news: string, dispatch: Actions["dispatch"]) {
  return () => {
    void navigator.clipboard.writeText(text)
      .then(() => dispatch({ type: "show_news", news }), () => {});
  };
}

/** What is open over the message. */
export function MessageOverlay(props: MessageOverlayProps) {
  const { room, epoch, message, over, openOver } = props;
  const { dispatch } = useActions();
  const hasSheet = useNarrow() || typesByTouch();
  if (over.view === "emoji") {
    return (
      <EmojiPicker
        anchor={over.anchor}
        onPick={(emoji) => {
          openOver();
          dispatch(sending(room, { type: "react", seq: message.seq, emoji, on: true }, [], epoch));
        }}
        onClose={() => openOver()}
      />
    );
  }
  return hasSheet ? <Sheet {...props} /> : <Menu {...props} />;
}

/** Shows an action. The menu goes first: what the action opens takes the focus. */
function ActionButton(
  { action, role, onDone }: { action: MessageAction; role?: "menuitem"; onDone: () => void },
) {
  return (
    <button
      type="button"
      class={`place ${action.begins ? "begins" : ""} ${action.danger ? "danger-text" : ""}`}
      {...(role === undefined ? {} : { role, tabIndex: -1 })}
      onClick={() => {
        onDone();
        action.run();
      }}
    >
      <Icon name={action.icon} />
      {action.label}
    </button>
  );
}

/** How each key moves in the menu, from an index to another. */
const MOVES: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** The rarer actions as a menu (WAI-ARIA APG): arrow keys and first letters move the focus. */
function Menu(props: MessageOverlayProps) {
  const { over, openOver } = props;
  const { others } = useMessageActions(props);
  const box = usePopover(over.anchor, () => openOver());
  const items = () => [...box.current!.querySelectorAll<HTMLElement>("[role=menuitem]")];
  useLayoutEffect(() => items()[0]?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    // These keys are not for the message or the page around the menu.
    event.stopPropagation();
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    const begins = (item: HTMLElement) =>
      item.textContent?.trim().toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase());
    const next = MOVES[event.key]
      ? all[MOVES[event.key]!(at, all.length)]
      : event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey
      ? [...all.slice(at + 1), ...all.slice(0, at + 1)].find(begins)
      : undefined;
    if (event.key === "Tab") openOver();
    else if (next === undefined) return;
    next?.focus();
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      popover="auto"
      class="action-menu message-menu"
      role="menu"
      aria-label={deferredStrings.log.actions}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      {others.map((action) => (
        <ActionButton key={action.label} action={action} role="menuitem" onDone={openOver} />
      ))}
    </div>
  );
}

/** All actions as a sheet at the bottom of a phone. */
function Sheet(props: MessageOverlayProps) {
  const { openOver } = props;
  const { reply, thread, others } = useMessageActions(props);
  const emoji = useRef<HTMLDivElement>(null);
  const t = deferredStrings.log;
  const openPicker = () =>
    openOver({
      seq: props.message.seq,
      view: "emoji",
      anchor: emoji.current!.getBoundingClientRect(),
    });
  return (
    <Dialog title={t.actions} onClose={() => openOver()}>
      <div class="message-sheet">
        <div class="sheet-emoji" ref={emoji}>
          {mostUsed(5, usual).map((one) => (
            <ReactWith
              key={one}
              {...props}
              emoji={one}
              onDone={() => openOver()}
            />
          ))}
          <button
            type="button"
            class="icon-button emoji"
            aria-label={t.moreEmoji}
            onClick={openPicker}
          >
            <Icon name="smile" />
          </button>
        </div>
        {[reply, thread, ...others].map((action) =>
          action && <ActionButton key={action.label} action={action} onDone={openOver} />
        )}
      </div>
    </Dialog>
  );
}

/** A button that reacts with one emoji. */
export function ReactWith(
  { room, epoch, message, emoji, onDone, ...rest }: MessageProps & {
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

/** The emoji with which one click reacts. */
export function quickEmoji(): readonly string[] {
  return mostUsed(3, usual);
}
