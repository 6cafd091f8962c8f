/**
 * Removes messages, reactions and votes in the background, by events in the logs of their rooms, so that every
 * client learns of it.
 *
 * @module
 */
import type { Outcome } from "./group_commit.ts";
import type { HubApi } from "./hub_api.ts";
import type { Append } from "../store/records.ts";

/** An event that removes a message, a reaction or a vote. */
export type Removal =
  & Pick<Append, "room" | "sender" | "at">
  & (
    | Pick<Extract<Append, { kind: "delete" }>, "kind" | "target" | "expired">
    | Pick<Extract<Append, { kind: "reaction" }>, "kind" | "target" | "emoji" | "on">
    | Pick<Extract<Append, { kind: "poll_voted" }>, "kind" | "target" | "options" | "anonymous">
  );

/**
 * Appends removals, and resolves once all are stored. One whose target is gone has no effect.
 *
 * @throws If the store takes no events now.
 */
export async function appendAll(
  hub: Pick<HubApi, "rooms" | "append">,
  removals: readonly Removal[],
): Promise<void> {
  await Promise.all(removals.map(async (removal) => {
    const room = await hub.rooms.load({ id: removal.room });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    hub.append(room, { ...removal, key: null, whileArchived: true, whileClosed: true }, resolve);
    const outcome = await promise;
    // Any other refusal says that there is nothing to remove.
    if ("refused" in outcome && outcome.refused === "try_again") {
      throw new Error("Cannot remove messages: the store takes no events now");
    }
  }));
}
