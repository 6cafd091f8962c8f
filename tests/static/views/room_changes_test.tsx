/** What the log of a room says about changes of the room itself. */
import { assertEquals } from "@std/assert";
import { renderToString } from "preact-render-to-string";
import { RoomChanges } from "../../../static/views/log/room_changes.tsx";
import { joined, pageIn, roomChanged, said, summary, welcome } from "../support.ts";

function lines(room: Parameters<typeof RoomChanges>[0]["room"], after: number, before: number) {
  const html = renderToString(<RoomChanges room={room} after={after} before={before} />);
  return [...html.matchAll(/<p>(.*?)<\/p>/g)].map(([, text]) => text);
}

Deno.test("the log says who changed the room, at the place where it was", () => {
  const page = pageIn(0);
  page.get(roomChanged(1, { name: "Zoo", title: "Lions" }));
  page.get(said(2));
  page.get(roomChanged(3, { archived: true }));
  assertEquals(lines(page.room(), 0, 2), [
    "Bob renamed the room to “#Zoo”.",
    "Bob set the topic: Lions",
  ]);
  assertEquals(lines(page.room(), 2, Infinity), ["Bob archived the room."]);
});

Deno.test("who was away sees the changes when they come back, but not those of another log", () => {
  const page = pageIn(1);
  page.get(roomChanged(2, { locked: true }));
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4, read: 1 })] }));
  const events = [roomChanged(3, { locked: false }), roomChanged(4, { kind: "private" })];
  page.get(joined({ seq: 4, messages: events, read: 1, key: page.joinKey("lobby") }));
  assertEquals(lines(page.room(), 1, Infinity), [
    "Bob locked the room: only moderators can write.",
    "Bob unlocked the room: everyone can write.",
    "Bob made the room private.",
  ]);
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4, read: 1 })] }));
  page.get(
    joined({
      seq: 0,
      messages: [],
      read: 0,
      truncated: true,
      epoch: "other",
      key: page.joinKey("lobby"),
    }),
  );
  assertEquals(lines(page.room(), 0, Infinity), []);
});
