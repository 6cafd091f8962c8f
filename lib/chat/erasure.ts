/**
 * Erases in the background what an erased account did in rooms: its messages become deleted messages
 * and its reactions are taken back, by events in the logs, so that every client learns of it. A step is
 * repeated if the server ends within it.
 *
 * @module
 */
import type { HubApi } from "./hub_api.ts";
import { Sweep, type SweepOptions } from "./sweep.ts";
import type { Outcome } from "./group_commit.ts";
import type { LogPlace } from "../store/erasures.ts";
import type { Account, Append } from "../store/records.ts";
import type { Store } from "../store/store.ts";

/** Options of the sweep of erased accounts. */
export interface ErasureOptions extends Pick<SweepOptions, "clock" | "log"> {
  readonly store: Pick<Store, "nextErasure" | "endErasureStep">;
  readonly hub: Pick<HubApi, "rooms" | "append">;
}

/** What is appended for one message or reaction. */
type Removal =
  | Pick<Extract<Append, { kind: "delete" }>, "kind" | "target">
  | Pick<Extract<Append, { kind: "reaction" }>, "kind" | "target" | "emoji" | "on">;

/** Erases what erased accounts did in rooms. */
export function sweepErased(options: ErasureOptions): Sweep {
  const { clock, log } = options;
  return new Sweep({ what: "erased users", step: () => eraseSome(options), clock, log });
}

/** Does one step. @returns Whether there may be more to do at once. */
async function eraseSome({ store, hub, clock }: ErasureOptions): Promise<boolean> {
  const step = await store.nextErasure(clock.now());
  if (step === null) return false;
  const { account, messages, reactions, next } = step;

  async function remove({ room: id }: LogPlace, removal: Removal): Promise<void> {
    const room = await hub.rooms.load({ id });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const base = { room: id, sender: account, at: clock.now(), key: null, whileArchived: true };
    hub.append(room, { ...base, ...removal }, resolve);
    const outcome = await promise;
    // Any other refusal says that there is nothing to remove.
    if ("refused" in outcome && outcome.refused === "try_again") {
      throw new Error("Cannot erase: the store takes no events now");
    }
  }

  await Promise.all([
    ...messages.map((place) => remove(place, { kind: "delete", target: place.seq })),
    ...reactions.map((place) => {
      const { seq: target, emoji } = place;
      return remove(place, { kind: "reaction", target, emoji, on: false });
    }),
  ]);
  await store.endErasureStep(account.id, next, clock.now());
  return true;
}

/** The name of a user who was erased. */
export const TOMBSTONE: Account["name"] = "Deleted user";
