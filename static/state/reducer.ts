/**
 * The page's state and the function that changes it. `reduce` is pure: the same state and action
 * always give the same transition. Side effects are returned as values.
 *
 * @module
 */
import { LIMITS } from "../../lib/protocol/limits.ts";
import type { LinkTarget } from "../util/address.ts";
import { onFrame } from "./frames.ts";
import { onIntent } from "./intents.ts";
import { restored } from "./snapshot.ts";
import { withPlaces } from "./membership.ts";
import { flush, stillPending, unsent } from "./pending.ts";
import { foldAddress } from "./places.ts";
import { each, step, then } from "./step.ts";
import { intoThread } from "./navigate.ts";
import type { Action, PageState, Pending, Transition } from "./types.ts";
import { keepWatch, unwatched } from "./presence_watch.ts";
import { paused } from "./welcome.ts";
import { join, loadOpen } from "./join.ts";

export type {
  Action,
  ConnectionStatus,
  Draft,
  Intent,
  MessageNotification,
  PageEffect,
  PageState,
  Pending,
  Transition,
  Upload,
} from "./types.ts";

/**
 * Returns the initial state.
 *
 * @param wanted The room or message to show first.
 */
export function initialState(wanted?: LinkTarget): PageState {
  return {
    phase: "starting",
    me: { name: "", role: "guest" },
    line: "closed",
    ready: false,
    limits: LIMITS,
    rooms: new Map(),
    invitations: [],
    people: new Map(),
    watched: new Map(),
    profiles: new Map(),
    onlineCount: 0,
    watch: unwatched,
    visibleNames: new Map(),
    roles: new Map(),
    lists: {},
    changedEmoji: new Map(),
    due: [],
    pending: [],
    calls: [],
    uploads: new Map(),
    requests: new Map(),
    lookedUp: new Map(),
    lastRequest: 0,
    ...(wanted === undefined ? {} : wantedFirst(wanted)),
  };
}

function wantedFirst({ room, seq }: LinkTarget): Pick<PageState, "wanted" | "wantedSeq"> {
  return { wanted: foldAddress(room), ...(seq === undefined ? {} : { wantedSeq: seq }) };
}

/**
 * Reduces one action.
 *
 * @param state The state before; never changed.
 * @returns The state after, and the effects to run, in order.
 */
export function reduce(state: PageState, action: Action): Transition {
  return keepWatch(then(then(onAction(state, action), intoThread), loadOpen));
}

function onAction(state: PageState, action: Action): Transition {
  switch (action.type) {
    case "frames":
      return each(step(state), action.frames, (next, frame) => onFrame(next, frame, action.at));
    case "line":
      return step(onLine(state, action));
    case "signed_in":
      return step(onSignedIn(state, action));
    case "adopted":
      return adopt(state, action.pending);
    case "signed_out":
      return step({
        ...blank(state),
        phase: "signed_out",
        ...(action.reason === undefined ? {} : { notice: action.reason }),
        ...(action.invite === undefined ? {} : { invite: action.invite }),
      });
    case "server":
      return step({ ...state, server: action.server });
    case "unstored":
      return step(
        state.unstored?.why === action.why ? state : {
          ...state,
          unstored: { why: action.why },
        },
      );
    default:
      return onIntent(state, action);
  }
}

type ActionOf<T extends Action["type"]> = Extract<Action, { type: T }>;

/** Keeps what survives a sign-in or sign-out: the wanted address, the server and the browser. */
function blank({ wanted, wantedSeq, server, unstored }: PageState): PageState {
  return {
    ...initialState(),
    ...(wanted === undefined ? {} : { wanted }),
    ...(wantedSeq === undefined ? {} : { wantedSeq }),
    ...(server === undefined ? {} : { server }),
    ...(unstored === undefined ? {} : { unstored }),
  };
}

function onSignedIn(before: PageState, action: ActionOf<"signed_in">): PageState {
  const { name, id, role, page, rooms = [] } = action;
  const blankState: PageState = {
    ...blank(before),
    phase: "signed_in",
    me: { name, role, ...(id === undefined ? {} : { id }) },
  };
  const state = page === undefined ? blankState : restored(blankState, page, rooms);
  return withPlaces({ ...state, pending: stillPending(state, action.pending) });
}

/** Adds the drafts that another page has left behind, each under its key. */
function adopt(state: PageState, left: readonly Pending[]): Transition {
  const known = new Set(state.pending.map(({ key }) => key));
  const added = stillPending(state, left).filter(({ key }) => !known.has(key));
  const next = withPlaces({ ...state, pending: [...state.pending, ...added] });
  const rooms = new Set(added.map(({ room }) => room));
  return each(
    step(next),
    rooms,
    (now, key) => now.rooms.get(key)?.live ? flush(now, key) : join(now, key),
  );
}

function onLine(before: PageState, { line, at, retryAt }: ActionOf<"line">): PageState {
  const { retryAt: _old, ...rest } = before;
  const state: PageState = { ...rest, ...(retryAt === undefined ? {} : { retryAt }), line };
  if (line === "open") return state;
  const rooms = new Map([...state.rooms].map(([id, room]) => [id, paused(room)]));
  const asOf = state.ready ? { asOf: at } : {};
  return { ...state, ...asOf, ready: false, rooms, pending: unsent(state.pending) };
}
