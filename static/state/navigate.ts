/** Opening rooms and moving through their logs. */
import { type History } from "../../lib/protocol/frames.ts";
import { isInRoom } from "../../lib/chat/events/message.ts";
import { type PlaceOfPage } from "../../lib/protocol/address.ts";
import { foldName } from "../../lib/protocol/names.ts";
import {
  atNewest,
  awaitPage,
  endCovers,
  findMessage,
  historyWindowCovers,
  shownTimeline,
  trim,
  withHistory,
  withoutPage,
} from "./timeline.ts";
import { foldAddress, resolve } from "./places.ts";
import { emptyRoom, markRead, provisionalKey } from "./room.ts";
import { answered, ask, changeRoom, putRoom, send, step } from "./step.ts";
import type {
  Jump,
  PageState,
  PersonRef,
  ReadingPosition,
  RoomState,
  Transition,
} from "./types.ts";
import { personNamed } from "./presence_watch.ts";
import { askToFollow, join } from "./join.ts";
import { openThread } from "./followed_threads.ts";

/** The number of messages in a page of history. */
const historyPage = 50;
/** The number of messages around the target of a jump. */
const aroundPage = 100;

/** Returns the epoch to send with a command that refers to a `seq` of a room. */
export function logOf({ epoch }: RoomState): { epoch?: string } {
  return epoch === undefined ? {} : { epoch };
}

/** Opens a room at the position where the user left it, and sets the divider above what is new. */
export function openRoom(state: PageState, id: string): PageState {
  const room = state.rooms.get(id);
  if (room === undefined) return state;
  const { divider: _old, markedUnread: marked, ...unmarked } = trim(room);
  // The user who has just marked it is still looking at it.
  const rest = marked && state.current === id ? { ...unmarked, markedUnread: marked } : unmarked;
  // For a user who has read nothing, everything is new, so the room opens at its end.
  const divided = room.unread > 0 && room.read > 0 ? { ...rest, divider: room.read } : rest;
  const opened = putRoom(state, divided);
  if (state.current === id) return opened;
  if (state.jump?.room === id) return { ...opened, current: id };
  return { ...withoutJump(opened), ...backTo(id, room), current: id };
}

function backTo(id: string, { place }: RoomState): { jump?: Jump } {
  return place === undefined ? {} : { jump: { room: id, ...place } };
}

/**
 * Goes to an address, as far as possible. An unknown room is looked up by a deferred view, and then
 * offered. Never creates a room.
 */
export function openAt(before: PageState, to: string, seq?: number): Transition {
  const { wanted: _wanted, wantedSeq: _seq, ...state } = before;
  const key = resolve(state, to);
  if (key !== undefined) {
    return seq === undefined ? followJump(openRoom(state, key)) : jumpTo(state, key, { seq });
  }
  if (to.startsWith("@")) return writeTo(state, personNamed(state, to.slice(1)));
  return step({
    ...state,
    wanted: foldAddress(to),
    ...(seq === undefined ? {} : { wantedSeq: seq }),
  });
}

/** Records what is at some addresses. A room of the user that the page did not hold is opened. */
export function onLookedUp(before: PageState, found: PageState["lookedUp"]): Transition {
  const state = { ...before, lookedUp: new Map([...before.lookedUp, ...found]) };
  const wanted = found.get(state.wanted ?? "");
  return wanted?.joined ? askToFollow(state, wanted.room_id) : step(state);
}

/** Opens the conversation with a person; the id tells two people of one name apart. */
export function writeTo(state: PageState, who: PersonRef, behind?: true): Transition {
  const name = `@${who.name}`;
  const known = [...state.rooms.values()].find((room) =>
    room.kind === "direct" &&
    (who.id === undefined
      ? !room.over && foldName(room.name) === foldName(name)
      : room.receiverId === who.id)
  );
  if (known !== undefined) return behind ? step(state) : followJump(openRoom(state, known.key));
  const key = provisionalKey(who);
  const room = emptyRoom(name, { key, ...(who.id === undefined ? {} : { receiverId: who.id }) });
  // The conversation exists on the page at once; the server is asked for its content.
  const next = putRoom(state, room);
  return join(behind ? next : openRoom(next, key), key);
}

/** Requests the page of messages before those shown, or the page after them. */
export function loadBeside(state: PageState, id: string, newer: boolean): Transition {
  const room = state.rooms.get(id);
  if (room === undefined || room.loadingHistory) return step(state);
  const { messages, more } = shownTimeline(room);
  if (newer) {
    const after = room.historyWindow?.messages.at(-1)?.seq;
    return after === undefined ? step(state) : loadPage(state, id, { after }, historyPage);
  }
  const before = messages[0]?.seq;
  if (!more) return step(state);
  return loadPage(state, id, before === undefined ? {} : { before }, historyPage);
}

function loadPage(state: PageState, id: string, place: PlaceOfPage, limit: number): Transition {
  const room = state.rooms.get(id);
  if (!state.ready || !room?.live) return step(state);
  return ask(
    putRoom(state, awaitPage(room)),
    { kind: "history", room: room.key, place },
    (key) => ({ type: "history", room_id: room.key, limit, key, ...place }),
  );
}

/** Applies a page of history, unless its request is outdated. */
export function onHistory(before: PageState, frame: History): Transition {
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  if (request?.kind !== "history") return step(before);
  const { jump } = before;
  const { place } = request;
  const wanted = place.around === undefined || place.around === jump?.seq;
  const state = changeRoom(
    answered(before, frame.key),
    frame.room_id,
    (room) => wanted ? withHistory(room, place, frame, before.me?.id) : withoutPage(room),
  );
  // A message that is not there now does not exist.
  const isMissing = jump !== undefined && place.around === jump.seq && !isThere(state, jump);
  return step(isMissing ? withoutJump(state) : state);
}

/** Records that a page of history was refused. */
export function withoutHistory(before: PageState, name: string): PageState {
  return changeRoom(withoutJump(before), name, withoutPage);
}

/** Jumps to a message: opens its room and loads the messages around it, however old it is. */
export function jumpTo(state: PageState, id: string, { seq, top }: Omit<Jump, "room">): Transition {
  const jumping = { ...state, jump: { room: id, seq, ...(top === undefined ? {} : { top }) } };
  if (!state.rooms.has(id)) return step(state);
  // In the open room the divider stays: it may be what the user jumps to.
  return followJump(state.current === id ? jumping : openRoom(jumping, id));
}

/** Loads the target of the jump if it is not loaded yet. */
export function followJump(state: PageState): Transition {
  const { jump } = state;
  const room = jump && state.rooms.get(jump.room);
  if (jump === undefined || room === undefined) return step(withoutJump(state));
  if (!room.loaded) return step(state);
  if (endCovers(room, jump.seq)) {
    const { historyWindow: _historyWindow, ...atEnd } = room;
    return step(room.historyWindow === undefined ? state : putRoom(state, atEnd));
  }
  if (historyWindowCovers(room, jump.seq)) return step(state);
  return loadPage(forgetPages(state, room), jump.room, { around: jump.seq }, aroundPage);
}

/**
 * Leads a jump to a reply that only a thread shows into the thread: it opens at the reply, and the log
 * goes to the root. Whatever has asked for the jump need not know what kind of message it leads to.
 */
export function intoThread(state: PageState): Transition {
  const { jump } = state;
  const room = jump && state.rooms.get(jump.room);
  const reply = room && jump.top === undefined ? findMessage(room, jump.seq) : undefined;
  if (reply?.thread === undefined || isInRoom(reply)) return step(state);
  const thread = { room: reply.room_id, seq: reply.thread };
  return followJump({ ...openThread(state, { ...thread, at: reply.seq }), jump: thread });
}

/** Cancels the pending page of history: the user jumps elsewhere. */
function forgetPages(state: PageState, { key }: RoomState): PageState {
  const requests = [...state.requests].filter(([, request]) =>
    request.kind !== "history" || request.room !== key
  );
  return { ...state, requests: new Map(requests) };
}

function isThere(state: PageState, { room: id, seq }: Jump): boolean {
  const room = state.rooms.get(id);
  return room !== undefined && (endCovers(room, seq) || historyWindowCovers(room, seq));
}

/** Ends the jump. */
export function withoutJump(state: PageState): PageState {
  const { jump: _jump, ...rest } = state;
  return rest;
}

/** Returns to the reading position after a new page has replaced the loaded messages. */
export function returnToPlace(state: PageState, id: string): Transition {
  const room = state.rooms.get(id);
  const back = state.jump === undefined && state.current === id && room !== undefined
    ? { ...state, ...backTo(id, room) }
    : state;
  return back.jump?.room === id ? followJump(back) : step(back);
}

/** Leaves the history and shows the end of a room. */
export function goToNewest(state: PageState, id: string): PageState {
  const room = state.rooms.get(id);
  if (room === undefined) return state;
  return putRoom(withoutJump(forgetPages(state, room)), withoutPage(atNewest(room)));
}

/** Records the reading position in a room; `undefined` means its end. */
export function setPlace(state: PageState, id: string, place?: ReadingPosition): PageState {
  if (place === undefined && state.rooms.get(id)?.place === undefined) return state;
  return changeRoom(state, id, ({ place: _old, ...room }) => ({
    ...room,
    ...(place === undefined ? {} : { place }),
  }));
}

/**
 * Records that messages were in view: moves the read mark here and on the user's other devices.
 *
 * @param upTo The last message in view; the whole room without it.
 */
export function seen(state: PageState, id: string, upTo?: number): Transition {
  const room = state.rooms.get(id);
  if (!state.ready || !room?.live || room.markedUnread) return step(state);
  const seq = Math.min(upTo ?? room.seq, room.seq);
  if (seq <= room.read) return step(state);
  const read = putRoom(state, trim(markRead(room, seq, state.me)));
  return step(read, send({ type: "read", room_id: room.key, seq, ...logOf(room) }));
}
