/** Deleting messages: the question about one, and selecting several. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { gistOf, isOwn } from "../../state/room.ts";
import { toggled } from "../../state/selection.ts";
import { moderates } from "../../state/selectors.ts";
import { findMessage, shownTimeline } from "../../state/timeline.ts";
import type { PageState, RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { timeOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { newKey } from "../../util/uuid.ts";
import { Confirm } from "../dialogs/confirm.tsx";
import { useActions } from "../shared/context.ts";
import type { DeletingProps, PickProps } from "../shared/deferred_views.ts";
import { Icon } from "../shared/parts.tsx";
import { DeleteQuestion } from "./toolbar.tsx";

/** Asks about one message, or shows what is selected and what can be done with it. */
export function Deleting(props: DeletingProps) {
  const { room, deletion, setDeletion } = props;
  if (deletion.several) return <Selection {...props} />;
  return (
    <DeleteQuestion
      room={room}
      seq={deletion.last}
      onClose={() => setDeletion(undefined)}
    />
  );
}

/** The checkbox of a message; it covers the message, so that every place of it selects. */
export function PickBox({ state, room, message, deletion, setDeletion }: PickProps) {
  if (!isSelectable(state, room, message)) return null;
  const { seq } = message;
  return (
    <label class="pick">
      <input
        type="checkbox"
        aria-label={deferredStrings.selection.select({
          name: message.sender,
          time: timeOf(message.at),
          text: gistOf(message),
        })}
        checked={deletion.seqs.has(seq)}
        onClick={(event) =>
          setDeletion(toggled(deletion, selectable(state, room), seq, event.shiftKey))}
      />
    </label>
  );
}

/** The bar below the log while messages are selected. */
function Selection({ state, room, deletion, setDeletion }: DeletingProps) {
  const { dispatch } = useActions();
  const [asking, ask] = useState(false);
  const [key, setKey] = useState<string>();
  const bar = useRef<HTMLDivElement>(null);
  const t = deferredStrings.selection;
  // Others may delete some of them meanwhile.
  const seqs = [...deletion.seqs].filter((seq) => findMessage(room, seq)?.deleted !== true);
  const count = seqs.length;
  const end = () => {
    setDeletion(undefined);
    rowOf(deletion.last)?.focus();
  };
  useKeys(bar, (event) => {
    if (asking) return;
    if (event.key === "Escape") end();
    else if (event.key === "Delete" && count > 0) ask(true);
    else if (event.key === " " && event.target instanceof HTMLElement) {
      const seq = Number(event.target.dataset.seq);
      const messages = selectable(state, room);
      // A checkbox has the focus itself, and does this by itself.
      if (!messages.some((message) => message.seq === seq)) return;
      setDeletion(toggled(deletion, messages, seq, event.shiftKey));
    } else return;
    event.preventDefault();
  });
  // The toolbar that had the focus is gone.
  useLayoutEffect(() => rowOf(deletion.last)?.focus(), []);
  const answer = state.lists.messages_deleted;
  useEffect(() => {
    if (key === undefined || answer?.key !== key) return;
    const { refused } = answer;
    if (refused.length > 0) {
      dispatch({ type: "show_news", news: t.refused({ count: refused.length }) });
    }
    end();
  }, [answer, key]);
  const remove = () => {
    const log = room.epoch === undefined ? {} : { epoch: room.epoch };
    const order = {
      type: "delete_messages",
      room_id: room.key,
      seqs,
      key: newKey(),
      ...log,
    } as const;
    setKey(order.key);
    dispatch({ type: "order", order });
  };
  return (
    <div ref={bar} class="selection" role="toolbar" aria-label={t.title}>
      <span role="status">
        {key !== undefined && state.ready
          ? t.deleting
          : count < LIMITS.deleted_messages
          ? t.selected({ count })
          : t.most({ count })}
      </span>
      <button type="button" onClick={end}>{strings.cancel}</button>
      <button type="button" class="danger" disabled={count === 0} onClick={() => ask(true)}>
        <Icon name="trash" />
        {deferredStrings.log.delete}
      </button>
      {asking && (
        <Confirm
          title={t.question({ count })}
          hint={t.hint}
          submit={deferredStrings.log.delete}
          onConfirm={remove}
          onClose={() => ask(false)}
        />
      )}
    </div>
  );
}

/** Listens to the keys of the log and of the bar. */
function useKeys(
  bar: { readonly current: HTMLElement | null },
  onKey: (event: KeyboardEvent) => void,
): void {
  // A key may come before the effects of the last render have run.
  const latest = useRef(onKey);
  latest.current = onKey;
  useLayoutEffect(() => {
    const frame = bar.current?.closest<HTMLElement>(".log-frame");
    const listen = (event: KeyboardEvent) => latest.current(event);
    frame?.addEventListener("keydown", listen);
    return () => frame?.removeEventListener("keydown", listen);
  }, []);
}

function rowOf(seq: number): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.log [data-seq="${seq}"]`);
}

/** The messages that are shown and that the user may delete, the oldest first. */
function selectable(state: PageState, room: RoomState): readonly Message[] {
  return shownTimeline(room).messages.filter((message) => isSelectable(state, room, message));
}

function isSelectable(state: PageState, room: RoomState, message: Message): boolean {
  return message.deleted !== true && (isOwn(message, state.me) || moderates(state, room));
}
