/** What is unread on the page: as the server counts it, live and after a reload. */
import { assertEquals } from "@std/assert";
import { alice, joined, pageIn, roomId, said, summary, TestPage, welcome } from "../support.ts";

function counts(page: TestPage): readonly number[] {
  const { read, unread, mentions } = page.room();
  return [read, unread, mentions];
}

const place = { room: "lobby", room_id: roomId("lobby") };

/** An event of Bob that changes a message of the lobby. */
function change(seq: number, type: string, fields: object): object {
  return { type, ...place, seq, sender: "Bob", at: seq, ...fields };
}

Deno.test("mentions of the user and of the room are counted apart", () => {
  const page = pageIn(1);
  page.do({ type: "seen", room: "lobby" });
  page.get(said(2), said(3, { mentions: [alice.id] }), said(4, { mentions: ["room"] }));
  page.get(said(5, { mentions: ["here"] }), said(6, { sender: "Alice", mentions: ["room"] }));
  assertEquals(counts(page), [1, 4, 2]);
  page.do({ type: "seen", room: "lobby", seq: 3 });
  assertEquals(counts(page), [3, 2, 1]);
});

Deno.test("a deleted message is not unread, and an edit changes whom it mentions", () => {
  const page = pageIn(1);
  page.do({ type: "seen", room: "lobby" });
  page.get(said(2, { mentions: [alice.id] }), said(3), said(4));
  assertEquals(counts(page), [1, 3, 1]);
  page.get(change(5, "message_deleted", { target: 2 }));
  assertEquals(counts(page), [1, 2, 0]);
  page.get(change(6, "message_edited", { target: 3, message: "@Alice", mentions: [alice.id] }));
  assertEquals(counts(page), [1, 2, 1]);
  page.get(change(7, "message_edited", { target: 3, message: "nobody" }));
  assertEquals(counts(page), [1, 2, 0]);
  // A message that was read before.
  page.do({ type: "seen", room: "lobby", seq: 7 });
  page.get(change(8, "message_deleted", { target: 3 }));
  assertEquals(counts(page), [7, 0, 0]);
});

Deno.test("the read mark moves back only when the user has marked messages as unread", () => {
  const page = pageIn(4);
  page.do({ type: "seen", room: "lobby" });
  const read = { type: "read", ...place };
  page.get({ ...read, seq: 2 });
  assertEquals(counts(page), [4, 0, 0]);
  page.get({ ...read, seq: 2, marked_unread: true, unread: 2, mentions: 1 });
  assertEquals(counts(page), [2, 2, 1]);
  page.get({ ...read, seq: 3 });
  assertEquals(counts(page), [3, 1, 0]);
});

Deno.test("after a reconnect a mark that went back counts, and one that the page lost does not", () => {
  const page = pageIn(4);
  page.get({ type: "read", ...place, seq: 3 });
  // The page has read further, and the server did not hear of it.
  page.do({ type: "seen", room: "lobby", seq: 4 });
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4, read: 3, unread: 1 })] }));
  assertEquals(counts(page), [4, 0, 0]);
  // Another device has marked a message as unread meanwhile.
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 4, read: 1, unread: 3, mentions: 1 })] }));
  assertEquals(counts(page), [1, 3, 1]);
  page.get(
    joined({ seq: 4, read: 1, unread: 3, mentions: 1, messages: [], key: page.joinKey("lobby") }),
  );
  assertEquals(page.room().read, 1);
});
