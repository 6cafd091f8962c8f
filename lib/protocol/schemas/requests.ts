/**
 * What requests by HTTP may hold: their bodies, queries and parts of their paths.
 *
 * @module
 */
import * as v from "valibot";
import { LIMITS, MEDIA_LIMITS } from "../limits.ts";
import {
  answered,
  anyText,
  conversation,
  fileId,
  files,
  forwardedContent,
  forwardsAlone,
  isOneAnswer,
  isOnePlace,
  key,
  knownName,
  knownRoomName,
  limit,
  loggedActs,
  namePage,
  newPoll,
  optional,
  originalAddress,
  personName,
  position,
  publicId,
  saysSomething,
  seq,
  twoAnswers,
  twoPlaces,
} from "./fields.ts";

/** A password, of which a new one has at least so many characters. */
export const password = v.pipe(
  v.string(),
  v.minLength(LIMITS.password_length_min),
  v.maxLength(256),
);
const secret = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

/** The body of `POST /api/session`: a name, or the secret of a link. */
export const sessionRequest = v.union([
  v.object({ device: secret }),
  v.object({ sign_in: secret }),
  v.object({
    // Whether a new account may take it is checked when there is to be one.
    name: knownName,
    password: optional(password),
    invite: optional(secret),
    /** What the user means; without it, a known name with its password signs in. */
    intent: optional(v.picklist(["sign_up", "sign_in"])),
  }),
]);

/** The body of `POST /api/session/invite`. */
export const invitePreviewRequest = v.object({ invite: secret });

/** The body of `PUT /api/password`: the old one is asked for where there is one. */
export const passwordRequest = v.object({ password, current: optional(password) });

/** The body of `POST /api/invites`. */
export const inviteRequest = v.object({
  /** How often it can be used; as often as one likes without. */
  uses: optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(10_000))),
  /** For how long it can be used; for ever without. */
  hours: optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(8_760))),
  /** The room that whoever redeems it finds themselves in. */
  room: optional(knownRoomName),
  room_id: optional(publicId),
});

/** The body of `POST /api/bots`. */
export const botRequest = v.object({ name: personName });

/** The address of an outgoing webhook. */
const hookUrl = v.pipe(
  v.string(),
  v.url(),
  v.maxLength(2_048),
  v.transform((text) => new URL(text)),
  v.check(({ protocol }) => protocol === "https:" || protocol === "http:"),
  // A reader of the list of hooks must not get a password.
  v.check(({ username, password }) => username === "" && password === ""),
  v.transform(({ href }) => href),
);

/** The body of `POST /api/hooks`. */
export const hookRequest = v.variant("kind", [
  v.object({
    kind: v.literal("incoming"),
    room: optional(conversation),
    room_id: optional(publicId),
    /** What its bot is called. */
    name: optional(personName),
  }),
  v.object({
    kind: v.literal("outgoing"),
    url: hookUrl,
    /** Names of rooms, or `id:ROOM_ID`; without them every public room. */
    rooms: optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(LIMITS.page_size))),
    /** Types of events; all without. */
    events: optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^[a-z_]{1,40}$/))),
        v.minLength(1),
        v.maxLength(50),
      ),
    ),
    name: optional(personName),
  }),
]);

/** A device's push subscription, as `PushSubscription.toJSON()` has it (W3C Push API). */
export const pushRequest = v.object({
  endpoint: v.pipe(v.string(), v.url(), v.maxLength(2_048)),
  keys: v.object({
    // An uncompressed point of P-256, and 16 bytes (RFC 8291), in base64url without padding.
    p256dh: v.pipe(v.string(), v.regex(/^B[\w-]{86}$/)),
    auth: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)),
  }),
});

/** What a passkey is called. */
export const passkeyLabel = optional(v.pipe(v.string(), v.trim(), v.maxLength(64)));

/** The body of `POST /api/rooms/{room}/messages`. */
export const postRequest = v.pipe(
  v.object({
    message: anyText,
    files,
    poll: optional(newPoll),
    forward: optional(originalAddress),
    ...answered,
    key,
    /** The log that it was written for. */
    epoch: optional(v.string()),
  }),
  v.forward(v.check((said) => saysSomething(said)), ["message"]),
  v.check((said) => isOneAnswer(said), twoAnswers),
  v.check((said) => forwardsAlone(said), forwardedContent),
);

/** Checks the header `Idempotency-Key`, which stands for the field `key`. */
export const keyRequest = key;

/** What would end a file's name early, or turn the order of its letters round. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

/** The `?name=` of an upload: the last part of a path, as far as it can be seen and kept. */
export const fileNameRequest = v.pipe(
  v.string(),
  v.maxLength(4_096),
  v.transform((name) => name.replace(/^.*[/\\]/su, "").replace(UNSEEN, "").trim()),
  v.transform(fittingName),
);

/** A name that is too long loses its middle, so that what kind of file it is can still be seen. */
function fittingName(name: string): string {
  if (name === "" || /^\.+$/.test(name)) return "file";
  if (name.length <= LIMITS.file_name_length) return name;
  const [ending = ""] = /\.[^.]{1,16}$/u.exec(name) ?? [];
  return `${name.slice(0, LIMITS.file_name_length - ending.length - 1)}…${ending}`.toWellFormed();
}

/** What `?name=` and its other parameters say about an upload. */
export const uploadRequest = v.object({
  name: fileNameRequest,
  /** How many bytes at the beginning of the body are a thumbnail. */
  thumbnail: optional(upTo(MEDIA_LIMITS.thumbnail_bytes)),
  /** How long audio or video lasts, in ms. */
  duration: optional(upTo(MEDIA_LIMITS.duration)),
  /** The waveform of audio. */
  peaks: optional(v.pipe(v.string(), v.regex(/^[\w-]+$/), v.maxLength(MEDIA_LIMITS.peaks_length))),
});

/** A positive integer in a query, with a maximum. */
function upTo(most: number) {
  return v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}$/), v.transform(Number), v.maxValue(most));
}

/** Checks the `{id}` of a file's path. */
export const fileRequest = fileId;

/** Checks a person's name, as `?name=` carries it; the output is the name as it will be shown. */
export const nameRequest = personName;

const digits = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));

/** The query of `GET /api/rooms/{room}/messages`. */
export const pageRequest = v.pipe(
  v.object({
    before: optional(v.pipe(digits, seq)),
    after: optional(v.pipe(digits, position)),
    around: optional(v.pipe(digits, seq)),
    at: optional(v.pipe(digits, position)),
    /** The root of a thread: a page of that. */
    thread: optional(v.pipe(digits, seq)),
    limit: optional(v.pipe(digits, limit)),
  }),
  v.check((page) => isOnePlace(page), twoPlaces),
);

/** The query of `GET /api/people`. */
export const peopleRequest = v.object({ ...namePage, limit: optional(v.pipe(digits, limit)) });

/** The body of `PATCH /api/people/{id}`: what is to be another. */
export const personRequest = v.pipe(
  v.object({
    name: optional(personName),
    role: optional(v.picklist(["owner", "moderator", "member"])),
    /** Whether the user can sign in. */
    active: optional(v.boolean()),
  }),
  v.check((change) => Object.values(change).some((value) => value !== undefined)),
);

/** The query of `GET /api/moderation-log`. */
export const moderationLogRequest = v.object({
  ...loggedActs,
  format: optional(v.picklist(["csv", "jsonl"])),
  since: optional(v.pipe(digits, position)),
  until: optional(v.pipe(digits, position)),
});

/** The query of `GET /api/rooms/{room}/events`. */
export const eventsRequest = v.object({
  /** A position in the log: 0 for its beginning, or the word `end`. */
  after: optional(v.union([v.literal("end"), v.pipe(digits, position)])),
  limit: optional(v.pipe(digits, limit)),
  epoch: optional(v.string()),
});

/** Checks the `{room}` of a path: a name, `@Name`, or `id:ROOM_ID`; the output is the address. */
export const roomRequest = v.union([
  v.pipe(
    v.string(),
    v.startsWith("id:"),
    v.transform((path) => path.slice(3)),
    publicId,
    v.transform((room_id) => ({ room_id })),
  ),
  v.pipe(conversation, v.transform((room) => ({ room }))),
]);
