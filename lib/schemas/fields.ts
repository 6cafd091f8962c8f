/**
 * What single fields may hold, by frame or by HTTP alike. The server alone imports this: the page
 * has no use for it, and would have to load it.
 *
 * @module
 */
import * as v from "valibot";
import { LIMITS, type PlaceOfPage } from "../protocol.ts";

/**
 * Normalising takes time with the square of how many marks stand in a row: what cannot become a
 * name of `length` characters, for NFKC makes one of four at most, is refused before.
 */
function normalized(length: number) {
  return v.pipe(v.string(), v.maxLength(length * 4), v.normalize("NFKC"));
}

// Some letters and marks cannot be seen: they would make a name that only looks like another.
const visible = v.check((name: string) => !/\p{Default_Ignorable_Code_Point}/u.test(name));

// Their capitals look alike where their small letters do not, and the other way round: a name is
// in one of them (UTS #39, section 5.2).
const ALIKE = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u];
const unmixed = v.check((name: string) => ALIKE.filter((script) => script.test(name)).length < 2);

/** A name that a person, guest or bot may take. */
export const personName = v.pipe(
  normalized(LIMITS.name_length),
  v.trim(),
  v.minLength(1),
  v.maxLength(LIMITS.name_length),
  // Letters, marks, digits, and single spaces or joiners between them: nothing that cannot be
  // seen, nothing that could be read as markup, an address or a room.
  v.regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[ ._'-][\p{L}\p{M}\p{N}]+)*$/u),
  visible,
  unmixed,
);

/** What a room may be called. */
export const roomName = v.pipe(
  normalized(LIMITS.room_name_length),
  v.minLength(1),
  v.maxLength(LIMITS.room_name_length),
  v.regex(/^[\p{L}\p{M}\p{N}_-]+$/u),
  visible,
);
const directName = v.pipe(v.string(), v.startsWith("@"), v.maxLength(LIMITS.name_length + 1));

/** A room's name, or `@Name` for the direct conversation with that person. */
export const conversation = v.union([roomName, directName]);

/** The number of something in a log. */
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** How far somebody has a log; also a moment, in ms since the Unix epoch. */
export const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** How many of something are wanted at most. */
export const limit = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(1),
  v.maxValue(LIMITS.page_size),
);

/** Text is free, but a lone surrogate is no Unicode at all: it could not be sent on as UTF-8. */
export const anyText = v.pipe(
  v.string(),
  v.maxLength(LIMITS.message_length, "too_long"),
  v.check((value) => value.isWellFormed()),
);

/** A text that says something. */
export const text = v.pipe(anyText, v.check((value) => value.trim() !== ""));

/** What names a file to those who may read it. */
export const fileId = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

/** The files under a message. */
export const files = v.optional(
  v.pipe(
    v.array(fileId),
    v.maxLength(LIMITS.files_per_message),
    v.check((ids) => new Set(ids).size === ids.length),
    v.readonly(),
  ),
);

/** A message says something, or has something under it. */
export function saysSomething(
  { message, files }: { readonly message: string; readonly files?: readonly string[] | undefined },
): boolean {
  return message.trim() !== "" || (files !== undefined && files.length > 0);
}

/** A reaction: signs without spaces between them. */
export const emoji = v.pipe(
  v.string(),
  v.maxLength(LIMITS.emoji_length),
  v.regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S}\u200d\ufe0f\u{e0020}-\u{e007f}]+$/u),
);

/** What tells a client's frames from each other. */
export const keyText = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LIMITS.key_length),
  v.check((value) => value.isWellFormed()),
);

/** The same, where it may be left out. */
export const key = v.optional(keyText);

/** Whether a page names one place at most: whoever names two means none of them. */
export function isOnePlace({ before, after, around }: PlaceOfPage): boolean {
  return [before, after, around].filter((place) => place !== undefined).length < 2;
}

/** Why a page with two places is refused. */
export const twoPlaces = "Give one of before, after and around.";

/** Somebody's name as a client writes it; whether there is such a person is found out later. */
export const name = v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.name_length));

/** A line of explanation. */
export const note = v.optional(v.pipe(v.string(), v.trim(), v.maxLength(LIMITS.title_length)));
