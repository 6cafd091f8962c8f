import type { Reaction } from "../../lib/protocol/frames.ts";
import type { Account } from "../../lib/store/records.ts";

/** A reaction as the store returns it to another user, by these users in this order. */
export function reactionOf(
  emoji: string,
  ...people: readonly Pick<Account, "name" | "publicId">[]
): Reaction {
  return {
    emoji,
    count: people.length,
    names: people.slice(0, 3).map(({ name }) => name),
    ids: people.slice(0, 3).map(({ publicId }) => publicId),
  };
}
