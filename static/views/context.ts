/** What every view may use: how to tell the store something. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Drafts } from "../kept/drafts.ts";
import type { Action } from "../state.ts";

/** How views tell what a person wants. */
export interface Actions {
  readonly dispatch: (action: Action) => void;
  readonly signOut: () => void;
  readonly reconnect: () => void;
  /** Takes files for a room. */
  readonly attach: (room: string, files: readonly File[]) => void;
  /** What was begun in the rooms, by their folded names. */
  readonly drafts: Pick<Drafts, "get" | "set" | "answers" | "answer">;
}

/** Carries the actions to every view. */
export const ActionsContext = createContext<Actions>({
  dispatch: () => {},
  signOut: () => {},
  reconnect: () => {},
  attach: () => {},
  drafts: { get: () => "", set: () => {}, answers: () => undefined, answer: () => {} },
});

/** The actions. */
export function useActions(): Actions {
  return useContext(ActionsContext);
}

/**
 * The `tabIndex` of what can be reached in a text. A log is one stop for Tab: only in the message
 * that one has gone to does it stop at links and names.
 */
export const ReachContext = createContext(0);
