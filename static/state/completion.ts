/**
 * Suggests names while the user types: `@` people, `#` rooms, `:` emoji, and at the beginning of a
 * text `/` commands of bots. Pure: the suggestions
 * follow from the text, the position of the cursor and the state.
 *
 * @module
 */
import { type PresenceState, type RoomListing } from "../../lib/protocol/frames.ts";
import { foldName, foldRoom } from "../../lib/protocol/names.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { type EmojiCatalogue, searchEmoji } from "../emoji/emoji.ts";
import { EVERYONE } from "../../lib/protocol/text/mentions.ts";
import { mayMentionEveryone } from "./everyone.ts";
import { presenceOf, roomsOf } from "./selectors.ts";
import { samePerson } from "./room.ts";
import type { PageState, RoomState } from "./types.ts";
import { knownPeople } from "./presence_watch.ts";

/** How many names are suggested at once. */
const optionsMax = 8;

/** The kinds of names. */
export type CompletionKind = "person" | "room" | "emoji" | "command";

/** The beginning of a name, before the cursor. */
export interface Query {
  readonly kind: CompletionKind;
  readonly text: string;
  /** The position of the sign that opens the name. */
  readonly start: number;
}

/** A suggested name. */
export interface Option {
  readonly kind: CompletionKind;
  /** Unique among the suggestions. */
  readonly id: string;
  readonly label: string;
  /** A text beside the label. */
  readonly hint?: string;
  /** Set where the name stands for several people. */
  readonly many?: "room" | "here" | "group";
  readonly presence?: PresenceState;
  /** Set for a person who is not in the room: a mention does not reach them. */
  readonly outside?: true;
  /** The name of the bot that takes a command. */
  readonly by?: string;
  /** The text that replaces what the user has typed. */
  readonly insert: string;
}

/** The signs and what may follow each; a sign inside a word or a number opens no name. */
const PATTERNS: Readonly<Record<CompletionKind, RegExp>> = {
  // A name may contain spaces, but a trailing space ends it.
  person:
    /(?<![\p{L}\p{N}@])@((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d\p{Pd}._'’・·׳״་]*(?: [\p{L}\p{M}\p{N}\u200c\u200d\p{Pd}._'’・·׳״་]+){0,3})?)$/u,
  room: /(?<![\p{L}\p{N}#])#([\p{L}\p{M}\p{N}\u200c\u200d_-]*)$/u,
  // A single character is more likely an emoticon, as in ":D", and digits alone are a time.
  emoji: /(?<![\p{L}\p{N}:]):(?!\d+$)([\p{L}\p{N}_+-]{2,})$/u,
  command: /^\/([a-z0-9_-]*)$/i,
};
const kinds = Object.keys(PATTERNS) as CompletionKind[];

/** A complete name of an emoji before the cursor: `:tada:`. */
const closed = /(?<![\p{L}\p{N}:]):([a-z0-9_+-]+):$/u;

/** How far before the cursor a name can begin. */
const reach = LIMITS.room_name_length + 2;

/** Returns the name that the user is typing, if any. */
export function queryAt(text: string, caret: number): Query | undefined {
  if (isCode(text.slice(0, caret))) return undefined;
  const before = text.slice(Math.max(0, caret - reach), caret);
  for (const kind of kinds) {
    const found = PATTERNS[kind].exec(before);
    if (found === null) continue;
    const written = found[1]!;
    const start = caret - written.length - 1;
    // A command begins the text; `before` may begin later.
    if (kind === "command" && start > 0) continue;
    return { kind, text: written, start };
  }
  return undefined;
}

/** Whether a name that may be an emoji's was just closed with a colon. */
export function isClosed(text: string, caret: number): boolean {
  return closed.test(text.slice(Math.max(0, caret - reach), caret));
}

/** Returns the emoji whose name was just closed with a colon, and where that name begins. */
export function closedEmoji(text: string, caret: number, catalogue: EmojiCatalogue) {
  const name = closed.exec(text.slice(Math.max(0, caret - reach), caret))?.[1];
  const found = name === undefined ? undefined : catalogue.byName.get(name);
  if (found === undefined || isCode(text.slice(0, caret))) return undefined;
  return { emoji: found.emoji, start: caret - name!.length - 2 };
}

/** Whether a text ends inside code, where signs have no meaning. */
function isCode(before: string): boolean {
  const lines = before.split("\n");
  const fences = lines.filter((line) => /^ {0,3}```/.test(line)).length;
  if (fences % 2 === 1) return true;
  return (lines.at(-1)!.match(/`/g)?.length ?? 0) % 2 === 1;
}

/**
 * Returns the suggestions for a query, the best match first. The emoji must be loaded before.
 *
 * @param found The rooms that the server has for the query.
 */
export function optionsFor(
  query: Query,
  state: PageState,
  room: RoomState,
  catalogue: EmojiCatalogue | undefined,
  found: readonly RoomListing[] = [],
): readonly Option[] {
  switch (query.kind) {
    case "person":
      return people(query.text, state, room);
    case "room":
      return rooms(query.text, state, found);
    case "command":
      return commands(query.text, state, room);
    case "emoji":
      return catalogue === undefined ? [] : emoji(query.text, catalogue);
    default:
      return query.kind satisfies never;
  }
}

/** Whether the text is already the whole of a suggested name. */
export function isWhole({ kind, text }: Query, { label }: Option): boolean {
  const whole = kind === "command" ? `/${text}` : text;
  return kind !== "emoji" && foldName(whole) === foldName(label);
}

/** Suggests the members of the room first, then people who are online, then the rest. */
function people(text: string, state: PageState, room: RoomState): readonly Option[] {
  const near = new Map(room.members.map((name) => [foldName(name), name]));
  const all = new Map(near);
  for (const [id, { name }] of knownPeople(state)) if (!all.has(id)) all.set(id, name);
  // In a large room the page knows some of the members only.
  const knowsAll = room.kind !== "direct" && room.loaded &&
    room.members.length >= room.memberCount;
  const presences = { online: 0, away: 1, offline: 2 };
  const many = severalPeople(text, state, room);
  const found = [...all]
    .filter(([, name]) => !samePerson(name, state.me.name))
    .map(([id, name]) => {
      const presence = presenceOf(state, name);
      const distance = (near.has(id) ? 0 : 3) + presences[presence];
      return { id, name, presence, rank: rankOf(name, text), distance };
    })
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank! || a.distance - b.distance || a.name.localeCompare(b.name));
  const options = found.map(({ id, name, presence }): Option => ({
    kind: "person",
    id,
    label: name,
    presence,
    ...(knowsAll && !near.has(id) ? { outside: true } : {}),
    insert: `@${name} `,
  }));
  return [...options.slice(0, optionsMax - many.length), ...many];
}

/** Suggests groups, and everyone where the user may mention everyone. */
function severalPeople(text: string, state: PageState, room: RoomState): readonly Option[] {
  const words = mayMentionEveryone(state, room) ? EVERYONE : [];
  const groups = room.kind === "direct" ? [] : state.lists.groups?.groups ?? [];
  const named = [
    ...words.map((many) => ({ name: many as string, many })),
    ...groups.map(({ group }) => ({ name: group, many: "group" as const })),
  ];
  return named.filter(({ name }) => rankOf(name, text) !== undefined).slice(0, 4)
    .map(({ name, many }) => ({
      kind: "person",
      id: `@${foldName(name)}`,
      label: name,
      many,
      insert: `@${name} `,
    }));
}

/** Suggests the rooms that the page holds first, then those that the server has found. */
function rooms(
  text: string,
  state: PageState,
  listed: readonly RoomListing[],
): readonly Option[] {
  const own = roomsOf(state, false).filter(({ parted }) => !parted).map(({ name, title }) => ({
    name,
    title,
  }));
  const known = new Set(own.map(({ name }) => foldRoom(name)));
  const others = listed.map(({ room: name, title }) => ({ name, title }))
    .filter(({ name }) => !known.has(foldRoom(name)));
  // If two rooms share a name, a text can only mean one of them.
  const all = new Map([...own, ...others].reverse().map((one) => [foldRoom(one.name), one]));
  const typed = foldRoom(text);
  const found = [...all.values()].reverse()
    .map((one) => ({ ...one, rank: foldRoom(one.name) === typed ? -1 : rankOf(one.name, text) }))
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

/** Suggests the commands that bots of the room take. An edit is no command. */
function commands(text: string, state: PageState, room: RoomState): readonly Option[] {
  const { commands: list } = state.lists;
  if (list?.room_id !== room.key || room.composing?.mode === "edit") return [];
  const begun = text.toLowerCase();
  return list.commands.filter(({ command }) => command.startsWith(begun)).slice(0, optionsMax)
    .map(({ command, hint, description, by }) => ({
      kind: "command",
      id: command,
      by,
      label: `/${command}`,
      hint: hint === undefined ? description : `${hint} · ${description}`,
      insert: `/${command} `,
    }));
}

function emoji(text: string, catalogue: EmojiCatalogue): readonly Option[] {
  return searchEmoji(catalogue, text).slice(0, optionsMax).map(({ emoji, names, label }) => ({
    kind: "emoji",
    id: names[0]!,
    label: `:${names.find((name) => name.startsWith(text)) ?? names[0]}:`,
    hint: label,
    insert: `${emoji} `,
  }));
}

/**
 * Ranks a match: the beginning of the name first, then the beginning of a word in it. Ignores
 * accents.
 */
export function rankOf(name: string, text: string): number | undefined {
  const [whole, begun] = [bare(name), bare(text)];
  if (whole.startsWith(begun)) return 0;
  return whole.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(begun)) ? 1 : undefined;
}

function bare(text: string): string {
  return foldName(text).normalize("NFD").replace(/\p{M}/gu, "");
}
