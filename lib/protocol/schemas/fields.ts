/**
 * The schemas of single fields, in frames and over HTTP. Only the server imports this: the page
 * does not need it, and would have to load it.
 *
 * @module
 */
import * as v from "valibot";
import { type PlaceOfPage } from "../address.ts";
import { POLL_OPTIONS } from "../../chat/events/poll.ts";
import { LIMITS, SERVER_NAME_LENGTH } from "../limits.ts";
import { foldName, JOINERS } from "../names.ts";
import { DAYS } from "../quiet.ts";
import { canonicalEmoji, isCustomEmoji } from "../text/emoji.ts";
import { isInOneScript, isStacked, isVisible } from "./name_rules.ts";

/**
 * Makes a field optional. `null` means the same as leaving it out: many languages write it for a
 * field without a value.
 */
export function optional<S extends v.GenericSchema>(schema: S): v.OptionalSchema<S, undefined> {
  const made = v.optional(schema, undefined);
  return {
    ...made,
    "~run"(dataset, config) {
      // A present value goes straight to its schema: this runs for each field of every frame.
      if (dataset.value !== null && dataset.value !== undefined) {
        return schema["~run"](dataset, config);
      }
      dataset.value = undefined;
      return made["~run"](dataset, config);
    },
  };
}

/**
 * Normalizes a string, after a check of its length: normalization takes quadratic time in the
 * number of consecutive marks. NFKC composes at most four characters into one, so a string of more
 * than four times `length` cannot become a name.
 */
function normalized(length: number) {
  return v.pipe(v.string(), v.maxLength(length * 4), v.normalize("NFKC"));
}

/**
 * The name of somebody who may exist, as a client writes it: to sign in, not to take a new name.
 * Names from before the present rules for new names stay valid.
 */
export const knownName = v.pipe(
  normalized(LIMITS.name_length),
  v.trim(),
  v.minLength(1),
  v.maxLength(LIMITS.name_length),
);

/** A letter or digit of a name, with its marks. Enclosing marks are no part of a name. */
const LETTER = "[\\p{L}\\p{N}][\\p{Mn}\\p{Mc}\\u200c\\u200d]*";
/** The geresh of Hebrew, which is part of its letter also at the end of a word. */
const GERESH = "(?<=[\\u05d0-\\u05ea]\\p{Mn}{0,4})['\\u2019\\u05f3](?![\\p{L}\\p{N}])";
const WORD = `(?:${LETTER})+(?:${GERESH})?`;

/**
 * A name that an account, guest, bot or group may take: words with one joiner between them, or a dot
 * and a space. So nothing in it can be read as markup, an address or a room.
 */
export const personName = v.pipe(
  knownName,
  v.regex(new RegExp(`^${WORD}(?:(?:[${JOINERS}]|\\. )${WORD})*$`, "u")),
  v.check((name) => isVisible(name) && !isStacked(name) && isInOneScript(name)),
);

/** The name of the server: one line. */
export const serverName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(SERVER_NAME_LENGTH),
  v.check((name) => !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(name) && /[\p{L}\p{N}\p{S}]/u.test(name)),
);

/** The characters of a room's name. */
export const ROOM_CHARACTERS = "\\p{L}\\p{M}\\p{N}\\u200c\\u200d_-";

/** The name of a room that may exist: names from before the present rules for new ones stay valid. */
export const knownRoomName = v.pipe(
  normalized(LIMITS.room_name_length),
  v.minLength(1),
  v.maxLength(LIMITS.room_name_length),
  v.regex(new RegExp(`^[${ROOM_CHARACTERS}]+$`, "u")),
  v.check((name) => !/[\p{Default_Ignorable_Code_Point}--[\u200c\u200d]]/v.test(name)),
);

/** A name that a room may take: words in one script each, with - and _ wherever. */
export const roomName = v.pipe(
  knownRoomName,
  v.regex(new RegExp(`^(?:[_-]|${LETTER})+$`, "u")),
  v.check((name) => isVisible(name) && !isStacked(name) && name.split(/[_-]/).every(isInOneScript)),
);
const directName = v.pipe(v.string(), v.startsWith("@"), v.maxLength(LIMITS.name_length + 1));

/** A room's name, or `@Name` for the direct conversation with that user. */
export const conversation = v.union([knownRoomName, directName]);

/** The id of a room or a user: opaque (protocol: 1 to 24 characters). */
export const publicId = v.pipe(v.string(), v.regex(/^[\w-]{1,24}$/));

/** Fields that address a room: by id, or by name. The id takes precedence. */
export const place = {
  room: optional(conversation),
  room_id: optional(publicId),
};

/** The same, for a room that has a name of its own. */
export const namedPlace = { ...place, room: optional(knownRoomName) };

/** A name, or its beginning, as a user types it: a name need not be like that. */
export const writtenName = v.pipe(
  v.string(),
  v.maxLength(LIMITS.query_length),
  v.check((value) => value.isWellFormed()),
);

/** Fields that select a page of a list by name. */
export const namePage = {
  /** How the names begin. */
  query: optional(writtenName),
  /** The `next` of the page before. */
  after: optional(
    v.pipe(v.string(), v.maxLength(256), v.check((value) => value.isWellFormed())),
  ),
};

/** The sequence number of an event in a log. */
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What a message answers: a message, or a thread by its root. */
export const answered = {
  reply_to: optional(seq),
  thread: optional(seq),
  also_in_room: optional(v.boolean()),
};

/** Whether a message names one message that it answers. */
export function isOneAnswer(
  { thread, reply_to }: {
    readonly thread?: number | undefined;
    readonly reply_to?: number | undefined;
  },
): boolean {
  return thread === undefined || reply_to === undefined || thread === reply_to;
}

/** Why a message that names two is refused. */
export const twoAnswers = "A reply in a thread answers its root: leave out `reply_to`.";

/** A position in a log, 0 for its beginning; also a time, in ms since the Unix epoch. */
export const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** The maximum number of results. */
export const limit = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(1),
  v.maxValue(LIMITS.page_size),
);

/** Any text that can be encoded as UTF-8: a lone surrogate cannot. */
export const anyText = v.pipe(
  v.string(),
  v.maxLength(LIMITS.message_length, "too_long"),
  v.check((value) => value.isWellFormed()),
);

/** A text that is not blank. */
export const text = v.pipe(anyText, v.check((value) => value.trim() !== ""));

/** The id of a file. */
export const fileId = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

/** The files attached to a message. */
export const files = optional(
  v.pipe(
    v.array(fileId),
    v.maxLength(LIMITS.files_per_message),
    v.check((ids) => new Set(ids).size === ids.length),
    v.readonly(),
  ),
);

/** The message to forward. */
export const originalAddress = v.object({ room_id: publicId, seq });

/** Whether a message that forwards another one has no content but a text. */
export function forwardsAlone(
  { forward, files, poll }: {
    readonly forward?: object | undefined;
    readonly files?: readonly string[] | undefined;
    readonly poll?: object | undefined;
  },
): boolean {
  return forward === undefined || poll === undefined && !files?.length;
}

/** Why another one is refused. */
export const forwardedContent =
  "A forwarded message has the files of the original: leave out `files` and `poll`.";

/** Whether a message has text, files or a poll, or forwards another one. */
export function saysSomething(
  { message, files, poll, forward }: {
    readonly message: string;
    readonly files?: readonly string[] | undefined;
    readonly poll?: object | undefined;
    readonly forward?: object | undefined;
  },
): boolean {
  return message.trim() !== "" || (files !== undefined && files.length > 0) ||
    poll !== undefined || forward !== undefined;
}

/** A text in a poll. */
const pollText = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(LIMITS.title_length),
  v.check((value) => value.isWellFormed()),
);

/** A flag that only counts if it is set. */
const flagged = optional(v.pipe(v.boolean(), v.transform((on) => on || undefined)));

/** The poll of a new message. */
export const newPoll = v.object({
  question: pollText,
  options: v.pipe(
    v.array(pollText),
    v.minLength(POLL_OPTIONS.min),
    v.maxLength(POLL_OPTIONS.max),
    v.check((options) => new Set(options).size === options.length),
    v.readonly(),
  ),
  multiple: flagged,
  anonymous: flagged,
  closes_at: optional(position),
});

/** What a user votes for: options of a poll by index, each once. */
export const pollOptions = v.pipe(
  v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(POLL_OPTIONS.max - 1))),
  v.maxLength(POLL_OPTIONS.max),
  v.check((options) => new Set(options).size === options.length),
  v.readonly(),
);

/**
 * A reaction, in its canonical form: letters, marks, digits, punctuation and symbols, without spaces.
 * That is more than an emoji: whatever an import or an older version stored can be removed.
 */
export const emoji = v.pipe(
  v.string(),
  v.maxLength(LIMITS.emoji_length),
  v.regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S}\u200d\ufe0f\u{e0020}-\u{e007f}]+$/u),
  v.transform(canonicalEmoji),
);

/** The text that stands for an emoji of the server's own, folded as names are. */
export const customEmoji = v.pipe(
  v.string(),
  v.maxLength(LIMITS.emoji_length),
  v.transform(foldName),
  v.check((text) => isCustomEmoji(text), "An emoji's name has letters, digits, _, + and -."),
);

/** The key by which a client matches replies to its frames. */
export const keyText = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LIMITS.key_length),
  v.check((value) => value.isWellFormed()),
);

/** The same, if optional. */
export const key = optional(keyText);

/** Whether a page names one position at most: two would be ambiguous. */
export function isOnePlace({ before, after, around, at }: PlaceOfPage): boolean {
  return [before, after, around, at].filter((place) => place !== undefined).length < 2;
}

/** The message of the refusal of a page with two positions. */
export const twoPlaces = "Give one of before, after, around and at.";

/** A user's name as a client writes it; whether the user exists is checked later. */
export const name = v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.name_length));

/** Fields that address a user: by id, or by name. The id takes precedence. */
export const person = { name: optional(name), id: optional(publicId) };

/** Which entries of the moderation log are meant: those that fit all of these. */
export const loggedActs = {
  /** The moderator. */
  by: optional(name),
  by_id: optional(publicId),
  action: optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
  /** The affected user. */
  subject: optional(name),
  subject_id: optional(publicId),
  room: optional(knownRoomName),
  room_id: optional(publicId),
};

/** A time of day: `HH:MM`. */
const timeOfDay = v.pipe(v.string(), v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/));

/** A range of quiet hours. */
export const quietRange = v.object({
  days: v.pipe(
    v.array(v.picklist(DAYS)),
    v.minLength(1),
    v.maxLength(DAYS.length),
    v.check((days) => new Set(days).size === days.length),
    v.readonly(),
  ),
  from: timeOfDay,
  to: timeOfDay,
});

/** A short explanation. */
export const note = optional(v.pipe(v.string(), v.trim(), v.maxLength(LIMITS.title_length)));
