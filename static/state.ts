/**
 * The page's state, and the one function that changes it. `reduce` is pure: the same state and
 * action always give the same step, and what must happen in the world is returned as effects.
 *
 * @module
 */
import { LIMITS } from "../lib/protocol.ts";
import { onFrame } from "./state/frames.ts";
import { onIntent } from "./state/intents.ts";
import { unsent } from "./state/pending.ts";
import { each, step } from "./state/step.ts";
import type { Action, Line, State, Step } from "./state/types.ts";
import { paused } from "./state/welcome.ts";

export type { Action, Draft, Effect, Intent, Line, Pending, State, Step } from "./state/types.ts";

/** The state before anything is known. */
export function initialState(wanted?: string): State {
  return {
    phase: "starting",
    me: { name: "", role: "guest" },
    line: "closed",
    ready: false,
    limits: LIMITS,
    rooms: new Map(),
    people: new Map(),
    roles: new Map(),
    pending: [],
    requests: new Map(),
    lastRequest: 0,
    ...(wanted === undefined ? {} : { wanted }),
  };
}

/**
 * Takes in one action.
 *
 * @param state What is known; never changed.
 * @returns What is known afterwards, and what is to be sent or done later, in order.
 */
export function reduce(state: State, action: Action): Step {
  switch (action.type) {
    case "frames":
      return each(step(state), action.frames, (next, frame) => onFrame(next, frame, action.at));
    case "line":
      return step(onLine(state, action.line, action.retryAt));
    case "signed_in":
      return step({
        ...blank(state),
        phase: "signed_in",
        me: { name: action.name, role: action.role },
        pending: action.pending,
      });
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

/** What stays when somebody comes or goes: where they wanted to be, and where this is. */
function blank({ wanted, server }: State): State {
  return { ...initialState(wanted), ...(server === undefined ? {} : { server }) };
}

function onLine(state: State, line: Line, retryAt?: number): State {
  const { retryAt: _old, ...rest } = state;
  const due = retryAt === undefined ? {} : { retryAt };
  if (line === "open") return { ...rest, ...due, line };
  const rooms = new Map([...state.rooms].map(([id, room]) => [id, paused(room)]));
  return { ...rest, ...due, line, ready: false, rooms, pending: unsent(state.pending) };
}
