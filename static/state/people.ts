/** What becomes known of people, and of what keeps order among them. */
import { foldName, foldRoom, type Notice } from "../../lib/protocol.ts";
import { titleOf, whenOf } from "../format.ts";
import { strings } from "../strings.ts";
import { emptyRoom, samePerson, withRules } from "./room.ts";
import { answered, ask, changeRoom, putRoom, step } from "./step.ts";
import { personOf } from "./watch.ts";
import type { Order, Person, Request, Room, State, Step } from "./types.ts";

/** The frames that say how somebody, or a room, is kept in order. */
export type OrderFrame = Extract<
  Notice,
  {
    type:
      | "room_changed"
      | "role_changed"
      | "muted"
      | "banned"
      | "unbanned"
      | "bans"
      | "blocks"
      | "moderation_log";
  }
>;

/** Asks for something about people and order. */
export function order(state: State, what: Order): Step {
  if (!state.ready) return step(state);
  return ask(state, { kind: "order", order: what }, (key) => ({ ...what, key }));
}

/** Takes in what a moderator, or somebody who blocks, has brought about. */
export function onOrderFrame(before: State, frame: OrderFrame, at: number): State {
  const request = requestOf(before, frame.key);
  const state = answered(before, frame.key);
  switch (frame.type) {
    case "room_changed":
      return changeRoom(state, frame.room, (room) => withRules(room, frame));
    case "role_changed":
      return onRole(state, frame, request !== undefined);
    case "muted":
      return onMuted(state, frame, at, request !== undefined);
    case "banned":
      return tell(state, strings.people.banned(frame.name));
    case "unbanned":
      return tell(
        { ...state, bans: state.bans?.filter(({ name }) => name !== frame.name) ?? [] },
        strings.people.unbanned(frame.name),
      );
    case "bans":
      return { ...state, bans: frame.bans };
    case "blocks":
      return onBlocks(state, frame.names, request);
    case "moderation_log":
      return onJournal(state, frame, request);
    default:
      return frame satisfies never;
  }
}

/** Says something that is no refusal. */
export function tell(state: State, news: string): State {
  return { ...state, news };
}

function requestOf(state: State, key: string | undefined): Order | undefined {
  const request: Request | undefined = key === undefined ? undefined : state.requests.get(key);
  return request?.kind === "order" ? request.order : undefined;
}

type Frame<T extends OrderFrame["type"]> = Extract<OrderFrame, { type: T }>;

function onRole(before: State, { name, role }: Frame<"role_changed">, asked: boolean): State {
  const roles = new Map(before.roles).set(foldName(name), role);
  const state = { ...before, roles };
  const t = strings.people;
  if (samePerson(name, state.me.name)) {
    const me = { ...state.me, role };
    return role === state.me.role ? state : tell({ ...state, me }, t.yourRole(strings.roles[role]));
  }
  return asked ? tell(state, t.theirRole(name, strings.roles[role])) : state;
}

function onMuted(before: State, { name, until }: Frame<"muted">, at: number, asked: boolean) {
  const t = strings.people;
  if (!samePerson(name, before.me.name)) {
    const news = until > at ? t.muted(name, whenOf(until, at)) : t.unmuted(name);
    return asked ? tell(before, news) : before;
  }
  const { mutedUntil: _old, ...state } = before;
  return until > at ? { ...state, mutedUntil: until } : tell(state, t.youAreUnmuted);
}

function onBlocks(before: State, names: readonly string[], request: Order | undefined): State {
  const state = { ...before, blocks: names };
  if (request?.type !== "block") return state;
  const { blocked, unblocked } = strings.people;
  return tell(state, request.on ? blocked(request.name) : unblocked(request.name));
}

function onJournal(
  state: State,
  { entries, more }: Frame<"moderation_log">,
  request: Order | undefined,
): State {
  const older = request?.type === "moderation_log" && request.before !== undefined;
  const held = older ? state.journal?.entries ?? [] : [];
  return { ...state, journal: { entries: [...held, ...entries], more } };
}

/** The server says that one is silenced. */
export function silenced(state: State, until: number): State {
  return { ...state, mutedUntil: until };
}

/** One was put out of a room by a moderator, or left it on another device. */
export function putOut(state: State, room: string, by: string | undefined): State {
  const { noLongerIn, putOutBy } = strings.people;
  return tell(state, by === undefined ? noLongerIn(titleOf(room)) : putOutBy(by, titleOf(room)));
}

// Who is here ----------------------------------------------------------------------------------

/**
 * Takes in that somebody comes, goes or is away.
 *
 * @param told Who it is; `watched` where it was told because the page had asked.
 */
export function setPerson(before: State, told: Person & { readonly watched?: true }): State {
  const { name, guest, state: presence } = told;
  const id = foldName(name);
  const state = withConversation(before, told);
  const list = told.watched ? "watched" : "people";
  const people = new Map(state[list]);
  // The name of a guest who is gone is free: it is nobody's any more.
  if (guest !== undefined && presence === "offline") people.delete(id);
  else people.set(id, { name, state: presence, ...(guest === undefined ? {} : { guest }) });
  return { ...state, [list]: people };
}

/**
 * A conversation with a guest ends with the guest; whoever has the name next, be it for good, begins
 * another.
 */
function withConversation(state: State, { name, guest, state: presence }: Person): State {
  const known = personOf(state, name)?.guest;
  const isAnother = known !== undefined && known !== guest;
  if (guest === undefined && !isAnother) return state;
  return changeRoom(state, `@${name}`, (room) => {
    if (presence === "offline") return guest === undefined ? room : { ...room, over: true };
    return room.over || isAnother ? emptyRoom(room.name) : room;
  });
}

/**
 * Takes in the number of a guest who does something now. One who reloads gets another number, and
 * is not announced again.
 */
export function heardGuest(state: State, name: string, guest: number | undefined): State {
  const id = foldName(name);
  const known = personOf(state, name);
  if (guest === undefined || known === undefined || (known.guest ?? 0) >= guest) return state;
  const list = state.watched.has(id) ? "watched" : "people";
  const next = { ...state, [list]: new Map(state[list]).set(id, { ...known, guest }) };
  const conversation = state.rooms.get(foldRoom(`@${name}`));
  if (known.guest === undefined || conversation === undefined) return next;
  return putRoom(next, emptyRoom(conversation.name));
}

// Slow rooms -----------------------------------------------------------------------------------

/** In a slow room one waits after each message; moderators do not. */
export function waiting(state: State, name: string, until: (room: Room) => number): State {
  if (state.me.role === "owner" || state.me.role === "moderator") return state;
  return changeRoom(
    state,
    name,
    (room) => room.slowSeconds === undefined ? room : { ...room, waitUntil: until(room) },
  );
}
