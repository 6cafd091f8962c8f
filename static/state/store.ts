/**
 * Holds the state, runs the reducer and its effects.
 *
 * @module
 */
import type { ClientFrame } from "../../lib/protocol/frames.ts";
import {
  type Action,
  type MessageNotification,
  type PageEffect,
  type PageState,
  reduce,
} from "./reducer.ts";
import type { SavedDraft } from "./types.ts";

/** The side effects that the store can run. */
export interface StoreEnvironment {
  readonly send: (frames: readonly ClientFrame[]) => void;
  readonly later: (ms: number, run: () => void) => void;
  readonly notify: (note: MessageNotification) => void;
  readonly draft: (draft: SavedDraft) => void;
  readonly dismissNotification: (room: string, seq?: number) => void;
}

/** The only place where the state changes. */
export class StateStore {
  readonly #environment: StoreEnvironment;
  readonly #listeners = new Set<(state: PageState) => void>();
  #state: PageState;

  constructor(state: PageState, environment: StoreEnvironment) {
    this.#state = state;
    this.#environment = environment;
  }

  /** The present state. */
  get state(): PageState {
    return this.#state;
  }

  /** Reduces an action; the listeners see the state after all of it. */
  readonly dispatch = (action: Action): void => {
    const before = this.#state;
    const { state, effects } = reduce(before, action);
    this.#state = state;
    this.#run(effects);
    // A listener that dispatches has already notified the others of the later state.
    if (state !== before) { for (const listener of this.#listeners) listener(this.#state); }
  };

  /** @returns A function that ends the subscription. */
  subscribe(listener: (state: PageState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #run(effects: readonly PageEffect[]): void {
    const frames: ClientFrame[] = [];
    for (const effect of effects) {
      if (effect.type === "send") frames.push(effect.frame);
      else if (effect.type === "notify") this.#environment.notify(effect.note);
      else if (effect.type === "draft") this.#environment.draft(effect.draft);
      else if (effect.type === "dismiss_notification") {
        this.#environment.dismissNotification(effect.room, effect.seq);
      } else this.#environment.later(effect.ms, () => this.dispatch(effect.action));
    }
    if (frames.length > 0) this.#environment.send(frames);
  }
}
