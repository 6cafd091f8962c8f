/** The reducer of frames: what each frame of the server changes. */
import { isMessage, isRoomEvent } from "../../lib/chat/events/index.ts";
import {
  type ErrorFrame,
  isList,
  type Joined,
  type ListFrame,
  type Notice,
  type PendingInvitation,
  type RoomEvent,
  type SearchResults,
  type ServerFrame,
} from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { titleOf } from "../strings/format.ts";
import { joined } from "../strings/isolate.ts";
import { strings } from "../strings/strings.ts";
import { onCommandAnswered, onCommandSent } from "./bot_commands.ts";
import { markParted, markReceiverGone } from "./membership.ts";
import { acknowledge, flush, obstacleOf, refused, withOwnVote } from "./pending.ts";
import {
  noteIdentity,
  onOrderFrame,
  onRemoved,
  setPerson,
  startSlowModeDelay,
  withMute,
} from "./people.ts";
import {
  applyEvent,
  countUnread,
  draftIn,
  emptyRoom,
  followedRoom,
  gistOf,
  isOwn,
  joinedRoom,
  provisionalKey,
  roomOf,
  samePerson,
  senderOf,
  withMembers,
  withPeople,
  withPrefs,
  withReadMark,
} from "./room.ts";
import { knownLevel } from "./known.ts";
import { trim } from "./timeline.ts";
import { answered, changeRoom, dropRoom, each, putRoom, rekey, step, then } from "./step.ts";
import type {
  Intent,
  PageState,
  Pending,
  PendingRequest,
  PersonRef,
  RoomState,
  Transition,
} from "./types.ts";
import {
  withoutFollowed,
  withThreadEvent,
  withThreadRead,
  withTyping,
} from "./followed_threads.ts";
import { notificationsFor } from "./notify.ts";
import { onHistory, openRoom, returnToPlace, withoutHistory } from "./navigate.ts";
import { idIn, resolve } from "./places.ts";
import { onUserChanged } from "./renames.ts";
import { onWatching, onWatchRefused, withProfiles } from "./presence_watch.ts";
import { onWelcome } from "./welcome.ts";
import { askToFollow, join } from "./join.ts";

/** How long a user counts as typing after their last notice, in ms. */
const typingFor = 6_000;
/** How long to wait before joining again if the server does not say, in ms. */
const rejoinAfter = 2_000;

/** Reduces one frame. A frame that cannot be applied costs only itself. */
export function onFrame(state: PageState, frame: ServerFrame, at: number): Transition {
  try {
    return onKnownFrame(state, frame, at);
  } catch (error) {
    console.error("A frame that the page cannot take in:", frame, error);
    return step(state);
  }
}

function onKnownFrame(state: PageState, frame: ServerFrame, at: number): Transition {
  if (isRoomEvent(frame)) return onEvent(state, frame, at);
  const known = answered(state, (frame as { readonly key?: string }).key);
  if (isList(frame)) {
    const next = withList(known, frame);
    if (frame.type === "profile") {
      return step({ ...next, profiles: withProfiles(next, [frame]) });
    }
    return frame.type === "reminder" ? onReminder(next, frame) : step(next);
  }
  switch (frame.type) {
    case "welcome":
      return onWelcome(state, frame);
    case "joined":
      return onJoined(state, frame);
    case "history":
      return onHistory(state, frame);
    case "search_results":
      return step(onSearchResults(state, frame));
    case "left":
      return step(onLeft(state, frame));
    case "members":
      return step(changeRoom(known, frame.room_id, (room) => withMembers(room, frame)));
    case "read":
      return onRead(state, frame);
    case "room_prefs":
      return step(changeRoom(known, frame.room_id, (room) => withPrefs(room, frame)));
    case "level":
      return step(
        changeRoom(known, frame.room_id, (room) => ({
          ...room,
          level: knownLevel(frame.level),
        })),
      );
    case "quiet":
      return step({ ...known, quiet: quietIn(frame) });
    case "draft":
      return step(known, { type: "draft", draft: draftIn(state, frame) });
    case "presence":
      return step(setPerson(state, frame));
    case "watching":
      return onWatching(state, frame);
    case "typing":
      return onTyping(noteIdentity(state, frame), frame, at);
    case "member_joined":
      return onMemberJoined(noteIdentity(known, frame), frame);
    case "member_left":
      return step(onMemberLeft(known, frame));
    case "invitation":
      return step(onInvitation(state, frame));
    case "invited":
      return step({
        ...known,
        news: strings.sidebar.asked({
          name: frame.name,
          room: (state.rooms.get(frame.room_id)?.name ?? frame.room).replace(/^@/, ""),
        }),
      });
    case "group_deleted":
    // The page adds the members one by one.
    case "members_added":
    case "pong":
      return step(known);
    case "invitation_declined":
      return step(withoutInvitation(known, frame.room_id));
    case "room_deleted":
      return step(onRoomDeleted(state, frame));
    case "user_changed":
      return step(onUserChanged(state, frame));
    case "server_changed": {
      const { name, icon, retention_days = state.limits.retention_days } = frame;
      const limits = { ...state.limits, retention_days };
      return step({
        ...known,
        server: { ...state.server, name, icon },
        limits,
      });
    }
    case "emoji_changed": {
      const changedEmoji = new Map(state.changedEmoji).set(frame.emoji, frame.picture);
      return step({ ...known, changedEmoji });
    }
    case "role_changed":
    case "muted":
    case "banned":
    case "unbanned":
    case "blocks":
    case "moderation_log":
      return step(onOrderFrame(state, frame, at));
    case "thread_followed":
      return step(withoutFollowed(known));
    // The page asks for these by HTTP.
    case "rooms":
    case "memberships":
    // Only bots offer commands, and are called.
    case "commands_offered":
    case "command_called":
      return step(state);
    case "command_sent":
      return onCommandSent(state, frame);
    case "command_answered":
      return onCommandAnswered(state, frame);
    case "error":
      return onError(state, frame, at);
    default:
      return frame satisfies never, onUnknown(state, frame, at);
  }
}

/** Moves the read mark, and dismisses the notification of what was read on another device. */
function onRead(before: PageState, frame: Extract<Notice, { type: "read" }>): Transition {
  const { room_id: key } = frame;
  const known = answered(before, frame.key);
  if (frame.thread !== undefined) return step(withThreadRead(known, frame));
  const state = changeRoom(known, key, (room) => {
    // What was marked as unread has been read on another device, or is marked anew.
    const { markedUnread: _marked, ...next } = withReadMark(room, frame, before.me);
    // The user is still looking at what they have just marked.
    const isShown = frame.marked_unread && known.current === key;
    return isShown ? { ...next, markedUnread: true, divider: frame.seq } : next;
  });
  const wasUnread = (before.rooms.get(key)?.unread ?? 0) > 0;
  const isRead = wasUnread && state.rooms.get(key)?.unread === 0;
  return step(state, ...(isRead ? [{ type: "dismiss_notification", room: key } as const] : []));
}

/** The quiet hours that a frame states. */
function quietIn(
  { until, weekly, time_zone }: Extract<Notice, { type: "quiet" }>,
): NonNullable<PageState["quiet"]> {
  return {
    ...(until === undefined ? {} : { until }),
    ...(weekly === undefined || time_zone === undefined ? {} : { weekly, time_zone }),
  };
}

/** Keeps a reminder whose time has come until the user removes it, and notifies the user of it. */
function onReminder(
  state: PageState,
  reminder: Extract<Notice, { type: "reminder" }>,
): Transition {
  const { room_id: room, room: name, seq, about, due } = reminder;
  const others = state.due.filter((one) => one.room_id !== room || one.seq !== seq);
  if (!due) return step({ ...state, due: others });
  const next = { ...state, due: [...others, reminder] };
  if (about === undefined) return step(next);
  const note = { room, name, seq, sender: about.sender, text: gistOf(about) };
  return step(next, { type: "notify", note });
}

function withList(state: PageState, frame: ListFrame): PageState {
  return { ...state, lists: { ...state.lists, [frame.type]: frame } };
}

/**
 * Handles a frame of a newer server. A frame with a `seq` is an event and takes its place in the
 * log; the page ignores every other unknown frame.
 */
function onUnknown(state: PageState, frame: unknown, at: number): Transition {
  const { seq, room_id } = frame as Partial<RoomEvent>;
  const isEvent = Number.isSafeInteger(seq) && typeof room_id === "string";
  return isEvent ? onEvent(state, frame as RoomEvent, at) : step(state);
}

function onJoined(before: PageState, received: Joined): Transition {
  const messages = received.messages.map((event) => withOwnVote(before, event));
  const frame = { ...received, messages };
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  // The answers for many rooms have one key.
  const asked = request?.kind === "rest" ? before : answered(before, frame.key);
  const about = withAsked(withLog(asked, frame), frame);
  const { receiver_id: id, room_id: key } = frame;
  if (request?.kind === "find") {
    const known = about.rooms.get(request.room)?.receiverId;
    // Another person has the name by now: the draft was not written to them.
    if (known !== undefined && known !== id) return step(markReceiverGone(about, request.room));
  }
  const state = followed(withoutInvitation(about, key), request, id, key);
  const here = state.rooms.get(key);
  const held = here === undefined || here.parted ? emptyRoom(frame.room, { key }) : here;
  const isRest = request?.kind === "rest";
  if (isRest && (held.loaded || !here && !messages.length)) return step(about);
  const isBrief = isRest || request?.kind === "join" && request.brief;
  if (isBrief && !held.loaded && !frame.truncated) {
    return flush(putRoom(state, followedRoom(held, frame)), key);
  }
  const after = request?.kind === "join" ? request.after : undefined;
  const resumed = after !== undefined && after <= held.seq && !frame.truncated;
  const room = joinedRoom(held, frame, resumed, state.me);
  const known = frame.messages.reduce(acknowledge, putRoom(state, room));
  const opens = request?.kind === "enter" || request?.kind === "create";
  const opened = then(flush(known, key), (next) => openJoined(next, key, opens));
  const placed = then(opened, (next) => returnToPlace(next, key));
  return then(placed, (next) => each(step(next), ofAnotherLog(next), join));
}

/** Tells who was asked or not added, and is not in the new conversation yet. */
function withAsked(state: PageState, { invited = [], refused = [] }: Joined): PageState {
  const { askedAll, notAdded } = strings.sidebar;
  const namesOf = (people: readonly { readonly name?: string | undefined }[]) =>
    joined(people.map(({ name }) => name), ", ");
  const news = joined([
    invited.length > 0 && askedAll({ names: namesOf(invited) }),
    refused.length > 0 && notAdded({ names: namesOf(refused) }),
  ], " ");
  return news === "" ? state : { ...state, news };
}

/** Moves what the page holds for the receiver of a conversation to the conversation's id. */
function followed(
  before: PageState,
  request: PendingRequest | undefined,
  id: string | undefined,
  key: string,
) {
  const state = request?.kind === "find" ? rekey(before, request.room, key) : before;
  return id === undefined ? state : rekey(state, provisionalKey({ name: "", id }), key);
}

/** Follows a change of the epoch: the server's log was reset, or is another one. */
function withLog(state: PageState, { epoch }: Joined): PageState {
  if (state.epoch === epoch) return state;
  const isOther = state.epoch !== undefined;
  return { ...state, epoch, ...(isOther ? { news: strings.connection.restored } : {}) };
}

function ofAnotherLog({ rooms, epoch }: PageState): readonly string[] {
  return [...rooms.values()].filter((room) => room.live && room.epoch !== epoch)
    .map(({ key }) => key);
}

/** Opens a room that the user asked for before the page knew it. */
function openJoined(state: PageState, key: string, opens: boolean): Transition {
  const { wanted, wantedSeq: seq, ...rest } = state;
  const isWanted = wanted !== undefined && (idIn(wanted) ?? resolve(state, wanted)) === key;
  if (!isWanted && !opens) return step(state);
  const jump = seq === undefined || !isWanted ? {} : { jump: { room: key, seq } };
  return step(openRoom({ ...rest, ...jump }, key));
}

function onEvent(before: PageState, received: RoomEvent, at: number): Transition {
  const event = withOwnVote(before, received);
  const key = event.room_id;
  const sent = isOwn(event, before.me) ? answered(before, event.key) : before;
  const known = acknowledge(noteIdentity(sent, senderOf(event)), event);
  const state = afterOwnMessage(withConversation(known, event), event, at);
  const held = state.rooms.get(key);
  if (held === undefined || held.parted) {
    const isNamed = "room" in event || "receiver" in event;
    if (!isNamed) return askToFollow(state, key);
    const room = roomOf(event, state.me);
    const joining = join(putRoom(state, unseen(room, event, state)), key);
    return {
      ...joining,
      effects: [...joining.effects, ...notificationsFor(state, room, event)],
    };
  }
  // An event that arrives before the answer to `join` is in that answer, or follows it.
  if (!held.loaded) {
    const joining = join(putRoom(state, unseen(held, event, state)), key);
    return {
      ...joining,
      effects: [...joining.effects, ...notificationsFor(state, held, event)],
    };
  }
  const { room, outcome } = applyEvent(held, event, state.me);
  switch (outcome) {
    case "known":
      return step(state);
    case "applied":
      return step(
        withThreadEvent(putRoom(state, trim(room)), event),
        ...notificationsFor(state, room, event),
      );
    case "gap":
      return held.joining ? step(state) : join(state, key);
    default:
      return outcome satisfies never, step(state);
  }
}

/** The first event of a conversation reveals its room id. */
function withConversation(state: PageState, event: RoomEvent): PageState {
  if (!("receiver" in event) || state.rooms.has(event.room_id)) return state;
  const id = isOwn(event, state.me) ? event.receiver_id : event.sender_id;
  return rekey(state, provisionalKey({ name: "", id }), event.room_id);
}

/** Starts the slow mode delay after the user's own message. */
function afterOwnMessage(state: PageState, event: RoomEvent, at: number): PageState {
  if (!isMessage(event) || !isOwn(event, state.me)) return state;
  return startSlowModeDelay(
    state,
    event.room_id,
    ({ slowSeconds = 0 }) => at + slowSeconds * 1_000,
  );
}

/** Counts a message of a room whose log is not loaded, so that its badge appears at once. */
function unseen(room: RoomState, event: RoomEvent, state: PageState): RoomState {
  if (!isMessage(event) || isOwn(event, state.me)) return room;
  return countUnread(room, event, state.me);
}

function onSearchResults(before: PageState, frame: SearchResults): PageState {
  const request = frame.key === undefined ? undefined : before.requests.get(frame.key);
  const state = answered(before, frame.key);
  const { search } = state;
  // The answer to an outdated request.
  if (search === undefined || request?.kind !== "search" || request.terms !== search.terms) {
    return state;
  }
  const found = frame.messages.filter(isMessage) as SearchResults["messages"];
  const hits = request.more ? [...search.hits, ...found] : found;
  const { terms } = search;
  const next = frame.next === undefined ? {} : { next: frame.next };
  const { more } = frame;
  return { ...state, search: { terms, ...next, hits, busy: false, answered: true, more } };
}

function onInvitation(
  state: PageState,
  { room, room_id, title, people, by, by_id }: PendingInvitation,
): PageState {
  const about = { ...(title && { title }), ...(people && { people }) };
  const others = withoutInvitation(state, room_id).invitations;
  return { ...state, invitations: [...others, { room, room_id, ...about, by, by_id }] };
}

function withoutInvitation(state: PageState, id: string): PageState {
  const invitations = state.invitations.filter(({ room_id }) => room_id !== id);
  return invitations.length === state.invitations.length ? state : { ...state, invitations };
}

function onLeft(before: PageState, frame: Extract<Notice, { type: "left" }>): PageState {
  const { room: name, room_id, key, by } = frame;
  const asked = key !== undefined && before.requests.has(key);
  const known = before.rooms.get(room_id);
  const state = markParted(answered(before, key), room_id);
  const tells = known !== undefined && known.kind !== "direct" && !asked;
  return tells ? onRemoved(state, name, by) : state;
}

/** The room is gone for everyone; what the user has not sent stays. */
function onRoomDeleted(
  before: PageState,
  { room_id: key, by, key: request }: Extract<Notice, { type: "room_deleted" }>,
): PageState {
  const known = before.rooms.get(key);
  const state = markParted(answered(before, request), key);
  if (known === undefined || known.parted) return state;
  const room = titleOf(known.name);
  const news = by === undefined
    ? strings.people.roomDeleted({ room })
    : strings.people.roomDeletedBy({ by, room });
  return { ...state, news };
}

function onTyping(
  state: PageState,
  { room_id, name, id, thread }: Extract<Notice, { type: "typing" }>,
  at: number,
): Transition {
  if (id === state.me.id) return step(state);
  const until = at + typingFor;
  const next = thread === undefined
    ? changeRoom(
      state,
      room_id,
      (room) => ({ ...room, typing: new Map(room.typing).set(name, until) }),
    )
    : withTyping(state, { room: room_id, seq: thread }, name, until);
  return step(next, { type: "later", ms: typingFor, action: { type: "tick", at: until } });
}

function onMemberJoined(
  before: PageState,
  frame: Extract<Notice, { type: "member_joined" }>,
): Transition {
  const { room: name, room_id: key, id } = frame;
  const room = before.rooms.get(key);
  if (id !== before.me.id || (room !== undefined && !room.parted)) {
    const { me } = before;
    return step(changeRoom(before, key, (room) => withMember(room, frame, me.id)));
  }
  const state = withoutInvitation(before, key);
  return join(putRoom(state, emptyRoom(name, { key })), key);
}

function withMember(
  before: RoomState,
  { name: person, id, member_count }: Extract<Notice, { type: "member_joined" }>,
  me: string | undefined,
): RoomState {
  const room = id === me ? before : changePeople(before, id, [{ name: person, id }]);
  const isKnown = room.members.some((name) => samePerson(name, person));
  return {
    ...room,
    memberCount: member_count ?? room.memberCount + (isKnown ? 0 : 1),
    members: isKnown ? room.members : [...room.members, person],
    memberIds: new Map(room.memberIds).set(foldName(person), id),
  };
}

/** Replaces one of the people in a conversation without a name, or removes them. */
function changePeople(room: RoomState, id: string, now: readonly PersonRef[]): RoomState {
  const { people } = room;
  return people ? withPeople(room, [...people.filter((one) => one.id !== id), ...now]) : room;
}

function onMemberLeft(
  state: PageState,
  frame: Extract<Notice, { type: "member_left" }>,
): PageState {
  const { room_id: key, id, name } = frame;
  if (id === state.me.id) return markParted(state, key);
  return changeRoom(state, key, (room) => ({
    ...changePeople(room, id, []),
    memberCount: frame.member_count ?? Math.max(0, room.memberCount - 1),
    members: room.members.filter((other) => !samePerson(other, name)),
    memberIds: new Map([...room.memberIds].filter(([, other]) => other !== id)),
    // A member leaves a conversation only by ceasing to exist.
    ...(room.kind === "direct" ? { over: true as const } : {}),
  }));
}

function onError(before: PageState, frame: ErrorFrame, at: number): Transition {
  const { key } = frame;
  const entry = before.pending.find((one) => one.key === key);
  if (entry !== undefined) {
    return onDraftError(withRetryDelay(before, entry, frame, at), entry, frame);
  }
  const request = key === undefined ? undefined : before.requests.get(key);
  const state = answered(before, key);
  switch (request?.kind) {
    case undefined:
      // A refused typing or read notice is not shown.
      return step(key === undefined && isSilent(frame) ? state : withNotice(state, frame));
    case "join":
      return onJoinError(state, request.room, frame);
    case "find":
      return onFindError(state, request.room, frame);
    case "leave":
      return step(
        obstacleOf(frame.code) === "parted"
          ? dropRoom(state, request.room)
          : withNotice(state, frame),
      );
    case "history":
      if (frame.code === "stale_epoch") {
        return join(withoutHistory(state, request.room), request.room);
      }
      return step(withNotice(withoutHistory(state, request.room), frame));
    case "search":
      return step(onSearchError(state, request, frame));
    case "create":
    case "enter":
    case "invite":
    case "decline":
      return step(withNotice(unwanted(state), frame));
    case "rest":
      return isPassing(frame)
        ? again(state, { ...request, type: "follow_rest" }, frame)
        : step(state);
    case "order":
      return step(withNotice(state, frame));
    case "watch":
      return onWatchRefused(state, frame);
    default:
      return request satisfies never, step(state);
  }
}

/** Records the time until which a refusal holds. */
function withRetryDelay(
  state: PageState,
  entry: Pending,
  frame: ErrorFrame,
  at: number,
): PageState {
  const { code, retry_after = 0 } = frame;
  if (code === "muted") return withMute(state, at + retry_after);
  if (code !== "rate_limited") return state;
  return startSlowModeDelay(state, entry.room, () => at + retry_after);
}

/**
 * Whether a refusal needs no notice: it is temporary, or the page learns of its cause by itself.
 */
function isSilent(frame: ErrorFrame): boolean {
  return isPassing(frame) || obstacleOf(frame.code) !== undefined;
}

function isPassing(frame: ErrorFrame): boolean {
  return frame.code === "rate_limited" || frame.code === "try_again";
}

/**
 * Applies the refusal of a draft: the draft stays with its text, and the room's state follows the
 * refusal.
 */
function onDraftError(before: PageState, entry: Pending, frame: ErrorFrame): Transition {
  const result = refused(before, entry, frame);
  switch (obstacleOf(frame.code)) {
    case "parted":
      return then(result, (state) => step(markParted(state, entry.room)));
    case "stale":
      return then(result, (state) => join(state, entry.room));
    default:
      return result;
  }
}

function onJoinError(before: PageState, key: string, frame: ErrorFrame): Transition {
  const state = changeRoom(before, key, (room) => ({
    ...room,
    live: room.live && room.loaded,
    joining: false,
  }));
  if (isPassing(frame)) return again(state, { type: "rejoin", room: key }, frame);
  return step(withNotice(markParted(state, key), frame));
}

function onFindError(before: PageState, key: string, frame: ErrorFrame): Transition {
  const state = changeRoom(before, key, (room) => ({ ...room, joining: false }));
  if (isPassing(frame)) return again(state, { type: "rejoin", room: key }, frame);
  return step(withNotice(markReceiverGone(state, key), frame));
}

function again(state: PageState, action: Intent, frame: ErrorFrame): Transition {
  return step(state, { type: "later", ms: frame.retry_after ?? rejoinAfter, action });
}

function withNotice(state: PageState, frame: ErrorFrame): PageState {
  return { ...state, notice: frame.message, refused: frame };
}

function unwanted(state: PageState): PageState {
  const { wanted: _wanted, wantedSeq: _seq, ...rest } = state;
  return rest;
}

/** Records why the server refused a search, unless the user is looking for something else by now. */
function onSearchError(
  state: PageState,
  { terms }: Extract<PendingRequest, { kind: "search" }>,
  { code, message }: ErrorFrame,
): PageState {
  const { search } = state;
  if (search?.terms !== terms) return state;
  return { ...state, search: { ...search, busy: false, refusal: { code, message } } };
}
