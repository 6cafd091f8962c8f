import { assertEquals } from "@std/assert";
import { type Heard, listen, spoken } from "../../static/announce.ts";
import { joined, pageIn, said, type TestPage } from "./support.ts";

/** Listens as the page does, each time something has changed. */
function listener(page: TestPage) {
  let last: Heard | undefined;
  return () => {
    const { heard, news } = listen(last, page.state.rooms.get("lobby"), "Alice");
    last = heard;
    return spoken("lobby", news);
  };
}

Deno.test("what is said is told once, what was said before is not", () => {
  const page = pageIn(3);
  const hear = listener(page);
  assertEquals(hear(), []);
  page.get(said(4, { sender: "Bob", message: "Hello" }));
  assertEquals(hear(), ["Bob: Hello"]);
  assertEquals(hear(), []);
  page.get(said(5, { sender: "Alice", message: "My own" }));
  assertEquals(hear(), []);
});

Deno.test("of many messages it is told only how many they are", () => {
  const page = pageIn(0);
  const hear = listener(page);
  hear();
  page.get(...[1, 2, 3, 4, 5].map((seq) => said(seq, { sender: "Bob", message: `${seq}` })));
  assertEquals(hear(), ["5 new messages in #lobby"]);
});

Deno.test("what is caught up on after a broken line is not told", () => {
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
