/**
 * Holds the state, runs the reducer and carries out its effects.
 *
 * @module
 */
import type { ClientFrame } from "../lib/protocol.ts";
import { type Action, type Effect, type Note, reduce, type State } from "./state.ts";

/** Where effects go. */
export interface World {
  readonly send: (frames: readonly ClientFrame[]) => void;
  readonly later: (ms: number, run: () => void) => void;
  readonly tell: (note: Note) => void;
}

/** The one place where the state changes. */
export class Store {
  readonly #world: World;
  readonly #listeners = new Set<(state: State) => void>();
  #state: State;

  constructor(state: State, world: World) {
    this.#state = state;
    this.#world = world;
  }

  /** The state now. */
  get state(): State {
    return this.#state;
  }

  /** Takes in an action; a listener sees the state after all of it. */
  readonly dispatch = (action: Action): void => {
    const before = this.#state;
    const { state, effects } = reduce(before, action);
    this.#state = state;
    this.#run(effects);
    if (state !== before) { for (const listener of this.#listeners) listener(state); }
  };

  /** @returns A function that ends the subscription. */
  subscribe(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #run(effects: readonly Effect[]): void {
    const frames: ClientFrame[] = [];
    for (const effect of effects) {
      if (effect.type === "send") frames.push(effect.frame);
      else if (effect.type === "tell") this.#world.tell(effect.note);
      else this.#world.later(effect.ms, () => this.dispatch(effect.action));
    }
    if (frames.length > 0) this.#world.send(frames);
  }
}
