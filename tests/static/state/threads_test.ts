import { assertEquals } from "@std/assert";
import type { Message, RoomEvent } from "../../../lib/protocol/frames.ts";
import { applyEvent, emptyRoom } from "../../../static/state/room.ts";
import { inRoom, threadIn } from "../../../static/state/threads.ts";

const me = { name: "Me", id: "me" };

function said(seq: number, sender: string, rest: Partial<Message> = {}): RoomEvent {
  const who = { sender, sender_id: sender.toLowerCase(), at: seq };
  return {
    type: "room_message",
    room: "r",
    room_id: "r1",
    seq,
    ...who,
    message: `${seq}`,
    ...rest,
  } as RoomEvent;
}

function deleted(seq: number, target: number): RoomEvent {
  return { ...said(seq, "Bob"), type: "message_deleted", target } as unknown as RoomEvent;
}

function applied(...events: readonly RoomEvent[]) {
  const room = { ...emptyRoom("r", { key: "r1" }), loaded: true, live: true };
  return events.reduce((held, event) => applyEvent(held, event, me).room, room);
}

Deno.test("a root counts its replies, those that the server has counted only once", () => {
  const counted = { count: 1, last_at: 2, last_seq: 2, people: [{ name: "Bob", id: "bob" }] };
  const room = applied(
    said(1, "Ann", { replies: counted }),
    said(2, "Bob", { thread: 1 }),
    said(3, "Cara", { thread: 1, also_in_room: true }),
    said(4, "Bob", { thread: 1 }),
  );
  const { count, last_seq, people } = room.messages[0]!.replies!;
  assertEquals([count, last_seq, people.map(({ name }) => name)], [3, 4, ["Bob", "Cara"]]);
  assertEquals(inRoom(room).messages.map(({ seq }) => seq), [1, 3]);
  assertEquals(threadIn(room, 1, []).map(({ seq }) => seq), [1, 2, 3, 4]);
  assertEquals(room.unread, 2, "a reply in a thread does not make the room unread");
});

Deno.test("a reply that is deleted counts no more, and only once", () => {
  const replies = [said(1, "Ann"), said(2, "Bob", { thread: 1 }), said(3, "Bob", { thread: 1 })];
  const one = applied(...replies, deleted(4, 2), deleted(5, 2));
  assertEquals(one.messages[0]!.replies?.count, 1);
  assertEquals(applied(...replies, deleted(4, 2), deleted(5, 3)).messages[0]!.replies, undefined);
});
