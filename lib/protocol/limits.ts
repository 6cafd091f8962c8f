/**
 * The limits of the protocol, and its fixed lists of values. `welcome` carries the limits, so that
 * clients need not hard-code them.
 *
 * @module
 */

/**
 * The subprotocols, in order of preference. In both, a frame in either direction may hold a JSON
 * array of messages; in `chat.batch.v2` the server's messages are delta-encoded as well.
 */
export const SUBPROTOCOLS = ["chat.batch.v2", "chat.batch.v1"] as const;

/** A subprotocol. */
export type Subprotocol = (typeof SUBPROTOCOLS)[number];

/** The maxima that the server accepts. Sent in `welcome`: clients need not hard-code them. */
export const LIMITS = {
  /** Bytes of UTF-8 in one WebSocket message; longer ones are closed with 1009. */
  frame_bytes: 65_536,
  /** UTF-16 code units in the text of one message; leaves room for JSON's escapes in a frame. */
  message_length: 10_000,
  /** Characters in a room's name. */
  room_name_length: 64,
  /** Characters in a user's name. */
  name_length: 32,
  /** Characters in a room's title. */
  title_length: 200,
  /** Characters in the text of a status. */
  status_length: 100,
  /** Characters in a client-chosen `key`. */
  key_length: 64,
  /** UTF-16 code units in a reaction; the longest emoji sequences of Unicode 17 have 15. */
  emoji_length: 32,
  /** Characters in a password, at least. */
  password_length_min: 8,
  /** Characters in a search query. */
  query_length: 200,
  /**
   * After how many days the server deletes messages, in every room; 0 for never. The setting
   * `retention-days` overrides it.
   */
  retention_days: 0,
  /** The most days that a room can have as its own limit. */
  retention_days_max: 36_500,
  /** Messages in one page of history or search results. */
  page_size: 100,
  /** Bytes in one file; the setting `file-bytes` overrides it, 0 for no files at all. */
  file_bytes: 26_214_400,
  /**
   * Entries in `mentions` of one message, the members of mentioned groups included: everyone in the
   * room gets them.
   */
  mentions_per_message: 100,
  /** Members of a room up to which every member but a guest may use `@room` and `@here`. */
  room_mention_members: 25,
  /** Members of a room above which the page asks before it sends `@room` or `@here`. */
  confirm_mention_members: 10,
  /** Ranges of one user's weekly quiet hours. */
  quiet_ranges: 20,
  /** Commands that one bot may offer. */
  commands_per_bot: 50,
  /** Groups of users: `@designers`. */
  groups: 100,
  /** Members of one group. */
  group_members: 100,
  /** People in a conversation without a name. */
  conversation_people: 10,
  /** UTF-16 code units in a file's name. */
  file_name_length: 200,
  /** Files under one message. */
  files_per_message: 10,
  /**
   * Users whose presence is broadcast to everyone: the first to connect. Deno keeps a buffer as
   * long as the longest frame of a connection, so each name in `welcome` costs every connection
   * 40 bytes for its lifetime.
   */
  listed_people: 100,
  /** Rooms and conversations in `welcome`. */
  welcome_rooms: 200,
  /** Messages in one `delete_messages`. */
  deleted_messages: 100,
  /** Rooms in one `resume`. */
  resumed_rooms: 100,
  /** Users that one connection can watch. */
  watched_people: 500,
  /** Accounts per day from one address; this and the following are settings, 0 for no limit. */
  accounts_per_day: 2_000,
  /** Rooms that one user may create. */
  rooms_per_user: 100,
  /** Rooms that one user may create per day, or all guests of one address. */
  rooms_per_day: 50,
  /** Rooms that one user may be in. */
  memberships_per_user: 1_000,
  /** New direct conversations that one user may open per day, or all guests of one address. */
  conversations_per_day: 200,
  /** Pending invitations of one user. */
  invitations_per_user: 100,
  /** Users that one user may add or invite per day, or all guests of one address. */
  invitations_per_day: 200,
  /** Users that one user may block. */
  blocks_per_user: 1_000,
  /** Valid invitation links of one moderator. */
  links_per_user: 1_000,
  /** Messages that one user has saved. */
  saved_per_user: 10_000,
  /** Messages of one user that wait to be sent. */
  scheduled_per_user: 100,
  /** Reminders of one user. */
  reminders_per_user: 100,
  /** Bytes of messages, edits and reactions that one user may store per day. */
  text_per_day: 268_435_456,
  /** Bytes in all files of one user. */
  files_per_user: 1_073_741_824,
} as const;

/** The limits as `welcome` carries them. */
export type Limits = { readonly [K in keyof typeof LIMITS]: number };

/** The longest name of a server, in UTF-16 code units. */
export const SERVER_NAME_LENGTH = 64;
/** The side of a server's icon at most, in pixels. */
export const ICON_SIDE = 512;
/** The bytes of a server's icon at most. */
export const ICON_BYTES = 65_536;

/** The side of a user's picture at most, in pixels. */
export const AVATAR_SIDE = 256;
/** The bytes of a user's picture at most. */
export const AVATAR_BYTES = 131_072;

/** The limits of the server's own emoji. */
export const CUSTOM_EMOJI = {
  /** How many there are. */
  count: 1_000,
  /** The side of a picture, in pixels. */
  side: 128,
  /** The bytes of a picture. */
  bytes: 65_536,
} as const;

/** Which messages of a user can be deleted with a ban: by when they were sent. */
export const DELETED_SPANS = ["hour", "day", "all"] as const;

/** One of them. */
export type DeletedSpan = (typeof DELETED_SPANS)[number];

/** The notification levels of a room. */
export const LEVELS = ["all", "mentions", "none"] as const;

/** The limits of what an uploader says about a file. */
export const MEDIA_LIMITS = {
  /** Bytes in a thumbnail. */
  thumbnail_bytes: 65_536,
  /** Values in a waveform: each is one of 64 levels, as a character of `A-Z a-z 0-9 - _`. */
  peaks_length: 100,
  /** How long audio or video lasts, in ms: a day. */
  duration: 86_400_000,
} as const;
