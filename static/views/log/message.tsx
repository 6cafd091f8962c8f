/** A row of the log: a message with its reactions, files and actions. */
import type { MessageProps } from "./message_props.ts";
import type { PollProps } from "../shared/deferred_views.ts";
import type { ComponentChildren, TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { isMentioned } from "../../../lib/protocol/text/mentions.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import { isEmojiOnly, wordsOf } from "../../markdown/markdown.ts";
import { momentOf, timeOf } from "../../strings/format.ts";
import type { Pending, Upload } from "../../state/reducer.ts";
import { gistOf, isOwn, senderOf } from "../../state/room.ts";
import type { PersonRef, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { ReachContext, useActions } from "../shared/context.ts";
import { MessageFiles, previewClass } from "./files.tsx";
import { memo } from "../shared/memo.ts";
import { Day, Moment } from "./moment.tsx";
import { MarkTag, NameButton } from "../shared/names.tsx";
import { Markdown, Words } from "./markdown.tsx";
import { MentionsOf } from "./mentions.tsx";
import type { NamedMentions } from "../../markdown/mentions.ts";
import { Reactions } from "./message_actions.tsx";
import { soon } from "../shared/lazy.tsx";
import { Avatar } from "../shared/parts.tsx";

const AboutMessage = soon("AboutMessage");
const AboutUnsent = soon("AboutUnsent");
const Forwarded = soon("Forwarded", () => <p class="forwarded" />);
const LinkPreview = soon(
  "LinkPreview",
  ({ message: { preview } }) => preview && <aside class={previewClass(preview.image)} />,
);
const PendingFiles = soon("PendingFiles");
const Refused = soon(
  "Refused",
  () => <p class="delivery refused">{strings.log.refused}</p>,
);
const Poll = soon("Poll", PollShape);
const Replies = soon("Replies", () => <p class="replies" />);
const MessageOverlay = soon("MessageOverlay");
const Toolbar = soon("Toolbar");

/** A message of the log; renders only when its props change. */
export const MessageRow = memo(function MessageRow(props: MessageProps) {
  const { me, message, head, active, activate, over } = props;
  const mentionsMe = isMentioned(message, me.id) && !isOwn(message, me);
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
        <div class="unread-line">
          <span>{strings.log.newMarker}</span>
        </div>
      )}
      <article
        class={`message ${head ? "head" : ""} ${active ? "active" : ""} ${
          mentionsMe ? "mentions-me" : ""
        }`}
        data-seq={message.seq}
        aria-label={labelOf(props)}
        tabIndex={-1}
        onPointerEnter={activateThis}
        onFocusCapture={(event) => followsPointer(event) || activateThis()}
      >
        {props.pick}
        <Gutter message={message} head={head} />
        <div class="message-main">
          {head && <Byline {...props} />}
          {folded
            ? <CollapsedMessage active={active} onShow={() => unfold(true)} />
            : <Content {...props} />}
        </div>
        {active && !props.pick && !folded && !message.deleted && <Toolbar {...props} />}
        {over && <MessageOverlay {...props} over={over} />}
        <AboutMessage {...props} />
      </article>
    </>
  );
});

/** Names a message by its author, its time and its text. */
function labelOf({ message, run }: MessageProps): string {
  const t = strings.log;
  const text = message.deleted ? t.deleted({ count: run }) : wordsOf(gistOf(message));
  // A run may have several authors.
  if (run > 1) return text;
  return t.message({ name: message.sender, time: timeOf(message.at), text });
}

/** Whether a row only receives the focus from its toolbar, which has followed the pointer. */
function followsPointer(
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
      {message.preview && <LinkPreview {...props} />}
      <Reactions {...props} />
      {message.replies && <Replies {...props} />}
    </>
  );
}

/** Replaces a message of a blocked user. */
function CollapsedMessage({ active, onShow }: { active: boolean; onShow: () => void }) {
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
  if (head) return <Avatar name={message.sender} id={message.sender_id} />;
  return <Moment at={message.at} class="gutter-time" />;
}

function Byline({ message, mark, active }: MessageProps) {
  return (
    <p class="byline">
      <strong>
        <NameButton who={senderOf(message)} tabIndex={active ? 0 : -1} />
      </strong>
      <MarkTag mark={mark} />
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
      <span class="sr-only">{t.inReplyTo}</span> {quoted === undefined ? "…" : (
        <>
          <bdi>
            <strong>{quoted.sender}</strong>
          </bdi>
          <MarkTag mark={quotedMark} />
          <span dir="auto">
            {quoted.deleted ? t.deleted({ count: 1 }) : <Words text={gistOf(quoted)} />}
          </span>
        </>
      )}
    </button>
  );
}

function Body(props: MessageProps) {
  const { message, run, edit, place, active } = props;
  const t = strings.log;
  if (message.deleted) return <p class="text deleted">{t.deleted({ count: run })}</p>;
  const draft = edit?.draft;
  const text = draft?.type === "edit_message" ? draft.message : message.message;
  return (
    <>
      {message.forwarded && <Forwarded origin={message.forwarded} tabIndex={active ? 0 : -1} />}
      {text !== "" && (
        // A browser that translates the page replaces its texts: a new text needs a new element.
        <MessageText
          key={text}
          text={text}
          mentions={edit === undefined ? message : {}}
          active={active}
        >
          {message.edited_at !== undefined && edit === undefined && (
            <span class="edited" title={momentOf(message.edited_at)}>({t.edited})</span>
          )}
        </MessageText>
      )}
      {message.poll && <Poll {...props} poll={message.poll} />}
      {message.files && (
        <MessageFiles files={message.files} caption={text} tabIndex={active ? 0 : -1} />
      )}
      {edit !== undefined && place && <Delivery room={place} entry={edit} sending={t.saving} />}
    </>
  );
}

/** A poll as long as nobody can vote in it. */
function PollShape({ poll, message }: Pick<PollProps, "poll"> & { message?: Message }) {
  return (
    <div class="poll">
      {message && message.message !== poll.question && (
        <strong class="poll-question" dir="auto">{poll.question}</strong>
      )}
      {poll.options.map((option) => (
        <p key={option} class="poll-option">
          <span class="poll-mark" />
          <span class="poll-text" dir="auto">{option}</span>
        </p>
      ))}
      <p class="poll-about" />
    </div>
  );
}

/** The delivery status of a draft. */
function Delivery({ room, entry, sending }: { room: RoomState; entry: Pending; sending: string }) {
  if (entry.status === "refused") return <Refused room={room} entry={entry} />;
  return <p class="delivery">{entry.status === "sent" ? sending : strings.log.waiting}</p>;
}

/** Renders the text of a message, with an element at its end. */
function MessageText(
  props: {
    text: string;
    /** Whom the text mentions, once the server has said so. */
    mentions: NamedMentions;
    active: boolean;
    children?: ComponentChildren;
  },
) {
  const { text, mentions, active, children } = props;
  return (
    <div class={`text ${isEmojiOnly(text) ? "large" : ""}`}>
      <ReachContext.Provider value={active ? 0 : -1}>
        <MentionsOf value={mentions}>
          <Markdown text={text} tail={children} />
        </MentionsOf>
      </ReachContext.Provider>
    </div>
  );
}

/**
 * Whether the log does not show the message that a draft is about. A waiting answer does not show the
 * message it answers; one that has lost it does.
 */
function losesItsMessage({ draft, obstacle }: Pending): boolean {
  return draft.type !== "room_message" || draft.forward !== undefined ||
    (obstacle !== undefined && draft.reply_to !== undefined);
}

/** An unacknowledged draft, at the end of the log. */
export function PendingRow(props: {
  me: PersonRef;
  room: RoomState;
  entry: Pending;
  uploads: readonly Upload[];
  head: boolean;
}) {
  const { me, room, entry, uploads, head } = props;
  const { draft } = entry;
  const poll = "poll" in draft ? draft.poll : undefined;
  const text = "message" in draft && draft.message || (poll?.question ?? "");
  return (
    <article class={`message pending ${head ? "head" : ""} ${entry.status}`} data-key={entry.key}>
      {head ? <Avatar name={me.name} /> : <span class="gutter-time" />}
      <div class="message-main">
        {head && (
          <p class="byline">
            <strong>{me.name}</strong>
          </p>
        )}
        {losesItsMessage(entry) && <AboutUnsent entry={entry} />}
        {text !== "" && <MessageText text={text} mentions={{}} active={false} />}
        {poll && <PollShape poll={poll} />}
        {uploads.length > 0 && <PendingFiles uploads={uploads} />}
        <Delivery room={room} entry={entry} sending={strings.log.sending} />
      </div>
    </article>
  );
}
