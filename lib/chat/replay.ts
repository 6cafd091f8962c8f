/**
 * Replay: the events of a room that a client missed, up to the point at which live delivery
 * continues.
 *
 * @module
 */
import { readUntilCurrent } from "./consistent_read.ts";
import type { Room } from "./room.ts";
import type { Store } from "../store/store.ts";
import type { Account, Bounds, StoredEvent } from "../store/records.ts";

/** The events that a client missed. */
export interface Replay {
  /** In order: every event after the client's position, or the latest page of messages. */
  readonly events: readonly StoredEvent[];
  /** The client's position after the replay; the channel continues with the next `seq`. */
  readonly seq: number;
  /** Whether events before `events` are missing. */
  readonly truncated: boolean;
  /** Whether there are messages older than `events`. */
  readonly more: boolean;
}

/** Bounds of a replay. A client that missed more is better served by the latest page. */
const REPLAY_BOUNDS: Bounds = { limit: 1_000, maxLength: 262_144 };

/** Bound of the files in a replay: the store counts texts only. */
const MAX_REPLAY_FILES = 1_000;

/** Bounds of the page for a client that has nothing of a room, or missed too much. */
export const PAGE_BOUNDS: Bounds = { limit: 50, maxLength: 262_144 };

/**
 * Reads the events after `after` and calls `onReplayed` in the same turn in which nothing more is
 * missing, so that a subscription made there leaves no gap and no overlap.
 *
 * Invariant R1: the replay ends and live delivery begins in the same turn of the event loop, at the
 * same `seq`. `readUntilCurrent` calls `onReplayed` in the turn of the comparison.
 *
 * @param after The client's position in the room's log; `null` for none.
 * @param viewer The account of the client.
 */
export async function replayAfter(
  store: Store,
  room: Room,
  after: number | null,
  viewer: Account,
  onReplayed: (replay: Replay) => void,
): Promise<void> {
  await readUntilCurrent<Replay>((last) => {
    if (last === null) return readReplay(store, room, after, viewer);
    // While the store was read, the channel may have advanced; each further read is a short one.
    return last.seq < room.channel.delivered
      ? extendReplay(store, room, after, viewer, last)
      : null;
  }, onReplayed);
}

async function readReplay(
  store: Store,
  room: Room,
  after: number | null,
  viewer: Account,
): Promise<Replay> {
  const seq = room.channel.delivered;
  if (after === seq) return { events: [], seq, truncated: false, more: after > 0 };
  if (after !== null && after <= seq) {
    const events = await store.replay(room.id, after, seq, REPLAY_BOUNDS);
    if (events !== null && countFiles(events) <= MAX_REPLAY_FILES) {
      return { events, seq, truncated: false, more: after > 0 };
    }
  }
  // Invariant R2: every event after `after`, or the latest page with `truncated`; never a part in
  // between.
  const { messages, more } = await store.pageBefore(room.id, seq + 1, PAGE_BOUNDS, viewer.id);
  return { events: messages, seq, truncated: after !== null || more, more };
}

/** Appends the events that were delivered since the last read; starts over when they are many. */
async function extendReplay(
  store: Store,
  room: Room,
  after: number | null,
  viewer: Account,
  last: Replay,
): Promise<Replay> {
  const seq = room.channel.delivered;
  const rest = await store.replay(room.id, last.seq, seq, REPLAY_BOUNDS);
  return rest === null
    ? await readReplay(store, room, after, viewer)
    : { ...last, seq, events: [...last.events, ...rest] };
}

function countFiles(events: readonly StoredEvent[]): number {
  return events.reduce(
    (sum, event) => sum + (event.kind === "message" ? event.files?.length ?? 0 : 0),
    0,
  );
}
