/** The rooms and people that a user finds by a few letters: those of the page and of the server. */
import { assert, assertEquals } from "@std/assert";
import { destinations, otherDestinations } from "../../../static/state/fuzzy_match.ts";
import { suggestionsAt } from "../../../static/state/search_suggestions.ts";
import { directMessage, joined, pageIn, personId, provisional, say } from "../support.ts";

/** What the server has on a large server: rooms of the user and of others, and people. */
const FOUND = {
  rooms: [
    { room: "garden", room_id: "G1", kind: "public", members: 3, joined: true },
    { room: "gardeners", room_id: "G2", kind: "private", members: 3, joined: true },
    { room: "garage", room_id: "G3", kind: "public", members: 3, joined: false },
    { room: "lobby", room_id: "lobby", kind: "public", members: 3, joined: true },
  ],
  people: ["Alice", "Bob", "Gabi"].map((name) => ({ name, id: personId(name) })),
} as const;

const namesOf = (places: readonly { readonly name: string }[]) => places.map(({ name }) => name);

Deno.test("rooms of the user and people are found whether the page holds them or not", () => {
  const page = pageIn(0);
  const found = destinations(page.state, "ga", undefined, FOUND);
  assertEquals(found.map(({ name, kind, id }) => [name, kind, id]), [
    ["garden", "room", "G1"],
    ["gardeners", "private", "G2"],
    ["Gabi", "person", "@gabi"],
  ]);
  assertEquals(namesOf(destinations(page.state, "", () => true, FOUND)), [
    ...["lobby", "Bob", "garden", "gardeners", "Gabi"],
  ]);
  assertEquals(namesOf(otherDestinations(page.state, "garden", FOUND)), ["garden", "gardeners"]);
});

Deno.test("a beginning that the server has found comes before letters within a name", () => {
  const page = pageIn(0);
  for (let n = 0; n < 20; n++) page.get(joined({ room: `big-area-${n}` }));
  assertEquals(namesOf(destinations(page.state, "ga", undefined, FOUND)).slice(0, 3), [
    ...["garden", "gardeners", "Gabi"],
  ]);
});

Deno.test("a whole name comes before those that begin like it", () => {
  const page = pageIn(0);
  for (let n = 0; n < 20; n++) page.get(joined({ room: `garden-${n}` }));
  assertEquals(namesOf(destinations(page.state, "garden", undefined, FOUND))[0], "garden");
});

Deno.test("nobody is found twice", () => {
  const page = pageIn(0);
  page.get(directMessage(1, { sender: "Gabi" }));
  page.state = { ...page.state, people: new Map(), watched: new Map() };
  assertEquals(namesOf(destinations(page.state, "gab", undefined, FOUND)), ["Gabi"]);
});

Deno.test("a search suggests the people and rooms that the server has found", () => {
  const page = pageIn(0);
  const labels = (text: string) =>
    namesOf(
      suggestionsAt(text, text.length, page.state, 0, FOUND).options.map(
        ({ label: name }) => ({ name }),
      ),
    );
  assertEquals(labels("from:ga"), ["Gabi"]);
  assertEquals(labels("in:ga"), ["garden", "gardeners"]);
  assertEquals(labels("in:@ga"), ["Gabi"]);
});

Deno.test("what is forwarded to a room that the page does not hold waits until it is subscribed", () => {
  const page = pageIn(0);
  const forward = { room_id: "lobby", seq: 1 };
  const { key, at } = say("", "k1", "G1");
  const [join] = page.do({
    type: "adopted",
    pending: [{
      ...{ key, at, room: "G1", place: { name: "garden", kind: "public" }, status: "waiting" },
      draft: { type: "room_message", message: "", forward },
    }],
  });
  assertEquals(join?.type === "join" && [join.room_id, join.after], ["G1", 0]);
  const garden = joined({ room: "garden", room_id: "G1", key: join!.key! });
  assertEquals(page.get(garden).map(({ type, key }) => [type, key]), [["room_message", "k1"]]);
  assertEquals(page.state.current, "lobby", "the user stays where they were");
});

Deno.test("what is forwarded to a person whom the page did not know goes to that person", () => {
  const page = pageIn(0);
  const [place] = destinations(page.state, "gabi", undefined, FOUND);
  assert(place?.action.type === "write");
  assertEquals(place.action.who, { name: "Gabi", id: personId("Gabi") });
  page.do({ ...place.action, behind: true });
  page.do(say("look", "k1", provisional("Gabi")));
  const gabi = joined({ room: "@Gabi", kind: "direct", receiver_id: personId("Gabi") });
  const sent = page.get({ ...gabi, key: page.joinKey(provisional("Gabi")) });
  assertEquals(sent.map(({ type, key }) => [type, key]), [["room_message", "k1"]]);
});
