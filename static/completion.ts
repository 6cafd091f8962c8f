/**
 * Completes names while one writes: `@` people, `#` rooms, `:` emoji. Pure: what is offered follows
 * from the text, the place of the cursor and what is known.
 *
 * @module
 */
import { foldName, foldRoom, LIMITS, type PresenceState } from "../lib/protocol.ts";
import { type Catalogue, searchEmoji } from "./emoji.ts";
import { presenceOf, roomsOf } from "./select.ts";
import { samePerson } from "./state/room.ts";
import type { Room, State } from "./state/types.ts";
import { knownPeople } from "./state/watch.ts";

/** How many names are offered at once. */
const optionsMax = 8;

/** What is being named. */
export type Kind = "person" | "room" | "emoji";

/** The beginning of a name before the cursor. */
export interface Query {
  readonly kind: Kind;
  readonly text: string;
  /** Where its sign stands. */
  readonly start: number;
}

/** A name that is offered. */
export interface Option {
  readonly kind: Kind;
  /** What tells it from the others. */
  readonly id: string;
  readonly label: string;
  /** What else is to be said about it. */
  readonly hint?: string;
  readonly presence?: PresenceState;
  /** What takes the place of what was typed. */
  readonly insert: string;
}

/** The signs, and what can follow each; nothing that could be a word or a number stands before. */
const PATTERNS: Readonly<Record<Kind, RegExp>> = {
  // A name may have spaces in it, but a space at the end ends it.
  person:
    /(?<![\p{L}\p{N}@])@((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}._'-]*(?: [\p{L}\p{M}\p{N}._'-]+){0,3})?)$/u,
  room: /(?<![\p{L}\p{N}#])#([\p{L}\p{M}\p{N}_-]*)$/u,
  // One letter is more likely a face, as in ":D".
  emoji: /(?<![\p{L}\p{N}:]):([\p{L}\p{N}_+-]{2,})$/u,
};
const kinds = Object.keys(PATTERNS) as Kind[];

/** A whole name of an emoji before the cursor: `:tada:`. */
const closed = /(?<![\p{L}\p{N}:]):([a-z0-9_+-]+):$/u;

/** How far back a name can begin. */
const reach = LIMITS.room_name_length + 2;

/** The name that is being written, if any. */
export function queryAt(text: string, caret: number): Query | undefined {
  if (isCode(text.slice(0, caret))) return undefined;
  const before = text.slice(Math.max(0, caret - reach), caret);
  for (const kind of kinds) {
    const found = PATTERNS[kind].exec(before);
    if (found === null) continue;
    const written = found[1]!;
    return { kind, text: written, start: caret - written.length - 1 };
  }
  return undefined;
}

/** The emoji whose name was just closed with a colon, and where that name begins. */
export function closedEmoji(text: string, caret: number, catalogue: Catalogue) {
  const name = closed.exec(text.slice(Math.max(0, caret - reach), caret))?.[1];
  const found = name === undefined ? undefined : catalogue.byName.get(name);
  if (found === undefined || isCode(text.slice(0, caret))) return undefined;
  return { emoji: found.emoji, start: caret - name!.length - 2 };
}

/** Whether a text ends within code, where nothing has a meaning. */
function isCode(before: string): boolean {
  const lines = before.split("\n");
  const fences = lines.filter((line) => /^ {0,3}```/.test(line)).length;
  if (fences % 2 === 1) return true;
  return (lines.at(-1)!.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** What is offered for a query, the likeliest first. Emoji have to be loaded before. */
export function optionsFor(
  query: Query,
  state: State,
  room: Room,
  catalogue: Catalogue | undefined,
): readonly Option[] {
  switch (query.kind) {
    case "person":
      return people(query.text, state, room);
    case "room":
      return rooms(query.text, state);
    case "emoji":
      return catalogue === undefined ? [] : emoji(query.text, catalogue);
    default:
      return query.kind satisfies never;
  }
}

/** Whether nothing of a name that is offered is left to be written. */
export function isWhole({ kind, text }: Query, { label }: Option): boolean {
  return kind !== "emoji" && foldName(text) === foldName(label);
}

/** People of the room first, then whoever is here, then the rest. */
function people(text: string, state: State, room: Room): readonly Option[] {
  const near = new Map(room.members.map((name) => [foldName(name), name]));
  const all = new Map(near);
  for (const [id, { name }] of knownPeople(state)) if (!all.has(id)) all.set(id, name);
  const presences = { online: 0, away: 1, offline: 2 };
  const found = [...all]
    .filter(([, name]) => !samePerson(name, state.me.name))
    .map(([id, name]) => {
      const presence = presenceOf(state, name);
      const distance = (near.has(id) ? 0 : 3) + presences[presence];
      return { id, name, presence, rank: rankOf(name, text), distance };
    })
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank! || a.distance - b.distance || a.name.localeCompare(b.name));
  return found.slice(0, optionsMax).map(({ id, name, presence }) => ({
    kind: "person",
    id,
    label: name,
    presence,
    insert: `@${name} `,
  }));
}

/** One's own rooms first, then the public ones as far as they are known. */
function rooms(text: string, state: State): readonly Option[] {
  const own = roomsOf(state, false).map(({ name, title }) => ({ name, title }));
  const known = new Set(own.map(({ name }) => foldRoom(name)));
  const others = (state.listing ?? []).map(({ room: name, title }) => ({ name, title }))
    .filter(({ name }) => !known.has(foldRoom(name)));
  const found = [...own, ...others]
    .map((one) => ({ ...one, rank: rankOf(one.name, text) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!);
  return found.slice(0, optionsMax).map(({ name, title }) => ({
    kind: "room",
    id: foldRoom(name),
    label: name,
    ...(title === undefined ? {} : { hint: title }),
    insert: `#${name} `,
  }));
}

function emoji(text: string, catalogue: Catalogue): readonly Option[] {
  return searchEmoji(catalogue, text).slice(0, optionsMax).map(({ emoji, names, label }) => ({
    kind: "emoji",
    id: names[0]!,
    label: `:${names.find((name) => name.startsWith(text)) ?? names[0]}:`,
    hint: label,
    insert: `${emoji} `,
  }));
}

/** How well a name fits: its beginning best, then that of a word in it. Accents do not matter. */
function rankOf(name: string, text: string): number | undefined {
  const [whole, begun] = [bare(name), bare(text)];
  if (whole.startsWith(begun)) return 0;
  return whole.split(/[ ._'-]+/).some((word) => word.startsWith(begun)) ? 1 : undefined;
}

function bare(text: string): string {
  return foldName(text).normalize("NFD").replace(/\p{M}/gu, "");
}
