import { assertEquals } from "@std/assert";
import { type ClientFrame, type Watching } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { nameMark, presenceOf } from "../../../static/state/selectors.ts";
import { everyone } from "../../../static/state/directory.ts";
import {
  isLarge,
  personNamed,
  watchAfter,
  watchEvery,
} from "../../../static/state/presence_watch.ts";
import { joined, personId, summary, TestPage, welcome } from "../support.ts";

/** A server that broadcasts the presence of two users: three are too many. */
const limits = { ...LIMITS, listed_people: 2, watched_people: 3 };
const bobs = summary({ room: "@Bob", kind: "direct" });

/** A page on a large server that has a conversation with Bob. */
function largePage(): TestPage {
  const page = new TestPage();
  const full = { limits, online: ["Xena", "Yves"], online_count: 3_000, rooms: [bobs] };
  page.connect(welcome(full));
  return page;
}

/** Lets the delay before a request pass; returns the request. */
function ask(page: TestPage): ClientFrame[] {
  return page.do({ type: "watch" });
}

function watchIn(frames: readonly ClientFrame[]): Extract<ClientFrame, { type: "watch" }> {
  const [frame, ...more] = frames;
  if (frame?.type !== "watch" || more.length > 0) throw new Error(JSON.stringify(frames));
  return frame;
}

function watching(key: string | undefined, fields: Partial<Watching> = {}): Watching {
  const { online = [], guests = [] } = fields;
  const online_ids = online.map((name) =>
    guests.find((one) => one.name === name)?.id ?? personId(name)
  );
  const nobody = { online, online_ids, away: [], away_ids: [], guests, online_count: 3_000 };
  return { type: "watching", ...nobody, ...fields, ...(key === undefined ? {} : { key }) };
}

/** A page on a large server whose request was answered: Bob is online. */
function watchingPage(): TestPage {
  const page = largePage();
  const { key } = watchIn(ask(page));
  page.get(watching(key, { online: ["Bob"] }));
  return page;
}

Deno.test("on a small server the page asks for the profiles of those whom its views show", () => {
  const page = new TestPage();
  page.connect(welcome({ online: ["Alice"], online_count: 1, rooms: [bobs] }));
  page.do({ type: "person", who: { name: "Carl" } });
  assertEquals(page.effects, []);
  page.do({ type: "show_names", view: "members", names: ["Bob", "Carl"] });
  const { names, key } = watchIn(ask(page));
  assertEquals(names, ["Bob", "Carl"]);
  const bob = { name: "Bob", id: "u-bob", display_name: "Bob the Builder" };
  page.get(watching(key, { online: ["Bob"], online_count: 1, profiles: [bob] }));
  const shown = () => [...page.state.profiles.values()].map((one) => one.display_name);
  assertEquals([shown(), presenceOf(page.state, "Bob")], [["Bob the Builder"], "offline"]);
  page.get({ type: "presence", name: "Bob", state: "online" });
  assertEquals([ask(page), presenceOf(page.state, "Bob")], [[], "online"]);
  page.get({ type: "profile", ...bob, display_name: "Bobby" });
  assertEquals(shown(), ["Bobby"]);
  page.get({ type: "user_changed", id: "u-bob", name: "Robert", old_name: "Bob" });
  assertEquals([...page.state.profiles.keys()], ["robert"]);
});

Deno.test("a server without a limit reports every user", () => {
  const page = new TestPage();
  const { listed_people: _listed, watched_people: _watched, ...older } = limits;
  page.connect(welcome({ limits: older as typeof limits, rooms: [bobs] }));
  assertEquals(ask(page), []);
});

Deno.test("on a large server the page watches the users it shows, a moment after connecting", () => {
  const page = largePage();
  assertEquals(page.effects.filter(({ type }) => type === "later"), [
    { type: "later", ms: watchAfter, action: { type: "watch" } },
  ]);
  assertEquals(presenceOf(page.state, "Bob"), "offline");
  const { names, key } = watchIn(ask(page));
  assertEquals(names, ["Bob"]);
  page.get(watching(key, { online: ["Bob"], away: ["Bob"], online_count: 3_001 }));
  assertEquals(presenceOf(page.state, "Bob"), "away");
  assertEquals(page.state.onlineCount, 3_001);
  page.get({ type: "presence", name: "Bob", state: "online", watched: true });
  assertEquals(presenceOf(page.state, "Bob"), "online");
  page.get({ type: "presence", name: "Bob", state: "offline", watched: true });
  assertEquals(presenceOf(page.state, "Bob"), "offline");
});

Deno.test("the page asks again when it shows other users, once for all changes within a moment", () => {
  const page = watchingPage();
  page.do({ type: "show_names", view: "members", names: ["Carl"] });
  assertEquals(page.effects.length, 1);
  page.do({ type: "person", who: { name: "Dora" } });
  assertEquals(page.effects, []);
  assertEquals(watchIn(ask(page)).names, ["Dora", "Bob", "Carl"]);
  // The same users: nothing to request.
  page.do({ type: "show_names", view: "members", names: ["Carl"] });
  assertEquals([page.effects, ask(page)], [[], []]);
});

Deno.test("users no longer shown are no longer taken for online", () => {
  const page = watchingPage();
  page.do({ type: "show_names", view: "members", names: ["Carl"] });
  page.get(watching(watchIn(ask(page)).key, { online: ["Bob", "Carl"] }));
  assertEquals(presenceOf(page.state, "Carl"), "online");
  page.do({ type: "show_names", view: "members", names: [] });
  page.get(watching(watchIn(ask(page)).key, { online: ["Bob"] }));
  assertEquals(presenceOf(page.state, "Carl"), "offline");
  assertEquals(everyone(page.state).map(({ name }) => name), ["Bob", "Xena", "Yves"]);
});

Deno.test("the page watches a bounded number of users, never its own, and none twice", () => {
  const page = watchingPage();
  page.do({ type: "show_names", view: "members", names: ["ALICE", "BOB", "Carl"] });
  page.do({ type: "show_names", view: "sidebar", names: ["Carl", "Dora", "Emil"] });
  assertEquals(watchIn(ask(page)).names, ["BOB", "Carl", "Dora"]);
});

Deno.test("an answer to an outdated request is ignored", () => {
  const page = largePage();
  const first = watchIn(ask(page));
  page.do({ type: "show_names", view: "members", names: ["Carl"] });
  const second = watchIn(ask(page));
  page.get(watching(first.key, { online: ["Bob"] }));
  assertEquals(presenceOf(page.state, "Bob"), "offline");
  page.get(watching(second.key, { online: ["Bob", "Carl"] }));
  assertEquals(["Bob", "Carl"].map((name) => presenceOf(page.state, name)), ["online", "online"]);
});

Deno.test("the online count is requested again and again, by the latest request alone", () => {
  const page = largePage();
  const { key } = watchIn(ask(page));
  page.get(watching(key, { online_count: 2_999 }));
  assertEquals(page.effects, [
    { type: "later", ms: watchEvery, action: { type: "watch", again: key ?? "" } },
  ]);
  const again = watchIn(page.do({ type: "watch", again: key ?? "" }));
  assertEquals(again.names, ["Bob"]);
  // A second answer to the same request is ignored.
  assertEquals(page.do({ type: "watch", again: key ?? "" }), []);
  page.get(watching(again.key, { online_count: 3_100 }));
  assertEquals(page.state.onlineCount, 3_100);
});

Deno.test("a page that shows no users still requests the online count", () => {
  const page = new TestPage();
  page.connect(welcome({ limits, online: ["Xena", "Yves"], online_count: 2, rooms: [] }));
  assertEquals(watchIn(ask(page)).names, []);
});

Deno.test("the page watches once a server grows large, and stops when it shrinks", () => {
  const page = new TestPage();
  page.connect(welcome({ limits, online: ["Xena"], online_count: 1, rooms: [bobs] }));
  page.get({ type: "presence", name: "Yves", state: "online" });
  assertEquals(isLarge(page.state), true);
  page.get(watching(watchIn(ask(page)).key, { online: ["Bob"], online_count: 3 }));
  page.get({ type: "presence", name: "Yves", state: "offline" });
  page.get({ type: "presence", name: "Bob", state: "online" });
  // Bob takes Yves' place on the list: with Xena it is still full.
  assertEquals(isLarge(page.state), true);
  page.get({ type: "presence", name: "Xena", state: "offline" });
  // A free place on the list does not mean that the presence of the others is known.
  assertEquals(isLarge(page.state), true);
  const { key = "" } = page.state.watch;
  page.get(watching(watchIn(page.do({ type: "watch", again: key })).key, { online_count: 1 }));
  assertEquals(isLarge(page.state), false);
  const last = watchIn(ask(page));
  assertEquals(last.names, []);
  page.get(watching(last.key, { online_count: 1 }));
  assertEquals(page.effects, []);
  assertEquals(presenceOf(page.state, "Bob"), "online");
});

Deno.test("a new connection is asked again, and nothing from the old one is reused", () => {
  const page = watchingPage();
  page.lose();
  assertEquals(ask(page), []);
  page.connect(welcome({ limits, online: ["Xena", "Yves"], online_count: 5, rooms: [bobs] }));
  assertEquals(presenceOf(page.state, "Bob"), "offline");
  assertEquals(watchIn(ask(page)).names, ["Bob"]);
});

Deno.test("a refused request is repeated later", () => {
  const page = largePage();
  const { key = "" } = watchIn(ask(page));
  const code = "rate_limited";
  page.get({ type: "error", code, message: "Too fast", retry_after: 700, key });
  assertEquals(page.effects, [{ type: "later", ms: 700, action: { type: "watch" } }]);
  assertEquals(page.state.notice, undefined);
  assertEquals(watchIn(ask(page)).names, ["Bob"]);
});

Deno.test("a guest without presence is not marked as an earlier guest", () => {
  const page = largePage();
  assertEquals(nameMark(page.state, { name: "Gus", id: "g7", guest: true }), "guest");
  page.do({ type: "person", who: { name: "Gus", id: "g7", guest: true } });
  const tags = [{ name: "Gus", id: "g9" }];
  page.get(watching(watchIn(ask(page)).key, { online: ["Gus"], guests: tags }));
  assertEquals(nameMark(page.state, { name: "Gus", id: "g7", guest: true }), "earlier");
  assertEquals(nameMark(page.state, { name: "Gus", id: "g9", guest: true }), "guest");
});

Deno.test("a conversation with a watched guest ends with the guest", () => {
  const page = largePage();
  page.get(joined({ room: "@Gus", kind: "direct", members: ["Alice", "Gus"] }));
  const gus = { type: "presence", name: "Gus", id: "u-gus", guest: true, watched: true } as const;
  page.get({ ...gus, state: "online" });
  page.get({ ...gus, state: "offline" });
  assertEquals(page.room("@Gus").over, true);
  assertEquals(page.state.watched.has("gus"), false);
});

Deno.test("a registered user who takes a guest's name has another conversation", () => {
  const page = new TestPage();
  page.connect(welcome({ online: ["Gus"], guests: [{ name: "Gus", id: "g7" }] }));
  const theirs = { room: "@Gus", receiver_id: "g7", kind: "direct" } as const;
  page.get(joined({ ...theirs, members: ["Alice", "Gus"], seq: 3 }));
  page.get({ type: "presence", name: "Gus", id: "g7", guest: true, state: "away" });
  assertEquals(page.room("@Gus").seq, 3);
  page.get({ type: "presence", name: "Gus", state: "online" });
  const { key, seq, over } = page.room("@Gus");
  assertEquals([seq, over], [3, undefined], "the guest may be here still");
  page.get({ type: "presence", name: "Gus", id: "g7", guest: true, state: "offline" });
  assertEquals(page.room(key).over, true);
  page.do({ type: "write", who: personNamed(page.state, "Gus") });
  assertEquals([page.room("@Gus").seq, page.room("@Gus").key], [0, "@u-gus"]);
});
