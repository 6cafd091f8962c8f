/** What the page says about its state: what it shows, how old that is, where a link leads. */
import { assert, assertEquals } from "@std/assert";
import { isCatchingUp, isFolded } from "../../../static/state/selectors.ts";
import type { RoomListing } from "../../../lib/protocol/frames.ts";
import { offeredRoom, roomsAt } from "../../../static/state/offer.ts";
import { foldAddress } from "../../../static/state/places.ts";
import { joined, pageIn, said, say, summary, TestPage, welcome } from "../support.ts";

const garden = {
  room: "Garden",
  room_id: "G1",
  kind: "public",
  members: 3,
  joined: false,
} as const;

/** The server has said what is at some addresses. */
function learns(page: TestPage, addresses: readonly string[], ...rooms: readonly RoomListing[]) {
  return page.do({ type: "looked_up", found: roomsAt(addresses, rooms) });
}

Deno.test("a link to another room offers to join it", () => {
  const page = new TestPage();
  page.do({ type: "go", to: "Garden" });
  assertEquals(offeredRoom(page.state), undefined, "nobody knows yet");
  const sent = page.connect();
  assertEquals(page.state.current, "lobby");
  assertEquals(sent.map(({ type }) => type), ["join"], "nothing is made or joined");
  assertEquals(learns(page, ["garden"], garden), []);
  assertEquals(offeredRoom(page.state)?.listed?.room_id, "G1");
  const [join] = page.do({ type: "join", room: "G1" });
  assertEquals(join, { type: "join", room_id: "G1", key: join!.key! });
  assertEquals(offeredRoom(page.state), undefined, "it was asked for");
  page.get(joined({ room: "garden", room_id: "G1", key: page.joinKey("G1") }));
  assertEquals([page.state.current, page.state.wanted], ["G1", undefined]);
});

Deno.test("a link to a message of another room leads there once the user has joined", () => {
  const page = pageIn(0);
  page.do({ type: "go", to: "id:G1", seq: 3 });
  learns(page, ["id:G1"], garden);
  page.do({ type: "join", room: "G1" });
  page.get(joined({ room: "garden", room_id: "G1", key: page.joinKey("G1") }));
  assertEquals(page.state.current, "G1");
  assertEquals(page.state.jump?.seq ?? "shown", 3);
});

Deno.test("what the browser does not store is said until the user dismisses it, also after signing in", () => {
  const page = pageIn(0);
  page.do({ type: "unstored", why: "refused" });
  assertEquals(page.state.unstored, { why: "refused" });
  page.do({ type: "dismiss_unstored" });
  page.do({ type: "unstored", why: "refused" });
  assertEquals(page.state.unstored?.isDismissed, true);
  page.do({ type: "unstored", why: "full" });
  page.do({ type: "signed_out" });
  assertEquals(page.state.unstored, { why: "full" });
});

Deno.test("a link to a room of the user that the page does not hold opens it at the message", () => {
  const page = pageIn(0);
  const cases = [
    ["id:D1", { room: "@Bob", room_id: "D1", kind: "direct" }],
    ["Attic", { room: "attic", room_id: "A1", kind: "private" }],
  ] as const;
  for (const [to, room] of cases) {
    assertEquals(page.do({ type: "go", to, seq: 3 }), []);
    const sent = learns(page, [foldAddress(to)], { ...room, members: 2, joined: true });
    // It resumes: a user who was removed meanwhile does not become a member again.
    assertEquals(sent.map((frame) => frame.type === "join" && [frame.room_id, frame.after]), [
      [room.room_id, 0],
    ]);
    assertEquals(offeredRoom(page.state), undefined);
    page.get(joined({ ...room, key: sent[0]!.key! }));
    assertEquals([page.state.current, page.state.wanted], [room.room_id, undefined]);
  }
});

Deno.test("what the server says of other addresses opens and offers nothing", () => {
  const page = pageIn(0);
  page.do({ type: "go", to: "Garden" });
  const attic = { ...garden, room: "attic", room_id: "A1", joined: true };
  assertEquals(learns(page, ["attic", "shed"], attic), []);
  assertEquals(offeredRoom(page.state), undefined);
  const { lookedUp } = page.state;
  assertEquals([lookedUp.get("attic")?.room_id, lookedUp.has("shed")], ["A1", true]);
  assertEquals([lookedUp.get("shed"), lookedUp.has("garden")], [undefined, false]);
});

Deno.test("an address of a missing room says so, and does not offer to create one", () => {
  const page = pageIn(0);
  for (const [to, offer] of [["Attic", { name: "attic" }], ["id:A1", {}]] as const) {
    assertEquals(page.do({ type: "go", to }), []);
    learns(page, [foldAddress(to)], garden);
    assertEquals(offeredRoom(page.state), offer);
    page.do({ type: "decline" });
    assertEquals(offeredRoom(page.state), undefined);
  }
});

Deno.test("a link to one of the user's rooms opens it, whatever was open before", () => {
  const page = pageIn(1);
  page.do({ type: "go", to: "garden" });
  page.lose();
  page.connect(welcome({ rooms: [summary({ seq: 1 }), summary({ room: "garden" })] }));
  assertEquals([page.state.current, page.state.wanted], ["garden", undefined]);
});

Deno.test("the page shows how old its data is, and whether it is up to date", () => {
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

Deno.test("messages left by another page are sent once, also to a room not known yet", () => {
  const page = pageIn(1);
  page.get(said(2, { sender: "Alice", key: "k0" }));
  const left = (key: string, room: string) => {
    const { draft, at } = say(`from ${key}`, key, room);
    const place = { name: room, kind: "public" } as const;
    return { key, room, place, at, draft, status: "sent" as const };
  };
  const pending = [left("k0", "lobby"), left("k1", "lobby"), left("k2", "garden")];
  const sent = page.do({ type: "adopted", pending });
  assertEquals(sent.map(({ type, key }) => [type, key]), [
    ["room_message", "k1"],
    ["join", page.joinKey("garden")],
  ]);
  assertEquals(page.do({ type: "adopted", pending }), [], "it has them already");
  const lazyModule = page.get(joined({ room: "garden", key: page.joinKey("garden") }));
  assertEquals(lazyModule.map(({ key }) => key), ["k2"]);
});

Deno.test("messages of blocked users are collapsed", () => {
  const page = pageIn(1);
  page.get({ type: "blocks", names: ["bob"] }, said(2, { sender: "Chen" }));
  assertEquals(page.room().messages.map((one) => isFolded(page.state, one)), [true, false]);
  page.get({ type: "blocks", names: [] });
  assert(!page.room().messages.some((one) => isFolded(page.state, one)));
});
