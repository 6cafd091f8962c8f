/** The reducer of intents: what each request of the user changes and sends. */
import { withoutCall } from "./bot_commands.ts";
import { strand } from "./membership.ts";
import {
  followJump,
  goToNewest,
  jumpTo,
  loadBeside,
  logOf,
  onLookedUp,
  openAt,
  openRoom,
  seen,
  setPlace,
  withoutJump,
  writeTo,
} from "./navigate.ts";
import { conversationOf } from "./selectors.ts";
import { order, withNews } from "./people.ts";
import { strings } from "../strings/strings.ts";
import { addPending, discard, flush, lost, retry, uploaded } from "./pending.ts";
import { isInRoom } from "../../lib/chat/events/message.ts";
import type { SearchHit } from "../../lib/protocol/frames.ts";
import { isProvisional, roomOf } from "./room.ts";
import { ask, changeRoom, dropRoom, putRoom, send, step, then } from "./step.ts";
import type {
  Action,
  Composing,
  Intent,
  MessageDialog,
  PageState,
  PersonRef,
  RoomState,
  SearchTerms,
  Transition,
} from "./types.ts";
import { attach, detach, tryAgain } from "./uploads.ts";
import { askToWatch, visibleNames, withoutOldStatuses } from "./presence_watch.ts";
import { followRest, join } from "./join.ts";
import { openThread, withoutOldTyping, withThreadPage } from "./followed_threads.ts";

/** Reduces one intent. */
export function onIntent(state: PageState, intent: Intent): Transition {
  switch (intent.type) {
    case "open":
      return followJump(openRoom(state, intent.room));
    case "go":
      return openAt(state, intent.to, intent.seq);
    case "write":
      return writeTo(state, intent.who, intent.behind);
    case "send":
      return onSend(state, intent);
    case "retry":
      return retry(state, intent.key);
    case "strand":
      return step(strand(state, intent));
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
      return step(lost(state, intent.key, intent.reason, intent.obstacle));
    case "flush":
      return flush(state, intent.room);
    case "join":
      return onJoin(state, intent.room);
    case "rejoin":
      return join(state, intent.room);
    case "follow_rest":
      return followRest(state, intent);
    case "decline":
      return step(withoutWish(state));
    case "decline_invitation":
      return declineInvitation(state, intent.room);
    case "close":
      return step(dropRoom(state, intent.room));
    case "leave":
      return onLeave(state, intent.room);
    case "converse":
      return onConverse(state, intent.people);
    case "create":
      return onCreate(state, intent);
    case "invite":
      return onInvite(state, intent.room, intent.who);
    case "looked_up":
      return onLookedUp(state, intent.found);
    case "history":
      return loadBeside(state, intent.room, intent.newer === true);
    case "search":
      return onSearch(state, intent.terms);
    case "search_more":
      return searchMore(state);
    case "open_hit":
      return openHit(state, intent.hit);
    case "jump":
      return jumpTo(state, intent.room, intent);
    case "jumped":
      return step(withoutJump(state));
    case "newest":
      return step(goToNewest(state, intent.room));
    case "place":
      return step(setPlace(state, intent.room, intent.place));
    case "seen":
      return seen(state, intent.room, intent.seq);
    case "typing":
      return whenLive(state, intent.room, (room) => step(state, sayTyping(room, intent.thread)));
    case "active":
      return step(state, ...(state.ready ? [send({ type: "presence", state: "online" })] : []));
    case "compose":
      return step(compose(state, intent.room, intent.composing));
    case "tick":
      return step(onTick(state, intent.at));
    case "order":
      return order(state, intent.order);
    case "dismiss_call":
      return step(withoutCall(state, intent.id));
    case "thread":
      return step(openThread(state, intent.thread));
    case "thread_page":
      return step(withThreadPage(state, intent.of, intent.messages, intent.more));
    case "quotes":
      return step(changeRoom(state, intent.room, (room) =>
        // What has happened since may be about them.
        room.seq === intent.seq ? { ...room, quotes: intent.quotes } : room));
    case "person":
      return step(showPerson(state, intent.who));
    case "dialog":
      return step(withDialog(state, intent.dialog));
    case "show_names":
      return step(visibleNames(state, intent.view, intent.names));
    case "watch":
      return askToWatch(state, intent.again);
    case "dismiss_unstored":
      return step(
        state.unstored === undefined
          ? state
          : { ...state, unstored: { ...state.unstored, isDismissed: true } },
      );
    case "show_news":
      return step(withNews(state, intent.news, intent.undo));
    case "dismiss":
      return step(withoutNotice(state));
    default:
      return intent satisfies never, step(state);
  }
}

/** Joins a room as a member: only ever on the user's own action, and by the room's id. */
function onJoin(state: PageState, id: string): Transition {
  const room = state.rooms.get(id);
  if (room !== undefined && !room.parted) return followJump(openRoom(state, id));
  if (!state.ready) return step(state);
  return ask(
    state,
    { kind: "enter", room: id },
    (key) => ({ type: "join", room_id: id, key }),
  );
}

function declineInvitation(state: PageState, id: string): Transition {
  if (!state.ready) return step(state);
  const invitations = state.invitations.filter(({ room_id }) => room_id !== id);
  return ask(
    { ...state, invitations },
    { kind: "decline", room: id },
    (key) => ({ type: "decline_invitation", room_id: id, key }),
  );
}

function onSend(state: PageState, intent: Extract<Intent, { type: "send" }>): Transition {
  return addPending(afterSending(state, intent), intent);
}

function onLeave(state: PageState, key: string): Transition {
  const room = state.rooms.get(key);
  if (room === undefined) return step(state);
  // A conversation with an existing user is not left; it is hidden until someone writes again.
  const isHere = room.parted || isProvisional(room) || (room.kind === "direct" && !room.over);
  if (isHere) return step(closed(state, room));
  if (!state.ready) return step(state);
  return ask(state, { kind: "leave", room: key }, (k) => ({ type: "leave", room_id: key, key: k }));
}

/** Closes a conversation; the user can open it again. */
function closed(state: PageState, room: RoomState): PageState {
  const without = dropRoom(state, room.key);
  if (room.kind !== "direct" || room.over || room.parted) return without;
  const { name, people, receiverId: id } = room;
  const undo: Action = people
    ? { type: "converse", people }
    : { type: "write", who: { name: name.slice(1), ...(id === undefined ? {} : { id }) } };
  return withNews(without, strings.room.closed, undo);
}

function onCreate(state: PageState, intent: Extract<Intent, { type: "create" }>): Transition {
  if (!state.ready) return step(state);
  const { type: _type, ...fields } = intent;
  return ask(
    state,
    { kind: "create" },
    (key) => ({ type: "create_room", key, ...fields }),
  );
}

/** Opens the conversation of these people; asks the server unless the page has it. */
function onConverse(state: PageState, people: readonly PersonRef[]): Transition {
  const known = conversationOf(state, people);
  if (known !== undefined) return followJump(openRoom(state, known.key));
  if (!state.ready) return step(state);
  const ids = people.flatMap(({ id }) => id ?? []);
  const names = people.flatMap(({ id, name }) => id === undefined ? [name] : []);
  return ask(
    state,
    { kind: "create" },
    (key) => ({ type: "create_room", kind: "private", ids, names, key }),
  );
}

function onInvite(state: PageState, room: string, { name, id }: PersonRef): Transition {
  if (!state.ready) return step(state);
  const whom = id === undefined ? { name } : { id };
  return ask(
    state,
    { kind: "invite", room },
    (key) => ({ type: "invite", room_id: room, ...whom, key }),
  );
}

/** Searches; what was found before stays until the answer arrives. */
function onSearch(state: PageState, terms: SearchTerms): Transition {
  const { search: before, ...rest } = state;
  if (terms.query.trim() === "") return step(rest);
  const { hits = [] } = before ?? {};
  const searching = { terms, busy: state.ready, answered: false, hits, more: false };
  const next = { ...state, search: searching };
  if (!state.ready) return step(next);
  return ask(
    next,
    { kind: "search", terms, more: false },
    (key) => ({ type: "search", ...terms, key }),
  );
}

function searchMore(state: PageState): Transition {
  const { search } = state;
  if (!state.ready || search?.next === undefined || search.busy) return step(state);
  const { terms, next } = search;
  return ask(
    { ...state, search: { ...search, busy: true } },
    { kind: "search", terms, more: true },
    (key) => ({ type: "search", ...terms, before: next, key }),
  );
}

/** Shows a found message, also of a conversation that the user has closed. */
function openHit(state: PageState, hit: SearchHit): Transition {
  const { room_id: key, seq } = hit;
  if (state.rooms.has(key)) return jumpTo(state, key, { seq });
  const known = putRoom(state, roomOf(hit, state.me));
  return then(jumpTo(known, key, { seq }), (next) => join(next, key));
}

function whenLive(
  state: PageState,
  key: string,
  then: (room: RoomState) => Transition,
): Transition {
  const room = state.rooms.get(key);
  return state.ready && room?.live ? then(room) : step(state);
}

function sayTyping({ key: room_id }: RoomState, thread?: number) {
  return send({ type: "typing", room_id, ...(thread === undefined ? {} : { thread }) });
}

function afterSending(
  state: PageState,
  { draft, room }: Extract<Intent, { type: "send" }>,
): PageState {
  switch (draft.type) {
    case "room_message":
      if (!isInRoom(draft)) return composed(state, room, draft.thread);
      // After the user's own message, nothing above it is new, and the view is at the end.
      return changeRoom(
        composed(goToNewest(state, room), room, draft.thread),
        room,
        withoutDivider,
      );
    case "edit_message":
      return compose(state, room);
    case "delete_message":
    case "react":
    case "vote":
    case "close_poll":
      return state;
    default:
      return draft satisfies never, state;
  }
}

function withoutDivider({ divider: _divider, markedUnread: _, ...room }: RoomState): RoomState {
  return room;
}

/** Ends what was composed in a room, or in a thread of it. */
function composed(state: PageState, key: string, thread: number | undefined): PageState {
  const room = state.rooms.get(key);
  return room?.composing?.thread === thread ? compose(state, key) : state;
}

function compose(state: PageState, key: string, composing?: Composing): PageState {
  return changeRoom(state, key, ({ composing: _old, ...room }) => ({
    ...room,
    ...(composing === undefined ? {} : { composing: { ...logOf(room), ...composing } }),
  }));
}

function onTick(state: PageState, at: number): PageState {
  let next = withoutOldStatuses(withoutOldTyping(state, at), at);
  for (const room of state.rooms.values()) {
    const typing = new Map([...room.typing].filter(([, until]) => until > at));
    if (typing.size < room.typing.size) next = putRoom(next, { ...room, typing });
  }
  return next;
}

function withoutWish(state: PageState): PageState {
  const { wanted: _wanted, wantedSeq: _seq, ...rest } = state;
  return rest;
}

function withoutNotice(state: PageState): PageState {
  const { notice: _notice, news: _news, undo: _undo, ...rest } = state;
  return rest;
}

function showPerson(state: PageState, who?: PersonRef): PageState {
  const { person: _person, ...rest } = state;
  return who === undefined ? rest : { ...rest, person: who };
}

function withDialog(state: PageState, dialog?: MessageDialog): PageState {
  const { dialog: _before, ...rest } = state;
  return dialog === undefined ? rest : { ...rest, dialog };
}
