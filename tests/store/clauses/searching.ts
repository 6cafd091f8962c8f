import { assert, assertEquals, assertExists } from "@std/assert";
import type { Hit } from "../../../lib/store/store.ts";
import {
  AT,
  type Clauses,
  edit,
  message,
  react,
  remove,
  room,
  store as put,
  upTo,
  type World,
} from "./world.ts";

/** Searches as Alice, everywhere, unless told otherwise. */
function find(
  { store, alice }: World,
  query: string,
  also: Partial<Parameters<typeof store.search>[0]> = {},
) {
  return store.search({ account: alice.id, query, room: null, before: null, limit: 100, ...also });
}

/** The texts that a search finds, newest first. */
async function texts(world: World, query: string, also = {}): Promise<readonly string[]> {
  return (await find(world, query, also)).hits.map(({ message }) => message.text);
}

/** The highlighted parts of a snippet. */
function highlighted({ snippet, highlights }: Hit): readonly string[] {
  return highlights.map(([start, end]) => snippet.slice(start, end));
}

/** Search. */
export const searching: Clauses = {
  "every word must occur, in any order": async (world) => {
    const { store, team, alice, bob } = world;
    await put(
      store,
      message(team, alice, "The quick brown fox"),
      message(team, bob, "a brown dog"),
    );
    assertEquals(await texts(world, "brown"), ["a brown dog", "The quick brown fox"]);
    assertEquals(await texts(world, "fox quick"), ["The quick brown fox"]);
    assertEquals(await texts(world, "fox dog"), []);
    assertEquals(await texts(world, "BROWN"), ["a brown dog", "The quick brown fox"]);
  },

  "the last word may be unfinished, the others may not": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "deployment tomorrow"));
    for (const query of ["d", "de", "dep", "deploy", "deployment", "tomorrow deploy"]) {
      assertEquals(await texts(world, query), ["deployment tomorrow"], query);
    }
    for (const query of ["deploy tomorrow", "ployment", "deployments"]) {
      assertEquals(await texts(world, query), [], query);
    }
  },

  "case and diacritics do not matter": async (world) => {
    const { store, team, alice } = world;
    const said = ["Crème Brûlée", "creme brulee", "CRE\u0300ME BRU\u0302LE\u0301E"];
    await put(store, ...said.map((text) => message(team, alice, text)));
    for (const query of ["crème", "creme", "CREME brulée", "cre\u0300me bru"]) {
      assertEquals(await texts(world, query), said.toReversed(), query);
    }
  },

  "words are found in every script": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "Привет мир"), message(team, alice, "हिन्दी भाषा"));
    await put(store, message(team, alice, "שלום עולם"), message(team, alice, "東京 大阪"));
    assertEquals(await texts(world, "привет"), ["Привет мир"]);
    assertEquals(await texts(world, "हिन्दी"), ["हिन्दी भाषा"]);
    assertEquals(await texts(world, "שלום"), ["שלום עולם"]);
    assertEquals(await texts(world, "大"), ["東京 大阪"]);
  },

  "any text is a query": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "rock and roll or not near text room"));
    const wordless = ["", " ", '"', "*", "👍 🎉", "\u0000", "()", "'", "--", "%", "\u0301", ":-)"];
    for (const query of wordless) assertEquals(await texts(world, query), [], query);
    const odd = [
      'rock"',
      '"rock',
      "rock*",
      "rock\u0000",
      "rock AND roll",
      "NOT rock",
      "(rock",
      "^rock",
    ];
    odd.push(
      "text: rock",
      "{text} : rock",
      "NEAR(rock roll, 2)",
      "-rock",
      "rock; DROP TABLE events",
    );
    odd.push("rock' OR '1'='1", "rock + roll", "\ud800 rock", "rock\u0002\u0003", "rock 👍");
    for (const query of odd) {
      const { hits } = await find(world, query);
      assert(hits.length <= 1, query);
    }
    assertEquals((await texts(world, 'rock"👍\u0000*')).length, 1);
    assertEquals((await texts(world, "rock AND roll OR not NEAR text room")).length, 1);
    const words = upTo(5_000).map((n) => `w${n}`);
    assertEquals(await texts(world, words.join(" ")), []);
    assertEquals(await texts(world, "x".repeat(100_000)), []);
    assertEquals(await texts(world, "rock ".repeat(2_000)), [
      "rock and roll or not near text room",
    ]);
  },

  "words that name rooms or columns are words like others": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "nothing of the kind"));
    for (const query of [`r${team.id}`, "r", "room", "text", `${team.id}`]) {
      assertEquals(await texts(world, query), [], query);
    }
  },

  "one finds what was said in one's own rooms": async (world) => {
    const { store, team, alice, bob, carol } = world;
    const secret = await room(store, "secret", bob, "private");
    const open = await room(store, "open", bob);
    const direct = await store.directRoom(alice, bob, AT);
    const others = await store.directRoom(bob, carol, AT);
    for (
      const [place, text] of [[team, "a"], [secret, "b"], [open, "c"], [direct, "d"], [
        others,
        "e",
      ]] as const
    ) {
      await put(store, message(place, bob, `word ${text}`));
    }
    assertEquals(await texts(world, "word"), ["word d", "word a"]);
    assertEquals(await texts(world, "word", { account: carol.id }), ["word e"]);
    assertEquals(await texts(world, "word", { account: 999_999 }), []);
    await store.addMember(secret.id, alice.id, AT);
    assertEquals(await texts(world, "word"), ["word d", "word b", "word a"]);
    await store.removeMember(team.id, alice.id);
    assertEquals(await texts(world, "word"), ["word d", "word b"]);
  },

  "a search can be in one room": async (world) => {
    const { store, team, alice, bob } = world;
    const other = await room(store, "other", alice);
    const closed = await room(store, "closed", bob);
    for (const place of [team, other, closed]) {
      await put(store, message(place, bob, `word ${place.name}`));
    }
    assertEquals(await texts(world, "word", { room: other.id }), ["word other"]);
    assertEquals(await texts(world, "word", { room: team.id }), ["word Team"]);
    assertEquals(await texts(world, "word", { room: closed.id }), [], "not in it");
    assertEquals(await texts(world, "word", { room: 999_999 }), []);
  },

  "edited and deleted texts are not found any more": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "first draft"), message(team, alice, "second thought"));
    await put(store, edit(team, alice, 1, "final version"), remove(team, alice, 2));
    for (const gone of ["draft", "first", "second", "thought"]) {
      assertEquals(await texts(world, gone), [], gone);
    }
    assertEquals(await texts(world, "final"), ["final version"]);
    await put(store, edit(team, alice, 1, "last version"), message(team, alice, "second"));
    assertEquals(await texts(world, "version"), ["last version"]);
    await put(store, remove(team, alice, 1));
    assertEquals(await texts(world, "version"), []);
    assertEquals(await texts(world, "second"), ["second"]);
  },

  "a hit is the message as it is now, in its room": async (world) => {
    const { store, team, alice, bob } = world;
    await put(store, message(team, alice, "hello", { key: "k" }), react(team, bob, 1, "👍"));
    await put(store, edit(team, alice, 1, "hello there"));
    const { hits: [hit], next } = await find(world, "hello");
    assertExists(hit);
    assertEquals(next, null);
    assertEquals(hit.room, await store.findRoom("Team", alice.id));
    assertEquals(hit.message, {
      kind: "message",
      room: team.id,
      seq: 1,
      sender: "Alice",
      guest: null,
      at: AT,
      key: "k",
      text: "hello there",
      replyTo: null,
      editedAt: AT + 1,
      deleted: false,
      reactions: [{ emoji: "👍", names: ["Bob"] }],
    });
  },

  "a hit in a conversation says whose it is": async (world) => {
    const { store, alice, bob } = world;
    const direct = await store.directRoom(alice, bob, AT);
    await put(store, message(direct, bob, "hello"));
    const { hits: [hit] } = await find(world, "hello");
    assertEquals(hit?.room.pair, direct.pair);
  },

  "the highlights are the words that were asked for": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "Ein Café 👩‍👩‍👧, und noch ein Kaffeehaus: CAFE\u0301!"));
    const { hits: [hit] } = await find(world, "ein cafe");
    assertExists(hit);
    assertEquals(highlighted(hit), ["Ein", "Café", "ein", "CAFE\u0301"]);
    const { hits: [started] } = await find(world, "kaff");
    assertExists(started);
    assertEquals(highlighted(started), ["Kaffeehaus"]);
  },

  "a snippet is the part around a match": async (world) => {
    const { store, team, alice } = world;
    const filler = upTo(500).map((n) => `filler${n}`).join(" ");
    await put(store, message(team, alice, `${filler} needle ${filler}`));
    const { hits: [hit] } = await find(world, "needle");
    assertExists(hit);
    assertEquals(highlighted(hit), ["needle"]);
    assert(hit.snippet.length < 1_000);
  },

  "a snippet shows what was written, marks and all": async (world) => {
    const { store, team, alice } = world;
    const said = "\u0002a\u0003 \u0000word\u0010( <b>word</b> \u0002";
    await put(store, message(team, alice, said));
    const { hits: [hit] } = await find(world, "word");
    assertExists(hit);
    assertEquals(hit.snippet, said);
    assertEquals(highlighted(hit), ["word", "word"]);
  },

  "pages of hits are newest first and do not overlap": async (world) => {
    const { store, team, alice } = world;
    const other = await room(store, "other", alice);
    const said = upTo(25).map((n) => `word ${n}`);
    await put(store, ...said.map((text, n) => message(n % 3 ? team : other, alice, text)));
    const found: string[] = [];
    const sizes: number[] = [];
    let before: string | null = null;
    do {
      const { hits, next } = await find(world, "word", { before, limit: 10 });
      found.push(...hits.map((hit) => hit.message.text));
      sizes.push(hits.length);
      before = next;
      // What is said meanwhile is newer than the first page.
      await put(store, message(team, alice, "word, meanwhile"));
    } while (before !== null);
    assertEquals(found, said.toReversed());
    assertEquals(sizes, [10, 10, 5]);
  },

  "a full last page has no next": async (world) => {
    const { store, team, alice } = world;
    await put(store, ...upTo(10).map(() => message(team, alice, "word")));
    assertEquals((await find(world, "word", { limit: 10 })).next, null);
    assertEquals((await find(world, "word", { limit: 9 })).hits.length, 9);
  },

  "a cursor that is none finds nothing": async (world) => {
    const { store, team, alice } = world;
    await put(store, message(team, alice, "word"));
    for (
      const before of ["", "x", "-1", "1e9", "1; DROP TABLE events", "9".repeat(400), "\u0000", "0"]
    ) {
      assertEquals(await find(world, "word", { before }), { hits: [], next: null }, before);
    }
  },

  "a person may be in many rooms": async (world) => {
    const { store, alice } = world;
    for (const n of upTo(600)) await room(store, `room-${n}`, alice);
    const last = await store.findRoom("room-600", alice.id);
    assertExists(last);
    await put(store, message(last, alice, "word"));
    assertEquals(await texts(world, "word"), ["word"]);
  },

  "by whom it was said": async (world) => {
    const { store, team, alice, bob } = world;
    const den = await room(store, "Den", alice);
    await put(
      store,
      message(team, alice, "tea for two"),
      message(team, bob, "tea, please"),
      message(den, alice, "more tea"),
    );
    assertEquals(await texts(world, "tea", { sender: alice.id }), ["more tea", "tea for two"]);
    assertEquals(await texts(world, "tea", { sender: bob.id }), ["tea, please"]);
    assertEquals(await texts(world, "tea", { sender: alice.id, room: den.id }), ["more tea"]);
    await put(store, edit(team, bob, 2, "coffee, please"), remove(team, alice, 1));
    assertEquals(await texts(world, "tea", { sender: bob.id }), []);
    assertEquals(await texts(world, "coffee", { sender: bob.id }), ["coffee, please"]);
    assertEquals(await texts(world, "tea", { sender: alice.id }), ["more tea"]);
  },

  "and when": async (world) => {
    const { store, team, alice } = world;
    const days = upTo(50);
    const day = 86_400_000;
    await put(
      store,
      ...days.map((n) => ({ ...message(team, alice, `day ${n}`), at: AT + n * day })),
    );
    const between = (since: number | null, until: number | null) =>
      texts(world, "day", {
        since: since === null ? null : AT + since * day,
        until: until === null ? null : AT + until * day,
      });
    assertEquals(await between(49, null), ["day 50", "day 49"]);
    assertEquals(await between(null, 3), ["day 2", "day 1"]);
    assertEquals(await between(20, 22), ["day 21", "day 20"]);
    assertEquals(await between(51, null), []);
    assertEquals(await between(null, 1), []);
    assertEquals(await between(30, 20), []);
    assertEquals((await between(null, null)).length, 50);
    const page = await find(world, "day", { since: AT + 10 * day, until: AT + 14 * day, limit: 3 });
    assertEquals(page.hits.map(({ message }) => message.text), ["day 13", "day 12", "day 11"]);
    const rest = { since: AT + 10 * day, until: AT + 14 * day, before: page.next };
    assertEquals(await texts(world, "day", rest), ["day 10"]);
  },
};
