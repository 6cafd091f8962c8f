/**
 * Replay: the events of a room that a client missed, up to the point at which live delivery
 * continues.
 *
 * @module
 */
import { readUntilCurrent } from "./consistent_read.ts";
import type { Room } from "./room.ts";
import type { SharedReplays } from "./shared_replays.ts";
import type { Store } from "../store/store.ts";
import type { Account, Bounds, ReadState, StoredEvent } from "../store/records.ts";

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
  /** What the client's user has not read, counted up to `seq`: what follows is counted live. */
  readonly state: ReadState;
}

/** A client that subscribes to a room. */
export interface Replayed {
  readonly store: Store;
  readonly replays: SharedReplays;
  readonly room: Room;
  /** The client's position in the room's log; `null` for none. */
  readonly after: number | null;
  /** The account of the client. */
  readonly viewer: Account;
  /** What the viewer has not read, if it was read already. */
  readonly known?: ReadState | undefined;
}

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
 */
export async function replayAfter(
  replayed: Replayed,
  onReplayed: (replay: Replay) => void,
): Promise<void> {
  const { channel } = replayed.room;
  await readUntilCurrent<Replay>((last) => {
    if (last === null) return readReplay(replayed);
    // While the store was read, the channel may have advanced; each further read is a short one.
    return last.seq < channel.delivered ? extendReplay(replayed, last) : null;
  }, onReplayed);
}

/**
 * Reads what a member has not read, and calls `act` in the turn in which the room's subscribers have
 * exactly the messages that are counted.
 */
export async function readStateNow(
  about: Pick<Replayed, "store" | "room" | "viewer">,
  act: (state: ReadState) => void,
): Promise<void> {
  const { channel } = about.room;
  await readUntilCurrent<ReadState>(
    (last) => last?.counted === channel.delivered ? null : stateAt(about, channel.delivered),
    act,
  );
}

async function readReplay(replayed: Replayed): Promise<Replay> {
  const { store, replays, room, after, viewer } = replayed;
  const seq = room.channel.delivered;
  const stating = stateAt(replayed, seq);
  if (after === seq) {
    return { events: [], seq, truncated: false, more: after > 0, state: await stating };
  }
  if (after !== null && after <= seq) {
    const replaying = replays.read(room.id, after, seq);
    const [events, state] = await Promise.all([replaying, stating]);
    if (events !== null && countFiles(events) <= MAX_REPLAY_FILES) {
      return { events, seq, truncated: false, more: after > 0, state };
    }
  }
  // Invariant R2: every event after `after`, or the latest page with `truncated`; never a part in
  // between.
  const paging = store.pageBefore(room.id, seq + 1, PAGE_BOUNDS, viewer.id);
  const [{ messages, more }, state] = await Promise.all([paging, stating]);
  return { events: messages, seq, truncated: after !== null || more, more, state };
}

/** Appends the events that were delivered since the last read; starts over when they are many. */
async function extendReplay(replayed: Replayed, last: Replay): Promise<Replay> {
  const { replays, room } = replayed;
  const seq = room.channel.delivered;
  const replaying = replays.read(room.id, last.seq, seq);
  const [rest, state] = await Promise.all([replaying, stateAt(replayed, seq)]);
  return rest === null
    ? await readReplay(replayed)
    : { ...last, seq, events: [...last.events, ...rest], state };
}

async function stateAt(
  { store, room, viewer, known }: Omit<Replayed, "after" | "replays">,
  seq: number,
): Promise<ReadState> {
  return known?.counted === seq ? known : await store.readState(room.id, viewer.id, seq);
}

function countFiles(events: readonly StoredEvent[]): number {
  return events.reduce(
    (sum, event) => sum + (event.kind === "message" ? event.files?.length ?? 0 : 0),
    0,
  );
}
