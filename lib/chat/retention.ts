/**
 * Deletes messages in the background that are too old. A step is repeated if the server ends within it.
 *
 * @module
 */
import type { HubApi } from "./hub_api.ts";
import { appendAll } from "./removal.ts";
import { Sweep, type SweepOptions } from "./sweep.ts";
import type { Store } from "../store/store.ts";

/** Options of the sweep of messages that are too old. */
export interface RetentionOptions extends Pick<SweepOptions, "clock" | "log"> {
  readonly store: Pick<Store, "nextExpiry" | "endExpiryStep">;
  readonly hub: Pick<HubApi, "rooms" | "append">;
  /** Returns after how many days messages are deleted in every room; 0 for never. */
  readonly days: () => number;
}

/** Deletes messages that are too old. */
export function sweepExpired(options: RetentionOptions): Sweep {
  const { clock, log } = options;
  return new Sweep({ what: "old messages", step: () => deleteSome(options), clock, log });
}

/** Does one step. @returns Whether there may be more to do at once. */
async function deleteSome({ store, hub, clock, days }: RetentionOptions): Promise<boolean> {
  const step = await store.nextExpiry(clock.now(), days());
  if (step === null) return false;
  const at = clock.now();
  await appendAll(
    hub,
    step.messages.map(({ room, seq: target, sender }) => {
      return { room, sender, at, kind: "delete", target, expired: true } as const;
    }),
  );
  await store.endExpiryStep(step, at);
  return true;
}
