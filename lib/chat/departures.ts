/**
 * Departures of guests: what each has posted, which decides what is kept.
 *
 * @module
 */
import type { Room } from "./room.ts";
import type { Traces } from "../store/departures.ts";
import type { Account } from "../store/records.ts";

/** Records where guests have posted, until they leave. */
export class GuestTraces {
  readonly #traces = new Map<number, Traces>();

  /** Records that an account is about to post in a room. Only guests are recorded. */
  note({ id, role }: Account, room: Room): void {
    if (role !== "guest") return;
    const before = this.#traces.get(id) ?? 0;
    if (before < 2) this.#traces.set(id, room.isDirect ? 1 : 2);
  }

  /** Returns and forgets where a leaving guest has posted. */
  take({ id }: Account): Traces {
    const traces = this.#traces.get(id) ?? 0;
    this.#traces.delete(id);
    return traces;
  }
}
