/**
 * Of whom the page asks to be told. On a large server everybody is told of the first who are here,
 * and of nobody else: whoever else is shown has to be asked for.
 */
import { type ErrorFrame, foldName, type PeopleHere, type Watching } from "../../lib/protocol.ts";
import { answered, ask, step } from "./step.ts";
import type { Person, State, Step, View, Watch } from "./types.ts";

/** How long the page waits for more to ask for, in ms. */
export const watchAfter = 300;
/** How often it asks anew, in ms: nobody tells how many are here in all. */
export const watchEvery = 60_000;
/** How long it waits after a refusal that does not say how long. */
const tryAgainAfter = 2_000;

/** What is asked for on a new line: nothing yet. */
export const unwatched: Watch = { planned: false };

/** Whether there may be people here of whom nobody tells the page unasked. */
export function isLarge({ people, limits }: State): boolean {
  if (people.size < limits.listed_people) return false;
  const here = [...people.values()].filter(({ state }) => state !== "offline");
  return here.length >= limits.listed_people;
}

/** How many are online or away, as far as that is known. */
export function countHere(state: State): number {
  const here = [...knownPeople(state).values()].filter((one) => one.state !== "offline").length;
  return isLarge(state) ? Math.max(state.onlineCount, here) : here;
}

/** Somebody by name, as far as presence goes. */
export function personOf({ people, watched }: State, name: string): Person | undefined {
  const id = foldName(name);
  return watched.get(id) ?? people.get(id);
}

/** Everybody of whom the page was told, by folded name. */
export function knownPeople({ people, watched }: State): ReadonlyMap<string, Person> {
  return watched.size === 0 ? people : new Map([...people, ...watched]);
}

/** Those who are here of the people in a frame, by folded name. */
export function peopleOf(frame: PeopleHere): ReadonlyMap<string, Person> {
  const away = new Set(frame.away.map(foldName));
  const guests = new Map(frame.guests.map(({ name, guest }) => [foldName(name), guest]));
  return new Map(
    frame.online.map((name) => {
      const id = foldName(name);
      const guest = guests.get(id);
      return [id, {
        name,
        state: away.has(id) ? "away" : "online",
        ...(guest === undefined ? {} : { guest }),
      }];
    }),
  );
}

/** A part of the page shows these people. */
export function look(state: State, view: View, names: readonly string[]): State {
  if (names.length === 0 && !state.looks.has(view)) return state;
  const looks = new Map(state.looks);
  if (names.length === 0) looks.delete(view);
  else looks.set(view, names);
  return { ...state, looks };
}

/** Plans to ask, where the page shows others than those for whom it asked. */
export function keepWatch({ state, effects }: Step): Step {
  const { ready, watch } = state;
  if (!ready || watch.planned || isSame(wanted(state), watch.names)) return { state, effects };
  return {
    state: { ...state, watch: { ...watch, planned: true } },
    effects: [...effects, { type: "later", ms: watchAfter, action: { type: "watch" } }],
  };
}

/**
 * Asks to be told of whomever the page shows.
 *
 * @param again The key of the question that is to be asked anew, unless another was asked since.
 */
export function askToWatch(state: State, again?: string): Step {
  if (!state.ready || (again !== undefined && again !== state.watch.key)) return step(state);
  const names = wanted(state);
  const isAsked = again === undefined && isSame(names, state.watch.names);
  if (names === undefined || isAsked) {
    return step({ ...state, watch: { ...state.watch, planned: false } });
  }
  const asked = ask(state, { kind: "watch" }, (key) => ({ type: "watch", names, key }));
  const key = `q${asked.state.lastRequest}`;
  return { ...asked, state: { ...asked.state, watch: { names, key, planned: false } } };
}

/** Takes in how those are for whom the page asked. */
export function onWatching(before: State, frame: Watching): Step {
  const state = answered(before, frame.key);
  // The answer to a question after which another was asked: so comes its answer.
  if (frame.key === undefined || frame.key !== state.watch.key) return step(state);
  const next = { ...state, watched: peopleOf(frame), onlineCount: frame.online_count };
  if (!isLarge(next)) return step(next);
  return step(next, { type: "later", ms: watchEvery, action: { type: "watch", again: frame.key } });
}

/** The question was refused: it is asked again. */
export function onWatchRefused(state: State, { retry_after = tryAgainAfter }: ErrorFrame): Step {
  const watch = { names: [], planned: true };
  return step({ ...state, watch }, {
    type: "later",
    ms: retry_after,
    action: { type: "watch" },
  });
}

/** Whom the page shows that nobody tells of unasked; `undefined` where it need not ask at all. */
function wanted(state: State): readonly string[] | undefined {
  const { me, person, rooms, looks, limits, watch } = state;
  if (!isLarge(state)) return watch.names === undefined ? undefined : [];
  const names = new Map<string, string>();
  const want = (name: string) => names.set(foldName(name), name);
  if (person !== undefined) want(person.name);
  for (const { kind, over, name } of rooms.values()) {
    if (kind === "direct" && !over) want(name.slice(1));
  }
  for (const shown of looks.values()) shown.forEach(want);
  names.delete(foldName(me.name));
  return [...names.values()].slice(0, limits.watched_people);
}

function isSame(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one === other ||
    (one?.length === other?.length && one !== undefined &&
      one.every((name, i) => name === other?.[i]));
}
