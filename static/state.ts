/**
 * The page's state, and the one function that changes it. `reduce` is pure: the same state and
 * action always give the same step, and what must happen in the world is returned as effects.
 *
 * @module
 */
import { foldRoom, LIMITS } from "../lib/protocol.ts";
import type { Place } from "./address.ts";
import { onFrame } from "./state/frames.ts";
import { onIntent } from "./state/intents.ts";
import { restored } from "./state/kept.ts";
import { adopt, stillPending, unsent } from "./state/pending.ts";
import { each, step } from "./state/step.ts";
import type { Action, State, Step } from "./state/types.ts";
import { keepWatch, unwatched } from "./state/watch.ts";
import { paused } from "./state/welcome.ts";

export type {
  Action,
  Draft,
  Effect,
  Intent,
  Line,
  Note,
  Pending,
  State,
  Step,
  Upload,
} from "./state/types.ts";

/**
 * The state before anything is known.
 *
 * @param wanted The room, or the message in one, that is to be shown first.
 */
export function initialState(wanted?: Place): State {
  return {
    phase: "starting",
    me: { name: "", role: "guest" },
    line: "closed",
    ready: false,
    limits: LIMITS,
    rooms: new Map(),
    people: new Map(),
    watched: new Map(),
    onlineCount: 0,
    watch: unwatched,
    looks: new Map(),
    roles: new Map(),
    pending: [],
    uploads: new Map(),
    requests: new Map(),
    lastRequest: 0,
    ...(wanted === undefined ? {} : wantedFirst(wanted)),
  };
}

function wantedFirst({ room, seq }: Place): Pick<State, "wanted" | "jump"> {
  const id = foldRoom(room);
  return { wanted: id, ...(seq === undefined ? {} : { jump: { room: id, seq } }) };
}

/**
 * Takes in one action.
 *
 * @param state What is known; never changed.
 * @returns What is known afterwards, and what is to be sent or done later, in order.
 */
export function reduce(state: State, action: Action): Step {
  return keepWatch(onAction(state, action));
}

function onAction(state: State, action: Action): Step {
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
      return step({ ...state, server: { name: action.name, signUp: action.signUp } });
    default:
      return onIntent(state, action);
  }
}

type ActionOf<T extends Action["type"]> = Extract<Action, { type: T }>;

/** What stays when somebody comes or goes: where they wanted to be, and where this is. */
function blank({ wanted, jump, server }: State): State {
  return {
    ...initialState(),
    ...(wanted === undefined ? {} : { wanted }),
    ...(jump === undefined ? {} : { jump }),
    ...(server === undefined ? {} : { server }),
  };
}

function onSignedIn(before: State, action: ActionOf<"signed_in">): State {
  const { name, role, page, rooms = [] } = action;
  const blankState: State = { ...blank(before), phase: "signed_in", me: { name, role } };
  const state = page === undefined ? blankState : restored(blankState, page, rooms);
  return { ...state, pending: stillPending(state, action.pending) };
}

function onLine(before: State, { line, at, retryAt }: ActionOf<"line">): State {
  const { retryAt: _old, ...rest } = before;
  const state: State = { ...rest, ...(retryAt === undefined ? {} : { retryAt }), line };
  if (line === "open") return state;
  const rooms = new Map([...state.rooms].map(([id, room]) => [id, paused(room)]));
  const asOf = state.ready ? { asOf: at } : {};
  return { ...state, ...asOf, ready: false, rooms, pending: unsent(state.pending) };
}
