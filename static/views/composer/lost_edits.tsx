/** Keeps the text of an edit whose message was deleted meanwhile: it becomes a draft. */
import { useEffect } from "preact/hooks";
import { isInRoom } from "../../../lib/chat/events/message.ts";
import type { Message } from "../../../lib/protocol/frames.ts";
import { draftKeyOf } from "../../state/room.ts";
import { isStale } from "../../state/pending.ts";
import { findMessage } from "../../state/timeline.ts";
import type { PageState, RoomState } from "../../state/types.ts";
import { roomOf } from "../../storage/draft_sync.ts";
import type { Drafts } from "../../storage/drafts.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";

/** The text of an edit whose message is gone. */
interface LostEdit {
  /** The key of the draft that keeps it. */
  readonly place: string;
  readonly text: string;
  /** The key of the edit, if it was sent. */
  readonly key?: string;
}

/** Shows nothing. */
export function LostEdits({ state }: StateProps) {
  const { dispatch, drafts } = useActions();
  useEffect(() => {
    for (const { place, text, key } of lostEdits(state, drafts)) {
      drafts.keepText(place, text);
      if (key !== undefined) dispatch({ type: "discard", key });
      dispatch({ type: "show_news", news: deferredStrings.composer.editIsDraft });
    }
  }, [state.rooms, state.pending]);
  return null;
}

/** Finds the edits, begun or refused, of messages that were deleted. */
export function lostEdits(
  state: PageState,
  { begun }: Pick<Drafts, "begun">,
): readonly LostEdit[] {
  const lost: LostEdit[] = [];
  for (const draft of begun) {
    const { edit } = draft;
    const room = edit && roomOf(state, draft);
    if (edit === undefined || room === undefined || edit.epoch !== room.epoch) continue;
    if (goneIn(room, edit.seq)) lost.push({ place: draft.room, text: edit.text });
  }
  for (const entry of state.pending) {
    const { draft, status, key } = entry;
    const room = state.rooms.get(entry.room);
    if (room === undefined || status !== "refused" || isStale(entry, room)) continue;
    const gone = draft.type === "edit_message" ? goneIn(room, draft.seq) : undefined;
    if (gone === undefined || draft.type !== "edit_message") continue;
    const thread = isInRoom(gone) ? undefined : gone.thread;
    lost.push({ place: draftKeyOf(room, thread), text: draft.message, key });
  }
  return lost;
}

/** The deleted message with a `seq`, if the page has it. */
function goneIn(room: RoomState, seq: number): Message | undefined {
  const message = findMessage(room, seq);
  return message?.deleted ? message : undefined;
}
