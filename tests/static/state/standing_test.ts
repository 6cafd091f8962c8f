/** What the page says about its state: what it shows, how old that is, where a link leads. */
import { assert, assertEquals } from "@std/assert";
import { isCatchingUp, isFolded } from "../../../static/state/selectors.ts";
import { offeredRoom } from "../../../static/state/offer.ts";
import { joined, pageIn, said, say, summary, TestPage, welcome } from "../support.ts";

Deno.test("a link to another room offers to join it", () => {
  const page = new TestPage();
  page.do({ type: "go", to: "Garden" });
  assertEquals(offeredRoom(page.state), undefined, "nobody knows yet");
  const sent = page.connect();
  assertEquals(page.state.current, "lobby");
  assertEquals(sent.map(({ type }) => type), ["list_rooms", "join"], "nothing is made or joined");
  const garden = { room: "garden", room_id: "G1", kind: "public", members: 3, joined: false };
  page.get({ type: "rooms", rooms: [garden], key: sent[0]!.key });
  assertEquals(offeredRoom(page.state)?.listed?.room_id, "G1");
  const [join] = page.do({ type: "join", room: "G1" });
  assertEquals(join, { type: "join", room_id: "G1", key: join!.key! });
  assertEquals(offeredRoom(page.state), undefined, "it was asked for");
  page.get(joined({ room: "garden", room_id: "G1", key: page.joinKey("G1") }));
  assertEquals([page.state.current, page.state.wanted], ["G1", undefined]);
});

Deno.test("a link to a message of another room leads there once the user has joined", () => {
  const page = pageIn(0);
  const [asked] = page.do({ type: "go", to: "id:G1", seq: 3 });
  const garden = { room: "garden", room_id: "G1", kind: "public", members: 3, joined: false };
  page.get({ type: "rooms", rooms: [garden], key: asked!.key });
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

Deno.test("a long list of rooms is read to its end before the page says what a link leads to", () => {
  const page = pageIn(0);
  const room = { kind: "public", members: 3, joined: false } as const;
  const [attic, garden] = [{ ...room, room: "attic", room_id: "A1" }, {
    ...room,
    room: "garden",
    room_id: "G1",
  }];
  const [first] = page.do({ type: "go", to: "Garden" });
  const [second] = page.get(
    { type: "rooms", rooms: [attic], more: true, next: "attic", key: first!.key! },
  );
  assertEquals(second, { type: "list_rooms", after: "attic", key: second!.key! });
  assertEquals(offeredRoom(page.state), undefined, "the list goes on");
  page.get({ type: "rooms", rooms: [garden], more: false, key: second!.key! });
  assertEquals(offeredRoom(page.state)?.listed?.room_id, "G1");
  assertEquals(page.state.listing?.map(({ room }) => room), ["attic", "garden"]);
});

Deno.test("an address of a missing room says so, and does not offer to create one", () => {
  const page = pageIn(0);
  for (const [to, offer] of [["Attic", { name: "attic" }], ["id:A1", {}]] as const) {
    const [asked, ...rest] = page.do({ type: "go", to });
    assertEquals([asked?.type, rest], ["list_rooms", []]);
    page.get({ type: "rooms", rooms: [], key: asked?.key });
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
