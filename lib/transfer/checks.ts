/**
 * What records must be, beyond the types of their fields: each by itself, and all of them together.
 * A store relies on it, whatever else it checks: what contradicts it would show only later, when
 * something has been acknowledged.
 *
 * @module
 */
import { type Field, fits } from "../chat/events/event.ts";
import { EVENTS } from "../chat/events/index.ts";
import { THUMBNAIL_PLACE } from "../store/files.ts";
import { RIGHTS } from "../chat/events/rights.ts";
import { isServerProfile } from "../chat/server_profile.ts";
import { TICKET_KINDS } from "../store/people.ts";
import { parsePayload } from "../store/sql/payload.ts";
import { peopleKey } from "../store/sql/people.ts";
import { FIELD_COLUMNS } from "../store/sql/rows.ts";
import { isPasswordHash } from "../auth/passwords.ts";
import { foldName } from "../protocol/names.ts";
import { LEVELS, MEDIA_LIMITS } from "../protocol/limits.ts";
import { isCustomEmoji } from "../protocol/text/emoji.ts";
import { ROOM_CHARACTERS } from "../protocol/schemas/fields.ts";

/** A record as read: its fields have the declared types. */
type Fields = Readonly<Record<string, unknown>>;

/** A condition, and the error if it does not hold. */
type Rule = readonly [holds: (record: Fields) => boolean, otherwise: string];

const isNull = (value: unknown) => value === undefined || value === null;
const same = (...values: readonly unknown[]) => new Set(values.map(isNull)).size === 1;
const oneOf = (field: string, ...values: readonly unknown[]): Rule => [
  (record) => isNull(record[field]) || values.includes(record[field]),
  `its "${field}" is none of ${values.join(", ")}`,
];
// An earlier version folded names less: what it folded is folded again before a server uses it.
const folds = (field: string): Rule => [
  ({ folded, ...record }) =>
    isNull(folded) || foldName(String(folded)) === foldName(String(record[field])),
  `its "folded" is not its "${field}", folded`,
];

/** The name of a room, of any version: it can be found by this name. */
const ROOM_NAME = new RegExp(`^[${ROOM_CHARACTERS}]{1,128}$`, "u");

/** A waveform: see the schema of uploads. */
const PEAKS = new RegExp(`^[\\w-]{1,${MEDIA_LIMITS.peaks_length}}$`);

/** Numbers that may be negative: key spaces of guest names. */
const SIGNED: ReadonlySet<string> = new Set(["key_space"]);
/** Numbers that identify a row. */
const IDS: ReadonlySet<string> = new Set([
  ...["id", "number", "account", "other", "room", "sender", "low", "high", "seq", "target"],
  ...["reply_to", "uploader", "creator", "file", "host", "inviter"],
  ...["user_group", "bot", "thread", "root"],
]);

/** The fields of a kind of event: those with a column, and those in the payload. */
interface EventShape {
  readonly byColumn: ReadonlyMap<string, Field>;
  readonly inPayload: readonly (readonly [name: string, field: Field])[];
}

const SHAPES: ReadonlyMap<unknown, EventShape> = new Map(
  EVENTS.map(({ kind, fields }) => {
    const all = Object.entries<Field>(fields);
    return [kind, {
      byColumn: new Map(
        all.flatMap(([, field]): [string, Field][] =>
          field.column === undefined || field.inTarget ? [] : [[field.column, field]]
        ),
      ),
      inPayload: all.filter(([, { column, inTarget }]) => column === undefined && !inTarget),
    }];
  }),
);
const NO_COLUMNS: EventShape["byColumn"] = new Map();

/** Checks an event against its definition. @returns The error, or `null`. */
function wrongWithEvent(record: Fields): string | null {
  const { kind, payload = null } = record;
  const shape = SHAPES.get(kind);
  for (const column of FIELD_COLUMNS.keys()) {
    const field = (shape?.byColumn ?? NO_COLUMNS).get(column);
    const isMissing = isNull(record[column]);
    if (field === undefined && !isMissing) return `a "${kind}" has no "${column}"`;
    if (field !== undefined && !field.optional && isMissing) return `its "${column}" is missing`;
  }
  const inPayload = shape?.inPayload ?? [];
  if (shape !== undefined && kind !== "message" && inPayload.length === 0) {
    return isNull(payload) ? null : `a "${kind}" has no "payload"`;
  }
  if (shape !== undefined && inPayload.every(([, { optional }]) => optional) && isNull(payload)) {
    return null;
  }
  if (!isObject(payload)) return 'its "payload" is no JSON object';
  const values = parsePayload(String(payload));
  const misfit = inPayload.find(([name, field]) => !fits(field, values[field.wire ?? name]));
  return misfit === undefined ? null : `its "payload" has no fitting "${misfit[0]}"`;
}

const PUBLIC_ID: Rule = [
  ({ public_id }) => /^[A-Za-z0-9_-]{1,24}$/.test(String(public_id)),
  'its "public_id" is none',
];

/** The checks of a single record, by type. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  meta: [
    [
      ({ name, value }) =>
        name === "epoch"
          ? /^[\w-]{1,64}$/.test(String(value))
          : name === "value server"
          ? isServerProfile(String(value))
          : /^secret ./s.test(String(name)) && /^[\w-]{43}$/.test(String(value)),
      "it is neither the epoch nor a secret of 32 bytes in base64url, nor what the owners said of the " +
      "server",
    ],
  ],
  guest_name: [[
    ({ folded }) => folded === String(folded).normalize("NFKC").toLowerCase(),
    'its "folded" is not folded',
  ]],
  account: [
    PUBLIC_ID,
    oneOf("role", "owner", "moderator", "member", "guest", "bot"),
    [({ name }) => name !== "", "it has no name"],
    folds("name"),
    [
      ({ password }) => isNull(password) || isPasswordHash(String(password)),
      'its "password" is no hash of scrypt that this version makes or made',
    ],
    [({ folded, skeleton }) => same(folded, skeleton), 'one of "folded" and "skeleton" is missing'],
    [
      ({ quiet_weekly }) => isNull(quiet_weekly) || isObject(quiet_weekly),
      'its "quiet_weekly" is no JSON object',
    ],
    [
      ({ role, key_space }) => role === "guest" ? Number(key_space) < 0 : isNull(key_space),
      'guests have a "key_space" below 0, and no other account has one',
    ],
  ],
  account_name: [[
    ({ folded }) => folded === foldName(String(folded)),
    'its "folded" is not folded',
  ]],
  group: [PUBLIC_ID, [({ name }) => name !== "", "it has no name"], folds("name")],
  ticket: [oneOf("kind", ...TICKET_KINDS)],
  push: [[
    ({ endpoint }) => URL.parse(String(endpoint)) !== null,
    'its "endpoint" is no address',
  ]],
  passkey: [[({ transports }) => isListOfTexts(transports), 'its "transports" is no JSON array']],
  room: [
    PUBLIC_ID,
    oneOf("kind", "public", "private", "direct"),
    ...["may_post", "may_invite", "may_pin"].map((field) => oneOf(field, ...RIGHTS)),
    [
      ({ kind, name, folded, low, high }) =>
        kind === "direct"
          ? name === "" && isNull(folded) && Number(low) <= Number(high)
          : !isNull(folded) && isNull(low) && isNull(high),
      'a direct conversation has "low" and "high", in order, and no name; a room has a name alone',
    ],
    [
      ({ kind, people }) =>
        isNull(people) ||
        kind === "private" && /^(?:\d+(?:,\d+)*)?$/.test(String(people)) &&
          peopleKey(String(people).split(",").map(Number)) === (people || "0"),
      'its "people" is not the ids of the accounts of a private room, in order',
    ],
    [
      ({ deleted_at, name }) => isNull(deleted_at) || name === "",
      "it is deleted, and has a name",
    ],
    [
      ({ kind, name, deleted_at }) =>
        kind === "direct" || !isNull(deleted_at) ||
        ROOM_NAME.test(String(name)),
      'its "name" is none of a room',
    ],
    [
      ({ id, name, folded, deleted_at }) =>
        isNull(deleted_at)
          ? isNull(folded) || foldName(String(folded)) === foldName(String(name))
          : folded === `~${id}`,
      'its "folded" is not its "name", folded',
    ],
  ],
  room_name: [[({ folded }) => folded === foldName(String(folded)), 'its "folded" is not folded']],
  member: [oneOf("level", ...LEVELS)],
  event: [
    [({ kind }) => kind !== "", "it has no kind"],
    [({ key, key_space }) => same(key, key_space), 'one of "key" and "key_space" is missing'],
    [
      ({ kind, edited_at, deleted }) =>
        kind === "message" || isNull(edited_at) && deleted === false,
      "it has what only a message has",
    ],
    [({ deleted, text }) => deleted === false || text === "", "it is deleted, and has a text"],
    [
      ({ thread, reply_to }) => isNull(thread) || thread === reply_to,
      'it is in a thread, and its "reply_to" is not the "thread"',
    ],
  ],
  file: [
    [({ seq, place }) => same(seq, place), 'one of "seq" and "place" is missing'],
    [({ seq, expires_at }) => isNull(seq) !== isNull(expires_at), 'it has "seq" or "expires_at"'],
    [({ seq, media }) => isNull(seq) || !isNull(media), "it is under a message and not whole"],
    [({ width, height }) => same(width, height), 'one of "width" and "height" is missing'],
    [
      ({ thumb_width, thumb_height }) => same(thumb_width, thumb_height),
      'one of "thumb_width" and "thumb_height" is missing',
    ],
    [({ peaks }) => isNull(peaks) || PEAKS.test(String(peaks)), 'its "peaks" are no waveform'],
  ],
  vote: [[
    ({ options }) => isListOfNumbers(options),
    'its "options" is no JSON array of numbers',
  ]],
  draft: [[
    ({ content }) => content === "" || isObject(content),
    'its "content" is no JSON object',
  ]],
  scheduled: [[({ content }) => isObject(content), 'its "content" is no JSON object']],
  profile: [
    [
      ({ display_name, skeleton }) => same(display_name, skeleton),
      'one of "display_name" and "skeleton" is missing',
    ],
    [
      ({ status_emoji, status_text }) => same(status_emoji, status_text),
      'one of "status_emoji" and "status_text" is missing',
    ],
    [
      ({ status_text, status_until }) => isNull(status_until) || !isNull(status_text),
      "it has the end of a status, and no status",
    ],
  ],
  custom_emoji: [
    [({ emoji }) => isCustomEmoji(String(emoji)), 'its "emoji" is no name between colons'],
    oneOf("media", "image/png", "image/gif", "image/webp"),
  ],
  invite: [
    oneOf("role", "owner", "member"),
    [({ uses_left }) => isNull(uses_left) || Number(uses_left) > 0, "it is used up"],
  ],
  ban: [[({ account, address }) => !same(account, address, null), "it is of nobody"]],
  hook: [
    oneOf("kind", "incoming", "outgoing"),
    [
      ({ kind, url, secret }) =>
        kind === "incoming" || URL.parse(String(url)) !== null && !isNull(secret),
      'its "url" is no address, or it has no "secret"',
    ],
    [
      ({ kind, room, hash }) => kind === "outgoing" || !same(room, null) && !same(hash, null),
      'one of "room" and "hash" is missing',
    ],
    [({ events }) => isNull(events) || isListOfTexts(events), 'its "events" is no JSON array'],
  ],
  block: [[({ account, other }) => account !== other, "nobody blocks themselves"]],
};

function isObject(json: unknown): boolean {
  try {
    const value = JSON.parse(String(json));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function isListOfNumbers(json: unknown): boolean {
  try {
    const list = JSON.parse(String(json));
    return Array.isArray(list) && list.length > 0 &&
      list.every((item) => Number.isSafeInteger(item) && item >= 0);
  } catch {
    return false;
  }
}

function isListOfTexts(json: unknown): boolean {
  try {
    const list = JSON.parse(String(json));
    return Array.isArray(list) && list.every((item) => typeof item === "string");
  } catch {
    return false;
  }
}

/** @returns What is wrong with a record by itself, or `null`. */
export function wrongWith(type: string, record: Fields): string | null {
  for (const [field, value] of Object.entries(record)) {
    if (typeof value !== "number" || SIGNED.has(field)) continue;
    // The newest seq of an empty room is 0, and so is the position of a hook in it.
    const isPosition = field === "seq" && (type === "room" || type === "hook_room") ||
      // That of a draft is 0 outside of a thread.
      field === "root" && type === "draft";
    // A thumbnail comes before the parts of its file.
    const first = field === "place" && type === "file_part" ? THUMBNAIL_PLACE : 0;
    const least = IDS.has(field) && !isPosition ? 1 : first;
    if (value < least) return `its "${field}" is less than ${least}`;
  }
  const misfit = type === "event" ? wrongWithEvent(record) : null;
  return misfit ?? RULES[type]?.find(([holds]) => !holds(record))?.[1] ?? null;
}

/** Conditions on the row `x` that no row of a kind may meet, and the error for each. */
export interface Contradiction {
  readonly type: string;
  readonly where: string;
  readonly means: string;
}

function no(type: string, means: string, where: string): Contradiction {
  return { type, means, where };
}

const TARGET = "SELECT 1 FROM events t WHERE t.room = x.room AND t.kind = 'message' AND t.seq";
const PARTS = "FROM file_parts p WHERE p.file = x.number AND p.place >= 0";

/** Why the unique index of keys could not be made. */
export const KEY_TAKEN = no(
  "event",
  "another event of its sender in its room has its key",
  `x.id IN (SELECT id FROM (
     SELECT id, row_number() OVER (PARTITION BY key, room, key_space ORDER BY id) AS number
     FROM events WHERE key IS NOT NULL) AS numbered WHERE number > 1)`,
);

/**
 * What may not be among all records, beside what `LogCheck` finds as they come: the same for every backend. The foreign keys and unique
 * columns of the tables are not repeated here.
 */
export const CONTRADICTIONS: readonly Contradiction[] = [
  no(
    "push",
    "its session is not its account's",
    "NOT EXISTS (SELECT 1 FROM sessions s WHERE s.hash = x.session AND s.account = x.account)",
  ),
  no(
    "expulsion",
    "its account is in the room",
    "EXISTS (SELECT 1 FROM members m WHERE m.room = x.room AND m.account = x.account)",
  ),
  no(
    "invitation",
    "its account is in the room already",
    "EXISTS (SELECT 1 FROM members m WHERE m.room = x.room AND m.account = x.account)",
  ),
  no(
    "reaction",
    "its target is no message, or a deleted one",
    `NOT EXISTS (${TARGET} = x.target AND NOT t.deleted)`,
  ),
  no(
    "reaction",
    "there is no event that put it there",
    `NOT EXISTS (SELECT 1 FROM events e WHERE e.room = x.room AND e.seq = x.seq
       AND e.kind = 'reaction' AND e.target = x.target AND e.emoji = x.emoji
       AND e.sender = x.account AND e.state)`,
  ),
  no(
    "vote",
    "its target is no message, or a deleted one",
    `NOT EXISTS (${TARGET} = x.target AND NOT t.deleted)`,
  ),
  no(
    "vote",
    "there is no such account",
    "NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)",
  ),
  no(
    "thread_follower",
    "its root is no message",
    `NOT EXISTS (${TARGET} = x.root AND t.thread IS NULL)`,
  ),
  no(
    "thread_follower",
    "there is no such account",
    "NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = x.account)",
  ),
  no(
    "file",
    "it is under no message of its uploader, or a deleted one",
    `x.seq IS NOT NULL AND NOT EXISTS (${TARGET} = x.seq
       AND t.sender = x.uploader AND NOT t.deleted)`,
  ),
  no(
    "file",
    "another one has its place under the message",
    `x.seq IS NOT NULL AND EXISTS (SELECT 1 FROM files f WHERE f.room = x.room AND f.seq = x.seq
       AND f.place = x.place AND f.number <> x.number)`,
  ),
  no(
    "file",
    'its parts are not as many, or as large, as "parts" and "size" say',
    `x.parts <> (SELECT count(*) ${PARTS} AND p.place < x.parts)
       OR x.parts <> (SELECT count(*) ${PARTS})
       OR x.size <> (SELECT coalesce(sum(length(p.bytes)), 0) ${PARTS})`,
  ),
  no(
    "file",
    'it has a thumbnail, or "thumb_width", but not both',
    `(x.type IS NOT NULL OR x.thumb_width IS NOT NULL) AND (x.thumb_width IS NULL) = EXISTS (
       SELECT 1 FROM file_parts p WHERE p.file = x.number AND p.place < 0)`,
  ),
  no(
    "invite",
    "it is to a conversation of two",
    "EXISTS (SELECT 1 FROM rooms r WHERE r.id = x.room AND r.kind = 'direct')",
  ),
];
