/** Where the page says that it stands: what it shows, how old that is, and where a link leads. */
import { assert, assertEquals } from "@std/assert";
import { isCatchingUp, isFolded, offeredRoom } from "../../static/select.ts";
import { joined, pageIn, said, say, summary, TestPage, welcome } from "./support.ts";

Deno.test("a link to a room that one is not in is an offer: to join it, or not", () => {
  const page = new TestPage();
  page.do({ type: "open", room: "garden" });
  assertEquals(offeredRoom(page.state), undefined, "nobody knows yet");
  page.enter();
  assertEquals(page.state.current, "lobby");
  assertEquals(offeredRoom(page.state), "garden");
  page.do({ type: "join", room: "garden" });
  assertEquals(offeredRoom(page.state), undefined, "it was asked for");
  page.get(joined({ room: "garden", key: page.joinKey("garden") }));
  assertEquals([page.state.current, page.state.wanted], ["garden", undefined]);
  page.do({ type: "open", room: "attic" });
  assertEquals(offeredRoom(page.state), "attic");
  page.do({ type: "decline" });
  assertEquals(offeredRoom(page.state), undefined);
});

Deno.test("a link to a room that one is in opens it, whatever was open before", () => {
  const page = pageIn(1);
  page.do({ type: "open", room: "garden" });
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 1 }), summary({ room: "garden" })] }));
  assertEquals([page.state.current, page.state.wanted], ["garden", undefined]);
});

Deno.test("the page says how old what it shows is, and whether it has caught up", () => {
  const page = pageIn(2);
  assertEquals([page.state.asOf, isCatchingUp(page.state)], [undefined, false]);
  page.lose();
  assertEquals(page.state.asOf, 1_000);
  page.do({ type: "line", line: "connecting", at: 9_000 });
  assertEquals(page.state.asOf, 1_000, "nothing was heard since");
  page.connect(welcome({ rooms: [summary({ seq: 3 })] }));
  assertEquals([page.state.asOf, isCatchingUp(page.state)], [undefined, true]);
  page.get(joined({ seq: 3, messages: [said(3)], key: page.joinKey("lobby") }));
  assert(!isCatchingUp(page.state));
});

Deno.test("what another page left behind is sent once, also to a room that is not known yet", () => {
  const page = pageIn(1);
  page.get(said(2, { sender: "Alice", key: "k0" }));
  const left = (key: string, room: string) => {
    const { draft, at } = say(`from ${key}`, key, room);
    return { key, room, at, draft, status: "sent" as const };
  };
  const pending = [left("k0", "lobby"), left("k1", "lobby"), left("k2", "garden")];
  const sent = page.do({ type: "adopted", pending });
  assertEquals(sent.map(({ type, key }) => [type, key]), [
    ["room_message", "k1"],
    ["join", page.joinKey("garden")],
  ]);
  assertEquals(page.do({ type: "adopted", pending }), [], "it has them already");
  const late = page.get(joined({ room: "garden", key: page.joinKey("garden") }));
  assertEquals(late.map(({ key }) => key), ["k2"]);
});

Deno.test("what those say whom one has blocked is folded away", () => {
  const page = pageIn(1);
  page.get({ type: "blocks", names: ["bob"] }, said(2, { sender: "Chen" }));
  assertEquals(page.room().messages.map((one) => isFolded(page.state, one)), [true, false]);
  page.get({ type: "blocks", names: [] });
  assert(!page.room().messages.some((one) => isFolded(page.state, one)));
});
