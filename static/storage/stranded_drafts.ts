/**
 * Moves unsent texts out of rooms that the user has left and conversations that are over. Such a
 * room has no composer that could show the text, so the log shows it as an unsent message.
 *
 * @module
 */
import type { Drafts } from "./drafts.ts";
import { newKey } from "../util/uuid.ts";
import type { Intent, PageState } from "../state/reducer.ts";
import { draftKeyOf } from "../state/room.ts";
import type { Draft, Pending } from "../state/drafts.ts";
import type { RoomState } from "../state/types.ts";

interface StrandedDraftsOptions {
  readonly drafts: Pick<Drafts, "begun" | "set" | "answer" | "setEdit">;
  readonly dispatch: (intent: Intent) => void;
}

type RoomMap = PageState["rooms"];

/** @returns A listener for every new state. */
export function watchStrandedDrafts(
  { drafts, dispatch }: StrandedDraftsOptions,
): (state: PageState) => void {
  let before: Pick<PageState, "rooms" | "current"> = { rooms: new Map() };
  return (state) => {
    const { ready, rooms } = state;
    const { rooms: known, current } = before;
    before = state;
    // Until the server has listed the rooms, a missing room is only unknown.
    if (!ready || known === rooms) return;
    for (const { room: id, text, edit } of drafts.begun) {
      const room = roomOf(rooms, id) ?? roomOf(known, id);
      if (room === undefined || !isClosed(room, rooms)) continue;
      drafts.set(id, "");
      drafts.answer(id);
      drafts.setEdit(id);
      const strand = (entry: Pending) =>
        dispatch({ type: "strand", entry, open: current === room.key });
      if (text.trim() !== "") {
        strand(strandedEntry(room, { type: "room_message", message: text.trim() }));
      }
      if (edit !== undefined) {
        const { seq, epoch, text: message } = edit;
        const entry = strandedEntry(room, { type: "edit_message", seq, message: message.trim() });
        strand({ ...entry, ...(epoch === undefined ? {} : { epoch }) });
      }
    }
  };
}

function roomOf(rooms: RoomMap, id: string): RoomState | undefined {
  return rooms.get(id) ??
    (id.startsWith("@") ? [...rooms.values()].find((room) => draftKeyOf(room) === id) : undefined);
}

/**
 * Whether nothing can be written in a room any more. A conversation that is not loaded is only out
 * of sight: its unsent text stays.
 */
function isClosed(room: RoomState, rooms: RoomMap): boolean {
  return room.parted === true || room.over === true ||
    (room.kind !== "direct" && !rooms.has(room.key));
}

function strandedEntry(
  { key: room, name, kind, receiverId, over }: RoomState,
  draft: Draft,
): Pending {
  return {
    key: newKey(),
    room,
    place: { name, kind, ...(receiverId === undefined ? {} : { receiverId }) },
    at: Date.now(),
    draft,
    status: "refused" as const,
    obstacle: over ? "gone" as const : "parted" as const,
  };
}
