import { assertEquals } from "@std/assert";
import { joined, pageIn, TestPage } from "../support.ts";

Deno.test("a join refused for now is retried when the server says so", () => {
  const page = new TestPage();
  page.connect();
  const key = page.joinKey("lobby");
  page.get({ type: "error", code: "rate_limited", message: "Slower", key, retry_after: 700 });
  assertEquals(page.effects.filter(({ type }) => type === "later"), [
    { type: "later", ms: 700, action: { type: "rejoin", room: "lobby" } },
  ]);
  const again = page.do({ type: "rejoin", room: "lobby" });
  assertEquals(again.map((frame) => frame.type === "join" && frame.room_id), ["lobby"]);
});

Deno.test("a refused search stops waiting", () => {
  const page = pageIn(0);
  const [asked] = page.do({ type: "search", terms: { query: "beans" } });
  assertEquals(page.state.search?.busy, true);
  page.get({ type: "error", code: "try_again", message: "Not now", key: asked!.key! });
  assertEquals(page.state.search?.busy, false);
});

Deno.test("a late leave still counts", () => {
  const page = pageIn(1);
  const [asked] = page.do({ type: "leave", room: "lobby" });
  page.get({ type: "error", code: "not_a_member", message: "Join first", key: asked!.key! });
  assertEquals(page.state.rooms.size, 0);
});

Deno.test("a user who leaves is no longer a member, and leaving removes the user's room", () => {
  const page = pageIn(1);
  page.get({ type: "member_left", room: "lobby", name: "bob" });
  assertEquals(page.room().members, ["Alice"]);
  page.get({ type: "member_left", room: "lobby", name: "Carol" });
  assertEquals(page.room().members, ["Alice"]);
  page.get({ type: "member_left", room: "lobby", name: "Alice" });
  assertEquals(page.state.rooms.size, 0);
});

Deno.test("a new conversation says who was asked and who was not added", () => {
  const page = pageIn(0);
  const people = ["Bob", "Carla", "Dan"].map((name) => ({ name, id: `u-${name}` }));
  const [asked] = page.do({ type: "converse", people });
  const [bob, carla, dan] = people;
  page.get({
    ...joined({ room: "conversation-1", room_id: "c1", kind: "private", people: [bob!] }),
    ...{ invited: [carla!], refused: [{ ...dan!, code: "limit_reached" }] },
    key: asked!.key!,
  });
  assertEquals(
    page.state.news,
    "Asked to join: Carla. Not added: Dan. You can try again under “Members”.",
  );
});
