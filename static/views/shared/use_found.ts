/**
 * What the server has for a text that the user types, beyond what the page holds: on a large server the
 * page knows some rooms of the user, and some people.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import type { RoomListing } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { call, isRefused } from "../../net/api.ts";
import { type FoundNames, NOTHING_FOUND, wantedIn } from "../../state/fuzzy_match.ts";
import type { PageState, PersonRef } from "../../state/types.ts";

/** For how many ms a user may pause while typing. */
const typingPause = 150;
/** How many rooms and people are asked for. */
const askedFor = 20;

interface RoomsAnswer {
  readonly rooms: readonly RoomListing[];
  readonly next?: string;
}

/**
 * Returns the user's other rooms, and the other people, whose names begin with a text. While the next
 * letters are under way, it returns those for the letters before.
 */
export function useFound(state: PageState, typed: string): FoundNames {
  const query = wantedIn(typed);
  const { ready, moreRooms = false } = state;
  const isWanted = query !== "" && ready;
  const found = useTyped(isWanted ? query : undefined, async (query): Promise<FoundNames> => {
    const [rooms, people] = await Promise.all([
      // Otherwise the page holds all rooms of the user.
      moreRooms ? ask<RoomsAnswer>("rooms", query, askedFor) : undefined,
      ask<{ readonly people: readonly PersonRef[] }>("people", query, askedFor),
    ]);
    return { rooms: rooms?.rooms ?? [], people: people?.people ?? [] };
  }, [moreRooms]);
  return query === "" || found === undefined ? NOTHING_FOUND : found;
}

/**
 * Returns public rooms, and rooms of the user: the first ones by name, which are all on a small
 * server; otherwise also those whose names begin with a text. None without a text.
 */
export function useRooms({ ready }: PageState, text: string | undefined): readonly RoomListing[] {
  const isWanted = ready && text !== undefined;
  const askFor = (query: string) => ask<RoomsAnswer>("rooms", query, LIMITS.page_size);
  const first = useTyped(isWanted ? "" : undefined, askFor);
  const isPart = isWanted && first?.next !== undefined;
  const others = useTyped(isPart ? text : undefined, askFor);
  return [...first?.rooms ?? [], ...isPart ? others?.rooms ?? [] : []];
}

/**
 * Asks about a text once the user pauses while typing it, and again with each change.
 *
 * @param query The text; while it is undefined, nothing is asked.
 * @returns The latest answer, which may be about an earlier text.
 */
function useTyped<T>(
  query: string | undefined,
  ask: (query: string) => Promise<T>,
  changes: readonly unknown[] = [],
): T | undefined {
  const [answer, setAnswer] = useState<T>();
  useEffect(() => {
    if (query === undefined) return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const answer = await ask(query);
      if (isCurrent) setAnswer(() => answer);
    }, typingPause);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, ...changes]);
  return answer;
}

async function ask<T extends object>(
  what: "rooms" | "people",
  query: string,
  limit: number,
): Promise<T | undefined> {
  const path = `/api/${what}?query=${encodeURIComponent(query)}&limit=${limit}`;
  const answer = await call<T>("GET", path);
  return isRefused(answer) ? undefined : answer;
}
