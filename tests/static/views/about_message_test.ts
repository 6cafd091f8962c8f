/** What a screen reader says of a message beside its author, time and text. */
import { assertEquals } from "@std/assert";
import type { Message } from "../../../lib/protocol/frames.ts";
import { aboutMessage } from "../../../static/views/log/about_message.tsx";
import { pageIn, said } from "../support.ts";

function about(more: object, quoted?: Message): string {
  const page = pageIn(0);
  page.get(said(1, { message: "Hello", ...more }));
  const message = page.room().messages[0]!;
  return aboutMessage({ message, quoted, folded: false, edit: undefined });
}

Deno.test("a message says what was added to it", () => {
  const by = { names: ["Bob"], ids: ["bob"] };
  assertEquals(about({}), "");
  assertEquals(
    about({
      edited_at: 2,
      pinned: true,
      reactions: [{ emoji: "🎉", count: 3, ...by }, { emoji: "☕", count: 1, ...by }],
      replies: { count: 2, last_at: 1, last_seq: 3, people: [] },
    }),
    "edited, Pinned, Reactions: 🎉 3, ☕ 1, 2 replies",
  );
});

Deno.test("a message says what it answers, and its files beside a text", () => {
  const files = [{ id: "f", name: "window.png", type: "image/png", size: 1 }];
  const quoted = { sender: "Bob" } as Message;
  assertEquals(about({ files }, quoted), "In reply to Bob, window.png");
  // Without a text, their names are the text.
  assertEquals(about({ message: "", files }), "");
});

Deno.test("a poll says whether it is closed, a deleted message nothing", () => {
  const poll = { question: "Hello", options: ["a", "b"] };
  assertEquals(about({ poll }), "Poll");
  assertEquals(about({ poll, poll_closed: true }), "Poll, Closed");
  assertEquals(about({ deleted: true, pinned: true }), "");
});
