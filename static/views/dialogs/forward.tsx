/** The dialog that forwards a message to rooms and people. */
import { useId, useState } from "preact/hooks";
import type { Message } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { type Destination, destinations } from "../../state/fuzzy_match.ts";
import { gistOf, provisionalKey } from "../../state/room.ts";
import { silenceReason } from "../../state/selectors.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { newKey } from "../../util/uuid.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";
import { Dialog } from "../shared/parts.tsx";
import { TextArea } from "../shared/more_fields.tsx";
import { Field } from "../shared/text_field.tsx";
import { useFound } from "../shared/use_found.ts";
import { PlaceMark } from "../sidebar/switcher.tsx";

/** To how many rooms and people a message can be forwarded at once. */
const chosenMax = 10;

/** The places are found by name; each that is chosen gets a copy, below what the user says about it. */
export function Forward({ state, message }: StateProps & { message: Message }) {
  const { dispatch } = useActions();
  const [typed, setTyped] = useState("");
  const [comment, setComment] = useState("");
  const [chosen, choose] = useState<readonly Destination[]>([]);
  const list = useId();
  const t = deferredStrings.forward;
  const close = () => dispatch({ type: "dialog" });
  const isChosen = ({ id }: Destination) => chosen.some((one) => one.id === id);
  const fits = (place: Destination) => isOpen(place) && !isChosen(place);
  const places = [...chosen, ...destinations(state, typed, fits, useFound(state, typed))];
  function isOpen({ room, left }: Destination): boolean {
    return !left && (room === undefined || silenceReason(state, room, Date.now()) === undefined);
  }
  const toggle = (place: Destination) =>
    choose(isChosen(place) ? chosen.filter(({ id }) => id !== place.id) : [...chosen, place]);
  const submit = () => {
    const { room_id, seq, sender } = message;
    const epoch = state.rooms.get(room_id)?.epoch ?? state.epoch;
    for (const { action, id, kind, name, room } of chosen) {
      const copy = {
        draft: {
          type: "room_message",
          message: comment.trim(),
          forward: { room_id, seq },
        } as const,
        key: newKey(),
        at: Date.now(),
        about: { sender, text: gistOf(message) },
        ...(epoch === undefined ? {} : { epoch }),
      };
      if (action.type === "write") {
        dispatch({ ...action, behind: true });
        dispatch({ type: "send", room: provisionalKey(action.who), ...copy });
      } else if (room !== undefined) dispatch({ type: "send", room: id, ...copy });
      else {
        // The page does not hold the room yet: it waits there until the page does.
        const place = { name, kind: kind === "private" ? kind : "public" } as const;
        dispatch({
          type: "adopted",
          pending: [{ ...copy, room: id, place, status: "waiting" }],
        });
      }
    }
    close();
    dispatch({
      type: "show_news",
      news: t[state.ready ? "sent" : "waiting"]({
        count: chosen.length,
      }),
    });
  };
  return (
    <Dialog title={t.title} onClose={close}>
      <blockquote class="quoted" dir="auto">
        <strong>
          <bdi>{message.sender}</bdi>
        </strong>{" "}
        {wordsOf(gistOf(message))}
      </blockquote>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen.length > 0) submit();
        }}
      >
        <Field label={t.to} type="search" value={typed} autofocus onInput={setTyped} />
        <div role="group" aria-label={t.places} id={list} class="forward-places">
          {places.map((place) => (
            <label key={place.id} class="place">
              <input
                type="checkbox"
                checked={isChosen(place)}
                disabled={!isChosen(place) && chosen.length >= chosenMax}
                onChange={() => toggle(place)}
              />
              <PlaceMark state={state} place={place} />
              <span class="place-name" dir="auto">{place.name}</span>
            </label>
          ))}
          <p class="quiet hint" role="status">
            {places.length === 0 ? strings.sidebar.noMatch : ""}
          </p>
        </div>
        <TextArea
          label={t.comment}
          note={strings.optional}
          rows={2}
          value={comment}
          maxLength={LIMITS.message_length}
          onInput={setComment}
        />
        <div class="dialog-buttons">
          <button type="button" onClick={close}>{strings.cancel}</button>
          <button type="submit" class="primary" disabled={chosen.length === 0}>
            {chosen.length === 0 ? deferredStrings.log.forward : t.submit({ count: chosen.length })}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
