/** Messages that others answer and that the loaded log does not reach. */
import { assertEquals } from "@std/assert";
import type { Message } from "../../../lib/protocol/frames.ts";
import { withQuotes } from "../../../static/views/log/quotes.tsx";
import { joined, said, TestPage } from "../support.ts";

function page(): TestPage {
  const page = new TestPage();
  page.enter(joined({ seq: 9, more: true, messages: [said(9, { reply_to: 2 })] }));
  return page;
}

function quote(page: TestPage, seq: number, asked = 9): void {
  const message = said(seq, { message: `number ${seq}`, room_id: "lobby" }) as Message;
  const quotes = withQuotes(page.room().quotes, [message]);
  page.do({ type: "quotes", room: "lobby", quotes, seq: asked });
}

function quoted(page: TestPage, seq: number): unknown {
  const message = page.room().quotes?.get(seq);
  return message?.deleted ? "deleted" : message?.message;
}

Deno.test("a quoted message follows its edits and its deletion", () => {
  const alice = page();
  quote(alice, 2);
  assertEquals(quoted(alice, 2), "number 2");
  const change = { room: "lobby", sender: "Bob", target: 2, at: 50 };
  alice.get({ ...change, type: "message_edited", message: "better", seq: 10 });
  assertEquals(quoted(alice, 2), "better");
  alice.get({ ...change, type: "message_deleted", seq: 11 });
  assertEquals(quoted(alice, 2), "deleted");
  assertEquals(alice.room().messages.length, 1, "it is not part of the log");
});

Deno.test("a quoted message that may have changed on its way is left out", () => {
  const alice = page();
  alice.get(said(10));
  quote(alice, 2);
  assertEquals(quoted(alice, 2), undefined);
});

Deno.test("quoted messages are forgotten with the log, and bounded", () => {
  const alice = page();
  for (let seq = 1; seq <= 102; seq++) quote(alice, seq);
  assertEquals([alice.room().quotes?.size, quoted(alice, 2), quoted(alice, 3)], [
    ...[100, undefined, "number 3"],
  ]);
  alice.lose();
  alice.connect();
  const frame = joined({ seq: 90, more: true, truncated: true, messages: [said(90)] });
  alice.get({ ...frame, key: alice.joinKey("lobby") });
  assertEquals(alice.room().quotes, undefined);
});
