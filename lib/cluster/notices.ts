/**
 * What instances tell each other.
 *
 * @module
 */
import type { Effect } from "../effects.ts";
import type { Present } from "../presence.ts";
import type { Notice, Peers } from "../store/peers.ts";

/** Something for the other instances. */
export type Told =
  /** What was stored takes effect. */
  | { readonly type: "effect"; readonly effect: Effect }
  /** What this instance sees of somebody has changed. */
  | Present & { readonly type: "presence" }
  /** Everybody whom this instance sees. */
  | { readonly type: "roster"; readonly people: readonly Present[] }
  /** Asks one instance, or all, for their rosters. */
  | { readonly type: "roll_call"; readonly of: string | null }
  /** There is nothing to tell, and this is still here. */
  | { readonly type: "alive" }
  /** This instance stops. */
  | { readonly type: "bye" };

/**
 * What was told, and how much the instance has told so far, this included: whoever counts along
 * knows when something is missing.
 */
export type Heard = Told & { readonly count: number };

/** Tells the other instances, and counts; silent where there cannot be any. */
export class Voice {
  readonly #peers: Peers | null;
  #count = 0;

  constructor(peers: Peers | null) {
    this.#peers = peers;
  }

  /** Tells all others something, soon. What is lost on the way they find out for themselves. */
  tell(told: Told): void {
    if (this.#peers === null) return;
    // Signs of life are not counted: they say what the count should be.
    if (told.type !== "alive") this.#count += 1;
    this.#peers.tell({ ...told, count: this.#count });
  }
}

/** A notice as what it says: the same program wrote it, of this version or a near one. */
export function heard(notice: Notice): Heard {
  return notice as unknown as Heard;
}
