/** What each frame of the server changes. */
import {
  type ErrorFrame,
  foldRoom,
  type Joined,
  type Notice,
  type RoomEvent,
  type SearchResults,
  type ServerFrame,
} from "../../lib/protocol.ts";
import { acknowledge, flush, refused, refuseRoom } from "./pending.ts";
import { heardGuest, onOrderFrame, putOut, setPerson, silenced, waiting } from "./people.ts";
import {
  applyEvent,
  emptyRoom,
  isMessage,
  isOwn,
  joinedRoom,
  markRead,
  roomOf,
  samePerson,
} from "./room.ts";
import { trim } from "./parts.ts";
import { answered, changeRoom, dropRoom, putRoom, step, then } from "./step.ts";
import type { Pending, Room, State, Step } from "./types.ts";
import { tell } from "./told.ts";
import { onHistory, openRoom, returnToPlace, withoutHistory } from "./navigate.ts";
import { onWatching, onWatchRefused } from "./watch.ts";
import { join, onWelcome } from "./welcome.ts";

/** How long somebody counts as typing after they last said so. */
const typingFor = 6_000;
/** How long to wait before joining again when the server does not say. */
const rejoinAfter = 2_000;

/** Takes in one frame. */
export function onFrame(state: State, frame: ServerFrame, at: number): Step {
  switch (frame.type) {
    case "welcome":
      return onWelcome(state, frame);
    case "joined":
      return onJoined(state, frame);
    case "history":
      return onHistory(state, frame);
    case "search_results":
      return step(onSearchResults(state, frame));
    case "room_message":
    case "private_message":
    case "message_edited":
    case "message_deleted":
    case "reaction":
      return onEvent(state, frame, at);
    case "left":
      return step(onLeft(state, frame));
    case "rooms":
      return step({ ...answered(state, frame.key), listing: frame.rooms });
    case "members":
      return step(changeRoom(state, frame.room, (room) => ({ ...room, members: frame.members })));
    case "read":
      return step(
        changeRoom(state, frame.room, (room) => markRead(room, frame.seq, state.me.name)),
      );
    case "level":
      return step(
        changeRoom(answered(state, frame.key), frame.room, (room) => ({
          ...room,
          level: frame.level,
        })),
      );
    case "presence":
      return step(setPerson(state, frame));
    case "watching":
      return onWatching(state, frame);
    case "typing":
      return onTyping(heardGuest(state, frame.name, frame.guest), frame.room, frame.name, at);
    case "member_joined":
      return onMemberJoined(
        heardGuest(state, frame.name, frame.guest),
        frame.room,
        frame.name,
        frame.key,
      );
    case "member_left":
      return step(onMemberLeft(answered(state, frame.key), frame.room, frame.name));
    case "room_changed":
    case "role_changed":
    case "muted":
    case "banned":
    case "unbanned":
    case "bans":
    case "blocks":
    case "moderation_log":
      return step(onOrderFrame(state, frame, at));
    case "pong":
      return step(answered(state, frame.key));
    case "error":
      return onError(state, frame, at);
    default:
      // A newer server may say more than this page knows: that is no reason to fail.
      return frame satisfies never, step(state);
  }
}

function onJoined(before: State, frame: Joined): Step {
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  const state = answered(before, frame.key);
  const id = foldRoom(frame.room);
  const held = state.rooms.get(id) ?? emptyRoom(frame.room, frame.kind);
  const after = request?.kind === "join" ? request.after : undefined;
  const resumed = after !== undefined && after <= held.seq && !frame.truncated;
  const room = joinedRoom(held, frame, resumed, state.me.name);
  const known = frame.messages.reduce(acknowledge, putRoom(state, room));
  const arrived = then(flush(known, id), (next) => arriveAt(next, id));
  return then(arrived, (next) => returnToPlace(next, id));
}

/** Opens a room that somebody asked for before it was known. */
function arriveAt(state: State, id: string): Step {
  if (state.wanted !== id) return step(state);
  const { wanted: _wanted, ...rest } = state;
  return step(openRoom(rest, id));
}

function onEvent(before: State, event: RoomEvent, at: number): Step {
  const heard = heardGuest(before, event.sender, event.guest);
  const name = roomOf(event, before.me.name);
  const state = slowed(acknowledge(heard, event), event, name, at);
  const held = state.rooms.get(foldRoom(name));
  if (held === undefined || held.over) {
    const room = emptyRoom(name);
    const joining = join(putRoom(state, unseen(room, event, state)), name);
    return { ...joining, effects: [...joining.effects, ...tell(state, room, event)] };
  }
  // What comes before the answer to `join` is in that answer, or follows it.
  if (!held.loaded) {
    return step(putRoom(state, unseen(held, event, state)), ...tell(state, held, event));
  }
  const { room, outcome } = applyEvent(held, event, state.me.name);
  switch (outcome) {
    case "known":
      return step(state);
    case "applied":
      return step(putRoom(state, trim(room)), ...tell(state, room, event));
    case "gap":
      return held.joining ? step(state) : join(state, name);
    default:
      return outcome satisfies never;
  }
}

/** After each message of one's own in a slow room one has to wait. */
function slowed(state: State, event: RoomEvent, room: string, at: number): State {
  if (!isMessage(event) || !isOwn(event, state.me.name)) return state;
  return waiting(state, room, ({ slowSeconds = 0 }) => at + slowSeconds * 1_000);
}

/** Counts a message of a room whose log is not here yet, so that its badge shows at once. */
function unseen(room: Room, event: RoomEvent, state: State): Room {
  if (!isMessage(event) || isOwn(event, state.me.name)) return room;
  return { ...room, unread: room.unread + 1 };
}

function onSearchResults(before: State, frame: SearchResults): State {
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  const state = answered(before, frame.key);
  const { search } = state;
  // The answer to a question that nobody asks any more.
  if (search === undefined || request?.kind !== "search" || request.terms !== search.terms) {
    return state;
  }
  const hits = request.more ? [...search.hits, ...frame.messages] : frame.messages;
  const { next: _next, ...rest } = search;
  const next = frame.next === undefined ? {} : { next: frame.next };
  return { ...state, search: { ...rest, ...next, hits, busy: false, more: frame.more } };
}

function onLeft(before: State, { room, key, by }: Extract<Notice, { type: "left" }>): State {
  const asked = key !== undefined && before.requests.has(key);
  const known = before.rooms.has(foldRoom(room));
  const state = dropRoom(answered(before, key), room);
  return known && !asked ? putOut(state, room, by) : state;
}

function onTyping(state: State, name: string, person: string, at: number): Step {
  if (samePerson(person, state.me.name)) return step(state);
  const until = at + typingFor;
  const next = changeRoom(
    state,
    name,
    (room) => ({ ...room, typing: new Map(room.typing).set(person, until) }),
  );
  return step(next, { type: "later", ms: typingFor, action: { type: "tick", at: until } });
}

function onMemberJoined(before: State, name: string, person: string, key?: string): Step {
  const state = answered(before, key);
  if (samePerson(person, state.me.name) && !state.rooms.has(foldRoom(name))) {
    return join(state, name);
  }
  return step(changeRoom(state, name, (room) => withMember(room, person)));
}

function withMember(room: Room, person: string): Room {
  if (room.members.some((name) => samePerson(name, person))) return room;
  return { ...room, members: [...room.members, person] };
}

function onMemberLeft(state: State, name: string, person: string): State {
  if (samePerson(person, state.me.name)) return dropRoom(state, name);
  return changeRoom(state, name, (room) => ({
    ...room,
    members: room.members.filter((other) => !samePerson(other, person)),
  }));
}

function onError(before: State, frame: ErrorFrame, at: number): Step {
  const { key } = frame;
  const entry = before.pending.find((one) => one.key === key);
  if (entry !== undefined) return refused(heeded(before, entry, frame, at), entry, frame);
  const request = key === undefined ? undefined : before.requests.get(key);
  const state = answered(before, key);
  switch (request?.kind) {
    case undefined:
      // A notice of typing or reading that is refused is nobody's concern.
      return step(key === undefined && isPassing(frame) ? state : told(state, frame));
    case "join":
      return onJoinError(state, request.room, frame);
    case "leave":
      return step(
        frame.code === "not_a_member" ? dropRoom(state, request.room) : told(state, frame),
      );
    case "history":
      return step(told(withoutHistory(state, request.room), frame));
    case "search":
      return step(told(stopSearch(state), frame));
    case "create":
    case "invite":
      return step(told(unwanted(state), frame));
    case "order":
      return step(told(state, frame));
    case "watch":
      return onWatchRefused(state, frame);
    default:
      return request satisfies never;
  }
}

/** A refusal says until when it holds. */
function heeded(state: State, entry: Pending, frame: ErrorFrame, at: number): State {
  const { code, retry_after = 0 } = frame;
  if (code === "muted") return silenced(state, at + retry_after);
  if (code !== "rate_limited") return state;
  return waiting(state, entry.draft.room, () => at + retry_after);
}

function isPassing(frame: ErrorFrame): boolean {
  return frame.code === "rate_limited" || frame.code === "try_again";
}

function onJoinError(before: State, name: string, frame: ErrorFrame): Step {
  const state = changeRoom(before, name, (room) => ({ ...room, joining: false }));
  if (isPassing(frame)) {
    const ms = frame.retry_after ?? rejoinAfter;
    return step(state, { type: "later", ms, action: { type: "rejoin", room: name } });
  }
  const id = foldRoom(name);
  const left = refuseRoom(state, id, frame.message);
  const keep = left.pending.some((entry) => entry.room === id);
  return step(told(unwanted(keep ? left : dropRoom(left, name)), frame));
}

function told(state: State, frame: ErrorFrame): State {
  return { ...state, notice: frame.message };
}

function unwanted(state: State): State {
  const { wanted: _wanted, ...rest } = state;
  return rest;
}

function stopSearch(state: State): State {
  return state.search === undefined
    ? state
    : { ...state, search: { ...state.search, busy: false } };
}
