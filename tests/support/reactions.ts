import type { Reaction } from "../../lib/protocol/frames.ts";
import type { Account } from "../../lib/store/records.ts";

/** A reaction as the store returns it, by these users in this order. */
export function reactionOf(
  emoji: string,
  ...people: readonly Pick<Account, "name" | "publicId">[]
): Reaction {
  return {
    emoji,
    names: people.map(({ name }) => name),
    ids: people.map(({ publicId }) => publicId),
  };
}
