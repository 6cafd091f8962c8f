/** Where one writes. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { foldRoom } from "../../lib/protocol.ts";
import { countdownOf, spanOf, titleOf, whenOf } from "../format.ts";
import { hushOf, isModerator, lastOwn, trayOf } from "../select.ts";
import type { State } from "../state.ts";
import { findMessage } from "../state/parts.ts";
import { gistOf } from "../state/room.ts";
import type { Composing, Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { AttachButton, pastedFiles, Tray, useAttach } from "./attach.tsx";
import { useActions } from "./context.ts";
import { sending } from "./message.tsx";
import { Icon, IconButton } from "./parts.tsx";
import { useCountdown } from "./task.ts";

/** Typing is told at most this often, in ms. */
const typingEvery = 3_000;

/** What was begun in each room and not sent; it waits there until one comes back. */
const begun = new Map<string, string>();

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
  const area = useRef<HTMLTextAreaElement>(null);
  const noticeTyping = useTypingNotice(room);
  const { composing } = room;
  const tooLong = text.length - state.limits.message_length;
  const wait = useCountdown(room.waitUntil);
  const waits = wait > 0 && composing?.mode !== "edit";
  const tray = composing?.mode === "edit" ? [] : trayOf(state, room);
  const attach = useAttach(state, room);
  const complete = tray.every(({ status }) => status !== "refused");
  const ready = (text.trim() !== "" || tray.length > 0) && complete && tooLong <= 0 && !waits;
  useGrowing(area, text);
  // Before anybody sees what is being answered: what they type at once must not be lost.
  useLayoutEffect(() => {
    if (composing !== undefined || matchMedia("(hover: hover)").matches) area.current?.focus();
  }, [composing]);

  const setComposing = (next?: Composing) =>
    dispatch({
      type: "compose",
      room: room.name,
      ...(next === undefined ? {} : { composing: next }),
    });
  const submit = () => {
    if (!ready) return;
    dispatch(sending(draftOf(room, text), tray));
    // What an edit pushed aside comes back by itself; a new message leaves the place empty.
    if (composing?.mode !== "edit") setText("");
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // An input method uses Enter and Escape for itself.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && composing !== undefined) {
      setComposing();
    } else if (event.key === "ArrowUp" && text === "" && composing === undefined) {
      const last = lastOwn(state, room);
      if (last === undefined) return;
      event.preventDefault();
      setComposing({ mode: "edit", seq: last.seq });
    }
  };
  const t = strings.composer;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {composing && <About room={room} composing={composing} onCancel={() => setComposing()} />}
      <Tray state={state} room={room} />
      <div class="composer-box">
        <AttachButton state={state} room={room} />
        <textarea
          ref={area}
          rows={1}
          value={text}
          placeholder={t.placeholder(titleOf(room.name))}
          aria-label={t.label(titleOf(room.name))}
          title={t.hint}
          enterkeyhint="send"
          onInput={(event) => {
            setText(event.currentTarget.value);
            if (event.currentTarget.value !== "" && composing?.mode !== "edit") noticeTyping();
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => attach(pastedFiles(event))}
        />
        {tooLong > 0 && <span class="too-long" role="status">{t.tooLong(tooLong)}</span>}
        <button
          type="submit"
          class="send"
          disabled={!ready}
          title={composing?.mode === "edit" ? t.save : t.send}
        >
          <span class="sr-only">{composing?.mode === "edit" ? t.save : t.send}</span>
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 12 20 4l-5 16-3.500-6.500zM11.500 13.500 20 4" />
          </svg>
        </button>
      </div>
      <Slow state={state} room={room} wait={wait} />
    </form>
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
        {composing.mode === "reply" && <span>{message && gistOf(message)}</span>}
      </span>
      <IconButton icon="close" label={t.cancel} onClick={props.onCancel} />
    </div>
  );
}

/** The text in the composer: what was begun in this room, or the message that is edited. */
function useText(room: Room) {
  const id = foldRoom(room.name);
  const [text, show] = useState(begun.get(id) ?? "");
  const editing = room.composing?.mode === "edit" ? room.composing.seq : undefined;
  useLayoutEffect(() => {
    const message = editing === undefined ? undefined : findMessage(room, editing);
    show(message?.message ?? begun.get(id) ?? "");
  }, [editing, id]);
  const setText = (next: string) => {
    if (editing === undefined) begun.set(id, next);
    show(next);
  };
  return [text, setText] as const;
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

/** Makes the area as high as its text; the style sheet says where that ends. */
function useGrowing(area: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
}
