import { assertEquals } from "@std/assert";
import { type ClientFrame, LIMITS, type Watching } from "../../lib/protocol.ts";
import { everybody, guestMark, presenceOf } from "../../static/select.ts";
import { isLarge, watchAfter, watchEvery } from "../../static/state/watch.ts";
import { joined, summary, TestPage, welcome } from "./support.ts";

/** A server that tells everybody of two people: three are many. */
const limits = { ...LIMITS, listed_people: 2, watched_people: 3 };
const bobs = summary({ room: "@Bob", kind: "direct" });

/** A page on a large server where Bob is somebody to whom one has written. */
function largePage(): TestPage {
  const page = new TestPage();
  const full = { limits, online: ["Xena", "Yves"], online_count: 3_000, rooms: [bobs] };
  page.connect(welcome(full));
  return page;
}

/** Lets the pause before asking pass; answers what is asked. */
function ask(page: TestPage): ClientFrame[] {
  return page.do({ type: "watch" });
}

function watchIn(frames: readonly ClientFrame[]): Extract<ClientFrame, { type: "watch" }> {
  const [frame, ...more] = frames;
  if (frame?.type !== "watch" || more.length > 0) throw new Error(JSON.stringify(frames));
  return frame;
}

function watching(key: string | undefined, fields: Partial<Watching> = {}): Watching {
  const nobody = { online: [], away: [], guests: [], online_count: 3_000 };
  return { type: "watching", ...nobody, ...fields, ...(key === undefined ? {} : { key }) };
}

/** A large page whose question was answered: Bob is here. */
function watchingPage(): TestPage {
  const page = largePage();
  const { key } = watchIn(ask(page));
  page.get(watching(key, { online: ["Bob"] }));
  return page;
}

Deno.test("on a small server nothing is asked for, whoever is shown", () => {
  const page = new TestPage();
  page.connect(welcome({ limits, online: ["Alice"], online_count: 1, rooms: [bobs] }));
  page.do({ type: "look", view: "members", names: ["Bob", "Carl"] });
  page.do({ type: "person", who: { name: "Carl" } });
  assertEquals(page.effects.filter(({ type }) => type === "later"), []);
  assertEquals(ask(page), []);
});

Deno.test("a server that sets no limit tells of everybody", () => {
  const page = new TestPage();
  const { listed_people: _listed, watched_people: _watched, ...older } = limits;
  page.connect(welcome({ limits: older as typeof limits, rooms: [bobs] }));
  assertEquals(ask(page), []);
});

Deno.test("on a large one the page asks for those it shows, a moment after it comes in", () => {
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

Deno.test("it asks again when it shows others, once for all that comes within a moment", () => {
  const page = watchingPage();
  page.do({ type: "look", view: "members", names: ["Carl"] });
  assertEquals(page.effects.length, 1);
  page.do({ type: "person", who: { name: "Dora" } });
  assertEquals(page.effects, []);
  assertEquals(watchIn(ask(page)).names, ["Dora", "Bob", "Carl"]);
  // The same people: there is nothing to ask.
  page.do({ type: "look", view: "members", names: ["Carl"] });
  assertEquals([page.effects, ask(page)], [[], []]);
});

Deno.test("those who are shown no more are held for here no more", () => {
  const page = watchingPage();
  page.do({ type: "look", view: "members", names: ["Carl"] });
  page.get(watching(watchIn(ask(page)).key, { online: ["Bob", "Carl"] }));
  assertEquals(presenceOf(page.state, "Carl"), "online");
  page.do({ type: "look", view: "members", names: [] });
  page.get(watching(watchIn(ask(page)).key, { online: ["Bob"] }));
  assertEquals(presenceOf(page.state, "Carl"), "offline");
  assertEquals(everybody(page.state).map(({ name }) => name), ["Bob", "Xena", "Yves"]);
});

Deno.test("it asks for no more than it may, for oneself never, and for nobody twice", () => {
  const page = watchingPage();
  page.do({ type: "look", view: "members", names: ["ALICE", "BOB", "Carl"] });
  page.do({ type: "look", view: "sidebar", names: ["Carl", "Dora", "Emil"] });
  assertEquals(watchIn(ask(page)).names, ["BOB", "Carl", "Dora"]);
});

Deno.test("the answer to a question after which another was asked is passed over", () => {
  const page = largePage();
  const first = watchIn(ask(page));
  page.do({ type: "look", view: "members", names: ["Carl"] });
  const second = watchIn(ask(page));
  page.get(watching(first.key, { online: ["Bob"] }));
  assertEquals(presenceOf(page.state, "Bob"), "offline");
  page.get(watching(second.key, { online: ["Bob", "Carl"] }));
  assertEquals(["Bob", "Carl"].map((name) => presenceOf(page.state, name)), ["online", "online"]);
});

Deno.test("how many are here is asked for again and again, by the last question alone", () => {
  const page = largePage();
  const { key } = watchIn(ask(page));
  page.get(watching(key, { online_count: 2_999 }));
  assertEquals(page.effects, [
    { type: "later", ms: watchEvery, action: { type: "watch", again: key ?? "" } },
  ]);
  const again = watchIn(page.do({ type: "watch", again: key ?? "" }));
  assertEquals(again.names, ["Bob"]);
  // The same question a second time is nobody's.
  assertEquals(page.do({ type: "watch", again: key ?? "" }), []);
  page.get(watching(again.key, { online_count: 3_100 }));
  assertEquals(page.state.onlineCount, 3_100);
});

Deno.test("where nobody is shown, the page still asks how many are here", () => {
  const page = new TestPage();
  page.connect(welcome({ limits, online: ["Xena", "Yves"], online_count: 2, rooms: [] }));
  assertEquals(watchIn(ask(page)).names, []);
});

Deno.test("a server that grows is asked, one that shrinks is asked no more", () => {
  const page = new TestPage();
  page.connect(welcome({ limits, online: ["Xena"], online_count: 1, rooms: [bobs] }));
  page.get({ type: "presence", name: "Yves", state: "online" });
  assertEquals(isLarge(page.state), true);
  page.get(watching(watchIn(ask(page)).key, { online: ["Bob"], online_count: 3 }));
  page.get({ type: "presence", name: "Yves", state: "offline" });
  page.get({ type: "presence", name: "Bob", state: "online" });
  // Bob has Yves' place on the list: with Xena it is full still.
  assertEquals(isLarge(page.state), true);
  page.get({ type: "presence", name: "Xena", state: "offline" });
  // That there is a place for the next one does not say that nobody waits for it.
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

Deno.test("a new line is asked anew, and nothing of the old one is believed", () => {
  const page = watchingPage();
  page.lose();
  assertEquals(ask(page), []);
  page.connect(welcome({ limits, online: ["Xena", "Yves"], online_count: 5, rooms: [bobs] }));
  assertEquals(presenceOf(page.state, "Bob"), "offline");
  assertEquals(watchIn(ask(page)).names, ["Bob"]);
});

Deno.test("a question that is refused is asked again later", () => {
  const page = largePage();
  const { key = "" } = watchIn(ask(page));
  const code = "rate_limited";
  page.get({ type: "error", code, message: "Too fast", retry_after: 700, key });
  assertEquals(page.effects, [{ type: "later", ms: 700, action: { type: "watch" } }]);
  assertEquals(page.state.notice, undefined);
  assertEquals(watchIn(ask(page)).names, ["Bob"]);
});

Deno.test("a guest of whom nobody tells the page is not called an earlier one", () => {
  const page = largePage();
  assertEquals(guestMark(page.state, { name: "Gus", guest: 7 }), "guest");
  page.do({ type: "person", who: { name: "Gus", guest: 7 } });
  const tags = [{ name: "Gus", guest: 9 }];
  page.get(watching(watchIn(ask(page)).key, { online: ["Gus"], guests: tags }));
  assertEquals(guestMark(page.state, { name: "Gus", guest: 7 }), "earlier");
  assertEquals(guestMark(page.state, { name: "Gus", guest: 9 }), "guest");
});

Deno.test("a conversation with a guest who is watched ends with the guest", () => {
  const page = largePage();
  page.get(joined({ room: "@Gus", kind: "direct", members: ["Alice", "Gus"] }));
  const gus = { type: "presence", name: "Gus", guest: 7, watched: true } as const;
  page.get({ ...gus, state: "online" });
  page.get({ ...gus, state: "offline" });
  assertEquals(page.room("@Gus").over, true);
  assertEquals(page.state.watched.has("gus"), false);
});

Deno.test("who has a guest's name for good has another conversation", () => {
  const page = new TestPage();
  page.connect(welcome({ online: ["Gus"], guests: [{ name: "Gus", guest: 7 }] }));
  page.get(joined({ room: "@Gus", kind: "direct", members: ["Alice", "Gus"], seq: 3 }));
  page.get({ type: "presence", name: "Gus", guest: 7, state: "away" });
  assertEquals(page.room("@Gus").seq, 3);
  page.get({ type: "presence", name: "Gus", state: "online" });
  assertEquals([page.room("@Gus").seq, page.room("@Gus").over], [0, undefined]);
});
