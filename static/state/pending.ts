/**
 * Unacknowledged drafts. Each has a key, chosen before it is first sent. The server stores a key
 * once, so a draft sent again after a lost connection never appears twice.
 */
import type { ErrorFrame, RoomEvent } from "../../lib/protocol/frames.ts";
import type { ErrorCode } from "../../lib/protocol/errors.ts";
import { findMessage } from "./timeline.ts";
import { gistOf, isOwn } from "./room.ts";
import { changeRoom, send, step } from "./step.ts";
import type {
  Draft,
  DraftSubject,
  Intent,
  Obstacle,
  PageState,
  Pending,
  RoomState,
  Transition,
  UploadChange,
} from "./types.ts";
import { change, completed, detach, isComplete, tryAgain } from "./uploads.ts";

/** How long to wait before retrying if the server does not say, in ms. */
const retryAfter = 2_000;

/** Adds a draft under its key, and sends it if the connection is open. */
export function addPending(
  state: PageState,
  intent: Extract<Intent, { type: "send" }>,
): Transition {
  const { type: _type, epoch, ...entry } = intent;
  const room = state.rooms.get(entry.room);
  if (room === undefined) return step(state);
  const { name, kind, receiverId } = room;
  const target = targetOf(entry.draft);
  const about = entry.about ?? (target === undefined ? undefined : aboutOf(room, target));
  const log = target === undefined ? undefined : epoch ?? room.epoch;
  const added = completed(state, {
    ...entry,
    place: { name, kind, ...(receiverId === undefined ? {} : { receiverId }) },
    ...(about === undefined ? {} : { about }),
    ...(log === undefined ? {} : { epoch: log }),
    status: "waiting",
  });
  return flush({ ...state, pending: [...state.pending, added] }, room.key);
}

/** The `seq` of the message that a draft refers to; it is valid in one epoch only. */
export function targetOf(draft: Draft): number | undefined {
  return draft.type === "room_message" ? draft.reply_to ?? draft.forward?.seq : draft.seq;
}

function aboutOf(room: RoomState, seq: number): DraftSubject | undefined {
  const message = findMessage(room, seq);
  return message === undefined ? undefined : { sender: message.sender, text: gistOf(message) };
}

/** Whether a draft refers to a message of another log than the room's present one. */
export function isStale({ epoch }: Pending, room: RoomState | undefined): boolean {
  return epoch !== undefined && room?.epoch !== undefined && epoch !== room.epoch;
}

/** Applies a change of an upload; a draft that waited for it may now be sent. */
export function uploaded(before: PageState, id: string, news: UploadChange): Transition {
  const state = change(before, id, news);
  const entry = state.pending.find((one) => one.uploads?.includes(id));
  if (entry === undefined) return step(state);
  if (news.status === "refused") {
    return step(lost(state, entry.key, news.reason ?? "", news.obstacle));
  }
  if (news.status !== "done") return step(state);
  const pending = changed(state, entry.key, (one) => completed(state, one));
  return flush({ ...state, pending }, entry.room);
}

/** Refuses a draft for a reason that the page has found. */
export function lost(
  state: PageState,
  key: string,
  reason: string,
  obstacle?: Obstacle,
): PageState {
  return { ...state, pending: changed(state, key, (one) => refuse(one, reason, obstacle)) };
}

/**
 * Sends the waiting drafts of a room, the oldest first. Does nothing before the room is joined on
 * the present connection: only then does the page know what the server has stored already.
 */
export function flush(before: PageState, key: string): Transition {
  const room = before.rooms.get(key);
  if (!before.ready || !room?.live) return step(before);
  const state = withoutStale(before, room);
  const due = state.pending.filter((entry) =>
    entry.room === key && entry.status === "waiting" && isComplete(entry)
  );
  if (due.length === 0) return step(state);
  const pending = state.pending.map((entry) =>
    due.includes(entry) ? { ...entry, status: "sent" as const } : entry
  );
  return step({ ...state, pending }, ...due.map((entry) => send(frameOf(entry))));
}

/**
 * Builds the command of a draft: addressed by room id, and to one epoch if it refers to a message.
 */
function frameOf({ draft, room: room_id, key, epoch }: Pending) {
  return { ...draft, room_id, key, ...(epoch === undefined ? {} : { epoch }) };
}

function withoutStale(state: PageState, room: RoomState): PageState {
  const isDue = (one: Pending) =>
    one.room === room.key && one.status === "waiting" && isStale(one, room);
  if (!state.pending.some(isDue)) return state;
  const pending = state.pending.map((one) => isDue(one) ? refuse(one, "", "stale") : one);
  return { ...state, pending };
}

/**
 * Returns the drafts that no loaded message acknowledges. They wait: this page has sent none of
 * them.
 */
export function stillPending(state: PageState, saved: readonly Pending[]): readonly Pending[] {
  const isStored = (entry: Pending) =>
    state.rooms.get(entry.room)?.messages.some((message) =>
      message.key === entry.key && isOwn(message, state.me)
    );
  return unsent(saved.filter((entry) => !isStored(entry)));
}

/**
 * Returns the event as its sender knows it: nobody but its key tells the page that a vote in an
 * anonymous poll is the user's own.
 */
export function withOwnVote(state: PageState, event: RoomEvent): RoomEvent {
  if (event.type !== "poll_voted" || !event.anonymous) return event;
  const draft = state.pending.find(({ key }) => key === event.key)?.draft;
  if (draft?.type !== "vote") return event;
  const { name: sender, id: sender_id = "" } = state.me;
  return { ...event, sender, sender_id, options: draft.options };
}

/** Removes the pending draft that an event of the user acknowledges by its key. */
export function acknowledge(state: PageState, event: RoomEvent): PageState {
  if (event.key === undefined || !isOwn(event, state.me)) return state;
  return discard(state, event.key);
}

/** Discards a draft. */
export function discard(state: PageState, key: string): PageState {
  const gone = state.pending.find((entry) => entry.key === key);
  if (gone === undefined) return state;
  const pending = state.pending.filter((entry) => entry !== gone);
  return detach({ ...state, pending }, gone.uploads);
}

/** Whether the user may send a refused draft again. */
export function mayRetry({ obstacle, draft }: Pending, room: RoomState | undefined): boolean {
  if (room === undefined || room.parted || room.over || obstacle === "old") return false;
  // An answer without its message is still a message; an edit, a deletion or a copy is not.
  return obstacle !== "stale" || (draft.type === "room_message" && draft.forward === undefined);
}

/** Sends a refused draft again, under its key. */
export function retry(state: PageState, key: string): Transition {
  const entry = state.pending.find((one) => one.key === key);
  if (entry === undefined || !mayRetry(entry, state.rooms.get(entry.room))) return step(state);
  const again = tryAgain(state, entry.uploads);
  return flush({ ...again, pending: changed(again, key, anew) }, entry.room);
}

function anew(entry: Pending): Pending {
  const { draft, epoch: _epoch, about: _about, ...rest } = entry;
  if (entry.obstacle !== "stale" || draft.type !== "room_message") return waiting(entry);
  const { reply_to: _reply, ...said } = draft;
  return waiting({ ...rest, draft: said });
}

/** Makes drafts that were sent on a lost connection wait for the next one. */
export function unsent(pending: readonly Pending[]): readonly Pending[] {
  return pending.map((entry) => entry.status === "sent" ? waiting(entry) : entry);
}

/**
 * Applies the refusal of a draft. If the server is overloaded, the page retries later; otherwise it
 * shows the reason, and the user decides.
 */
export function refused(state: PageState, entry: Pending, frame: ErrorFrame): Transition {
  if (frame.code === "try_again" || frame.code === "rate_limited") {
    const later = { ...state, pending: changed(state, entry.key, waiting) };
    const ms = frame.retry_after ?? retryAfter;
    return step(later, { type: "later", ms, action: { type: "flush", room: entry.room } });
  }
  const obstacle = obstacleOf(frame.code);
  // A reaction or a deletion has no text that could be lost: the reason is enough.
  const isText = entry.draft.type === "room_message" || entry.draft.type === "edit_message";
  if (!isText && obstacle === undefined) {
    return step({ ...discard(state, entry.key), notice: frame.message });
  }
  const refusing = lost(
    // The user sees both texts: the next time theirs replaces the other.
    frame.code === "edit_conflict" ? withoutBase(state, entry.key) : state,
    entry.key,
    frame.message,
    obstacle,
  );
  if (obstacle === "gone") {
    return step(refuseRoom(changeRoom(refusing, entry.room, ended), entry.room, "gone"));
  }
  return step(refusing);
}

function withoutBase(state: PageState, key: string): PageState {
  const pending = changed(state, key, (entry) => ({
    ...entry,
    draft: { ...entry.draft, based_on: undefined },
  }));
  return { ...state, pending };
}

function ended(room: RoomState): RoomState {
  return room.kind === "direct" ? { ...room, over: true } : room;
}

/** Returns the obstacle that an error code stands for, if any. */
export function obstacleOf(code: ErrorCode): Obstacle | undefined {
  switch (code) {
    case "no_such_room":
    case "not_a_member":
      return "parted";
    case "no_such_user":
      return "gone";
    case "stale_epoch":
      return "stale";
    default:
      return undefined;
  }
}

/** Refuses every waiting draft for a room that accepts nothing any more. */
export function refuseRoom(state: PageState, room: string, obstacle: Obstacle): PageState {
  if (!state.pending.some((one) => one.room === room && one.status !== "refused")) return state;
  const pending = state.pending.map((one) =>
    one.room === room && one.status !== "refused" ? refuse(one, "", obstacle) : one
  );
  return { ...state, pending };
}

function changed(state: PageState, key: string, change: (entry: Pending) => Pending) {
  return state.pending.map((entry) => entry.key === key ? change(entry) : entry);
}

function waiting(entry: Pending): Pending {
  const { reason: _reason, obstacle: _obstacle, ...rest } = entry;
  return { ...rest, status: "waiting" };
}

function refuse(entry: Pending, reason: string, obstacle?: Obstacle): Pending {
  const { obstacle: _obstacle, ...rest } = entry;
  const refused = { ...rest, status: "refused" as const, reason };
  return obstacle === undefined ? refused : { ...refused, obstacle };
}
