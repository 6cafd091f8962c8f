/**
 * Builds the replies to commands: what the store returns, as frames for one user.
 *
 * @module
 */
import { PAGE_BOUNDS, type Replay } from "./replay.ts";
import { otherIn, othersIn, roomNameFor, wireEvent, wireHit, wireMessage } from "./to_wire.ts";
import { readHistory } from "./history.ts";
import {
  type CommandOf,
  type History,
  type Joined,
  type Notice,
  type PartOfList,
  type PendingInvitation,
  type PeopleHere,
  type PersonTag,
  type PresenceState,
  type ProfileTag,
  type ReminderListing,
  type RoomDescription,
  type RoomListing,
  type RoomPrefsTag,
  type RoomRules,
  type RoomSummary,
  type SearchResults,
  type Watching,
  type Welcome,
} from "../protocol/frames.ts";
import { isHost } from "../auth/permissions.ts";
import { LIMITS, type Limits } from "../protocol/limits.ts";
import { foldName, foldRoom } from "../protocol/names.ts";
import type { Quiet } from "../protocol/quiet.ts";
import type { PresentUser } from "./presence.ts";
import type { Room } from "./room.ts";
import type { Invitation } from "../store/consent.ts";
import type { Profile } from "../store/profiles.ts";
import type { Store } from "../store/store.ts";
import type { NamePage } from "../util/name_index.ts";
import type {
  Account,
  Listing,
  Membership,
  ReadState,
  RoomPrefs,
  RoomRecord,
  SearchQuery,
} from "../store/records.ts";

/** The `key` of a command, for its reply. */
export function echo(command: { readonly key?: string | undefined }): { key?: string } {
  return command.key === undefined ? {} : { key: command.key };
}

/** A user in a notice: name, id, and whether they are a guest. */
export function personTag({ name, publicId, role }: Account) {
  return { name, id: publicId, ...(role === "guest" ? { guest: true as const } : {}) };
}

/** What a user says about themselves. @param now A status that ended before is left out. */
export function profileTag(
  { name, publicId: id }: Account,
  { displayName, status, avatar }: Profile,
  now: number,
): ProfileTag {
  const isOver = status === null || status.until !== null && status.until <= now;
  return {
    name,
    id,
    ...(displayName === null ? {} : { display_name: displayName }),
    ...(isOver ? {} : {
      status: {
        emoji: status.emoji,
        text: status.text,
        ...(status.until === null ? {} : { until: status.until }),
      },
    }),
    ...(avatar === null ? {} : { avatar }),
  };
}

/** The users that a user has blocked. */
export function blocks(people: readonly Account[]): Extract<Notice, { type: "blocks" }> {
  return {
    type: "blocks",
    names: people.map(({ name }) => name),
    ids: people.map(({ publicId }) => publicId),
  };
}

/** Members of a room, by name and id. */
function tagsOf(members: readonly Account[]) {
  const deactivated = members.filter((member) => member.deactivated);
  return {
    members: members.map(({ name }) => name),
    member_ids: members.map(({ publicId }) => publicId),
    ...(deactivated.length === 0
      ? {}
      : { deactivated_ids: deactivated.map(({ publicId }) => publicId) }),
  };
}

/** A room in a notice, by its name for the viewer. */
export function roomTag(room: Room, viewer: Account): { room: string; room_id: string } {
  return recordTag(room.record, viewer);
}

/** As `roomTag`, for a room that need not be loaded. */
export function recordTag(record: RoomRecord, viewer: Account): { room: string; room_id: string } {
  return { room: roomNameFor(record, viewer), room_id: record.publicId };
}

/** The reply to `mark_unread`, for all devices of the member. */
export function markedUnread(
  record: RoomRecord,
  member: Account,
  { read: seq, unread, mentions }: ReadState,
): Extract<Notice, { type: "read" }> {
  const tag = recordTag(record, member);
  return { type: "read", ...tag, seq, marked_unread: true, unread, mentions };
}

/** An invitation to a room, with its sender. */
export function invitationTag(room: RoomRecord, by: Account): PendingInvitation {
  return {
    room: room.name,
    room_id: room.publicId,
    ...(room.title === null ? {} : { title: room.title }),
    ...peopleTag(room),
    by: by.name,
    by_id: by.publicId,
  };
}

/** The notice of a user's presence for other users. */
export function presence(
  account: Account,
  state: PresenceState,
): Extract<Notice, { type: "presence" }> {
  return { type: "presence", ...personTag(account), state };
}

/** The notice that a user has another name, or was deactivated or activated. */
export function accountChanged(
  { name, publicId: id, deactivated }: Account,
): Extract<Notice, { type: "user_changed" }> {
  return { type: "user_changed", name, id, ...(deactivated ? { deactivated } : {}) };
}

/** Some of the users online, and how many there are in all. */
export interface Here {
  readonly people: readonly PresentUser[];
  readonly count: number;
}

function peopleHere({ people, count }: Here): PeopleHere {
  const away = people.filter(({ state }) => state === "away");
  return {
    online: people.map(({ account }) => account.name),
    online_ids: people.map(({ account }) => account.publicId),
    away: away.map(({ account }) => account.name),
    away_ids: away.map(({ account }) => account.publicId),
    guests: people.filter(({ account }) => account.role === "guest")
      .map(({ account }) => ({ name: account.name, id: account.publicId })),
    online_count: count,
  };
}

/** The reply to `watch`. @param here The users online among those that the command names. */
export function watching(
  here: Here,
  profiles: readonly ProfileTag[],
  command: CommandOf<"watch">,
): Watching {
  const found = profiles.length === 0 ? {} : { profiles };
  return { type: "watching", ...peopleHere(here), ...found, ...echo(command) };
}

/** The members of a conversation without a name, except the viewer. */
export function peopleTag(
  { people }: RoomRecord,
  viewer?: Account,
): { readonly people?: readonly PersonTag[] } {
  if (people === null) return {};
  return { people: othersIn(people, viewer).map(({ name, publicId: id }) => ({ name, id })) };
}

function described(room: RoomRecord, viewer: Account): RoomDescription {
  const other = otherIn(room, viewer);
  return {
    room: roomNameFor(room, viewer),
    room_id: room.publicId,
    kind: room.kind,
    ...(room.title === null ? {} : { title: room.title }),
    ...(other === null ? {} : { receiver_id: other.publicId }),
    ...peopleTag(room, viewer),
    ...(room.isOver ? { over: true } : {}),
    ...(room.archived ? { archived: true } : {}),
  };
}

/** The rules of a room, where it has any. */
function rules(room: RoomRecord): RoomRules {
  const { locked, slowMs, threads, retentionDays, previews } = room;
  const { mayPost, mayInvite, mayPin } = room;
  return {
    ...(mayPost === "hosts" ? { may_post: mayPost } : {}),
    ...(mayInvite === "hosts" ? { may_invite: mayInvite } : {}),
    ...(mayPin === "everyone" ? { may_pin: mayPin } : {}),
    ...(threads ? {} : { threads: false as const }),
    ...(previews ? {} : { previews: false as const }),
    ...(locked ? { locked: true as const } : {}),
    ...(slowMs > 0 ? { slow_seconds: slowMs / 1_000 } : {}),
    ...(retentionDays > 0 ? { retention_days: retentionDays } : {}),
  };
}

/**
 * The first frame of a connection.
 *
 * @param here The users that are listed to everyone.
 */
export function welcome(
  viewer: Account,
  server: Welcome["server"],
  limits: Limits,
  epoch: string,
  { rooms, more }: { readonly rooms: readonly RoomSummary[]; readonly more: boolean },
  here: Here,
  staff: readonly Account[],
  invitations: readonly Invitation[] = [],
  quiet: Quiet = {},
  reminders: readonly ReminderListing[] = [],
  profile: ProfileTag | null = null,
): Welcome {
  return {
    type: "welcome",
    you: { id: viewer.publicId, name: viewer.name, role: viewer.role },
    server,
    limits,
    epoch,
    rooms,
    more_rooms: more,
    ...(invitations.length === 0
      ? {}
      : { invitations: invitations.map(({ room, by }) => invitationTag(room, by)) }),
    ...(Object.keys(quiet).length === 0 ? {} : { quiet }),
    ...(reminders.length === 0 ? {} : { reminders }),
    // Of an empty one there are only the name and the id.
    ...(profile === null || Object.keys(profile).length === 2 ? {} : { profile }),
    roles: staff.map(({ name, publicId, role }) => ({ name, id: publicId, role })),
    ...peopleHere(here),
  };
}

/** What a member wants of a room. */
export function prefsTag({ level, favourite, section, introduced }: RoomPrefs): RoomPrefsTag {
  return {
    level,
    ...(favourite ? { favourite: true as const } : {}),
    ...(section === null ? {} : { section }),
    ...(introduced ? { introduced: true as const } : {}),
  };
}

/** One of the rooms in `welcome`. */
export function summary(viewer: Account, membership: Membership): RoomSummary {
  const { room, read, unread, mentions } = membership;
  const about = { ...described(room, viewer), ...rules(room), seq: room.seq };
  return { ...about, read, unread, mentions, ...prefsTag(membership) };
}

/**
 * The reply to `join`.
 *
 * @param members The members that it lists: see `firstMembers`.
 * @param isDefault Whether new users join the room.
 */
export function joined(
  viewer: Account,
  room: Room,
  members: readonly Account[],
  missed: Replay,
  rest: Pick<Joined, "epoch" | "key" | "invited" | "refused">,
  isDefault: boolean,
): Joined {
  const { read, unread, mentions } = missed.state;
  return {
    type: "joined",
    ...described({ ...room.record, isOver: room.isOver }, viewer),
    ...rules(room.record),
    ...(isHost(viewer, room) ? { host: true as const } : {}),
    ...(isDefault ? { is_default: true as const } : {}),
    seq: missed.seq,
    member_count: room.memberCount,
    ...tagsOf(members),
    messages: missed.events.map((event) => wireEvent(room.record, event)),
    truncated: missed.truncated,
    more: missed.more,
    ...{ read, unread, mentions },
    ...rest,
  };
}

/** The reply to `history`. */
export async function history(
  store: Store,
  viewer: Account,
  room: Room,
  command: CommandOf<"history">,
): Promise<History> {
  return {
    type: "history",
    ...roomTag(room, viewer),
    ...await readHistory(store, room, command, viewer, command.limit),
    ...echo(command),
  };
}

/** The reply to `search`. */
export async function search(
  store: Store,
  viewer: Account,
  query: Omit<SearchQuery, "account" | "before" | "limit">,
  command: CommandOf<"search">,
): Promise<SearchResults> {
  const { hits, next } = await store.search({
    ...query,
    account: viewer.id,
    before: command.before ?? null,
    limit: command.limit ?? PAGE_BOUNDS.limit,
  });
  return {
    type: "search_results",
    query: command.query,
    messages: hits.map(wireHit),
    more: next !== null,
    ...(next === null ? {} : { next }),
    ...echo(command),
  };
}

/** The threads that a user follows: the reply to `list_threads` and `follow_thread`. */
export async function threads(
  store: Store,
  viewer: Account,
  command: { before?: string | undefined; limit?: number | undefined; key?: string | undefined },
): Promise<Extract<Notice, { type: "threads" }>> {
  const { before = null, limit = LIMITS.page_size } = command;
  const { threads, next } = await store.followedThreads(viewer.id, before, limit);
  return {
    type: "threads",
    threads: threads.map(({ room, root, read, unread }) => ({
      ...recordTag(room, viewer),
      thread: root.seq,
      root: wireMessage(room, root),
      ...{ read, unread },
    })),
    ...(next === null ? { more: false } : { more: true, next }),
    ...echo(command),
  };
}

/** What a command or a request asks for: see `namePage` in the schemas. */
interface NameQuery {
  readonly query?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** Which part of a list by name a client asks for. */
export function namePageOf(
  { query = "", after = "", limit = LIMITS.page_size }: NameQuery,
): NamePage {
  return { begins: foldName(query.trim()), after: foldName(after), limit };
}

/** What follows a page of a list. @param last Where the page ends. */
export function partOfList(more: boolean, last: string | undefined): PartOfList {
  return more && last !== undefined ? { more, next: last } : { more: false };
}

/** Follows the name of a private room in `next`: no name of a room contains it. */
const PRIVATE = "/";

/** The reply to `list_rooms`. */
export async function roomList(
  store: Store,
  viewer: Account,
  command: CommandOf<"list_rooms">,
): Promise<Notice> {
  const { names, ids } = command;
  const found = names === undefined && ids === undefined
    ? await roomPage(store, viewer, command)
    : await roomsAt(store, viewer, { names, ids });
  return { type: "rooms", ...found, ...echo(command) };
}

type RoomsFound = PartOfList & { readonly rooms: readonly RoomListing[] };

/** The rooms with some names or ids, as far as the viewer may see them. */
async function roomsAt(
  store: Store,
  viewer: Account,
  { names = [], ids = [] }: Pick<CommandOf<"list_rooms">, "names" | "ids">,
): Promise<RoomsFound> {
  const found = await store.roomsAt(viewer.id, { names: names.map(foldRoom), publicIds: ids });
  const isAsked = ({ publicId }: RoomRecord) => ids.includes(publicId);
  const abandoned = ids.length > 0 ? await abandonedRooms(store, viewer, isAsked) : [];
  return { rooms: [...found.map((one) => listed(one, viewer)), ...abandoned], more: false };
}

async function roomPage(store: Store, viewer: Account, command: NameQuery): Promise<RoomsFound> {
  const { begins, after, limit } = namePageOf(command);
  // A page ends between two rooms of one name where the private one, which comes first, is its last.
  const afterPrivate = after.endsWith(PRIVATE);
  const listings = await store.listRooms(viewer.id, {
    ...{ begins, after: afterPrivate ? after.slice(0, -PRIVATE.length) : after, afterPrivate },
    limit: limit + 1,
  });
  const page = listings.slice(0, limit);
  const last = page.at(-1)?.room;
  const more = listings.length > limit;
  const isListed = ({ name }: RoomRecord) => foldName(name).startsWith(begins);
  // They follow the last page.
  const abandoned = more ? [] : await abandonedRooms(store, viewer, isListed);
  return {
    rooms: [...page.map((one) => listed(one, viewer)), ...abandoned],
    ...partOfList(more, last && `${foldName(last.name)}${last.kind === "private" ? PRIVATE : ""}`),
  };
}

function listed({ room, members, joined }: Listing, viewer: Account): RoomListing {
  return { ...described(room, viewer), members, joined };
}

/** The rooms that no user can enter any more, for an owner: owners can recover them. */
async function abandonedRooms(
  store: Store,
  viewer: Account,
  isWanted: (room: RoomRecord) => boolean,
): Promise<readonly RoomListing[]> {
  const rooms = viewer.role === "owner" ? await store.abandonedRooms() : [];
  return rooms.filter(isWanted).map((room) => ({
    ...listed({ room, members: 0, joined: false }, viewer),
    abandoned: true,
  }));
}

/** The reply to `list_memberships`. @param summaries Returns memberships as `welcome` lists them. */
export async function membershipList(
  store: Store,
  viewer: Account,
  command: CommandOf<"list_memberships">,
  summaries: (memberships: readonly Membership[]) => readonly RoomSummary[],
): Promise<Notice> {
  const { after = null, limit = LIMITS.page_size } = command;
  const found = await store.membershipsOf(viewer.id, after, limit + 1);
  const page = found.slice(0, limit);
  return {
    type: "memberships",
    rooms: summaries(page),
    ...partOfList(found.length > limit, page.at(-1)?.room.publicId),
    ...echo(command),
  };
}

/** The reply to `list_reactions`. */
export async function reactionList(
  store: Store,
  viewer: Account,
  room: Room,
  command: CommandOf<"list_reactions">,
): Promise<Notice> {
  const { seq, emoji = null, after = "", limit = LIMITS.page_size } = command;
  const query = { room: room.id, target: seq, emoji, after, limit };
  const { entries, next } = await store.reactionsTo(query);
  return {
    type: "reactions",
    ...roomTag(room, viewer),
    seq,
    reactions: entries,
    ...partOfList(next !== null, next ?? undefined),
    ...echo(command),
  };
}

/** The reply to `list_votes`. */
export async function voteList(
  store: Store,
  viewer: Account,
  room: Room,
  command: CommandOf<"list_votes">,
): Promise<Notice> {
  const { seq, after = "", limit = LIMITS.page_size } = command;
  const { entries, more } = await store.votesIn({ room: room.id, target: seq, after, limit });
  return {
    type: "votes",
    ...roomTag(room, viewer),
    seq,
    votes: entries,
    ...partOfList(more, entries.at(-1)?.id),
    ...echo(command),
  };
}

/** The reply to `list_members`. */
export function memberList(
  viewer: Account,
  room: Room,
  command: CommandOf<"list_members">,
): Notice {
  const { values, more } = room.membersByName(namePageOf(command));
  const last = values.at(-1);
  return {
    type: "members",
    ...roomTag(room, viewer),
    ...tagsOf(values),
    ...partOfList(more, last && foldName(last.name)),
    ...echo(command),
  };
}
