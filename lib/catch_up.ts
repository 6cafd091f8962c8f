/**
 * Brings somebody who has a room up to a point in its log to where its followers are.
 *
 * @module
 */
import type { Room } from "./room.ts";
import type { Bounds, Store, StoredEvent } from "./store/store.ts";

/** What they missed. */
export interface CaughtUp {
  /** In order: every event after the point, or the latest page of messages. */
  readonly events: readonly StoredEvent[];
  /** The `seq` they have now; the channel goes on with the next. */
  readonly seq: number;
  /** Whether something before `events` is missing. */
  readonly truncated: boolean;
  /** Whether there are messages older than `events`. */
  readonly more: boolean;
}

/** How much a resume may bring before a page serves people better. */
const RESUME_BOUNDS: Bounds = { limit: 1_000, maxLength: 262_144 };

/** Texts are counted by the store; of files a resume may bring about as much. */
const RESUME_FILES = 1_000;

/** How often somebody who catches up may find that the room has gone on. */
const MAX_ROUNDS = 100;

/** The page that somebody gets who has nothing, or too little. */
export const PAGE_BOUNDS: Bounds = { limit: 50, maxLength: 262_144 };

/**
 * Reads what was missed and calls `arrive` in the very turn in which nothing more is missing, so
 * that following the channel from there leaves no gap and no overlap.
 *
 * @param after The `seq` up to which the room is known; `null` for nothing.
 */
export async function catchUp(
  store: Store,
  room: Room,
  after: number | null,
  arrive: (missed: CaughtUp) => void,
): Promise<void> {
  let missed = await read(store, room, after);
  // While the store was read, the channel may have gone on; each further read is a short one.
  for (let rounds = 0; missed.seq < room.channel.delivered; rounds++) {
    if (rounds === MAX_ROUNDS) {
      throw new Error("Cannot catch up: the store is slower than the room");
    }
    const seq = room.channel.delivered;
    const rest = await store.replay(room.id, missed.seq, seq, RESUME_BOUNDS);
    missed = rest === null
      ? await read(store, room, after)
      : { ...missed, seq, events: [...missed.events, ...rest] };
  }
  arrive(missed);
}

async function read(store: Store, room: Room, after: number | null): Promise<CaughtUp> {
  const seq = room.channel.delivered;
  if (after !== null && after <= seq) {
    const events = await store.replay(room.id, after, seq, RESUME_BOUNDS);
    if (events !== null && filesIn(events) <= RESUME_FILES) {
      return { events, seq, truncated: false, more: after > 0 };
    }
  }
  const { messages, more } = await store.pageBefore(room.id, seq + 1, PAGE_BOUNDS);
  return { events: messages, seq, truncated: after !== null || more, more };
}

function filesIn(events: readonly StoredEvent[]): number {
  return events.reduce(
    (sum, event) => sum + (event.kind === "message" ? event.files?.length ?? 0 : 0),
    0,
  );
}
