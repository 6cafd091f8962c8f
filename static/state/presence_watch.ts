/**
 * Subscriptions to users: to their profiles, and to the presence of some. On a large server, the server broadcasts the presence of the first users
 * who connect, and of nobody else. The page subscribes to every person it shows.
 */
import {
  type ErrorFrame,
  type PeopleHere,
  type ProfileTag,
  type Watching,
} from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { remember } from "../util/remember.ts";
import { answered, ask, nextKey, step } from "./step.ts";
import type { NameList, PageState, PersonPresence, PersonRef, Transition, Watch } from "./types.ts";

/** How long the page collects names before it subscribes, in ms. */
export const watchAfter = 300;
/**
 * How often the page subscribes anew, in ms: the server does not push the total number of users.
 */
export const watchEvery = 60_000;
/** How long to wait after a refusal that does not say how long, in ms. */
const tryAgainAfter = 2_000;

/** The subscription on a new connection: none yet. */
export const unwatched: Watch = { planned: false };

/**
 * Whether users may be online whose presence is not broadcast: there were some at the last count,
 * or as many as are broadcast have connected since.
 */
export function isLarge({ people, limits, onlineCount }: PageState): boolean {
  const here = [...people.values()].filter(({ state }) => state !== "offline");
  return Math.max(onlineCount, here.length) >= limits.listed_people;
}

/** Returns the presence record of a name. */
export function personOf({ people, watched }: PageState, name: string): PersonPresence | undefined {
  const id = foldName(name);
  return watched.get(id) ?? people.get(id);
}

/** Returns the person who has a name now, as far as the page knows. */
export function personNamed(state: PageState, name: string): PersonRef {
  const { id = membersIn(state.rooms).get(foldName(name))?.id, guest } = personOf(state, name) ??
    {};
  return { name, ...(id === undefined ? {} : { id }), ...(guest ? { guest } : {}) };
}

/** Returns the person with an id, under the present name if the page knows it. */
export function personWithId(state: PageState, id: string, name: string): PersonRef {
  for (const person of knownPeople(state).values()) {
    if (person.id === id) {
      return { name: person.name, id, ...(person.guest ? { guest: true } : {}) };
    }
  }
  for (const member of membersIn(state.rooms).values()) if (member.id === id) return member;
  return { name, id };
}

/** The members of the user's rooms, as far as the page knows them, by folded name. */
export const membersIn: (rooms: PageState["rooms"]) => ReadonlyMap<string, PersonRef> = remember(
  (rooms) => {
    const found = new Map<string, PersonRef>();
    for (const { members, memberIds } of rooms.values()) {
      for (const name of members) {
        const folded = foldName(name);
        const id = memberIds.get(folded);
        const known = found.get(folded);
        if (known === undefined) found.set(folded, { name, ...(id && { id }) });
        else if (known.id === undefined && id !== undefined) found.set(folded, { ...known, id });
      }
    }
    return found;
  },
  (rooms) => [...rooms.values()].flatMap(({ members, memberIds }) => [members, memberIds]),
);

/** Returns everyone whose presence the page has received, by folded name. */
export function knownPeople({ people, watched }: PageState): ReadonlyMap<string, PersonPresence> {
  return new Map([...people, ...watched]);
}

/** Returns the online people in a frame, by folded name. */
export function peopleOf(frame: PeopleHere): ReadonlyMap<string, PersonPresence> {
  const away = new Set(frame.away.map(foldName));
  const guests = new Set(frame.guests.map(({ name }) => foldName(name)));
  return new Map(
    frame.online.map((name, index) => {
      const folded = foldName(name);
      const id = frame.online_ids[index];
      return [folded, {
        name,
        state: away.has(folded) ? "away" : "online",
        ...(id === undefined ? {} : { id }),
        ...(guests.has(folded) ? { guest: true as const } : {}),
      }];
    }),
  );
}

/** Adds what users say about themselves to what the page knows. */
export function withProfiles(
  { profiles }: PageState,
  news: readonly ProfileTag[],
): PageState["profiles"] {
  return new Map([...profiles, ...news.map((one) => [foldName(one.name), one] as const)]);
}

/** Forgets what users have said about themselves until a time that has come. */
export function withoutOldStatuses(state: PageState, at: number): PageState {
  const old = [...state.profiles].filter(([, { status }]) => (status?.until ?? Infinity) <= at);
  if (old.length === 0) return state;
  const rest = old.map(([name, { status: _, ...profile }]) => [name, profile] as const);
  return { ...state, profiles: new Map([...state.profiles, ...rest]) };
}

/** Records that a list shows these names. */
export function visibleNames(
  state: PageState,
  view: NameList,
  names: readonly string[],
): PageState {
  return { ...state, visibleNames: new Map(state.visibleNames).set(view, names) };
}

/** Schedules a subscription if the page shows other names than it has subscribed to. */
export function keepWatch({ state, effects }: Transition): Transition {
  const { ready, watch } = state;
  if (!ready || watch.planned || isSame(wanted(state), watch.names)) return { state, effects };
  return {
    state: { ...state, watch: { ...watch, planned: true } },
    effects: [...effects, { type: "later", ms: watchAfter, action: { type: "watch" } }],
  };
}

/**
 * Subscribes to the presence of the names that the page shows.
 *
 * @param again The key of the subscription to renew, unless a newer one has replaced it.
 */
export function askToWatch(state: PageState, again?: string): Transition {
  const { watch } = state;
  const names = wanted(state);
  const isAsked = again === undefined ? isSame(names, watch.names) : again !== watch.key;
  if (!state.ready || names === undefined || isAsked) {
    return step({ ...state, watch: { ...watch, planned: false } });
  }
  const key = nextKey(state);
  const asking = { ...state, watch: { names, key, planned: false } };
  return ask(asking, { kind: "watch" }, () => ({ type: "watch", names, key }));
}

/** Applies the answer to a subscription. */
export function onWatching(before: PageState, frame: Watching): Transition {
  const state = answered(before, frame.key);
  // A newer subscription has replaced this one: its answer follows.
  if (frame.key === undefined || frame.key !== state.watch.key) return step(state);
  // Of those who are watched, the answer has every profile.
  const asked = new Set(state.watch.names?.map(foldName));
  const others = [...state.profiles].filter(([name]) => !asked.has(name));
  const profiles = withProfiles({ ...state, profiles: new Map(others) }, frame.profiles ?? []);
  const known = { ...state, profiles, onlineCount: frame.online_count };
  // On a small server the presence is broadcast.
  if (!isLarge(known)) return step({ ...known, watched: new Map() });
  const next = { ...known, watched: peopleOf(frame) };
  return step(next, { type: "later", ms: watchEvery, action: { type: "watch", again: frame.key } });
}

/** Schedules a retry after a refused subscription. */
export function onWatchRefused(
  state: PageState,
  { retry_after = tryAgainAfter }: ErrorFrame,
): Transition {
  const later = { type: "later", ms: retry_after, action: { type: "watch" } } as const;
  return step({ ...state, watch: { planned: true } }, later);
}

/**
 * Returns the shown names. On a small server the presence of all is broadcast: there they are those
 * whose profile a view shows, and `undefined` if there is none.
 */
function wanted(state: PageState): readonly string[] | undefined {
  const { me, person, rooms, visibleNames, limits, watch } = state;
  const large = isLarge(state);
  const inViews = [...visibleNames.values()].flat();
  if (!large && inViews.length === 0) return watch.names === undefined ? undefined : [];
  const partners = [...rooms.values()].filter(({ kind, over }) => kind === "direct" && !over)
    .map(({ name }) => name.slice(1));
  const shown = large ? [person?.name ?? me.name, ...partners, ...inViews] : inViews;
  const names = new Map(shown.map((name) => [foldName(name), name]));
  names.delete(foldName(me.name));
  return [...names.values()].slice(0, limits.watched_people);
}

function isSame(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
