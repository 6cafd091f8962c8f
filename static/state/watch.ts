/**
 * Of whom the page asks to be told. On a large server everybody is told of the first who are here,
 * and of nobody else: whoever else is shown has to be asked for.
 */
import { type ErrorFrame, foldName, type PeopleHere, type Watching } from "../../lib/protocol.ts";
import { answered, ask, nextKey, step } from "./step.ts";
import type { Person, State, Step, View, Watch } from "./types.ts";

/** How long the page waits for more to ask for, in ms. */
export const watchAfter = 300;
/** How often it asks anew, in ms: nobody tells how many are here in all. */
export const watchEvery = 60_000;
/** How long it waits after a refusal that does not say how long. */
const tryAgainAfter = 2_000;

/** What is asked for on a new line: nothing yet. */
export const unwatched: Watch = { planned: false };

/**
 * Whether there may be people here of whom nobody tells the page unasked: there were when it last
 * heard how many are here, or as many as everybody is told of have come since.
 */
export function isLarge({ people, limits, onlineCount }: State): boolean {
  const here = [...people.values()].filter(({ state }) => state !== "offline");
  return Math.max(onlineCount, here.length) >= limits.listed_people;
}

/** Somebody by name, as far as presence goes. */
export function personOf({ people, watched }: State, name: string): Person | undefined {
  const id = foldName(name);
  return watched.get(id) ?? people.get(id);
}

/** Everybody of whom the page was told, by folded name. */
export function knownPeople({ people, watched }: State): ReadonlyMap<string, Person> {
  return new Map([...people, ...watched]);
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
  return { ...state, looks: new Map(state.looks).set(view, names) };
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
  const later = { type: "later", ms: retry_after, action: { type: "watch" } } as const;
  return step({ ...state, watch: { planned: true } }, later);
}

/** Whom the page shows that nobody tells of unasked; `undefined` where it need not ask at all. */
function wanted(state: State): readonly string[] | undefined {
  const { me, person, rooms, looks, limits, watch } = state;
  if (!isLarge(state)) return watch.names === undefined ? undefined : [];
  const partners = [...rooms.values()].filter(({ kind, over }) => kind === "direct" && !over)
    .map(({ name }) => name.slice(1));
  const shown = [person?.name ?? me.name, ...partners, ...[...looks.values()].flat()];
  const names = new Map(shown.map((name) => [foldName(name), name]));
  names.delete(foldName(me.name));
  return [...names.values()].slice(0, limits.watched_people);
}

function isSame(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
