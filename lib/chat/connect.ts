/**
 * What a connecting client learns of its rooms: the position of each at the moment from which live
 * events reach the connection.
 *
 * @module
 */
import { readUntilCurrent } from "./consistent_read.ts";
import type { HubApi } from "./hub_api.ts";
import { summary } from "./replies.ts";
import type { RoomSummary } from "../protocol/frames.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Quiet } from "../protocol/quiet.ts";
import type { RoomCache } from "./room_cache.ts";
import type { Invitation } from "../store/consent.ts";
import type { Reminder } from "../store/personal.ts";
import type { Profile } from "../store/profiles.ts";
import type { Store } from "../store/store.ts";
import type { Account, Membership } from "../store/records.ts";

/** The account's rooms and invitations, as the store has them. */
interface AccountRooms {
  /** Those with the newest events first, as many as `welcome` lists. */
  readonly memberships: readonly Membership[];
  /** Whether the account is in more rooms. */
  readonly more: boolean;
  /** The position of every direct conversation, listed or not, by room id. */
  readonly positions: ReadonlyMap<number, number>;
  readonly invitations: readonly Invitation[];
  /** When the account wants no notifications. */
  readonly quiet: Quiet;
  /** The reminders whose time has come. */
  readonly reminders: readonly Reminder[];
  readonly profile: Profile;
}

/**
 * Reads the account's rooms and calls `onConnected` in the same turn in which they agree with the
 * live state, so that the connection gets every later event of its direct conversations.
 */
export async function connect(
  store: Store,
  hub: Pick<HubApi, "rooms" | "connections">,
  account: Account,
  onConnected: (rooms: AccountRooms) => void,
): Promise<void> {
  await readUntilCurrent<AccountRooms>((last) => {
    if (last === null) return readRooms(store, account);
    const misaligned = last.memberships.filter((membership) => isMisaligned(hub, membership));
    if (misaligned.length === 0 && !lacksConversation(hub.rooms, account, last.positions)) {
      return null;
    }
    return Promise.all(misaligned.map(({ room }) => hub.rooms.load(room)))
      .then(() => readRooms(store, account));
  }, onConnected);
}

async function readRooms(store: Store, { id }: Account): Promise<AccountRooms> {
  // The conversations before the list: one that begins meanwhile is in the list, or in neither.
  const [conversations, invitations, quiet, reminders, profile] = await Promise.all([
    ...[store.conversationsOf(id), store.invitationsOf(id), store.quietOf(id)] as const,
    ...[store.remindersOf(id, true), store.profileOf(id)] as const,
  ]);
  const about = { invitations, quiet, reminders, profile };
  const found = await store.roomsOf(id, LIMITS.welcome_rooms + 1);
  const more = found.length > LIMITS.welcome_rooms;
  if (!more) return { ...about, memberships: found, more, positions: positionsIn(found) };
  const memberships = found.slice(0, LIMITS.welcome_rooms);
  const positions = new Map([...conversations, ...positionsIn(memberships)]);
  return { ...about, memberships, more, positions };
}

/**
 * Whether a conversation is not loaded although a connection of its participants knows it up to
 * another position. It has to be loaded, so that one channel serves all of them from one position.
 */
function isMisaligned(
  { rooms, connections }: Pick<HubApi, "rooms" | "connections">,
  { room: { id, pair, seq } }: Membership,
): boolean {
  if (pair === null || rooms.isLoaded(id)) return false;
  const positions = pair.flatMap((one) => connections.of(one.id)).map((one) => one.positions);
  return positions.some((known) => known !== null && (known.get(id) ?? 0) !== seq);
}

/** Whether a conversation began while the memberships were read: the next read returns it. */
function lacksConversation(
  rooms: RoomCache,
  account: Account,
  positions: ReadonlyMap<number, number>,
): boolean {
  const directs = [...rooms.directsOf(account)];
  return directs.some(({ id, channel }) => channel.delivered > 0 && !positions.has(id));
}

/** The account's rooms as `welcome` lists them. */
export function summariesOf(
  rooms: RoomCache,
  account: Account,
  memberships: readonly Membership[],
): RoomSummary[] {
  const directs = new Map([...rooms.directsOf(account)].map((room) => [room.id, room]));
  return memberships.map((membership) => {
    const direct = directs.get(membership.room.id);
    // A conversation's live events continue from what is delivered, not from what is stored.
    const seq = direct?.channel.delivered ?? membership.room.seq;
    return { ...summary(account, membership), seq };
  });
}

/** Shared by all connections without conversations: they are many and stay long. */
const NO_POSITIONS: ReadonlyMap<number, number> = new Map();

/** The positions of the direct conversations among an account's rooms, by room id. */
function positionsIn(memberships: readonly Membership[]): ReadonlyMap<number, number> {
  const directs = memberships.filter(({ room }) => room.pair !== null);
  if (directs.length === 0) return NO_POSITIONS;
  return new Map(directs.map(({ room }) => [room.id, room.seq]));
}
