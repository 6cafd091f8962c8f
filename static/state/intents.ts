/** What each wish of a person changes, and what is sent for it. */
import { foldRoom } from "../../lib/protocol.ts";
import {
  followJump,
  goToNewest,
  jumpTo,
  loadBeside,
  openRoom,
  seen,
  setPlace,
  withoutJump,
} from "./navigate.ts";
import { order } from "./people.ts";
import { addPending, discard, flush, lost, retry, uploaded } from "./pending.ts";
import { emptyRoom } from "./room.ts";
import { ask, changeRoom, dropRoom, putRoom, send, step, then } from "./step.ts";
import type { Composing, Draft, Intent, Room, SearchTerms, State, Step, Who } from "./types.ts";
import { attach, detach, tryAgain } from "./uploads.ts";
import { askToWatch, look } from "./watch.ts";
import { join } from "./welcome.ts";

/** Takes in one intent. */
export function onIntent(state: State, intent: Intent): Step {
  switch (intent.type) {
    case "open":
      return onOpen(state, intent.room);
    case "send":
      return onSend(state, intent);
    case "retry":
      return onRetry(state, intent.key);
    case "discard":
      return step(discard(state, intent.key));
    case "attach":
      return step(attach(state, intent.upload));
    case "detach":
      return step(detach(state, [intent.id]));
    case "upload":
      return uploaded(state, intent.id, intent.change);
    case "retry_upload":
      return step(tryAgain(state, [intent.id]));
    case "upload_lost":
      return step(lost(state, intent.key, intent.reason));
    case "flush":
      return flush(state, intent.room);
    case "join":
      return onJoin(state, intent.room);
    case "rejoin":
      return state.rooms.has(foldRoom(intent.room)) ? join(state, intent.room) : step(state);
    case "decline":
      return step(withoutWish(state));
    case "leave":
      return onLeave(state, intent.room);
    case "create":
      return onCreate(state, intent);
    case "invite":
      return onInvite(state, intent.room, intent.name);
    case "browse":
      return step(state, ...(state.ready ? [send({ type: "list_rooms" })] : []));
    case "history":
      return loadBeside(state, foldRoom(intent.room), intent.newer === true);
    case "search":
      return onSearch(state, intent.terms);
    case "search_more":
      return searchMore(state);
    case "search_close":
      return step(closeSearch(state));
    case "jump":
      return jumpTo(state, foldRoom(intent.room), intent);
    case "jumped":
      return step(withoutJump(state));
    case "newest":
      return step(goToNewest(state, foldRoom(intent.room)));
    case "place":
      return step(setPlace(state, foldRoom(intent.room), intent.place));
    case "seen":
      return seen(state, foldRoom(intent.room), intent.seq);
    case "typing":
      return whenLive(state, intent.room, (room) => step(state, sayTyping(room)));
    case "active":
      return step(state, ...(state.ready ? [send({ type: "presence", state: "online" })] : []));
    case "compose":
      return step(compose(state, intent.room, intent.composing));
    case "tick":
      return step(onTick(state, intent.at));
    case "level":
      return setLevel(state, intent);
    case "order":
      return order(state, intent.order);
    case "person":
      return step(showPerson(state, intent.who));
    case "look":
      return step(look(state, intent.view, intent.names));
    case "watch":
      return askToWatch(state, intent.again);
    case "tell":
      return step({ ...state, news: intent.news });
    case "dismiss":
      return step(withoutNotice(state));
    default:
      return intent satisfies never;
  }
}

function onOpen(state: State, name: string): Step {
  const id = foldRoom(name);
  if (state.rooms.has(id)) return followJump(openRoom(state, id));
  if (!name.startsWith("@")) return step({ ...state, wanted: id });
  // A conversation exists as soon as somebody thinks of it; the server is asked what it holds.
  return join(openRoom(putRoom(state, emptyRoom(name)), id), name);
}

function onJoin(state: State, name: string): Step {
  const id = foldRoom(name);
  if (state.rooms.has(id)) return followJump(openRoom(state, id));
  return join({ ...state, wanted: id }, name);
}

function onSend(state: State, intent: Extract<Intent, { type: "send" }>): Step {
  const { type: _type, ...entry } = intent;
  return addPending(afterSending(state, entry.draft), entry);
}

function onRetry(state: State, key: string): Step {
  const entry = state.pending.find((one) => one.key === key);
  const room = entry === undefined ? undefined : state.rooms.get(entry.room);
  const next = retry(state, key);
  // A room that refused to be joined may let us in now; what waits is sent after that.
  return room === undefined || room.live ? next : then(next, (s) => join(s, room.name));
}

function onLeave(state: State, name: string): Step {
  const room = state.rooms.get(foldRoom(name));
  if (room === undefined || !state.ready) return step(state);
  // One does not leave a conversation; it only goes out of sight until somebody writes.
  if (room.kind === "direct") return step(dropRoom(state, name));
  return ask(state, { kind: "leave", room: name }, (key) => ({ type: "leave", room: name, key }));
}

function onCreate(state: State, intent: Extract<Intent, { type: "create" }>): Step {
  if (!state.ready) return step(state);
  const { type: _type, ...fields } = intent;
  return ask(
    { ...state, wanted: foldRoom(intent.room) },
    { kind: "create", room: intent.room },
    (key) => ({ type: "create_room", key, ...fields }),
  );
}

function onInvite(state: State, room: string, name: string): Step {
  if (!state.ready) return step(state);
  return ask(state, { kind: "invite", room }, (key) => ({ type: "invite", room, name, key }));
}

function onSearch(state: State, terms: SearchTerms): Step {
  const searching = { terms, busy: state.ready, hits: [], more: false };
  const next = { ...state, search: searching };
  if (!state.ready || terms.query === "") {
    return step({ ...next, search: { ...searching, busy: false } });
  }
  return ask(
    next,
    { kind: "search", terms, more: false },
    (key) => ({ type: "search", ...terms, key }),
  );
}

function searchMore(state: State): Step {
  const { search } = state;
  if (!state.ready || search?.next === undefined || search.busy) return step(state);
  const { terms, next } = search;
  return ask(
    { ...state, search: { ...search, busy: true } },
    { kind: "search", terms, more: true },
    (key) => ({ type: "search", ...terms, before: next, key }),
  );
}

/** What one wants to be told of is the server's to keep: its answer goes to all of one's devices. */
function setLevel(state: State, { room, level }: Extract<Intent, { type: "level" }>): Step {
  return whenLive(state, room, () => step(state, send({ type: "set_level", room, level })));
}

function whenLive(state: State, name: string, then: (room: Room) => Step): Step {
  const room = state.rooms.get(foldRoom(name));
  return state.ready && room?.live ? then(room) : step(state);
}

function sayTyping(room: Room) {
  return send({ type: "typing", room: room.name });
}

function afterSending(state: State, draft: Draft): State {
  switch (draft.type) {
    case "room_message":
      // After one's own message nothing above it is news, and the end is where one is.
      return changeRoom(
        compose(goToNewest(state, foldRoom(draft.room)), draft.room),
        draft.room,
        withoutDivider,
      );
    case "edit_message":
      return compose(state, draft.room);
    case "delete_message":
    case "react":
      return state;
    default:
      return draft satisfies never;
  }
}

function withoutDivider({ divider: _divider, ...room }: Room): Room {
  return room;
}

function compose(state: State, name: string, composing?: Composing): State {
  return changeRoom(state, name, ({ composing: _old, ...room }) => ({
    ...room,
    ...(composing === undefined ? {} : { composing }),
  }));
}

function onTick(state: State, at: number): State {
  let next = state;
  for (const room of state.rooms.values()) {
    const typing = new Map([...room.typing].filter(([, until]) => until > at));
    if (typing.size < room.typing.size) next = putRoom(next, { ...room, typing });
  }
  return next;
}

function closeSearch(state: State): State {
  const { search: _search, ...rest } = state;
  return rest;
}

function withoutWish(state: State): State {
  const { wanted: _wanted, ...rest } = state;
  return rest;
}

function withoutNotice(state: State): State {
  const { notice: _notice, news: _news, ...rest } = state;
  return rest;
}

function showPerson(state: State, who?: Who): State {
  const { person: _person, ...rest } = state;
  return who === undefined ? rest : { ...rest, person: who };
}
