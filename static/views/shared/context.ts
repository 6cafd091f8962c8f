/** The context that every view may use to change the state. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Drafts } from "../../storage/drafts.ts";
import type { ProfileTag } from "../../../lib/protocol/frames.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import { type Action, initialState, type PageState } from "../../state/reducer.ts";
import type { StateStore } from "../../state/store.ts";

/** What the views can do. */
export interface Actions {
  readonly dispatch: (action: Action) => void;
  /** The state and its changes, for what happens between two renders. */
  readonly store: Pick<StateStore, "state" | "subscribe">;
  readonly signOut: () => void;
  readonly reconnect: () => void;
  /** Uploads files for a room, or for a thread in it. */
  readonly attach: (room: string, files: readonly File[], thread?: number) => void;
  /** The unsent texts by the result of `draftKeyOf`. */
  readonly drafts: Pick<
    Drafts,
    | ("get" | "set" | "answers" | "answer" | "edit" | "setEdit" | "watch")
    | ("begun" | "keepText" | "unsaved" | "markSaved" | "merge" | "onChange")
  >;
}

/** Provides the actions to every view. */
export const ActionsContext = createContext<Actions>({
  dispatch: () => {},
  store: { state: initialState(), subscribe: () => () => {} },
  signOut: () => {},
  reconnect: () => {},
  attach: () => {},
  drafts: {
    get: () => "",
    set: () => {},
    answers: () => undefined,
    answer: () => {},
    edit: () => undefined,
    setEdit: () => {},
    watch: () => () => {},
    begun: [],
    keepText: () => {},
    unsaved: () => [],
    markSaved: () => {},
    merge: () => {},
    onChange: () => {},
  },
});

/** What users say about themselves, by folded name. */
export const ProfilesContext = createContext<PageState["profiles"]>(new Map());

/**
 * Returns what a person says about themselves.
 *
 * @param id Their id, if it is known: another person may have the name now.
 */
export function useProfile(name: string, id?: string): ProfileTag | undefined {
  const found = useContext(ProfilesContext).get(foldName(name));
  return id === undefined || id === found?.id ? found : undefined;
}

/** What the server has not acknowledged. */
export const PendingContext = createContext<PageState["pending"]>([]);

/** Returns the actions. */
export function useActions(): Actions {
  return useContext(ActionsContext);
}

/**
 * The `tabIndex` of links and names in a text. A log is one stop for Tab: only the links and names
 * of the active message are stops too.
 */
export const ReachContext = createContext(0);
