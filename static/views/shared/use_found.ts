/**
 * What the server has for a text that the user types, beyond what the page holds: on a large server the
 * page knows some rooms of the user, and some people.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import type { RoomListing } from "../../../lib/protocol/frames.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import { call, isRefused } from "../../net/api.ts";
import { type Destination, wantedIn } from "../../state/fuzzy_match.ts";
import { personOf } from "../../state/presence_watch.ts";
import { everyone } from "../../state/directory.ts";
import type { PageState, PersonRef } from "../../state/types.ts";

/** For how many ms a user may pause while typing. */
const typingPause = 150;
/** How many rooms and people are asked for. */
const askedFor = 20;

interface FoundNames {
  readonly query: string;
  readonly rooms: readonly RoomListing[];
  readonly people: readonly PersonRef[];
}

const NOTHING: FoundNames = { query: "", rooms: [], people: [] };

/** Returns the user's other rooms, and the other people, whose names begin with a text. */
export function useFound(state: PageState, typed: string): readonly Destination[] {
  const query = wantedIn(typed);
  const [found, setFound] = useState(NOTHING);
  const { ready, moreRooms = false } = state;
  const knowsAll = [...state.rooms.values()]
    .every(({ kind, loaded, members, memberCount }) =>
      kind === "direct" || (loaded && members.length >= memberCount)
    );
  useEffect(() => {
    if (query === "" || !ready || (knowsAll && !moreRooms)) return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const [rooms, people] = await Promise.all([
        moreRooms ? ask<{ rooms: readonly RoomListing[] }>("rooms", query) : undefined,
        knowsAll ? undefined : ask<{ people: readonly PersonRef[] }>("people", query),
      ]);
      if (!isCurrent) return;
      setFound({ query, rooms: rooms?.rooms ?? [], people: people?.people ?? [] });
    }, typingPause);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, ready, knowsAll, moreRooms]);
  // While the next letters are under way, what fits is still there.
  return query === "" || !query.startsWith(found.query) ? [] : destinationsIn(found, query, state);
}

async function ask<T extends object>(what: string, query: string): Promise<T | undefined> {
  const path = `/api/${what}?query=${encodeURIComponent(query)}&limit=${askedFor}`;
  const answer = await call<T>("GET", path);
  return isRefused(answer) ? undefined : answer;
}

function destinationsIn(
  { rooms, people }: FoundNames,
  query: string,
  state: PageState,
): readonly Destination[] {
  const known = new Set(everyone(state).map(({ name }) => foldName(name)));
  const fits = ({ name }: { readonly name: string }) => foldName(name).startsWith(query);
  return [
    ...rooms.filter(({ room_id, kind, joined }) =>
      joined && kind !== "direct" && !state.rooms.has(room_id)
    ).map(({ room: name, room_id: room, kind }): Destination => ({
      ...{ id: room, action: { type: "join", room }, name },
      kind: kind === "private" ? "private" : "room",
    })),
    ...people.filter(({ name, id }) => !known.has(foldName(name)) && id !== state.me.id)
      .map(({ name, id, guest }): Destination => ({
        id: `@${foldName(name)}`,
        action: {
          type: "write",
          who: { name, ...(id === undefined ? {} : { id }), ...(guest ? { guest } : {}) },
        },
        ...{ name, kind: "person", presence: personOf(state, name)?.state ?? "offline" },
      })),
  ].filter(fits);
}
