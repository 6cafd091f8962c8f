/** One message, with what became of it and what can be done about it. */
import type { ComponentChildren, TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { mentions, type Message } from "../../lib/protocol.ts";
import { isEmojiOnly, wordsOf } from "../markdown.ts";
import { momentOf, timeOf } from "../format.ts";
import type { GuestMark } from "../select.ts";
import type { Pending, Upload } from "../state.ts";
import { gistOf, isOwn } from "../state/room.ts";
import type { Who } from "../state/types.ts";
import { strings } from "../strings.ts";
import { ReachContext, useActions } from "./context.ts";
import { PendingFiles } from "./attach.tsx";
import { MessageFiles } from "./files.tsx";
import { memo } from "./memo.ts";
import { Day, Moment } from "./moment.tsx";
import { GuestTag, NameButton } from "./names.tsx";
import { Markdown } from "./markdown.tsx";
import { EmojiPicker } from "./emoji_button.tsx";
import { Reactions, Toolbar } from "./message_actions.tsx";
import { Avatar } from "./parts.tsx";
import { sending } from "./sending.ts";

/** What a message needs to be shown. */
export interface MessageProps {
  readonly room: string;
  readonly me: string;
  readonly message: Message;
  /** Whether a guest wrote it, and who has the name now. */
  readonly mark: GuestMark;
  /** Whether somebody wrote it whom one has blocked. */
  readonly folded: boolean;
  readonly quoted: Message | undefined;
  readonly quotedMark: GuestMark;
  readonly edit: Pending | undefined;
  /** Whether it opens a day, and whether it says who wrote it. */
  readonly day: boolean;
  readonly head: boolean;
  /** Whether what is new begins with it. */
  readonly fresh: boolean;
  readonly active: boolean;
  readonly mayDelete: boolean;
  readonly activate: (seq: number) => void;
  readonly onDelete: (seq: number) => void;
}

/** A message of the log, drawn again only when it changes. */
export const MessageRow = memo(function MessageRow(props: MessageProps) {
  const { room, me, message, head, active, activate } = props;
  const toMe = mentions(message.message, me) && !isOwn(message, me);
  const { dispatch } = useActions();
  /** Where the emoji were asked for: they stay when the toolbar goes. */
  const [anchor, setAnchor] = useState<DOMRect>();
  const activateThis = () => activate(message.seq);
  const [unfolded, unfold] = useState(false);
  const folded = props.folded && !unfolded;
  return (
    <>
      {props.day && (
        <div class="day">
          <Day at={message.at} />
        </div>
      )}
      {props.fresh && (
        <div class="fresh">
          <span>{strings.log.fresh}</span>
        </div>
      )}
      <article
        class={`message ${head ? "head" : ""} ${active ? "active" : ""} ${toMe ? "to-me" : ""}`}
        data-seq={message.seq}
        tabIndex={-1}
        onPointerEnter={activateThis}
        onFocusCapture={(event) => staysBehind(event) || activateThis()}
      >
        <Gutter message={message} head={head} />
        <div class="message-main">
          {head && <Byline {...props} />}
          {folded ? <Folded active={active} onShow={() => unfold(true)} /> : <Content {...props} />}
        </div>
        {active && !folded && !message.deleted && <Toolbar {...props} openEmoji={setAnchor} />}
        {anchor && (
          <EmojiPicker
            anchor={anchor}
            onPick={(emoji) => {
              setAnchor(undefined);
              dispatch(sending({ type: "react", room, seq: message.seq, emoji, on: true }));
            }}
            onClose={() => setAnchor(undefined)}
          />
        )}
      </article>
    </>
  );
});

/** Whether a row is only given the focus that was in its toolbar, which has followed the pointer. */
function staysBehind(
  { relatedTarget, currentTarget }: TargetedEvent<HTMLElement, FocusEvent>,
): boolean {
  const pointed = currentTarget.parentElement?.querySelector("article:hover") ?? currentTarget;
  return relatedTarget === null && pointed !== currentTarget;
}

function Content(props: MessageProps) {
  const { message } = props;
  return (
    <>
      {message.reply_to !== undefined && <Quote {...props} seq={message.reply_to} />}
      <Body {...props} />
      <Reactions {...props} />
    </>
  );
}

/** In place of what somebody says whom one has blocked. */
function Folded({ active, onShow }: { active: boolean; onShow: () => void }) {
  return (
    <p class="text deleted">
      {strings.log.blocked}{" "}
      <button type="button" class="link" tabIndex={active ? 0 : -1} onClick={onShow}>
        {strings.log.show}
      </button>
    </p>
  );
}

function Gutter({ message, head }: { message: Message; head: boolean }) {
  if (head) return <Avatar name={message.sender} />;
  return (
    <time
      class="gutter-time"
      dateTime={new Date(message.at).toISOString()}
      title={momentOf(message.at)}
    >
      {timeOf(message.at)}
    </time>
  );
}

function whoWrote({ sender: name, guest }: Message): Who {
  return guest === undefined ? { name } : { name, guest };
}

function Byline({ message, mark, active }: MessageProps) {
  return (
    <p class="byline">
      <strong>
        <NameButton who={whoWrote(message)} tabIndex={active ? 0 : -1} />
      </strong>
      <GuestTag mark={mark} guest={message.guest} />
      <Moment at={message.at} />
    </p>
  );
}

function Quote({ room, seq, quoted, quotedMark, active }: MessageProps & { seq: number }) {
  const { dispatch } = useActions();
  const t = strings.log;
  return (
    <button
      type="button"
      class="quote"
      tabIndex={active ? 0 : -1}
      onClick={() => dispatch({ type: "jump", room, seq })}
    >
      {quoted === undefined ? t.replyTo(t.earlier) : (
        <>
          <bdi>
            <strong>{quoted.sender}</strong>
          </bdi>
          <GuestTag mark={quotedMark} guest={quoted.guest} />
          <span dir="auto">{quoted.deleted ? t.deleted : wordsOf(gistOf(quoted))}</span>
        </>
      )}
    </button>
  );
}

function Body({ message, edit, active }: MessageProps) {
  const t = strings.log;
  if (message.deleted) return <p class="text deleted">{t.deleted}</p>;
  const draft = edit?.draft;
  const text = draft?.type === "edit_message" ? draft.message : message.message;
  return (
    <>
      {text !== "" && (
        <Said text={text} active={active}>
          {message.edited_at !== undefined && edit === undefined && (
            <span class="edited" title={momentOf(message.edited_at)}>({t.edited})</span>
          )}
        </Said>
      )}
      {message.files && <MessageFiles files={message.files} tabIndex={active ? 0 : -1} />}
      {edit !== undefined && <Delivery entry={edit} sending={t.saving} />}
    </>
  );
}

/** What somebody wrote, and what is to be said about it at its end. */
function Said(props: { text: string; active: boolean; children?: ComponentChildren }) {
  const { text, active, children } = props;
  return (
    <div class={`text ${isEmojiOnly(text) ? "large" : ""}`}>
      <ReachContext.Provider value={active ? 0 : -1}>
        <Markdown text={text} tail={children} />
      </ReachContext.Provider>
    </div>
  );
}

/** How far a draft has come. */
export function Delivery({ entry, sending }: { entry: Pending; sending: string }) {
  const { dispatch } = useActions();
  const t = strings.log;
  if (entry.status !== "refused") {
    return <p class="delivery">{entry.status === "sent" ? sending : t.waiting}</p>;
  }
  return (
    <p class="delivery refused">
      <span>{t.refused}: {entry.reason}</span>
      <button
        type="button"
        class="link"
        onClick={() => dispatch({ type: "retry", key: entry.key })}
      >
        {t.tryAgain}
      </button>
      <button
        type="button"
        class="link"
        onClick={() => dispatch({ type: "discard", key: entry.key })}
      >
        {t.discard}
      </button>
    </p>
  );
}

/** A message that the server has not stored yet, in its place at the end. */
export function PendingRow(
  props: { me: string; entry: Pending; uploads: readonly Upload[]; head: boolean },
) {
  const { me, entry, uploads, head } = props;
  if (entry.draft.type !== "room_message") return null;
  return (
    <article class={`message pending ${head ? "head" : ""} ${entry.status}`} data-key={entry.key}>
      {head ? <Avatar name={me} /> : <span class="gutter-time" />}
      <div class="message-main">
        {head && (
          <p class="byline">
            <strong>{me}</strong>
          </p>
        )}
        {entry.draft.message !== "" && <Said text={entry.draft.message} active={false} />}
        <PendingFiles uploads={uploads} />
        <Delivery entry={entry} sending={strings.log.sending} />
      </div>
    </article>
  );
}
