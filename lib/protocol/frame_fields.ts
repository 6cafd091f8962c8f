/**
 * The fields of the server's frames as values, for the documentation and its tests. The page does
 * not load this table: types have no size, values do.
 *
 * @module
 */
import type { RoomEvent, ServerFrame } from "./frames.ts";

/** The fields that the frames of a type have. */
type FieldsOf<T extends ServerFrame["type"]> = Exclude<
  Extract<ServerFrame, { type: T }> extends infer F ? F extends unknown ? keyof F : never : never,
  "type"
>;

const RULES = {
  ...{ locked: 1, slow_seconds: 1, threads: 1, retention_days: 1, previews: 1 } as const,
  ...{ may_post: 1, may_invite: 1, may_pin: 1 } as const,
} as const;
const ROOM = { room: 1, room_id: 1 } as const;
const PERSON = { name: 1, id: 1 } as const;

/**
 * The fields of every frame of the server but the events, for the documentation. The type checker
 * asks for each type, and for each of its fields.
 */
export const SERVER_FRAMES: {
  readonly [T in Exclude<ServerFrame["type"], RoomEvent["type"]>]: Readonly<Record<FieldsOf<T>, 1>>;
} = {
  welcome: {
    ...{ you: 1, server: 1, limits: 1, epoch: 1, rooms: 1, more_rooms: 1 },
    ...{ online: 1, online_ids: 1, away: 1, away_ids: 1, guests: 1, roles: 1, online_count: 1 },
    ...{ invitations: 1, quiet: 1, reminders: 1, profile: 1 },
  },
  joined: {
    ...ROOM,
    ...{ kind: 1, title: 1, receiver_id: 1, over: 1, archived: 1, epoch: 1, seq: 1, read: 1 },
    ...{ unread: 1, mentions: 1, member_count: 1, members: 1, member_ids: 1, messages: 1 },
    deactivated_ids: 1,
    ...{ truncated: 1, more: 1, host: 1, is_default: 1, key: 1, ...RULES },
    ...{ people: 1, invited: 1, refused: 1 },
  },
  history: { ...ROOM, messages: 1, more: 1, more_after: 1, key: 1 },
  search_results: { query: 1, messages: 1, more: 1, next: 1, key: 1 },
  pong: { key: 1 },
  left: { ...ROOM, by: 1, by_id: 1, key: 1 },
  rooms: { rooms: 1, more: 1, next: 1, key: 1 },
  memberships: { rooms: 1, more: 1, next: 1, key: 1 },
  members: { ...ROOM, members: 1, member_ids: 1, deactivated_ids: 1, more: 1, next: 1, key: 1 },
  pins: { ...ROOM, messages: 1, key: 1 },
  files: { ...ROOM, kind: 1, messages: 1, more: 1, key: 1 },
  reactions: { ...ROOM, seq: 1, reactions: 1, more: 1, next: 1, key: 1 },
  votes: { ...ROOM, seq: 1, votes: 1, more: 1, next: 1, key: 1 },
  threads: { threads: 1, more: 1, next: 1, key: 1 },
  thread_followed: { ...ROOM, thread: 1, on: 1 },
  read: { ...ROOM, seq: 1, thread: 1, marked_unread: 1, unread: 1, mentions: 1, key: 1 },
  level: { ...ROOM, level: 1, key: 1 },
  room_prefs: { ...ROOM, level: 1, favourite: 1, section: 1, introduced: 1, key: 1 },
  saved: { messages: 1, more: 1, next: 1, key: 1 },
  scheduled: {
    ...{ id: 1, ...ROOM, message: 1, reply_to: 1, thread: 1, also_in_room: 1, files: 1, at: 1 },
    ...{ failed: 1, key: 1 },
  },
  scheduled_list: { entries: 1, more: 1, next: 1, key: 1 },
  scheduled_sent: { id: 1, key: 1 },
  scheduled_cancelled: { id: 1, key: 1 },
  reminder: { ...ROOM, seq: 1, at: 1, due: 1, about: 1, key: 1 },
  reminders: { reminders: 1, key: 1 },
  draft: { ...ROOM, receiver_id: 1, thread: 1, message: 1, reply_to: 1, edit: 1, at: 1, key: 1 },
  drafts: { drafts: 1, more: 1, next: 1, key: 1 },
  profile: { ...PERSON, display_name: 1, status: 1, avatar: 1, key: 1 },
  reported: { ...ROOM, seq: 1, key: 1 },
  report: {
    ...{ id: 1, ...ROOM, kind: 1, seq: 1, by: 1, by_id: 1, reason: 1, at: 1 },
    ...{ about: 1, resolved: 1, key: 1 },
  },
  reports: { reports: 1, more: 1, next: 1, key: 1 },
  report_resolved: { id: 1, key: 1 },
  commands_offered: { count: 1, key: 1 },
  commands: { ...ROOM, commands: 1, key: 1 },
  command_called: { ...ROOM, call_id: 1, command: 1, text: 1, sender: 1, sender_id: 1 },
  command_sent: { ...ROOM, call_id: 1, command: 1, by: 1, by_id: 1, key: 1 },
  command_answered: { ...ROOM, call_id: 1, command: 1, message: 1, by: 1, by_id: 1, key: 1 },
  emoji_list: { emoji: 1, more: 1, next: 1, key: 1 },
  emoji_changed: { emoji: 1, picture: 1, key: 1 },
  groups: { groups: 1, key: 1 },
  group: { group: 1, group_id: 1, members: 1, member_ids: 1, key: 1 },
  group_deleted: { group: 1, group_id: 1, key: 1 },
  quiet: { until: 1, weekly: 1, time_zone: 1, key: 1 },
  watching: {
    online: 1,
    online_ids: 1,
    away: 1,
    away_ids: 1,
    guests: 1,
    online_count: 1,
    key: 1,
    profiles: 1,
  },
  presence: { ...PERSON, guest: 1, state: 1, watched: 1 },
  room_deleted: { ...ROOM, by: 1, by_id: 1, key: 1 },
  user_changed: { ...PERSON, deactivated: 1 },
  server_changed: { name: 1, icon: 1, retention_days: 1, key: 1 },
  role_changed: { ...PERSON, role: 1, key: 1 },
  muted: { ...PERSON, until: 1, key: 1 },
  banned: { ...PERSON, reason: 1, key: 1 },
  unbanned: { ...PERSON, key: 1 },
  bans: { bans: 1, key: 1 },
  blocks: { names: 1, ids: 1, key: 1 },
  moderation_log: { entries: 1, more: 1, key: 1 },
  typing: { ...ROOM, ...PERSON, guest: 1, thread: 1 },
  member_joined: { ...ROOM, ...PERSON, guest: 1, member_count: 1, key: 1 },
  member_left: { ...ROOM, ...PERSON, member_count: 1, key: 1 },
  invitation: { ...ROOM, title: 1, people: 1, by: 1, by_id: 1 },
  invited: { ...ROOM, ...PERSON, key: 1 },
  invitation_declined: { ...ROOM, key: 1 },
  messages_deleted: { ...ROOM, seqs: 1, refused: 1, key: 1 },
  members_added: { ...ROOM, added: 1, invited: 1, refused: 1, key: 1 },
  error: { code: 1, message: 1, retry_after: 1, key: 1 },
};
