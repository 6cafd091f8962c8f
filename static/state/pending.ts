/**
 * Drafts on their way. Each has a key chosen before it is first sent; the server stores a key
 * once, so that sending it again after a lost connection can never show a message twice.
 */
import { type ErrorFrame, foldRoom, type RoomEvent } from "../../lib/protocol.ts";
import { emptyRoom, isOwn } from "./room.ts";
import { each, putRoom, send, step } from "./step.ts";
import type { Pending, State, Step, UploadChange } from "./types.ts";
import { change, completed, detach, isComplete, tryAgain } from "./uploads.ts";
import { join } from "./welcome.ts";

/** How long to wait before sending again when the server does not say. */
const retryAfter = 2_000;

/** Adds a draft under its key, and sends it if the line is there. */
export function addPending(state: State, entry: Omit<Pending, "room" | "status">): Step {
  const room = foldRoom(entry.draft.room);
  const added = completed(state, { ...entry, room, status: "waiting" });
  return flush({ ...state, pending: [...state.pending, added] }, room);
}

/** Takes in what became of a file on its way; a draft that waited for it may go. */
export function uploaded(before: State, id: string, news: UploadChange): Step {
  const state = change(before, id, news);
  const entry = state.pending.find((one) => one.uploads?.includes(id));
  if (entry === undefined) return step(state);
  if (news.status === "refused") return step(lost(state, entry.key, news.reason ?? ""));
  if (news.status !== "done") return step(state);
  const pending = changed(state, entry.key, (one) => completed(state, one));
  return flush({ ...state, pending }, entry.room);
}

/** A draft cannot be sent, for a reason that is not the server's. */
export function lost(state: State, key: string, reason: string): State {
  return { ...state, pending: changed(state, key, (one) => refuse(one, reason)) };
}

/**
 * Sends what waits for a room, oldest first, under the keys it has. Does nothing before the room
 * was joined on the present connection: only then is it known what was stored already.
 */
export function flush(state: State, room: string): Step {
  if (!state.ready || !state.rooms.get(room)?.live) return step(state);
  const due = state.pending.filter((entry) =>
    entry.room === room && entry.status === "waiting" && isComplete(entry)
  );
  if (due.length === 0) return step(state);
  const pending = state.pending.map((entry) =>
    due.includes(entry) ? { ...entry, status: "sent" as const } : entry
  );
  return step(
    { ...state, pending },
    ...due.map((entry) => send({ ...entry.draft, key: entry.key })),
  );
}

/** Adds drafts that were left behind by a page that is gone, each under the key it has. */
export function adopt(state: State, left: readonly Pending[]): Step {
  const known = new Set(state.pending.map(({ key }) => key));
  const added = stillPending(state, left).filter(({ key }) => !known.has(key));
  const next = { ...state, pending: [...state.pending, ...added] };
  const rooms = new Map(added.map(({ room, draft }) => [room, draft.room]));
  return each(
    step(next),
    rooms,
    (now, [id, name]) => now.rooms.has(id) ? flush(now, id) : join(withRoom(now, name), name),
  );
}

function withRoom(state: State, name: string): State {
  return putRoom(state, emptyRoom(name));
}

/** The drafts that no message held already acknowledges. They wait: nothing was sent yet here. */
export function stillPending(state: State, kept: readonly Pending[]): readonly Pending[] {
  const stored = (entry: Pending) =>
    state.rooms.get(entry.room)?.messages.some((message) =>
      message.key === entry.key && isOwn(message, state.me.name)
    );
  return unsent(kept.filter((entry) => !stored(entry)));
}

/** An event of one's own under a key acknowledges what is pending under it, however old it is. */
export function acknowledge(state: State, event: RoomEvent): State {
  if (event.key === undefined || !isOwn(event, state.me.name)) return state;
  return discard(state, event.key);
}

/** Forgets a draft. */
export function discard(state: State, key: string): State {
  const gone = state.pending.find((entry) => entry.key === key);
  if (gone === undefined) return state;
  const pending = state.pending.filter((entry) => entry !== gone);
  return detach({ ...state, pending }, gone.uploads);
}

/** Lets a refused draft be sent again, under the key it has. */
export function retry(state: State, key: string): Step {
  const entry = state.pending.find((one) => one.key === key);
  if (entry === undefined) return step(state);
  const again = tryAgain(state, entry.uploads);
  return flush({ ...again, pending: changed(again, key, waiting) }, entry.room);
}

/** What was sent on a line that is gone waits for the next one. */
export function unsent(pending: readonly Pending[]): readonly Pending[] {
  return pending.map((entry) => entry.status === "sent" ? waiting(entry) : entry);
}

/**
 * Takes in the refusal of a draft. A server that is short of breath gets it again later; anything
 * else is shown with its reason, and the person decides.
 */
export function refused(state: State, entry: Pending, frame: ErrorFrame): Step {
  if (frame.code === "try_again" || frame.code === "rate_limited") {
    const later = { ...state, pending: changed(state, entry.key, waiting) };
    const ms = frame.retry_after ?? retryAfter;
    return step(later, { type: "later", ms, action: { type: "flush", room: entry.room } });
  }
  // A reaction or a deletion has no text that could be lost: saying why is enough.
  if (entry.draft.type === "react" || entry.draft.type === "delete_message") {
    return step({ ...discard(state, entry.key), notice: frame.message });
  }
  return step({
    ...state,
    pending: changed(state, entry.key, (one) => refuse(one, frame.message)),
  });
}

/** Refuses everything that waits for a room that cannot be entered. */
export function refuseRoom(state: State, room: string, reason: string): State {
  const pending = state.pending.map((one) => one.room === room ? refuse(one, reason) : one);
  return { ...state, pending };
}

function changed(state: State, key: string, change: (entry: Pending) => Pending) {
  return state.pending.map((entry) => entry.key === key ? change(entry) : entry);
}

function waiting(entry: Pending): Pending {
  const { reason: _reason, ...rest } = entry;
  return { ...rest, status: "waiting" };
}

function refuse(entry: Pending, reason: string): Pending {
  return { ...entry, status: "refused", reason };
}
