/** Presence, roles, blocks and moderation in the state. */
import { type Notice } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { titleOf, whenOf } from "../strings/format.ts";
import { strings } from "../strings/strings.ts";
import { samePerson } from "./room.ts";
import { answered, ask, changeRoom, each, putRoom, step } from "./step.ts";
import { knownPresence } from "./known.ts";
import { personOf } from "./presence_watch.ts";
import type {
  Action,
  Order,
  PageState,
  PendingRequest,
  PersonPresence,
  PersonRef,
  RoomState,
  Transition,
} from "./types.ts";

/** The frames about moderation, roles and blocks. */
export type OrderFrame = Extract<
  Notice,
  {
    type:
      | "role_changed"
      | "muted"
      | "banned"
      | "unbanned"
      | "blocks"
      | "moderation_log";
  }
>;

/**
 * The orders that set what a user keeps of a message, a thread or a room. Each can be sent twice, so
 * they wait for a connection, and are sent again if it was lost before the answer.
 */
const durable: ReadonlySet<string> = new Set<Order["type"]>([
  "save_message",
  "set_reminder",
  "mark_unread",
  "pin_message",
  "follow_thread",
  "set_room_prefs",
]);

/** Whether a command waits for a connection, and is sent again with the next one. */
export function isDurable({ type }: Order): boolean {
  return durable.has(type);
}

/** Sends a command; without a connection only what is kept until there is one. */
export function order(state: PageState, what: Order): Transition {
  if (!state.ready && !isDurable(what)) return step(state);
  const asked = ask(state, { kind: "order", order: what }, (key) => ({ ...what, key }), what.key);
  return state.ready ? asked : step(asked.state);
}

/** Returns the kept orders that the server has not answered. */
export function waitingOrders(requests: PageState["requests"]): readonly Order[] {
  return [...requests].flatMap(([key, request]) =>
    request.kind === "order" && isDurable(request.order) ? [{ ...request.order, key }] : []
  );
}

/** Sends the kept orders that the server has not answered, with a new connection. */
export function sendAgain(before: PageState, requests: PageState["requests"]): Transition {
  return each(step(before), waitingOrders(requests), order);
}

/** Applies the result of a moderation or blocking command. */
export function onOrderFrame(before: PageState, frame: OrderFrame, at: number): PageState {
  const request = requestOf(before, frame.key);
  const state = answered(before, frame.key);
  switch (frame.type) {
    case "role_changed":
      return onRole(state, frame, request !== undefined);
    case "muted":
      return onMuted(state, frame, at, request !== undefined);
    case "banned":
      return withNews(state, strings.people.banned({ name: frame.name }));
    case "unbanned":
      return withNews(
        withoutBan(state, frame.name),
        strings.people.unbanned({ name: frame.name }),
      );
    case "blocks":
      return onBlocks(state, frame, request);
    case "moderation_log":
      return onModerationLog(state, frame, request);
    default:
      return frame satisfies never, state;
  }
}

function withoutBan(state: PageState, name: string): PageState {
  const { bans: list } = state.lists;
  if (list === undefined) return state;
  const bans = { ...list, bans: list.bans.filter((ban) => ban.name !== name) };
  return { ...state, lists: { ...state.lists, bans } };
}

/** Shows a message that is no refusal. */
export function withNews(state: PageState, news: string, undo?: Action): PageState {
  return { ...state, news, ...(undo === undefined ? {} : { undo: { news, action: undo } }) };
}

function requestOf(state: PageState, key: string | undefined): Order | undefined {
  const request: PendingRequest | undefined = key === undefined
    ? undefined
    : state.requests.get(key);
  return request?.kind === "order" ? request.order : undefined;
}

type Frame<T extends OrderFrame["type"]> = Extract<OrderFrame, { type: T }>;

function onRole(
  before: PageState,
  { name, id, role }: Frame<"role_changed">,
  asked: boolean,
): PageState {
  const roles = new Map(before.roles).set(foldName(name), role);
  const state = { ...before, roles };
  const t = strings.people;
  if (isMe(state, { name, id })) {
    const me = { ...state.me, role };
    return role === state.me.role
      ? state
      : withNews({ ...state, me }, t.yourRole({ role: strings.roles[role] ?? role }));
  }
  return asked ? withNews(state, t.theirRole({ name, role: strings.roles[role] ?? role })) : state;
}

function isMe({ me }: PageState, { name, id }: PersonRef): boolean {
  return me.id === undefined || id === undefined ? samePerson(name, me.name) : id === me.id;
}

function onMuted(
  before: PageState,
  { name, id, until }: Frame<"muted">,
  at: number,
  asked: boolean,
) {
  const t = strings.people;
  if (!isMe(before, { name, id })) {
    const news = until > at ? t.muted({ name, until: whenOf(until, at) }) : t.unmuted({ name });
    return asked ? withNews(before, news) : before;
  }
  const { mutedUntil: _old, ...state } = before;
  return until > at ? { ...state, mutedUntil: until } : withNews(state, t.youAreUnmuted);
}

function onBlocks(
  before: PageState,
  { names, ids = [] }: Frame<"blocks">,
  request: Order | undefined,
): PageState {
  const blocks = names.map((name, index): PersonRef => {
    const id = ids[index];
    return { name, ...(id === undefined ? {} : { id }) };
  });
  const state = { ...before, blocks };
  if (request?.type !== "block") return state;
  const { blocked, unblocked } = strings.people;
  const { name = "" } = request;
  return withNews(state, request.on ? blocked({ name }) : unblocked({ name }));
}

function onModerationLog(
  state: PageState,
  { entries, more }: Frame<"moderation_log">,
  request: Order | undefined,
): PageState {
  const older = request?.type === "moderation_log" && request.before !== undefined;
  const held = older ? state.moderationLog?.entries ?? [] : [];
  return { ...state, moderationLog: { entries: [...held, ...entries], more } };
}

/** Whether the user has blocked a person; another person with the same name is not blocked. */
export function isBlocked({ blocks = [] }: PageState, { name, id }: PersonRef): boolean {
  return blocks.some((one) =>
    one.id === undefined || id === undefined ? samePerson(one.name, name) : one.id === id
  );
}

/** Records that the user is muted. */
export function withMute(state: PageState, until: number): PageState {
  return { ...state, mutedUntil: until };
}

/**
 * Says that a moderator has removed the user from a room, or that they left it on another device.
 */
export function onRemoved(state: PageState, room: string, by: string | undefined): PageState {
  const { noLongerIn, removedBy } = strings.people;
  return withNews(
    state,
    by === undefined ? noLongerIn({ room: titleOf(room) }) : removedBy({ by, room: titleOf(room) }),
  );
}

// Presence -------------------------------------------------------------------------------------

/**
 * Applies a change of presence.
 *
 * @param update The person; `watched` if the page had asked for this presence.
 */
export function setPerson(
  before: PageState,
  update: PersonPresence & { readonly watched?: true },
): PageState {
  const { name, id, guest } = update;
  const presence = knownPresence(update.state);
  const folded = foldName(name);
  const isGone = guest === true && presence === "offline";
  const state = isGone && id !== undefined ? withoutPerson(before, id) : before;
  const list = update.watched ? "watched" : "people";
  const people = new Map(state[list]);
  const holder = people.get(folded);
  // The name of a guest who is gone is free, or already belongs to another person.
  if (!isGone) people.set(folded, { ...personRefOf(update), state: presence });
  else if (holder?.id === undefined || holder.id === id) people.delete(folded);
  return { ...state, [list]: people };
}

function personRefOf({ name, id, guest }: PersonRef): PersonRef {
  return { name, ...(id === undefined ? {} : { id }), ...(guest ? { guest } : {}) };
}

/** A conversation with a guest ends with the guest; a later guest of that name gets another one. */
function withoutPerson(state: PageState, id: string): PageState {
  const room = [...state.rooms.values()].find(({ receiverId }) => receiverId === id);
  return room === undefined ? state : putRoom(state, { ...room, over: true });
}

/**
 * Records who acts under a name: that person now has the name. A guest who reloads the page becomes
 * another guest, whose presence is not announced again.
 */
export function noteIdentity(state: PageState, who: Partial<PersonRef>): PageState {
  const { name, id } = who;
  if (name === undefined || id === undefined) return state;
  const known = personOf(state, name);
  if (known === undefined || known.id === id) return state;
  const folded = foldName(name);
  const list = state.watched.has(folded) ? "watched" : "people";
  const next = known.guest && known.id !== undefined ? withoutPerson(state, known.id) : state;
  const person = { ...personRefOf({ ...who, name }), state: known.state };
  return { ...next, [list]: new Map(next[list]).set(folded, person) };
}

// Slow mode ------------------------------------------------------------------------------------

/** Starts the slow mode delay after a message; moderators have none. */
export function startSlowModeDelay(
  state: PageState,
  key: string,
  until: (room: RoomState) => number,
): PageState {
  if (state.me.role === "owner" || state.me.role === "moderator") return state;
  return changeRoom(
    state,
    key,
    (room) => room.slowSeconds === undefined ? room : { ...room, waitUntil: until(room) },
  );
}
