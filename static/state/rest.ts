/**
 * The rooms of the user that `welcome` does not list. The page subscribes to them while it is idle: so
 * it learns of every message. It holds those in which a message waits for the user, or that they have
 * set something for; any other one costs it nothing until something happens there. Only deferred views
 * use this module.
 *
 * @module
 */
import type { RoomSummary } from "../../lib/protocol/frames.ts";
import { isConversation, provisionalKey } from "./room.ts";
import { attentionOf } from "./selectors.ts";
import type { FollowedRooms, Intent, PageState } from "./types.ts";

/** Up to this number of rooms the page holds those in which a message waits for the user. */
const heldMax = 400;
/** How many rooms are resumed with one frame. */
const resumedMax = 100;
/**
 * For how long a new connection goes on from what the page knows, in ms. What the user has set for a
 * room meanwhile, on another device, is in the list alone.
 */
export const trustedFor = 3_600_000;

type FollowRest = Required<Extract<Intent, { type: "follow_rest" }>>;

/** A page of the list of the user's rooms. */
export interface MembershipPage {
  readonly rooms: readonly RoomSummary[];
  readonly next?: string;
}

/**
 * Up to where the page knows the rooms that it does not hold. With a new connection it lists them no
 * more: it resumes them, and the server answers for those in which something has happened.
 */
export class RestRooms {
  readonly #positions = new Map<string, number>();
  /** The user and the log that they are about. */
  #owner: string | undefined;
  #since = -Infinity;
  /** The `after` of the page of the list that the page has not seen yet. */
  #next: string | undefined;
  #isWhole = false;

  /** The `after` of the page to ask for, if the list is not known to its end. */
  get missing(): { readonly after?: string } | undefined {
    if (this.#isWhole) return undefined;
    return this.#next === undefined ? {} : { after: this.#next };
  }

  /** Begins with a new connection. @returns What subscribes to the rooms that are known. */
  resume(state: PageState, now: number): readonly FollowRest[] {
    const owner = `${state.me.id} ${state.epoch}`;
    if (owner !== this.#owner || now - this.#since > trustedFor) {
      this.#positions.clear();
      this.#owner = owner;
      this.#since = now;
      this.#next = undefined;
      this.#isWhole = false;
    }
    const { epoch, rooms } = state;
    if (epoch === undefined) return [];
    // What the page holds, it has resumed by itself.
    const followed = [...this.#positions].filter(([room_id]) => !rooms.has(room_id))
      .map(([room_id, after]) => ({ room_id, after, only_news: true }));
    const intents: FollowRest[] = [];
    for (let n = 0; n < followed.length; n += resumedMax) {
      const some = followed.slice(n, n + resumedMax);
      intents.push({ type: "follow_rest", rooms: some, epoch, held: [] });
    }
    return intents;
  }

  /** Takes a page of the list. @returns What subscribes to the rooms on it, if there is anything. */
  add(state: PageState, { rooms, next }: MembershipPage): FollowRest | undefined {
    const intent = restOf(state, rooms);
    const held = new Set(intent?.held);
    for (const room of rooms) {
      if (!held.has(room)) this.#positions.set(room.room_id, room.seq);
    }
    this.#next = next;
    this.#isWhole = next === undefined;
    return intent;
  }
}

/** Returns the intent to subscribe to the rooms on a page that the page does not hold. */
function restOf(
  { rooms, epoch }: PageState,
  page: readonly RoomSummary[],
): FollowRest | undefined {
  if (epoch === undefined) return undefined;
  const followed: FollowedRooms[number][] = [];
  const held: RoomSummary[] = [];
  for (const summary of page) {
    const { room_id, seq: after, receiver_id: id } = summary;
    const room = rooms.get(room_id);
    const isHere = room?.live || room?.joining || room?.loaded;
    // The page is looking this conversation up.
    const isSought = id !== undefined && rooms.has(provisionalKey({ name: "", id }));
    if (isSought) continue;
    const waits = attentionOf(summary) > 0 && rooms.size + held.length < heldMax;
    const isHeld = isHere || waits || isSet(summary);
    if (isHeld) held.push(summary);
    // The server delivers the messages of every direct conversation.
    if (isHere || (!isHeld && summary.kind === "direct")) continue;
    followed.push({ room_id, after, ...(isHeld ? { brief: true } : { only_news: true }) });
  }
  const isNothing = followed.length + held.length === 0;
  return isNothing ? undefined : { type: "follow_rest", rooms: followed, epoch, held };
}

/** Whether the user has set something for a room. */
function isSet(summary: RoomSummary): boolean {
  const { favourite, section, introduced, level } = summary;
  const isUsual = level === (isConversation(summary) ? "all" : "mentions");
  return favourite === true || introduced === true || section !== undefined || !isUsual;
}
