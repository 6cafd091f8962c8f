/**
 * Permissions: one table, which commands and routes consult right before they change something. A
 * row says which roles may do it, whether the host of a room may and what the room itself decides,
 * and which states stop it. Callers must read the accounts and the room at that moment: a role can
 * change during a wait.
 *
 * @module
 */
import type { EventAction } from "../chat/events/event.ts";
import type { RoomRights } from "../chat/events/rights.ts";
import type { Role } from "../protocol/frames.ts";
import type { Refusal } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { BOT_MAKERS, INVITERS, MODERATORS, OWNERS, RANKS } from "../protocol/roles.ts";
import type { Account, RoomRecord } from "../store/records.ts";

/** The accounts to which an action may be applied. */
type Subject =
  /** Accounts of a lower rank; for an owner, also other owners. Never the actor. */
  | "below"
  /** As `below`, but an owner may also step down. */
  | "below_or_self";

/**
 * The states that stop an action, each with those whom it does not stop: nobody, the moderators of
 * the server, or the room's host and the moderators. A ban stops every action of everyone.
 */
export interface Stops {
  readonly muted?: "nobody" | "moderators";
  /** The room can only be read. */
  readonly archived?: "nobody";
  readonly locked?: "hosts";
  /** The other participant of the conversation has blocked the actor. */
  readonly blocked?: "nobody";
}

/** What an action requires. */
export interface Requirement {
  /** The roles that may do it. */
  readonly roles: readonly Role[];
  /** The right of the room that lets every member do it too, where the room says `everyone`. */
  readonly right?: keyof RoomRights;
  /** The states that stop it; those of `MODERATING` if omitted. */
  readonly stops?: Stops;
  readonly subject?: Subject;
  /** The roles that the subject may have. */
  readonly subjects?: readonly Role[];
  /** Set if the host of a room may do it in that room too. */
  readonly host?: true;
  /**
   * Who may do it in a conversation without a name, if not these roles: every member but a guest,
   * or nobody.
   */
  readonly nameless?: "members" | "nobody";
}

const PEOPLE: readonly Role[] = ["owner", "moderator", "member"];
const EVERYONE: readonly Role[] = [...PEOPLE, "bot", "guest"];

/** A muted host does not moderate; a muted moderator does. */
export const MODERATING: Stops = { muted: "moderators" };
/** Showing others something in a room. */
const WRITING: Stops = { muted: "nobody", archived: "nobody", locked: "hosts", blocked: "nobody" };

/** Every action that requires a role. */
export const POWERS = {
  kick: { roles: MODERATORS, subject: "below", host: true, nameless: "nobody" },
  ban: { roles: MODERATORS, subject: "below" },
  unban: { roles: MODERATORS, subject: "below" },
  list_bans: { roles: MODERATORS },
  mute: { roles: MODERATORS, subject: "below" },
  /** Changing what everyone in a room sees: its name and its rules, for example. */
  manage_room: { roles: MODERATORS, host: true, nameless: "members" },
  delete_room: { roles: MODERATORS, host: true, nameless: "nobody" },
  set_role: { roles: OWNERS, subject: "below_or_self", subjects: PEOPLE },
  moderation_log: { roles: MODERATORS },
  /** Reading what users have reported, with the messages, and resolving it. */
  moderate_reports: { roles: MODERATORS },
  /** Deleting the message of another member. */
  delete_message: { roles: MODERATORS, subject: "below", host: true },
  /** Mentioning everyone in a room that is too large for each member to do it: `@room`. */
  mention_everyone: { roles: MODERATORS, host: true },
  /** Making groups of users, changing and deleting them. */
  manage_groups: { roles: MODERATORS },
  /** Adding emoji of the server's own, and deleting them. */
  manage_emoji: { roles: MODERATORS },
  /** Making a link that signs another user in: see also the setting `moderator-sign-in-links`. */
  sign_in_link: { roles: MODERATORS, subject: "below", subjects: PEOPLE },
  /** Ending everything that signs another user in. */
  end_sessions: { roles: OWNERS, subject: "below" },
  /** Giving another user another name. */
  rename_user: { roles: OWNERS, subject: "below", subjects: [...PEOPLE, "bot"] },
  /** Deactivating another user, and activating one again. */
  set_active: { roles: OWNERS, subject: "below", subjects: [...PEOPLE, "bot"] },
  /** Erasing another user. */
  erase_user: { roles: OWNERS, subject: "below", subjects: [...PEOPLE, "bot"] },
  /** Exporting the data of another user. */
  export_user: { roles: OWNERS, subject: "below", subjects: [...PEOPLE, "bot"] },
  /** Posting and editing messages, by whatever way they come: uploads and bots as well. */
  post: { roles: MODERATORS, host: true, right: "mayPost", stops: WRITING },
  /** Answering what was posted without a message: reactions, votes, commands of bots. */
  respond: { roles: EVERYONE, stops: WRITING },
  /** Deleting one's own message. */
  retract: { roles: EVERYONE, stops: { archived: "nobody" } },
  /** Pinning messages. */
  pin: { roles: MODERATORS, host: true, right: "mayPin", stops: WRITING },
  /** Adding members to a room, and inviting them. */
  invite: { roles: MODERATORS, host: true, right: "mayInvite", stops: { muted: "nobody" } },
  /** Changing the server's name and icon. */
  manage_server: { roles: OWNERS },
  invite_to_server: { roles: INVITERS },
  make_bot: { roles: BOT_MAKERS },
} as const satisfies Readonly<Record<string, Requirement> & Record<EventAction, Requirement>>;

/** An action that requires a role. */
export type Power = keyof typeof POWERS;

/** Whether an account is a moderator or an owner. */
export function isModerator({ role }: Pick<Account, "role">): boolean {
  return MODERATORS.includes(role);
}

/**
 * Whether an account may moderate another one: it has a higher rank, or both are owners. No account
 * may moderate itself.
 */
export function outranks(account: Account, other: Account): boolean {
  if (!isModerator(account) || account.id === other.id) return false;
  const isOwner = account.role === "owner";
  return isOwner || RANKS[account.role] > RANKS[other.role];
}

/** The part of a room that decides which accounts may moderate it, and what its members may do. */
export interface Hosted {
  /** The rules of the room. */
  readonly record: Pick<RoomRecord, "archived" | "locked" | keyof RoomRights>;
  /** The id of the account that moderates the room in addition to the server's moderators, if any. */
  readonly host: number | null;
  /** Whether the room is a direct conversation. */
  readonly isDirect: boolean;
  /** Whether the room is a conversation without a name. */
  readonly isNameless: boolean;
  /** Whether an account is a member. */
  has(account: Account): boolean;
}

/** Whether an account is the host of a room, and still a member of it. */
export function isHost(account: Account, room: Hosted): boolean {
  return !room.isDirect && room.host === account.id && room.has(account);
}

/** Whether an account may moderate a room: it is a moderator of the server, or the room's host. */
export function moderates(account: Account, room: Hosted): boolean {
  return isModerator(account) || isHost(account, room);
}

/**
 * Whether a member may mention everyone in a room: in a small room every member but a guest, in a
 * larger one its moderators and its host.
 */
export function mayMentionEveryone(
  account: Account,
  room: Hosted & { readonly memberCount: number },
): boolean {
  if (room.isDirect) return false;
  const isSmall = room.memberCount <= LIMITS.room_mention_members;
  return isSmall && account.role !== "guest" ||
    refuses("mention_everyone", account, { room }) === null;
}

/** Whether an account may moderate another one in a room. A host ranks below every moderator. */
export function outranksIn(account: Account, other: Account, room: Hosted): boolean {
  return outranks(account, other) ||
    isHost(account, room) && !isModerator(other) && other.id !== account.id;
}

/** The subject of an action and its room, as they are now. */
export interface ActionTarget<R extends Hosted = Hosted> {
  readonly subject?: Account | undefined;
  readonly room?: R | undefined;
}

/** The state of an actor that can stop an action. */
export interface ActorState {
  readonly isBanned: boolean;
  /** For how many ms more the actor is muted; 0 for not at all. */
  readonly mutedMs: number;
  /** Whether another participant of the conversation has blocked the actor. */
  readonly isBlocked: boolean;
}

/**
 * Returns why an account may not use a power, or `null`. In a room, the caller has checked that the
 * account is a member: others may not learn more.
 *
 * @param by The actor, as it is now.
 * @param state What could stop the actor now, if that is to be checked as well.
 */
export function refuses(
  power: Power,
  by: Account,
  target: ActionTarget = {},
  state?: ActorState,
): Refusal | null {
  const refusal = refusesRole(power, by, target);
  return refusal ?? (state === undefined ? null : refusesNow(power, by, target.room, state));
}

/** Returns the refusal of the state that stops an actor, or `null`. */
function refusesNow(
  power: Power,
  by: Account,
  room: Hosted | undefined,
  { isBanned, mutedMs, isBlocked }: ActorState,
): Refusal | null {
  const { stops = MODERATING }: Requirement = POWERS[power];
  if (isBanned) return { code: "banned" };
  if (stops.archived && room?.record.archived) return { code: "room_archived" };
  if (mutedMs > 0 && (stops.muted === "nobody" || stops.muted && !isModerator(by))) {
    return { code: "muted", retry_after: mutedMs };
  }
  if (stops.locked && room?.record.locked && !moderates(by, room)) return { code: "room_locked" };
  return stops.blocked && isBlocked ? { code: "blocked" } : null;
}

/** The refusals of members where the room leaves an action to its host and the moderators. */
const HOSTS_ONLY: Readonly<Record<keyof RoomRights, Refusal>> = {
  mayPost: { code: "hosts_only" },
  mayInvite: { code: "hosts_only", message: "Only hosts can add people to this room." },
  mayPin: { code: "forbidden", message: "Only hosts can pin messages in this room." },
};

function refusesRole(
  power: Power,
  by: Account,
  { subject, room }: ActionTarget,
): Refusal | null {
  const { roles, host, nameless, right, ...rest }: Requirement = POWERS[power];
  const place = host ? room : undefined;
  const isAllowed = place?.isNameless && nameless !== undefined
    ? nameless === "members" && by.role !== "guest" && place.has(by)
    : roles.includes(by.role) || place !== undefined && isHost(by, place) ||
      right !== undefined && place?.record[right] === "everyone";
  if (!isAllowed) return right === undefined ? { code: "forbidden" } : HOSTS_ONLY[right];
  if (rest.subject === undefined || subject === undefined) return null;
  const isSelf = rest.subject === "below_or_self" && subject.id === by.id;
  const isBelow = place === undefined ? outranks(by, subject) : outranksIn(by, subject, place);
  if (!isSelf && !isBelow) return { code: "forbidden", message: HIGHER_RANK };
  return rest.subjects?.includes(subject.role) === false ? { code: "forbidden" } : null;
}

const HIGHER_RANK = "Only a higher role can do this to them.";

/** The refusal of an action that would leave the server without an owner. */
export const LAST_OWNER: Refusal = {
  code: "forbidden",
  message: "The last owner stays an owner. Make someone else an owner first.",
};

/**
 * Whether an account may see or revoke an invitation: only if the account could grant what the
 * invitation grants.
 *
 * @param isMember Whether the account is a member of the room to which the invitation leads.
 */
export function mayGrant(
  account: Account,
  invite: { readonly role: Role; readonly room: number | null },
  isMember: boolean,
): boolean {
  if (account.role === "owner") return true;
  if (refuses("invite_to_server", account) !== null || invite.role !== "member") return false;
  return invite.room === null || isMember;
}

// Routes ----------------------------------------------------------------------------------------

/**
 * The senders that a route of the HTTP API accepts:
 *
 * - `public`: every sender, with or without a session.
 * - `sign_in`: as `public`, except bots: a bot authenticates by its token alone and cannot sign in.
 * - `accounts`: every sender with a session, bots included.
 * - `people`: every sender with a session, except bots: the token of a bot must not reach what belongs
 *   to a person (credentials, sessions, push subscriptions).
 * - a list of roles: every sender with a session and one of these roles.
 */
export type RouteAccess = OpenAccess | "accounts" | "people" | readonly Role[];

/** The access of a route that requires no session. */
export type OpenAccess = "public" | "sign_in";

/** Whether a route accepts requests without a session. */
export function isOpen(access: RouteAccess): access is OpenAccess {
  return access === "public" || access === "sign_in";
}

/**
 * Returns why a route refuses a sender, or `null`.
 *
 * @param account The account of the sender, or `null` without a session.
 */
export function refusesRoute(access: RouteAccess, account: Account | null): Refusal | null {
  if (isOpen(access)) {
    const isBot = access === "sign_in" && account?.role === "bot";
    return isBot ? { code: "forbidden" } : null;
  }
  if (account === null) return { code: "unauthorized" };
  if (access === "accounts") return null;
  const isAccepted = access === "people" ? account.role !== "bot" : access.includes(account.role);
  return isAccepted ? null : { code: "forbidden" };
}

// Commands --------------------------------------------------------------------------------------

/**
 * What a command requires of its sender, beside a session:
 *
 * - `anyone`: nothing.
 * - `member`: membership of the room that the command addresses.
 * - `room_member`: as `member`, of a room that is not a direct conversation.
 * - a power: the account has it. A power that a room's host has as well also requires
 *   `room_member`.
 */
export type CommandAccess = "anyone" | "member" | "room_member" | Power;

/** The powers that a room's host has in that room. */
type HostPower = {
  [P in Power]: (typeof POWERS)[P] extends { readonly host: true } ? P : never;
}[Power];

/** The access that requires the addressed room. */
export type RoomAccess = "member" | "room_member" | HostPower;

/** Whether a command requires a power. */
export function isPower(access: CommandAccess): access is Power {
  return Object.hasOwn(POWERS, access);
}

/** Whether a command requires the room that it addresses. */
export function requiresRoom(access: CommandAccess): access is RoomAccess {
  if (!isPower(access)) return access !== "anyone";
  const { host }: Requirement = POWERS[access];
  return host === true;
}
