/**
 * Erases in the background what an erased account did in rooms: its messages become deleted messages
 * and its reactions and votes are taken back, by events in the logs, so that every client learns of it. A step is
 * repeated if the server ends within it.
 *
 * @module
 */
import type { HubApi } from "./hub_api.ts";
import { appendAll } from "./removal.ts";
import { Sweep, type SweepOptions } from "./sweep.ts";
import type { Account } from "../store/records.ts";
import type { Store } from "../store/store.ts";

/** Options of the sweep of erased accounts. */
export interface ErasureOptions extends Pick<SweepOptions, "clock" | "log"> {
  readonly store: Pick<Store, "nextErasure" | "endErasureStep">;
  readonly hub: Pick<HubApi, "rooms" | "append">;
}

/** Erases what erased accounts did in rooms. */
export function sweepErased(options: ErasureOptions): Sweep {
  const { clock, log } = options;
  return new Sweep({ what: "erased users", step: () => eraseSome(options), clock, log });
}

/** Does one step. @returns Whether there may be more to do at once. */
async function eraseSome({ store, hub, clock }: ErasureOptions): Promise<boolean> {
  const step = await store.nextErasure(clock.now());
  if (step === null) return false;
  const { account, messages, reactions, votes, next } = step;
  const base = { sender: account, at: clock.now() };
  await appendAll(hub, [
    ...messages.map(({ room, seq: target }) => {
      return { ...base, room, kind: "delete", target } as const;
    }),
    ...reactions.map(({ room, seq: target, emoji }) => {
      return { ...base, room, kind: "reaction", target, emoji, on: false } as const;
    }),
    ...votes.map(({ room, seq: target, poll }) => {
      const vote = { ...base, room, kind: "poll_voted", target, options: [] } as const;
      return poll.anonymous ? { ...vote, anonymous: true } : vote;
    }),
  ]);
  await store.endErasureStep(account.id, next, clock.now());
  return true;
}

/** The name of a user who was erased. */
export const TOMBSTONE: Account["name"] = "Deleted user";
