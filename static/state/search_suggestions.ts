/**
 * Suggests operators, people, rooms, values and days while the user types in the search field.
 * Pure: the suggestions follow from the text, the position of the cursor, the state and the time.
 *
 * @module
 */
import { foldName } from "../../lib/protocol/names.ts";
import type { PresenceState } from "../../lib/protocol/frames.ts";
import {
  operatorText,
  parseSearch,
  SEARCH_OPERATORS,
  type SearchOperator,
} from "../../lib/protocol/text/search_query.ts";
import { deferredStrings } from "../strings/deferred.ts";
import { strings } from "../strings/strings.ts";
import { dateOf } from "../strings/deferred_format.ts";
import { rankOf } from "./completion.ts";
import { isProvisional } from "./room.ts";
import { presenceOf, roomsOf } from "./selectors.ts";
import { everyone } from "./directory.ts";
import { type FoundNames, NOTHING_FOUND, otherPeople, otherRooms } from "./fuzzy_match.ts";
import type { PageState } from "./types.ts";

/** How many names are suggested at once. */
const suggestedMax = 8;

/** The values that are suggested; the server has no others yet. */
const VALUES = { has: SEARCH_OPERATORS.has, is: ["pinned"] } as const;

/** A suggestion, and the part of the text that it replaces. */
export interface Suggestion {
  readonly kind: "operator" | "person" | "room" | "value";
  /** Unique among the suggestions. */
  readonly id: string;
  readonly label: string;
  /** A text beside the label. */
  readonly hint?: string;
  readonly presence?: PresenceState;
  /** An operator with its value; without one, the user goes on to choose it. */
  readonly text: string;
}

/** The suggestions for a place in the text. */
export interface Suggestions {
  readonly options: readonly Suggestion[];
  /** The part of the text that the chosen one replaces. */
  readonly start: number;
  readonly end: number;
  /** Whether Enter chooses the first one: a value is being typed, and not a word. */
  readonly eager: boolean;
}

/** Returns the name of a person or room that is being typed at the cursor's place, if any. */
export function nameAt(text: string, caret: number): string {
  const part = partAt(text, caret);
  return part?.kind === "from" || part?.kind === "in" ? part.value : "";
}

function partAt(text: string, caret: number) {
  return parseSearch(text).parts.find(({ start, end }) => start < caret && caret <= end);
}

/**
 * Returns the suggestions for the cursor's place in the text.
 *
 * @param found What the server has for the name there.
 */
export function suggestionsAt(
  text: string,
  caret: number,
  state: PageState,
  now: number,
  found: FoundNames = NOTHING_FOUND,
): Suggestions {
  const part = partAt(text, caret);
  if (part === undefined) {
    return { options: operators(""), start: caret, end: caret, eager: false };
  }
  const { kind, value, start, end } = part;
  switch (kind) {
    case "phrase":
      return { options: [], start, end, eager: false };
    case "word":
      return { options: operators(value), start, end, eager: false };
    default:
      return { options: valuesOf(kind, value, state, now, found), start, end, eager: value !== "" };
  }
}

function operators(begun: string): readonly Suggestion[] {
  const t = deferredStrings.search.operators;
  return (Object.keys(SEARCH_OPERATORS) as SearchOperator[])
    .filter((operator) => operator.startsWith(begun.toLowerCase()))
    .map((operator) => ({
      kind: "operator",
      id: operator,
      label: `${operator}:`,
      hint: t[operator],
      text: `${operator}:`,
    }));
}

function valuesOf(
  operator: SearchOperator,
  value: string,
  state: PageState,
  now: number,
  found: FoundNames,
): readonly Suggestion[] {
  switch (operator) {
    case "from":
      return people(state, value, found);
    case "in":
      return places(state, value, found);
    case "has":
    case "is": {
      const t = deferredStrings.search.values;
      return VALUES[operator].filter((one) => one.startsWith(value)).map((one) => ({
        kind: "value",
        id: one,
        label: t[one],
        hint: operatorText(operator, one),
        text: operatorText(operator, one),
      }));
    }
    case "before":
    case "after":
      return days(operator, value, now);
    default:
      return operator satisfies never;
  }
}

function people(state: PageState, begun: string, found: FoundNames): readonly Suggestion[] {
  const others = [...everyone(state), ...otherPeople(state, found)];
  const names = [state.me.name, ...others.map(({ name }) => name)];
  return best(names, begun).map((name) => ({
    kind: "person",
    id: foldName(name),
    label: name,
    presence: presenceOf(state, name),
    text: operatorText("from", name),
  }));
}

/** Suggests the user's rooms, then their conversations; after `@`, only these, and other people. */
function places(state: PageState, begun: string, found: FoundNames): readonly Suggestion[] {
  const here = [...roomsOf(state, false), ...roomsOf(state, true)]
    .filter((room) => !room.parted && !room.people && !isProvisional(room));
  const others = begun.startsWith("@") ? otherPeople(state, found) : [];
  // What the page holds decides.
  const titles = new Map([
    ...others.map(({ name }) => [`@${name}`, undefined] as const),
    ...otherRooms(state, found).map(({ room, title }) => [room, title] as const),
    ...here.map(({ name, title }) => [name, title] as const),
  ]);
  return best([...titles.keys()], begun).map((name) => {
    const title = titles.get(name);
    return {
      kind: name.startsWith("@") ? "person" : "room",
      id: foldName(name),
      label: name.replace(/^@/, ""),
      ...(title === undefined ? {} : { hint: title }),
      text: operatorText("in", name),
    };
  });
}

function best(names: readonly string[], begun: string): readonly string[] {
  return names
    .map((name) => ({
      name,
      rank: begun.startsWith("@") && !name.startsWith("@")
        ? undefined
        : rankOf(name.replace(/^@/, ""), begun.replace(/^@/, "")),
    }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!)
    .slice(0, suggestedMax)
    .map(({ name }) => name);
}

/** Suggests the days that users look for most, for whoever does not know how a date is written. */
function days(operator: "before" | "after", begun: string, now: number): readonly Suggestion[] {
  const t = deferredStrings.search.days;
  const at = (change: (date: Date) => void) => {
    const date = new Date(now);
    change(date);
    return date;
  };
  const choices: readonly (readonly [label: string, date: Date])[] = [
    [strings.log.today, at(() => {})],
    [strings.log.yesterday, at((date) => date.setDate(date.getDate() - 1))],
    [t.weekAgo, at((date) => date.setDate(date.getDate() - 7))],
    [t.monthAgo, at((date) => date.setMonth(date.getMonth() - 1))],
    [t.yearStart, at((date) => date.setMonth(0, 1))],
    [t.yearAgo, at((date) => date.setFullYear(date.getFullYear() - 1))],
  ];
  return choices
    .map(([label, date]) => ({ label, date, day: dayName(date) }))
    .filter(({ label, day }) =>
      day.startsWith(begun) || label.toLowerCase().startsWith(begun.toLowerCase())
    )
    .map(({ label, date, day }) => ({
      kind: "value",
      id: label,
      label,
      hint: dateOf(date.getTime()),
      text: operatorText(operator, day),
    }));
}

/** Writes a day, where the user is, as a query has it: `2026-11-20`. */
function dayName(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0"));
  return `${date.getFullYear()}-${month}-${day}`;
}
