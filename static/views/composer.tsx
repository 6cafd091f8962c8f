/** Where one writes. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { foldRoom } from "../../lib/protocol.ts";
import { countdownOf, spanOf, titleOf, whenOf } from "../format.ts";
import { wordsOf } from "../markdown.ts";
import { hushOf, isModerator, lastOwn, trayOf } from "../select.ts";
import type { State } from "../state.ts";
import { findMessage } from "../state/parts.ts";
import { gistOf } from "../state/room.ts";
import type { Composing, Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { AttachButton, pastedFiles, Tray, useAttach } from "./attach.tsx";
import { useCountdown } from "./countdown.ts";
import { useActions } from "./context.ts";
import { type Completer, Completion, wantCompletion } from "./completing.ts";
import { EmojiButton } from "./emoji_button.tsx";
import { isComposing, replaceText, sends, typesByTouch, useGrowing } from "./field.ts";
import { Icon, IconButton } from "./parts.tsx";
import { sending } from "./sending.ts";

/** Typing is told at most this often, in ms. */
const typingEvery = 3_000;

/** From how few characters left on it is said how many, so that nobody is cut off. */
const sayLeftFrom = 500;

/** The composer of a room, or why there is none. */
export function Composer({ state, room }: { state: State; room: Room }) {
  // Draws anew when one may speak again.
  useCountdown(state.mutedUntil);
  const now = Date.now();
  const hush = hushOf(state, room, now);
  if (hush === undefined) return <Writing state={state} room={room} />;
  const t = strings.composer;
  const why = hush === "muted" ? t.muted(whenOf(state.mutedUntil ?? now, now)) : t[hush];
  return (
    <p class="hushed" role="status">
      <Icon name={hush === "muted" ? "mute" : "lock"} />
      {why}
    </p>
  );
}

/** Says what a slow room asks for. */
function Slow({ state, room, wait }: { state: State; room: Room; wait: number }) {
  if (room.slowSeconds === undefined || isModerator(state)) return null;
  const t = strings.composer;
  return (
    <p class="slow quiet">
      {wait > 0 ? t.wait(countdownOf(wait)) : t.slow(spanOf(room.slowSeconds))}
    </p>
  );
}

function Writing({ state, room }: { state: State; room: Room }) {
  const { dispatch } = useActions();
  const [text, setText] = useText(room);
  const endAnswer = useAnswer(room);
  const field = useRef<HTMLTextAreaElement>(null);
  const completer = useRef<Completer>(null);
  const written = useRef(false);
  const [aria, onAria] = useState<Readonly<Record<string, string>>>({});
  const noticeTyping = useTypingNotice(room);
  const { composing } = room;
  const left = state.limits.message_length - text.length;
  const wait = useCountdown(room.waitUntil);
  const waits = wait > 0 && composing?.mode !== "edit";
  const tray = composing?.mode === "edit" ? [] : trayOf(state, room);
  const attach = useAttach(state, room);
  const complete = tray.every(({ status }) => status !== "refused");
  const ready = (text.trim() !== "" || tray.length > 0) && complete && left >= 0 && !waits;
  useGrowing(field, text);
  // Before anybody sees what is being answered: what they type at once must not be lost.
  useLayoutEffect(() => {
    if (composing !== undefined || matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [composing]);

  const edit = (seq: number) =>
    dispatch({ type: "compose", room: room.name, composing: { mode: "edit", seq } });
  const cancel = () => {
    if (composing?.mode === "reply") endAnswer();
    dispatch({ type: "compose", room: room.name });
  };
  const submit = () => {
    if (!ready) return;
    // What an edit pushed aside comes back by itself; a new message leaves the place empty.
    if (composing?.mode !== "edit") {
      setText("");
      endAnswer();
    }
    dispatch(sending(draftOf(room, text), tray));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (completer.current?.onKeyDown(event)) {
      // A list that closes is all that Escape does; the page around has a use for it, too.
      event.preventDefault();
    } else if (sends(event)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && composing !== undefined) {
      event.preventDefault();
      cancel();
    } else if (event.key === "ArrowUp" && text === "" && composing === undefined) {
      const last = lastOwn(state, room);
      if (last === undefined) return;
      event.preventDefault();
      edit(last.seq);
    }
  };
  const t = strings.composer;
  const label = composing?.mode === "edit" ? t.save : t.send;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {composing && <About room={room} composing={composing} onCancel={cancel} />}
      <Tray state={state} room={room} />
      <Completion {...{ state, room, field, written, completer, onAria }} />
      <div class="composer-box">
        <AttachButton state={state} room={room} />
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={t.placeholder(titleOf(room.name))}
          aria-label={t.label(titleOf(room.name))}
          title={t.hint}
          enterkeyhint={typesByTouch() ? "enter" : "send"}
          aria-autocomplete="list"
          {...aria}
          onInput={(event) => {
            setText(event.currentTarget.value);
            written.current = true;
            completer.current?.look(event.currentTarget);
            wantCompletion(event.currentTarget.value);
            if (event.currentTarget.value !== "" && composing?.mode !== "edit") noticeTyping();
          }}
          onSelect={(event) => completer.current?.look(event.currentTarget)}
          onKeyDown={onKeyDown}
          onPaste={(event) => attach(pastedFiles(event))}
        />
        <Left characters={left} />
        <EmojiButton
          label={t.emoji}
          onPick={(emoji) => {
            const { current } = field;
            if (current === null) return;
            replaceText(current, current.selectionStart, current.selectionEnd, emoji);
          }}
        />
        <button type="submit" class="send" disabled={!ready} title={label} aria-label={label}>
          <Icon name="send" />
        </button>
      </div>
      <Slow state={state} room={room} wait={wait} />
    </form>
  );
}

/** How much room is left in a message, where that is not much. */
function Left({ characters }: { characters: number }) {
  const t = strings.composer;
  return (
    <span class={`left ${characters < 0 ? "too-long" : "quiet"}`}>
      {characters <= sayLeftFrom && <span aria-hidden={characters < 0}>{characters}</span>}
      {/* Said once, and not with every letter. */}
      <span class="sr-only" role="status">{characters < 0 && t.tooLong}</span>
    </span>
  );
}

function draftOf(room: Room, text: string) {
  const message = text.trim();
  const { composing } = room;
  if (composing?.mode === "edit") {
    return { type: "edit_message" as const, room: room.name, seq: composing.seq, message };
  }
  const reply = composing === undefined ? {} : { reply_to: composing.seq };
  return { type: "room_message" as const, room: room.name, message, ...reply };
}

/** Says what is being answered or changed. */
function About(props: { room: Room; composing: Composing; onCancel: () => void }) {
  const { room, composing } = props;
  const message = findMessage(room, composing.seq);
  const t = strings.composer;
  return (
    <div class="about">
      <span class="about-what">
        <strong>
          {composing.mode === "edit" ? t.editing : t.replying(message?.sender ?? "")}
        </strong>
        {composing.mode === "reply" && message && <span dir="auto">{wordsOf(gistOf(message))}
        </span>}
      </span>
      <IconButton icon="close" label={t.cancel} onClick={props.onCancel} />
    </div>
  );
}

/** The text in the composer: what was begun in this room, or the message that is edited. */
function useText(room: Room) {
  const { drafts } = useActions();
  const id = foldRoom(room.name);
  const [text, show] = useState(() => drafts.get(id));
  const editing = room.composing?.mode === "edit" ? room.composing.seq : undefined;
  useLayoutEffect(() => {
    const message = editing === undefined ? undefined : findMessage(room, editing);
    show(message?.message ?? drafts.get(id));
  }, [editing, id]);
  const setText = (next: string) => {
    if (editing === undefined) drafts.set(id, next);
    show(next);
  };
  return [text, setText] as const;
}

/**
 * Keeps which message is being answered beside what was begun, and goes on with it after a reload
 * or an edit. @returns Ends it.
 */
function useAnswer(room: Room): () => void {
  const { dispatch, drafts } = useActions();
  const { name, composing, loaded } = room;
  const id = foldRoom(name);
  useLayoutEffect(() => {
    const begun = drafts.answers(id);
    if (composing?.mode === "reply") drafts.answer(id, composing.seq);
    else if (composing === undefined && begun !== undefined && findMessage(room, begun)) {
      dispatch({ type: "compose", room: name, composing: { mode: "reply", seq: begun } });
    }
  }, [id, composing, loaded]);
  return () => drafts.answer(id);
}

function useTypingNotice(room: Room): () => void {
  const { dispatch } = useActions();
  const last = useRef(-Infinity);
  return () => {
    const now = Date.now();
    if (now - last.current < typingEvery) return;
    last.current = now;
    dispatch({ type: "typing", room: room.name });
  };
}
