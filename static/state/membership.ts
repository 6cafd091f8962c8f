/**
 * Rooms that the user has left, and people who no longer exist. Unsent drafts for them stay with
 * their author: they are never sent elsewhere and never lost.
 */
import { strings } from "../strings/strings.ts";
import type { Obstacle } from "./drafts.ts";
import { refuseRoom } from "./pending.ts";
import { emptyRoom, isProvisional } from "./room.ts";
import { changeRoom, dropRoom, putRoom } from "./step.ts";
import type { Intent, PageState, Pending, RoomState } from "./types.ts";

type IntentOf<T extends Intent["type"]> = Extract<Intent, { type: T }>;

/**
 * Records that the user is no longer in a room. The messages of others are deleted; the room stays
 * only to show drafts that were not sent.
 */
export function markParted(before: PageState, key: string): PageState {
  const room = before.rooms.get(key);
  if (room === undefined) return before;
  const state = refuseAll(before, key, "parted", "");
  return hasUnsent(state, key) ? putRoom(state, emptyPartedRoom(room)) : dropRoom(state, key);
}

/**
 * Records that the other person of a conversation no longer exists, before the server has created
 * the conversation.
 */
export function markReceiverGone(before: PageState, key: string): PageState {
  const name = before.rooms.get(key)?.name.slice(1) ?? "";
  const state = refuseAll(before, key, "gone", name);
  if (!hasUnsent(state, key)) return dropRoom(state, key);
  return changeRoom(state, key, (room) => ({ ...room, over: true, joining: false }));
}

/** Refuses every draft and every upload for a room. */
function refuseAll(
  state: PageState,
  key: string,
  obstacle: "parted" | "gone",
  name: string,
): PageState {
  const reason = obstacleText(obstacle, name);
  const uploads = [...state.uploads].map(([id, upload]) =>
    upload.room === key && upload.status !== "done"
      ? [id, { ...upload, status: "refused" as const, reason, obstacle }] as const
      : [id, upload] as const
  );
  return refuseRoom({ ...state, uploads: new Map(uploads) }, key, obstacle);
}

/**
 * Says why something can no longer be sent.
 *
 * @param name The other user of a conversation.
 */
export function obstacleText(obstacle: Obstacle, name: string): string {
  const text = strings.log.obstacles[obstacle];
  return typeof text === "string" ? text : text({ name });
}

/** Whether a draft or an upload for a room waits or was refused. */
export function hasUnsent({ pending, uploads }: PageState, key: string): boolean {
  return pending.some(({ room }) => room === key) ||
    [...uploads.values()].some(({ room }) => room === key);
}

function emptyPartedRoom({ name, key, kind, receiverId }: RoomState): RoomState {
  const known = { key, kind, ...(receiverId === undefined ? {} : { receiverId }) };
  return { ...emptyRoom(name, known), parted: true };
}

/** Ensures that every draft has a room in which the page shows it. */
export function withPlaces(state: PageState): PageState {
  const missing = state.pending.filter(({ room }) => !state.rooms.has(room));
  return missing.reduce((next, entry) => putRoom(next, placeOf(entry)), state);
}

/** Shows an unsent text of a closed room as an unsent message in that room. */
export function strand(state: PageState, { entry, open }: IntentOf<"strand">): PageState {
  const pending = [...state.pending, entry];
  return withPlaces({ ...state, pending, ...(open ? { current: entry.room } : {}) });
}

function placeOf({ room: key, place: { name, ...known }, obstacle }: Pending): RoomState {
  const room = emptyRoom(name, { key, ...known });
  if (obstacle === "gone") return { ...room, over: true };
  const lost = obstacle === "parted" || obstacle === "old";
  return lost && !isProvisional(room) ? { ...room, parted: true } : room;
}
