import { assertEquals } from "@std/assert";
import { listen, type ListenPosition, spoken } from "../../../static/views/log/announcements.ts";
import { joined, pageIn, said, type TestPage } from "../support.ts";

/** Collects announcements as the page does, after each change. */
function listener(page: TestPage) {
  let last: ListenPosition | undefined;
  return () => {
    const { position, news } = listen(last, page.state.rooms.get("lobby"), page.state.me);
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
