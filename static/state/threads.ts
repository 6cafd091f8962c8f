/**
 * Threads: replies that the log does not show, and what their root says of them.
 *
 * @module
 */
import { isInRoom, type Replies } from "../../lib/chat/events/message.ts";
import type { Message } from "../../lib/protocol/frames.ts";
import { changeMessage } from "./timeline.ts";
import type { PageState, Pending, RoomState, Timeline } from "./types.ts";

/** How many users a root names. */
const namedMax = 3;

/** Counts a reply that has just arrived at the root of its thread. */
export function withReply(room: RoomState, reply: Message): RoomState {
  if (reply.thread === undefined || reply.deleted) return room;
  return changeReplies(room, reply.thread, (before) => repliesWith(before, reply));
}

/** Returns what a root says of its replies once there is another one. */
export function repliesWith(before: Replies | undefined, reply: Message): Replies {
  // The server has counted it already.
  if (before !== undefined && before.last_seq >= reply.seq) return before;
  const { sender: name, sender_id: id, seq, at } = reply;
  const others = before?.people.filter((one) => one.id !== id) ?? [];
  return {
    count: (before?.count ?? 0) + 1,
    last_at: at,
    last_seq: seq,
    people: [{ name, id }, ...others].slice(0, namedMax),
  };
}

/** Counts a reply no more that was deleted. */
export function withoutReply(room: RoomState, { thread }: Message): RoomState {
  if (thread === undefined) return room;
  return changeReplies(
    room,
    thread,
    (before) =>
      before === undefined || before.count <= 1
        ? undefined
        : { ...before, count: before.count - 1 },
  );
}

function changeReplies(
  room: RoomState,
  root: number,
  change: (before: Replies | undefined) => Replies | undefined,
): RoomState {
  return changeMessage(room, root, ({ replies: before, ...message }) => {
    const replies = change(before);
    return replies === undefined ? message as Message : { ...message, replies } as Message;
  });
}

/** What the log shows of a timeline: a row for each of these messages. */
export interface LogTimeline extends Timeline {
  /** How many deleted messages in sequence a row stands for, by the `seq` of the last one. */
  readonly runs: ReadonlyMap<number, number>;
}

/**
 * Returns what the log shows of a timeline: no replies that are in a thread only, and of several
 * deleted messages in sequence the last. A deleted message with a thread has a row of its own.
 */
export function inRoom({ messages, more }: Timeline): LogTimeline {
  const rows: Message[] = [];
  const runs = new Map<number, number>();
  for (const message of messages) {
    if (!isInRoom(message)) continue;
    if (message.deleted && !message.replies) {
      const before = runs.get(rows.at(-1)?.seq ?? 0) ?? 0;
      if (before > 0) rows.pop();
      runs.set(message.seq, before + 1);
    }
    rows.push(message);
  }
  return { messages: rows, more, runs };
}

/**
 * The messages of a thread, its root included.
 *
 * @param fetched Those that the server has sent. What the room holds is newer.
 */
export function threadIn(
  { messages, historyWindow }: RoomState,
  root: number,
  fetched: readonly Message[],
): readonly Message[] {
  const found = new Map(fetched.map((message) => [message.seq, message]));
  for (const message of [...historyWindow?.messages ?? [], ...messages]) {
    if (message.seq === root || message.thread === root) found.set(message.seq, message);
  }
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}

/** The drafts that wait for their place in a thread. */
export function pendingIn(state: PageState, room: RoomState, root: number): readonly Pending[] {
  return state.pending.filter(({ room: key, draft }) =>
    key === room.key && draft.type === "room_message" && draft.thread === root
  );
}
