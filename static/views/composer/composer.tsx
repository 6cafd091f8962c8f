/** The composer of a room. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { countdownOf, spanOf, titleOf, whenOf } from "../../strings/format.ts";
import { commandIn, messageIn, standingOf } from "../../state/bot_commands.ts";
import {
  composingIn,
  lastOwn,
  moderates,
  pendingEdits,
  silenceReason,
  trayOf,
} from "../../state/selectors.ts";
import type { Action, Draft, PageState } from "../../state/reducer.ts";
import { findMessage } from "../../state/timeline.ts";
import { draftKeyOf, gistOf } from "../../state/room.ts";
import type { Answering, Composing, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { AttachButton, pastedFiles, Tray, useAttach } from "./attach.tsx";
import { useCountdown } from "../shared/countdown.ts";
import { useActions } from "../shared/context.ts";
import { Completion, preloadCompletion } from "./completing.ts";
import type { CommandHintProps, Completer, ComposerDialogName } from "../shared/deferred_views.ts";
import { EmojiButton } from "./emoji_button.tsx";
import { isComposing, replaceText, sends, typesByTouch, useGrowing } from "./field.ts";
import { buttonGap, idle, lazy } from "../shared/lazy.tsx";
import { blocksOf } from "../../markdown/markdown.ts";
import { callsMany } from "../../state/everyone.ts";
import { Words } from "../log/markdown.tsx";
import { Icon, IconButton } from "../shared/parts.tsx";
import { messageOf, sending, type ThreadTarget } from "./sending.ts";

const CommandHint = idle("CommandHint");
const Parted = idle("Parted");
const ComposerDialog = lazy("ComposerDialog");
const FormatBar = idle(
  "FormatBar",
  () => <span class="icon-button format-toggle" />,
);
const ComposerTools = idle("ComposerTools", () => buttonGap);

/** The minimum interval between typing notices, in ms. */
const typingEvery = 3_000;

/** Shows the number of characters left from this number on. */
const sayLeftFrom = 500;

interface ComposerProps {
  readonly state: PageState;
  readonly room: RoomState;
  /** Without one, the message goes to the room. */
  readonly thread?: ThreadTarget | undefined;
}

/** Shows the composer of a room or a thread, or why the user cannot write there. */
export function Composer({ state, room, thread }: ComposerProps) {
  // Renders again when the mute ends.
  useCountdown(state.mutedUntil);
  const now = Date.now();
  const reason = silenceReason(state, room, now);
  if (reason === undefined) return <MessageForm state={state} room={room} thread={thread} />;
  if (reason === "parted") return <Parted state={state} room={room} />;
  const t = strings.composer;
  const name = room.name.slice(1);
  const why = reason === "muted"
    ? t.muted({ until: whenOf(state.mutedUntil ?? now, now) })
    : reason === "over" || reason === "finding"
    ? t[reason]({ name })
    : t[reason];
  return (
    <div class="composer-closed" role="status">
      {reason !== "looking" && <Icon name={reason === "muted" ? "mute" : "lock"} />}
      <span>{why}</span>
      {reason === "over" && <CloseOver room={room} />}
    </div>
  );
}

function CloseOver({ room }: { room: RoomState }) {
  const { dispatch } = useActions();
  const leave = () => dispatch({ type: "leave", room: room.key });
  return <button type="button" onClick={leave}>{strings.room.hide}</button>;
}

/** Says how long slow mode makes the user wait. */
function SlowMode({ state, room, wait }: { state: PageState; room: RoomState; wait: number }) {
  if (room.slowSeconds === undefined || moderates(state, room)) return null;
  const t = strings.composer;
  return (
    <p class="slow quiet">
      {wait > 0 ? t.wait({ left: countdownOf(wait) }) : t.slow({ every: spanOf(room.slowSeconds) })}
    </p>
  );
}

/** The form in which the user writes a message, an answer or an edit. */
function MessageForm({ state, room, thread }: ComposerProps) {
  const [text, setText, base] = useText(state, room, thread);
  const endComposing = useComposing(room, thread);
  const field = useRef<HTMLTextAreaElement>(null);
  const composing = composingIn(room, thread?.seq);
  const wait = useCountdown(room.waitUntil);
  const charactersLeft = state.limits.message_length - text.length;
  const uploads = composing?.mode === "edit" ? [] : trayOf(state, room, thread?.seq);
  const isComplete = uploads.every(({ status }) => status !== "refused");
  const mayWrite = charactersLeft >= 0 && (wait === 0 || composing?.mode === "edit");
  const ready = (text.trim() !== "" || uploads.length > 0) && isComplete && mayWrite;
  const [dialog, open] = useState<ComposerDialogName>();
  const clear = () => {
    setText("");
    thread?.onSent();
  };
  const { submit: send, cancel, editLast } = useCommands({
    state,
    room,
    thread,
    send: () =>
      sending(room.key, draftOf(composing, text, thread, base.current), uploads, composing?.epoch),
    ready,
    clear,
    endComposing,
    field,
  });
  const command = useCommand({
    ...{ state, room, text },
    isMessage: thread !== undefined || composing?.mode === "edit" || uploads.length > 0,
    clear: () => setText(""),
  });
  const submit = () => {
    if (ready && command.submit()) return;
    const called = ready ? callsMany(state, room, () => blocksOf(text)) : undefined;
    if (called === undefined) send();
    else open(called);
  };
  useGrowing(field, text);
  // Before the first paint: what the user types at once must not be lost.
  useLayoutEffect(() => {
    if (composing !== undefined || matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [composing]);
  const label = composing?.mode === "edit" ? strings.composer.save : strings.composer.send;
  const form = (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {command.refused && <CommandHint {...command.refused} onSend={send} />}
      {composing && (
        <ComposingBanner room={room} thread={thread} composing={composing} onCancel={cancel} />
      )}
      <Tray state={state} room={room} thread={thread?.seq} />
      <TextBox
        state={state}
        room={room}
        thread={thread}
        field={field}
        text={text}
        setText={setText}
        submit={submit}
        cancel={cancel}
        editLast={editLast}
      >
        <CharactersLeft characters={charactersLeft} />
        <FormatBar />
        <EmojiButton
          label={strings.composer.emoji}
          onPick={(emoji) => {
            const { current } = field;
            if (current === null) return;
            replaceText(current, current.selectionStart, current.selectionEnd, emoji);
          }}
        />
        {composing?.mode !== "edit" && uploads.every(({ status }) => status === "done") && (
          <ComposerTools empty={text === "" && uploads.length === 0} ready={ready} onOpen={open} />
        )}
        <button type="submit" class="send" disabled={!ready} title={label} aria-label={label}>
          <Icon name="send" />
        </button>
      </TextBox>
      <SlowMode state={state} room={room} wait={wait} />
    </form>
  );
  // A dialog has a form of its own, which cannot be inside this one.
  return (
    <>
      {form}
      {dialog && (
        <ComposerDialog
          {...{ dialog, state, room, thread, composing, text }}
          onSend={send}
          onSent={() => {
            clear();
            cancel();
          }}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

/** What the user can do with the text that they have written. */
interface ComposerCommands {
  readonly submit: () => void;
  /** Ends the answer or the edit. */
  readonly cancel: () => void;
  /** Edits the user's last message. @returns Whether there is one. */
  readonly editLast: () => boolean;
}

function useCommands(
  { state, room, thread, send, ready, clear, endComposing, field }: ComposerProps & {
    send: () => Action;
    ready: boolean;
    clear: () => void;
    endComposing: () => void;
    field: { readonly current: HTMLTextAreaElement | null };
  },
): ComposerCommands {
  const { dispatch } = useActions();
  const composing = composingIn(room, thread?.seq);
  return {
    submit: () => {
      if (!ready) return;
      const action = send();
      // After an edit the draft from before comes back by itself; a new message leaves nothing.
      if (composing?.mode !== "edit") clear();
      endComposing();
      dispatch(action);
      field.current?.focus();
    },
    cancel: () => {
      endComposing();
      dispatch({ type: "compose", room: room.key });
    },
    editLast: () => {
      const last = lastOwn(state, thread ?? room);
      if (last === undefined) return false;
      dispatch({ type: "compose", room: room.key, composing: editing(last.seq, thread) });
      return true;
    },
  };
}

function editing(seq: number, thread: ThreadTarget | undefined): Composing {
  return { mode: "edit", seq, ...(thread === undefined ? {} : { thread: thread.seq }) };
}

/** A command in the text field. */
interface ComposedCommand {
  /** Why it was not sent, once the user has tried to send this text. */
  readonly refused: Pick<CommandHintProps, "command" | "standing"> | undefined;
  /** Gives it to its bot. @returns Whether the text is a command, and must not become a message. */
  readonly submit: () => boolean;
}

function useCommand({ state, room, text, isMessage, clear }: {
  state: PageState;
  room: RoomState;
  text: string;
  /** Whether the text is certainly a message: an edit, or with files. */
  isMessage: boolean;
  clear: () => void;
}): ComposedCommand {
  const { dispatch } = useActions();
  const [tried, setTried] = useState<string>();
  const { key, live } = room;
  const wantsList = !isMessage && text.startsWith("/") && state.ready && live;
  useEffect(() => {
    const order = { type: "list_commands", room_id: key } as const;
    if (wantsList) dispatch({ type: "order", order });
  }, [wantsList, key]);
  const written = isMessage ? undefined : commandIn(text);
  if (written === undefined) return { refused: undefined, submit: () => false };
  const standing = standingOf(state, room, written);
  const isRefused = tried === text && standing !== "offered";
  return {
    refused: isRefused ? { command: written.command, standing } : undefined,
    submit: () => {
      if (standing === "offered") {
        dispatch({ type: "order", order: { type: "run_command", room_id: key, ...written } });
        clear();
      } else setTried(text);
      return true;
    },
  };
}

/** The text field with its buttons and the list of suggested names. */
function TextBox(
  props: ComposerCommands & ComposerProps & {
    field: { current: HTMLTextAreaElement | null };
    text: string;
    setText: (text: string) => void;
    children: ComponentChildren;
  },
) {
  const { state, room, thread, field, text, setText } = props;
  const completer = useRef<Completer>(null);
  const written = useRef(false);
  const [aria, onAria] = useState<Readonly<Record<string, string>>>({});
  const noticeTyping = useTypingNotice(room, thread?.seq);
  const attach = useAttach(state, room, thread?.seq);
  const composing = composingIn(room, thread?.seq);
  const isEdit = composing?.mode === "edit";
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isComposing(event) && handleKey(event, { ...props, composing }, completer.current)) {
      event.preventDefault();
    }
  };
  const onInput = (element: HTMLTextAreaElement) => {
    setText(element.value);
    written.current = true;
    completer.current?.update(element);
    preloadCompletion(element.value);
    if (element.value !== "" && !isEdit) noticeTyping();
  };
  const t = strings.composer;
  return (
    <>
      <Completion {...{ state, room, field, written, completer, onAria }} />
      <div class="composer-box">
        <AttachButton state={state} room={room} thread={thread?.seq} />
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={thread?.label ?? t.placeholder({ room: titleOf(room.name) })}
          aria-label={thread?.label ?? t.placeholder({ room: titleOf(room.name) })}
          // A screen reader reads it after the label.
          title={composing === undefined ? t.hint : modeOf(props, composing)}
          enterkeyhint={typesByTouch() ? "enter" : "send"}
          aria-autocomplete="list"
          {...aria}
          onInput={(event) => onInput(event.currentTarget)}
          onSelect={(event) => completer.current?.update(event.currentTarget)}
          onKeyDown={onKeyDown}
          onPaste={(event) => attach(pastedFiles(event))}
        />
        {props.children}
      </div>
    </>
  );
}

/** Handles a key in the text field. @returns Whether it did: the page around must ignore the key. */
function handleKey(
  event: KeyboardEvent,
  { composing, text, submit, cancel, editLast }: ComposerCommands & {
    composing: Composing | undefined;
    text: string;
  },
  completer: Completer | null,
): boolean {
  // For an open list, Escape closes the list and nothing else.
  if (completer?.onKeyDown(event)) return true;
  if (sends(event)) return submit(), true;
  if (event.key === "Escape" && composing !== undefined) return cancel(), true;
  if (event.key !== "ArrowUp" || text !== "" || composing !== undefined) return false;
  return editLast();
}

/** Shows the number of characters left, if it is small. */
function CharactersLeft({ characters }: { characters: number }) {
  const t = strings.composer;
  return (
    <span class={`left ${characters < 0 ? "too-long" : "quiet"}`}>
      {characters <= sayLeftFrom && <span aria-hidden={characters < 0}>{characters}</span>}
      {/* Announced once, not with every keystroke. */}
      <span class="sr-only" role="status">{characters < 0 && t.tooLong}</span>
    </span>
  );
}

function draftOf(
  composing: Composing | undefined,
  text: string,
  thread: ThreadTarget | undefined,
  based_on: number | undefined,
): Draft {
  const message = text.trim();
  if (composing?.mode === "edit") {
    return { type: "edit_message", seq: composing.seq, message, based_on };
  }
  // `//weather` is the text `/weather`.
  return messageOf(composing, thread === undefined ? messageIn(message) : message, thread);
}

/** Says what is being answered or edited. */
function ComposingBanner(
  props: Omit<ComposerProps, "state"> & { composing: Composing; onCancel: () => void },
) {
  const { composing } = props;
  const message = composed(props, composing);
  return (
    <div class="about">
      <span class="about-what">
        <strong>{modeOf(props, composing)}</strong>
        {composing.mode === "reply" && message && (
          <span dir="auto">
            <Words text={gistOf(message)} />
          </span>
        )}
      </span>
      <IconButton icon="close" label={strings.cancel} onClick={props.onCancel} />
    </div>
  );
}

/** Says whether the user edits or answers, and whom. */
function modeOf(props: Omit<ComposerProps, "state">, composing: Composing): string {
  const t = strings.composer;
  if (composing.mode === "edit") return t.editing;
  return t.replying({ name: composed(props, composing)?.sender ?? "" });
}

/** Returns the message that is answered or edited. */
function composed({ room, thread }: Omit<ComposerProps, "state">, { epoch, seq }: Composing) {
  return epoch === room.epoch ? findIn(room, thread, seq) : undefined;
}

/** Returns a message of the room; of a thread the page may have more than the room holds. */
function findIn(room: RoomState, thread: ThreadTarget | undefined, seq: number) {
  return findMessage(room, seq) ?? thread?.messages.find((message) => message.seq === seq);
}

/**
 * Returns the text in the composer: the unsent text of the room, or the edit that the user has begun.
 * Both survive another room, a reload, and another tab.
 */
function useText(state: PageState, room: RoomState, thread: ThreadTarget | undefined) {
  const { dispatch, drafts } = useActions();
  const id = draftKeyOf(room, thread?.seq);
  const [text, show] = useState(() => drafts.get(id));
  const composing = composingIn(room, thread?.seq);
  const edited = composing?.mode === "edit" ? composing : undefined;
  /** The `edited_at` of the text that the user changes. */
  const base = useRef<number>(undefined);
  const setEdit = ({ seq, epoch }: Composing, text: string) =>
    drafts.setEdit(id, { seq, epoch, text, base: base.current });
  useLayoutEffect(() => {
    if (edited === undefined) return show(drafts.get(id));
    const { seq, epoch } = edited;
    const begun = drafts.edit(id);
    const isBegun = begun?.seq === seq && begun.epoch === epoch;
    const message = findIn(room, thread, seq);
    const text = isBegun ? begun.text : message?.message ?? drafts.get(id);
    // An edit of this page that is on its way is not another one.
    base.current = (isBegun ? begun.base : undefined) ??
      (message && !pendingEdits(state, room).has(seq) ? message.edited_at ?? 0 : undefined);
    setEdit(edited, text);
    show(text);
  }, [edited?.seq, id]);
  // Another tab has sent the text, or is writing it.
  useEffect(() =>
    drafts.watch(() => {
      if (edited === undefined) return show(drafts.get(id));
      const begun = drafts.edit(id);
      if (begun?.seq === edited.seq) show(begun.text);
      else dispatch({ type: "compose", room: room.key });
    }), [edited?.seq, id]);
  const setText = (next: string) => {
    if (edited === undefined) drafts.set(id, next);
    else setEdit(edited, next);
    show(next);
  };
  return [text, setText, base] as const;
}

/**
 * Stores which message is being answered, beside the unsent text; resumes an edit or an answer after
 * a reload, and an answer after an edit.
 *
 * @returns A function that ends what is being composed.
 */
function useComposing(room: RoomState, thread: ThreadTarget | undefined): () => void {
  const { dispatch, drafts } = useActions();
  const { key, loaded, epoch } = room;
  const composing = composingIn(room, thread?.seq);
  const id = draftKeyOf(room, thread?.seq);
  const [news, hear] = useState(0);
  // What was begun on another device goes on here, unless the user is writing something else.
  useEffect(() => drafts.watch(() => drafts.get(id) === "" && hear((n) => n + 1)), [id]);
  useLayoutEffect(() => {
    if (composing?.mode === "reply") {
      drafts.answer(id, { seq: composing.seq, epoch: composing.epoch });
      return;
    }
    // One thing at a time is composed in a room and its threads.
    if (room.composing !== undefined) return;
    const resume = (mode: Composing["mode"], begun: Answering | undefined) => {
      // In another log, the `seq` is another message.
      if (begun === undefined || begun.epoch !== epoch) return false;
      const message = findIn(room, thread, begun.seq);
      if (message === undefined || mode === "edit" && message.deleted) return false;
      dispatch({ type: "compose", room: key, composing: { ...editing(begun.seq, thread), mode } });
      return true;
    };
    if (!resume("edit", drafts.edit(id))) resume("reply", drafts.answers(id));
  }, [id, room.composing, loaded, epoch, news]);
  return () => composing?.mode === "edit" ? drafts.setEdit(id) : drafts.answer(id);
}

function useTypingNotice(room: RoomState, thread: number | undefined): () => void {
  const { dispatch } = useActions();
  const last = useRef(-Infinity);
  return () => {
    const now = Date.now();
    if (now - last.current < typingEvery) return;
    last.current = now;
    dispatch({ type: "typing", room: room.key, ...(thread === undefined ? {} : { thread }) });
  };
}
