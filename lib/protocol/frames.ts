/**
 * Every frame that client and server exchange, as types. Server and page import these types, so
 * that they cannot disagree. The client's frames are defined by the schemas in `schemas/`, which
 * the server checks; this module re-exports their types. `docs/protocol.md` describes the same in
 * prose.
 *
 * @module
 */
import { type Message, type RoomEvent } from "../chat/events/index.ts";
import { type ErrorCode, ERRORS, type Refusal } from "./errors.ts";
import { LEVELS, type Limits } from "./limits.ts";
import type { Quiet } from "./quiet.ts";

export type {
  ChangeEvent,
  Message,
  PrivateMessage,
  RoomEvent,
  RoomMessage,
} from "../chat/events/index.ts";
import type { FileInfo } from "../chat/events/message.ts";
export type { FileInfo, MessageBody, Reaction } from "../chat/events/message.ts";
export type { ClientFrame, Command, CommandOf, CommandType } from "./schemas/frames.ts";

// ---------------------------------------------------------------------------------------------
// Server to client

/** The role of a user: what the user may do on the server. */
export type Role = "owner" | "moderator" | "member" | "bot" | "guest";

/** Who may see and enter a room: every user, invited users, or the two users of a conversation. */
export type RoomKind = "public" | "private" | "direct";

/** Which messages of a room notify a user: all, those that mention the user, or none. */
export type Level = (typeof LEVELS)[number];

/** Whether a user is connected, and whether the user was active lately. */
export type PresenceState = "online" | "away" | "offline";

/** A room, from the point of view of one user. */
export interface RoomDescription {
  readonly room: string;
  readonly room_id: string;
  readonly kind: RoomKind;
  readonly title?: string;
  /** In a direct conversation: the other user's id. */
  readonly receiver_id?: string;
  /** In a direct conversation: the other user, a guest or a bot, is gone for good. */
  readonly over?: true;
  /**
   * Set for a conversation without a name: the other members, fewer than
   * `limits.conversation_people`, in the order in which they came. `room` is then a name that nobody
   * has chosen.
   */
  readonly people?: readonly PersonTag[];
  /** The room is archived: it can only be read. */
  readonly archived?: true;
}

/** The rules of a room, where they are not those of every room. */
export interface RoomRules {
  readonly locked?: true;
  readonly slow_seconds?: number;
  /** Replies cannot be put into threads here. */
  readonly threads?: false;
  /** After how many days the room's messages are deleted; `limits.retention_days` holds as well. */
  readonly retention_days?: number;
  /** Links get no previews here. */
  readonly previews?: false;
  /** Only the host and the moderators may post: a room for announcements. */
  readonly may_post?: "hosts";
  /** Only the host and the moderators may invite. */
  readonly may_invite?: "hosts";
  /** Every member may pin messages. */
  readonly may_pin?: "everyone";
}

/** A room or conversation that the user is a member of. */
export interface RoomSummary extends RoomDescription, RoomRules {
  /** The newest `seq` of its log; 0 when it is empty. */
  readonly seq: number;
  /** The last `seq` that the user has seen, on any device. */
  readonly read: number;
  /** The number of messages of others after `read` that are not deleted, counted up to 100. */
  readonly unread: number;
  /** The number of those that mention the user or the whole room, counted up to 100. */
  readonly mentions: number;
  readonly level: Level;
  /** Whether the user keeps the room among the favourites. */
  readonly favourite?: true;
  /** The section of the sidebar in which the user keeps the room. */
  readonly section?: string;
  /** Whether the user has hidden what the room begins with. */
  readonly introduced?: true;
}

/** What a member wants of a room. */
export interface RoomPrefsTag {
  readonly level: Level;
  readonly favourite?: true;
  readonly section?: string;
  readonly introduced?: true;
}

/** A message of the user that waits to be sent. */
export interface ScheduledListing {
  readonly id: string;
  readonly room: string;
  readonly room_id: string;
  readonly message: string;
  readonly reply_to?: number;
  readonly thread?: number;
  readonly also_in_room?: boolean;
  readonly files?: readonly FileInfo[];
  /** When it is sent. */
  readonly at: number;
  /** Why it was not sent when its time had come. */
  readonly failed?: { readonly code: ErrorCode; readonly message: string };
}

/** What a user says about themselves. */
export interface ProfileTag {
  readonly name: string;
  readonly id: string;
  readonly display_name?: string;
  readonly status?: ProfileStatus;
  /** The id of the picture, which is at `/api/avatars/{id}`. */
  readonly avatar?: string;
}

/** What a user does, or how a user is. */
export interface ProfileStatus {
  /** An emoji; empty for none. */
  readonly emoji: string;
  readonly text: string;
  /** When it ends, in ms since the Unix epoch. */
  readonly until?: number;
}

/** A message that a user has reported. */
export interface ReportListing {
  readonly id: string;
  /** The name of the room; empty for a conversation. */
  readonly room: string;
  readonly room_id: string;
  readonly kind: RoomKind;
  readonly seq: number;
  /** The user who reports it. */
  readonly by: string;
  readonly by_id: string;
  readonly reason: string;
  readonly at: number;
  /** The message as it is now. */
  readonly about?: Message;
  /** How it was resolved. */
  readonly resolved?: {
    readonly by: string;
    readonly by_id: string;
    readonly at: number;
    readonly note: string;
  };
}

/** A reminder of a message. */
export interface ReminderListing {
  readonly room: string;
  readonly room_id: string;
  readonly seq: number;
  /** When to remind the user; 0 if there is no reminder any more. */
  readonly at: number;
  /** Its time has come. It stays so until the user removes it. */
  readonly due?: true;
  /** The message. */
  readonly about?: Message;
}

/** What a user has written in a room and not sent, for the devices of the user. */
export interface DraftListing {
  readonly room: string;
  readonly room_id: string;
  /** The other user of a direct conversation. */
  readonly receiver_id?: string;
  /** The root of the thread for which it is. */
  readonly thread?: number;
  /** Empty for none. */
  readonly message: string;
  readonly reply_to?: number;
  /** The edit of a message that the user has begun. */
  readonly edit?: { readonly seq: number; readonly message: string };
  /** When it was last changed. */
  readonly at: number;
}

/** An online guest. */
export interface GuestTag {
  readonly name: string;
  readonly id: string;
}

/** A user with another role than `member`. */
export interface RoleTag {
  readonly name: string;
  readonly id: string;
  readonly role: Role;
}

/** A ban. */
export interface BanListing {
  readonly name?: string;
  readonly id?: string;
  readonly address?: string;
  readonly reason: string;
  readonly at: number;
}

/** What the moderation log records. */
export type ModerationAction =
  | "activate"
  | "add_webhook"
  | "ban"
  | "deactivate"
  | "delete_emoji"
  | "delete_group"
  | "delete_message"
  | "delete_messages"
  | "delete_room"
  | "end_sessions"
  | "erase"
  | "export"
  | "export_log"
  | "kick"
  | "mute"
  | "recover"
  | "remove_webhook"
  | "rename"
  | "rename_server"
  | "set_emoji"
  | "set_server_icon"
  | "set_server_retention"
  | "set_group"
  | "resolve_report"
  | "set_role"
  | "set_room"
  | "sign_in_link"
  | "unban";

/** An action of a moderator. `action` is a {@link ModerationAction}, or one that another version knows. */
export interface ModerationListing {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly by_id?: string;
  readonly action: string;
  readonly subject?: string;
  readonly subject_id?: string;
  readonly room?: string;
  readonly room_id?: string;
  readonly detail?: string;
}

/** A room that the user may join or has joined. */
export interface RoomListing extends RoomDescription {
  readonly members: number;
  readonly joined: boolean;
  /** For owners: a private room that no user can enter. `join` by its id recovers it. */
  readonly abandoned?: true;
}

/** A message that the user has saved. */
export type SavedListing = Message & {
  /** When, in ms since 1970; a time of its own for each of the user's. */
  readonly saved_at: number;
};

/** A pending invitation: accept it with `join` by its id, or send `decline_invitation`. */
export interface PendingInvitation {
  readonly room: string;
  readonly room_id: string;
  readonly title?: string;
  /** Set for a conversation without a name: its members. */
  readonly people?: readonly PersonTag[];
  /** The member who invites the user. */
  readonly by: string;
  readonly by_id: string;
}

/** A command that a bot offers. */
export interface BotCommandOffer {
  /** Its name, without the slash. */
  readonly command: string;
  readonly description: string;
  /** What follows the name. */
  readonly hint?: string | undefined;
}

/** A command of a bot in a room. */
export interface BotCommandListing extends BotCommandOffer {
  /** The bot. */
  readonly by: string;
  readonly by_id: string;
}

/** A user's reaction to a message. */
export interface ReactionListing {
  readonly emoji: string;
  readonly name: string;
  readonly id: string;
}

/** What a user has voted for in a poll, by index. */
export interface VoteListing {
  readonly name: string;
  readonly id: string;
  readonly options: readonly number[];
}

/** An emoji of the server's own. */
export interface EmojiListing {
  /** The text that stands for it: `:name:`. */
  readonly emoji: string;
  /** The id of its picture, which is at `/api/emoji/{id}`. */
  readonly picture: string;
  /** Who added it, unless that user is gone. */
  readonly by?: string;
  readonly by_id?: string;
}

/** A group of users. */
export interface GroupListing {
  readonly group: string;
  readonly group_id: string;
  readonly member_count: number;
}

/** A user, by name and id. */
export interface PersonTag {
  readonly name: string;
  readonly id: string;
}

/** A user who could not be added, as the command named them, and why. */
export interface RefusedPerson {
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly code: ErrorCode;
}

/** A thread that the user follows. */
export interface ThreadListing {
  readonly room: string;
  readonly room_id: string;
  /** The `seq` of its root. */
  readonly thread: number;
  /** The message that began it, with `replies`. */
  readonly root: Message;
  /** The last `seq` of the thread that the user has seen, on any device. */
  readonly read: number;
  /** The number of replies of others after `read` that are not deleted, counted up to 100. */
  readonly unread: number;
}

/** What follows a page of a list. */
export interface PartOfList {
  /** Whether there are more entries. */
  readonly more: boolean;
  /** Pass it as `after` to get the next page. */
  readonly next?: string;
}

/** The fields of a reply: it carries the `key` of its command. */
interface Answer {
  readonly key?: string;
}

/** Some of the online users. */
export interface PeopleHere {
  readonly online: readonly string[];
  /** The ids of `online`, in the same order. */
  readonly online_ids: readonly string[];
  /** The users in `online` who are away. */
  readonly away: readonly string[];
  /** The ids of `away`, in the same order. */
  readonly away_ids: readonly string[];
  /** The users in `online` who are guests. */
  readonly guests: readonly GuestTag[];
  /** The total number of users online or away. */
  readonly online_count: number;
}

/** The server, as clients know it. */
export interface ServerTag {
  readonly name: string;
  readonly version: string;
  /** The path of the icon that the owners have given it. Another icon has another path. */
  readonly icon?: string;
}

/** What an owner has changed about the server. */
export interface ServerNews extends Omit<ServerTag, "version"> {
  /** After how many days messages are deleted in every room; 0 for never. */
  readonly retention_days: number;
}

/** The first frame of a connection; it lists the first `listed_people` online users. */
export interface Welcome extends PeopleHere {
  type: "welcome";
  you: { id: string; name: string; role: Role };
  server: ServerTag;
  limits: Limits;
  epoch: string;
  /** The rooms and conversations of the user, those with the newest events first. */
  rooms: readonly RoomSummary[];
  /** Whether there are more than `limits.welcome_rooms`. `list_memberships` has all, in pages. */
  more_rooms: boolean;
  /** Pending invitations; left out if there are none. */
  invitations?: readonly PendingInvitation[];
  /** When the user wants no notifications; left out if never. */
  quiet?: Quiet;
  /** The reminders whose time has come, and that the user has not removed; left out if none. */
  reminders?: readonly ReminderListing[];
  /** What the user says about themselves; left out if nothing. */
  profile?: ProfileTag;
  /**
   * Owners, moderators and bots, online or not, in this order: at most `limits.listed_people`. Any
   * other user is a member or a guest.
   */
  roles: readonly RoleTag[];
}

/** The reply to `watch`: the watched users who are online. */
export interface Watching extends Answer, PeopleHere {
  type: "watching";
  /** The profiles of the watched users who have one, online or not; left out if none has. */
  profiles?: readonly ProfileTag[];
}

/**
 * The reply to `join`. With `after`, and `truncated` false, `messages` is every event after it, in
 * order; otherwise it is the latest page of messages as they are now. Live events continue at
 * `seq + 1`.
 */
export interface Joined extends Answer, RoomDescription, RoomRules {
  type: "joined";
  epoch: string;
  seq: number;
  read: number;
  /** As in `welcome.rooms`. */
  unread: number;
  mentions: number;
  member_count: number;
  /** At most 100 of the members, those who are online first. `list_members` has all, in pages. */
  members: readonly string[];
  /** The ids of `members`, in the same order. */
  member_ids: readonly string[];
  /** The ids of those in `members` who are deactivated: they cannot sign in. */
  deactivated_ids?: readonly string[];
  /** The user moderates the room, as its host. */
  host?: true;
  /** In the reply to the command that creates a conversation: the users who were asked for consent. */
  invited?: readonly PersonTag[];
  /** In the same reply: the users for whom that was not possible, as the command named them, and why. */
  refused?: readonly RefusedPerson[];
  /** New users join this room: it stays public, and is neither archived nor deleted. */
  is_default?: true;
  messages: readonly RoomEvent[];
  truncated: boolean;
  /** Whether the room has messages older than `messages`. */
  more: boolean;
}

/** A page of a room's log, oldest first. */
export interface HistoryPage {
  readonly messages: readonly Message[];
  /** Whether there are more messages in the requested direction: later with `after`, else older. */
  readonly more: boolean;
  /** With `around`: whether there are more messages after it. */
  readonly more_after?: boolean;
}

/** The reply to `history`. */
export interface History extends Answer, HistoryPage {
  type: "history";
  room: string;
  room_id: string;
}

/** A message that matches a search. */
export type SearchHit = Message & {
  /** The part of the text around the first match. */
  readonly snippet: string;
  /** The positions of the matches in the snippet: pairs of start and end, in UTF-16 code units. */
  readonly highlights: readonly (readonly [number, number])[];
};

/** The results of a search, newest first. */
export interface SearchResults extends Answer {
  type: "search_results";
  query: string;
  messages: readonly SearchHit[];
  more: boolean;
  /** Pass it as `before` to get the next page. */
  next?: string;
}

/** Every other frame of the server. */
export type Notice =
  | Answer & { type: "pong" }
  | Answer & { type: "left"; room: string; room_id: string; by?: string; by_id?: string }
  | Answer & PartOfList & { type: "rooms"; rooms: readonly RoomListing[] }
  | Answer & PartOfList & { type: "memberships"; rooms: readonly RoomSummary[] }
  | PendingInvitation & { type: "invitation" }
  | Answer & { type: "invited"; room: string; room_id: string; name: string; id: string }
  | Answer & { type: "invitation_declined"; room: string; room_id: string }
  | Answer & {
    type: "messages_deleted";
    room: string;
    room_id: string;
    /** The messages that were deleted. */
    seqs: readonly number[];
    /** Those that were not, and why. */
    refused: readonly { readonly seq: number; readonly code: ErrorCode }[];
  }
  | Answer & {
    type: "members_added";
    room: string;
    room_id: string;
    /** The users who are members now. */
    added: readonly PersonTag[];
    /** The users who were asked for consent. */
    invited: readonly PersonTag[];
    /** The users for whom neither was possible, as the command named them, and why. */
    refused: readonly RefusedPerson[];
  }
  | Answer & PartOfList & {
    type: "members";
    room: string;
    room_id: string;
    members: readonly string[];
    member_ids: readonly string[];
    /** As in `joined`. */
    deactivated_ids?: readonly string[];
  }
  | Answer & { type: "pins"; room: string; room_id: string; messages: readonly Message[] }
  | Answer & {
    type: "files";
    room: string;
    room_id: string;
    kind?: "media" | "other";
    /** The messages that have them, oldest first. */
    messages: readonly Message[];
    /** Whether there are older ones. */
    more: boolean;
  }
  | Answer & PartOfList & {
    type: "reactions";
    room: string;
    room_id: string;
    seq: number;
    reactions: readonly ReactionListing[];
  }
  | Answer & PartOfList & {
    type: "votes";
    room: string;
    room_id: string;
    seq: number;
    votes: readonly VoteListing[];
  }
  | Answer & {
    type: "read";
    room: string;
    room_id: string;
    seq: number;
    /** Set if only this thread has been read: its root. */
    thread?: number;
    /** Set if the user has marked messages as unread: only then has the read mark moved back. */
    marked_unread?: true;
    /** With `marked_unread`: as in `welcome.rooms`. */
    unread?: number;
    mentions?: number;
  }
  | Answer & PartOfList & { type: "threads"; threads: readonly ThreadListing[] }
  | { type: "thread_followed"; room: string; room_id: string; thread: number; on: boolean }
  | Answer & { type: "commands_offered"; count: number }
  | Answer & {
    type: "commands";
    room: string;
    room_id: string;
    commands: readonly BotCommandListing[];
  }
  | {
    type: "command_called";
    room: string;
    room_id: string;
    call_id: string;
    command: string;
    text: string;
    sender: string;
    sender_id: string;
  }
  | Answer & {
    type: "command_sent";
    room: string;
    room_id: string;
    call_id: string;
    command: string;
    by: string;
    by_id: string;
  }
  | Answer & {
    type: "command_answered";
    room: string;
    room_id: string;
    call_id: string;
    command: string;
    message: string;
    by: string;
    by_id: string;
  }
  | Answer & PartOfList & { type: "emoji_list"; emoji: readonly EmojiListing[] }
  | Answer & {
    type: "emoji_changed";
    emoji: string;
    /** Its picture; missing if it was deleted. */
    picture?: string;
  }
  | Answer & { type: "groups"; groups: readonly GroupListing[] }
  | Answer & {
    type: "group";
    group: string;
    group_id: string;
    members: readonly string[];
    member_ids: readonly string[];
  }
  | Answer & { type: "group_deleted"; group: string; group_id: string }
  | Answer & Quiet & { type: "quiet" }
  | Answer & PartOfList & { type: "saved"; messages: readonly SavedListing[] }
  | Answer & ScheduledListing & { type: "scheduled" }
  | Answer & PartOfList & { type: "scheduled_list"; entries: readonly ScheduledListing[] }
  | Answer & { type: "scheduled_sent"; id: string }
  | Answer & { type: "scheduled_cancelled"; id: string }
  | Answer & ReminderListing & { type: "reminder" }
  | Answer & { type: "reminders"; reminders: readonly ReminderListing[] }
  | Answer & DraftListing & { type: "draft" }
  | Answer & PartOfList & { type: "drafts"; drafts: readonly DraftListing[] }
  | Answer & RoomPrefsTag & { type: "room_prefs"; room: string; room_id: string }
  | Answer & ProfileTag & { type: "profile" }
  | Answer & { type: "reported"; room: string; room_id: string; seq: number }
  | Answer & ReportListing & { type: "report" }
  | Answer & PartOfList & { type: "reports"; reports: readonly ReportListing[] }
  | Answer & { type: "report_resolved"; id: string }
  | Answer & { type: "level"; room: string; room_id: string; level: Level }
  | {
    type: "presence";
    name: string;
    id: string;
    guest?: true;
    state: PresenceState;
    /** Sent because this connection watches the user. */
    watched?: true;
  }
  | Answer & { type: "room_deleted"; room?: string; room_id: string; by?: string; by_id?: string }
  | { type: "user_changed"; name: string; id: string; deactivated?: true }
  | Answer & ServerNews & { type: "server_changed" }
  | Answer & { type: "role_changed"; name: string; id: string; role: Role }
  | Answer & { type: "muted"; name: string; id: string; until: number }
  | Answer & {
    type: "banned";
    name: string;
    id: string;
    /** Why; for the banned user, right before the connection is closed. */
    reason?: string;
  }
  | Answer & { type: "unbanned"; name: string; id: string }
  | Answer & { type: "bans"; bans: readonly BanListing[] }
  | Answer & { type: "blocks"; names: readonly string[]; ids: readonly string[] }
  | Answer & {
    type: "moderation_log";
    entries: readonly ModerationListing[];
    more: boolean;
  }
  | {
    type: "typing";
    room: string;
    room_id: string;
    name: string;
    id: string;
    guest?: true;
    /** Set if the user types in a thread: its root. */
    thread?: number;
  }
  | Answer & {
    type: "member_joined";
    room: string;
    room_id: string;
    name: string;
    id: string;
    guest?: true;
    /** How many members the room has then; left out where the server does not know it. */
    member_count?: number;
  }
  | Answer & {
    type: "member_left";
    room: string;
    room_id: string;
    name: string;
    id: string;
    /** As in `member_joined`. */
    member_count?: number;
  };

/** A refusal as a frame. */
export interface ErrorFrame extends Answer {
  type: "error";
  code: ErrorCode;
  message: string;
  retry_after?: number;
}

/** A frame from the server. */
export type ServerFrame =
  | Welcome
  | Watching
  | Joined
  | History
  | SearchResults
  | RoomEvent
  | Notice
  | ErrorFrame;

/**
 * Builds the `error` frame of a refusal.
 *
 * @param refusal What was refused, and why.
 * @param key The `key` of the frame that is answered, if it had one.
 */
export function errorFrame(refusal: Refusal, key?: string): ErrorFrame {
  return {
    type: "error",
    code: refusal.code,
    message: refusal.message ?? ERRORS[refusal.code].message,
    ...(refusal.retry_after === undefined ? {} : { retry_after: refusal.retry_after }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * Frames that only list what a command asked for, or tell that such a list has changed. The page
 * keeps the latest one of each type.
 */
export const LISTS = [
  "bans",
  "pins",
  "files",
  "reactions",
  "votes",
  "threads",
  "emoji_list",
  "groups",
  "group",
  "commands",
  "saved",
  "reminders",
  "reminder",
  "drafts",
  "scheduled_list",
  "scheduled",
  "scheduled_sent",
  "scheduled_cancelled",
  "profile",
  "reported",
  "report",
  "reports",
  "report_resolved",
  "messages_deleted",
] as const;

/** A reply that only lists what a command asked for. */
export type ListFrame = Extract<ServerFrame, { readonly type: (typeof LISTS)[number] }>;

/** Whether a frame only lists what a command asked for. */
export function isList(frame: { readonly type: string }): frame is ListFrame {
  return (LISTS as readonly string[]).includes(frame.type);
}
