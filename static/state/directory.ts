/**
 * The list of people whom the page knows.
 *
 * @module
 */
import type { PresenceState } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { remember } from "../util/remember.ts";
import { knownPeople, membersIn } from "./presence_watch.ts";
import { byName } from "./selectors.ts";
import type { PageState, PersonPresence, PersonRef } from "./types.ts";

const rank: Readonly<Record<PresenceState, number>> = { online: 0, away: 1, offline: 2 };

/** Sorts people who are online first. */
export function sortPeople(people: readonly PersonPresence[]): readonly PersonPresence[] {
  return people.toSorted((a, b) => rank[a.state] - rank[b.state] || byName.compare(a.name, b.name));
}

/**
 * Lists the people whom the page knows, without the user: those who were online, and the members of
 * the user's rooms.
 */
export const everyone: (state: PageState) => readonly PersonPresence[] = remember(
  (state) => {
    const known = knownPeople(state);
    const me = foldName(state.me.name);
    const absent = sortedMembers(membersIn(state.rooms)).filter(([folded]) => !known.has(folded));
    const people = [...known].filter(([folded]) => folded !== me).map(([, person]) => person);
    // Two lists in order are sorted as fast as they are joined.
    return sortPeople([
      ...sortPeople(people),
      ...absent.flatMap(([folded, member]) =>
        folded === me ? [] : { ...member, state: "offline" } as const
      ),
    ]);
  },
  ({ people, watched, me, rooms }) => [people, watched, me.name, membersIn(rooms)],
);

const sortedMembers = remember(
  (members: ReadonlyMap<string, PersonRef>) =>
    [...members].sort(([, a], [, b]) => byName.compare(a.name, b.name)),
  (members) => [members],
);
