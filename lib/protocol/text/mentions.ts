/**
 * What a mention is: `@Anna Maria`, in a part of a message where names have a meaning. The server
 * finds the mentions of a message once, when it is sent; the page finds with the same functions
 * where in the text they stand. Neither Deno nor the DOM.
 *
 * A name may hold spaces, so only a caller that knows the names can tell where one ends: the
 * longest known name wins. No class of characters says what a name is; the known names do.
 *
 * @module
 */
import { foldName } from "../names.ts";
import { LIMITS } from "../limits.ts";
import { type Block, spokenIn } from "./markdown/tree.ts";

/** The words that mention everyone in a room: all members, or those who are online. */
export const EVERYONE = ["room", "here"] as const;

/** A word that mentions everyone in a room. */
export type Everyone = (typeof EVERYONE)[number];

/** Returns what a folded name stands for, usually an id; `undefined` for an unknown name. */
export type Meaning = (folded: string) => string | undefined;

/** A name in a text. */
export interface NameInText {
  /** The position of the sign, in UTF-16 code units. */
  readonly start: number;
  /** As it was typed, without the sign. */
  readonly typed: string;
  /** What the caller says that the name stands for. */
  readonly id: string;
}

/** The fields of a message that say whom it mentions. */
export interface Mentioning {
  readonly mentions?: readonly string[] | null | undefined;
}

/**
 * How many UTF-16 code units of a text can become one name: NFKC makes one of four at most. What is
 * longer is no name, and is not normalized: that takes time with the square of the number of marks
 * in a row.
 */
const typedMax = LIMITS.name_length * 4;

/** The end of what can be a name: another sign, a line, or more marks than a name has characters. */
const STOP = new RegExp(`[@\\ufe6b\\uff20\\r\\n]|\\p{M}{${LIMITS.name_length + 4}}`, "u");

/** The sign, in each of its widths, with a letter or digit behind it and none before. */
const SIGN = /(?<![\p{L}\p{M}\p{N}])[@\ufe6b\uff20](?=[\p{L}\p{N}])/u;
const SIGNS = new RegExp(SIGN, "gu");

/** Scripts that are written without spaces: a name in them ends within a run of letters. */
export const UNSPACED =
  "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}" +
  "\\p{scx=Mymr}\\p{scx=Bopo}";

/** A place where a name can end: after a word, or at a letter of a script without spaces. */
const END = new RegExp(
  "(?<=\\S)(?:(?![\\p{L}\\p{M}\\p{N}\\u200c\\u200d])" +
    `|(?:(?=[${UNSPACED}])|(?<=[${UNSPACED}]))(?![\\p{M}\\u200c\\u200d]))`,
  "gu",
);

/** What makes a word the beginning of a longer one: `@bob-smith`, `@bob.smith` are not Bob. */
const LONGER =
  /^[-_.@\u058a\u05be\u2010\u2011\u2024\ufe33\ufe34\ufe4d-\ufe4f\ufe52\ufe58\ufe63\uff0d\uff0e\uff20\uff3f][\p{L}\p{N}]/u;

/** Whether a text can mention anyone. Most texts cannot: they need not be parsed. */
export function mayMention(text: string): boolean {
  return SIGN.test(text);
}

/** The longest known name that begins at a place in a text, if any. */
export function nameAt(
  text: string,
  at: number,
  meaning: Meaning,
): Omit<NameInText, "start"> | undefined {
  // One more character than a name can have, to see whether the name ends.
  const reach = text.slice(at, at + typedMax + 2);
  const stop = reach.search(STOP);
  const last = stop < 0 ? typedMax : Math.min(stop, typedMax);
  let found: Omit<NameInText, "start"> | undefined;
  for (const { index: end } of reach.matchAll(END)) {
    if (end > last) break;
    if (LONGER.test(reach.slice(end, end + 3))) continue;
    const typed = reach.slice(0, end);
    const folded = foldName(typed);
    if (folded.length > typedMax) break;
    const id = meaning(folded);
    if (id !== undefined) found = { typed, id };
  }
  return found;
}

/** The known names in a text, in order. */
export function* namesIn(text: string, meaning: Meaning): Generator<NameInText, void> {
  let after = 0;
  for (const { index: start } of text.matchAll(SIGNS)) {
    if (start < after) continue;
    const found = nameAt(text, start + 1, meaning);
    if (found === undefined) continue;
    yield { start, ...found };
    after = start + 1 + found.typed.length;
  }
}

/** The known names that a message mentions: not in code, in links or in quotes. */
export function* mentionsIn(
  blocks: readonly Block[],
  meaning: Meaning,
): Generator<NameInText, void> {
  for (const piece of spokenIn(blocks)) {
    if (piece.type === "text") yield* namesIn(piece.text, meaning);
  }
}

/** The prefix of a group's id among the mentions of a message. */
const GROUP = "group:";

/** A group as the mentions of a message name it. */
export function groupMention(id: string): string {
  return GROUP + id;
}

/** The id of the group that a mention names, if it names one. */
export function groupIn(mention: string): string | undefined {
  return mention.startsWith(GROUP) ? mention.slice(GROUP.length) : undefined;
}

/** Whether a mention names one user by id, and not a group or everyone. */
export function isUser(mention: string): boolean {
  return groupIn(mention) === undefined && !(EVERYONE as readonly string[]).includes(mention);
}

/**
 * Whether a message mentions a user: by id, or with everyone. `here` reaches only those who are
 * online when the message is sent.
 */
export function isMentioned(
  { mentions }: Mentioning,
  id: string | undefined,
  isOnline = true,
): boolean {
  return mentions?.some((one) => one === id || one === "room" || isOnline && one === "here") ??
    false;
}
