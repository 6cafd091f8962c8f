/**
 * The thread that is open, and the threads that the user follows. The list of those is asked for
 * anew when the page cannot tell how it has changed.
 *
 * @module
 */
import { apply, isChange, isMessage } from "../../lib/chat/events/index.ts";
import type { Message, Notice, RoomEvent, ThreadListing } from "../../lib/protocol/frames.ts";
import { isMentioned } from "../../lib/protocol/text/mentions.ts";
import { isOwn } from "./room.ts";
import { repliesWith } from "./threads.ts";
import { findMessage } from "./timeline.ts";
import type { OpenThread, PageState, ThreadRef } from "./types.ts";

/** Opens a thread, at a reply if it has one; without one, closes it. */
export function openThread(state: PageState, thread?: OpenThread): PageState {
  const { thread: before, ...rest } = state;
  if (thread === undefined) return rest;
  const isOpen = before?.room === thread.room && before.seq === thread.seq;
  if (!isOpen) return { ...rest, thread };
  const { at: _at, ...open } = before;
  return { ...rest, thread: { ...open, ...thread } };
}

/** Adds a page from the server to the open thread. */
export function withThreadPage(
  state: PageState,
  of: ThreadRef,
  messages: readonly Message[],
  more: boolean,
): PageState {
  return changeThread(state, of, (thread) => {
    const held = thread.messages ?? [];
    const all = new Map([...held, ...messages].map((message) => [message.seq, message]));
    const reachesBack = held[0] === undefined || (messages[0]?.seq ?? Infinity) <= held[0].seq;
    return {
      ...thread,
      messages: [...all.values()].sort((a, b) => a.seq - b.seq),
      more: reachesBack ? more : thread.more ?? more,
    };
  });
}

/** Records that a user is typing in a thread; only the open one shows it. */
export function withTyping(
  state: PageState,
  of: ThreadRef,
  name: string,
  until: number,
): PageState {
  return changeThread(state, of, (thread) => ({
    ...thread,
    typing: new Map(thread.typing).set(name, until),
  }));
}

/** Forgets who has stopped typing in the open thread. */
export function withoutOldTyping(state: PageState, at: number): PageState {
  const { thread } = state;
  if (!thread?.typing?.size) return state;
  const typing = new Map([...thread.typing].filter(([, until]) => until > at));
  return { ...state, thread: { ...thread, typing } };
}

function changeThread(
  state: PageState,
  { room, seq }: ThreadRef,
  change: (thread: OpenThread) => OpenThread,
): PageState {
  const { thread } = state;
  return thread?.room === room && thread.seq === seq ? { ...state, thread: change(thread) } : state;
}

/** Applies an event of a room's log to the open thread and to the list of followed ones. */
export function withThreadEvent(state: PageState, event: RoomEvent): PageState {
  if (isMessage(event)) {
    return event.thread === undefined ? state : withReply(state, event, event.thread);
  }
  const { thread, me } = state;
  if (!isChange(event) || thread?.messages === undefined || thread.room !== event.room_id) {
    return state;
  }
  const messages = thread.messages.map((message) =>
    message.seq === event.target ? apply(message, event, me.id) : message
  );
  return { ...state, thread: { ...thread, messages } };
}

function withReply(before: PageState, reply: Message, seq: number): PageState {
  const state = changeThread(before, { room: reply.room_id, seq }, (thread) => ({
    ...thread,
    messages: [...thread.messages ?? [], reply],
    typing: new Map([...thread.typing ?? []].filter(([name]) => name !== reply.sender)),
  }));
  const { me, lists: { threads: list } } = state;
  const own = isOwn(reply, me);
  const isFollowed = list?.threads.some((one) => isOf(one, reply.room_id, seq));
  if (!isFollowed) {
    // Those who write in a thread, began it, or are mentioned in it follow it from now on.
    const room = state.rooms.get(reply.room_id);
    const root = room && findMessage(room, seq);
    const follows = own || isMentioned(reply, me.id) || (root !== undefined && isOwn(root, me));
    return follows ? withoutFollowed(state) : state;
  }
  return changeFollowed(state, reply.room_id, seq, (one) => ({
    ...one,
    root: { ...one.root, replies: repliesWith(one.root.replies, reply) },
    unread: one.unread + (own ? 0 : 1),
  }));
}

/** Applies that a thread has been read, on any device. */
export function withThreadRead(
  state: PageState,
  { room_id, thread, seq }: Extract<Notice, { type: "read" }>,
): PageState {
  return changeFollowed(state, room_id, thread!, (one) => {
    const { last_seq = 0 } = one.root.replies ?? {};
    return { ...one, read: seq, unread: seq >= last_seq ? 0 : one.unread };
  });
}

/** Forgets the list of followed threads: the page asks for it anew. */
export function withoutFollowed(state: PageState): PageState {
  const { threads: _threads, ...lists } = state.lists;
  return { ...state, lists };
}

function changeFollowed(
  state: PageState,
  room: string,
  seq: number,
  change: (one: ThreadListing) => ThreadListing,
): PageState {
  const list = state.lists.threads;
  if (list === undefined) return state;
  const threads = list.threads.map((one) => isOf(one, room, seq) ? change(one) : one);
  return { ...state, lists: { ...state.lists, threads: { ...list, threads } } };
}

function isOf({ room_id, thread }: ThreadListing, room: string, seq: number): boolean {
  return room_id === room && thread === seq;
}
