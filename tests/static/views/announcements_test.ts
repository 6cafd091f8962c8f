import { assertEquals } from "@std/assert";
import {
  listen,
  type ListenPosition,
  outcomes,
  spoken,
} from "../../../static/views/log/announcements.ts";
import type { Draft, Pending } from "../../../static/state/types.ts";
import { joined, pageIn, said, type TestPage } from "../support.ts";

/** Collects announcements as the page does, after each change. */
function listener(page: TestPage, thread?: number) {
  let last: ListenPosition | undefined;
  return () => {
    const { position, news } = listen(last, page.state.rooms.get("lobby"), page.state.me, thread);
    last = position;
    return spoken("lobby", news);
  };
}

Deno.test("a new message is announced once, earlier ones are not", () => {
  const page = pageIn(3);
  const hear = listener(page);
  assertEquals(hear(), []);
  page.get(said(4, { sender: "Bob", message: "Hello" }));
  assertEquals(hear(), ["Bob: Hello"]);
  assertEquals(hear(), []);
  page.get(said(5, { sender: "Alice", message: "My own" }));
  assertEquals(hear(), []);
});

Deno.test("of many new messages only the number is announced", () => {
  const page = pageIn(0);
  const hear = listener(page);
  hear();
  page.get(...[1, 2, 3, 4, 5].map((seq) => said(seq, { sender: "Bob", message: `${seq}` })));
  assertEquals(hear(), ["5 new messages in #lobby"]);
});

Deno.test("messages replayed after a reconnect are not announced", () => {
  const page = pageIn(2);
  const hear = listener(page);
  hear();
  page.lose();
  assertEquals(hear(), []);
  page.connect();
  page.get({
    ...joined({ messages: [said(3, { sender: "Bob", message: "Missed" })], seq: 3 }),
    key: page.joinKey("lobby"),
  });
  assertEquals(page.texts().at(-1), "Missed");
  assertEquals(hear(), []);
  page.get(said(4, { sender: "Bob", message: "Live" }));
  assertEquals(hear(), ["Bob: Live"]);
});

Deno.test("a reply in a thread is announced where its thread is open", () => {
  const page = pageIn(2);
  const [hear, hearElsewhere] = [listener(page, 1), listener(page, 2)];
  hear();
  hearElsewhere();
  page.get(said(3, { sender: "Bob", message: "Indeed", thread: 1 }));
  assertEquals(hear(), ["Bob in the thread: Indeed"]);
  assertEquals(hearElsewhere(), []);
});

function pending(draft: Draft, status: Pending["status"] = "sent", more = {}): Pending {
  const place = { name: "lobby", kind: "public" } as const;
  return { key: "k", room: "lobby", place, draft, status, ...more } as Pending;
}

Deno.test("what the user did is announced once the server has done it", () => {
  const edit = { type: "edit_message", seq: 1, message: "Hi" } as const;
  const react = { type: "react", seq: 1, emoji: "👍" } as const;
  const message = { type: "room_message", message: "Hi" } as const;
  assertEquals(outcomes([pending(edit)], []), ["The message was edited."]);
  assertEquals(outcomes([pending({ ...react, on: true })], []), ["You reacted with 👍."]);
  assertEquals(outcomes([pending({ ...react, on: false })], []), [
    "Your reaction 👍 was removed.",
  ]);
  assertEquals(outcomes([pending({ type: "close_poll", seq: 1 })], []), ["The poll is closed."]);
  // The empty field says it.
  assertEquals(outcomes([pending(message)], []), []);
  // The user has discarded it.
  assertEquals(outcomes([pending(edit, "waiting")], []), []);
  assertEquals(outcomes([pending(edit)], [pending(edit)]), []);
});

Deno.test("a refusal is announced with its reason, once", () => {
  const message = { type: "room_message", message: "Hi" } as const;
  const refused = pending(message, "refused", { reason: "This room is locked." });
  assertEquals(outcomes([pending(message)], [refused]), ["Not sent: This room is locked."]);
  assertEquals(outcomes([refused], [refused]), []);
  assertEquals(outcomes([refused], []), []);
});
