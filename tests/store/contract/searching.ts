import { assert, assertEquals, assertExists } from "@std/assert";
import { matcher } from "../../../lib/protocol/text/words.ts";
import type { Hit } from "../../../lib/store/records.ts";
import { SAMPLES } from "./scripts.ts";
import {
  AT,
  type Contract,
  edit,
  message,
  react,
  remove,
  room,
  store as put,
  type StoreFixture,
  upTo,
} from "./fixture.ts";

/** Searches as Alice in all of her rooms, unless the test states otherwise. */
function find(
  { store, alice }: StoreFixture,
  query: string,
  also: Partial<Parameters<typeof store.search>[0]> = {},
) {
  return store.search({ account: alice.id, query, room: null, before: null, limit: 100, ...also });
}

/** The texts that a search finds, newest first. */
async function texts(fixture: StoreFixture, query: string, also = {}): Promise<readonly string[]> {
  return (await find(fixture, query, also)).hits.map(({ message }) => message.text);
}

/** The highlighted parts of a snippet. */
function highlighted({ snippet, highlights }: Hit): readonly string[] {
  return highlights.map(([start, end]) => snippet.slice(start, end));
}

/** Attaches a file to a message that is sent. */
async function sendFile(
  { store, team, alice }: StoreFixture,
  name: string,
  { type = "application/pdf", text = "" } = {},
): Promise<void> {
  const id = crypto.randomUUID();
  await store.beginFile({ id, room: team.id, uploader: alice.id, name, expiresAt: AT + 1_000 });
  await store.addFilePart(id, new Uint8Array(8), 1_000_000);
  await store.finishFile(id, { type, width: null, height: null });
  await put(store, message(team, alice, text, { files: [id] }));
}

/** Checks what every query of the table finds: exactly the texts that the definition of a word says. */
async function proveSamples(fixture: StoreFixture, queries = Infinity): Promise<void> {
  for (const { script, found, missed } of SAMPLES) {
    for (const query of [...found, ...missed].slice(0, queries)) {
      const matches = matcher({ words: query });
      const expected = SAMPLES.map(({ text }) => text).filter((text) => matches(text));
      const hits = await texts(fixture, query);
      assertEquals(hits.toSorted(), expected.toSorted(), `${script}: ${query}`);
    }
  }
}

/** Search. */
export const searching: Contract = {
  "texts in every script are found by the same queries, however many messages follow": async (
    fixture,
  ) => {
    const { store, team, alice } = fixture;
    for (const { script, text, found, missed } of SAMPLES) {
      for (const query of found) assert(matcher({ words: query })(text), `${script}: ${query}`);
      for (const query of missed) assert(!matcher({ words: query })(text), `${script}: ${query}`);
    }
    await put(store, ...SAMPLES.map(({ text }) => message(team, alice, text)));
    await proveSamples(fixture);
    for (const n of upTo(3)) {
      await put(store, ...upTo(100).map((k) => message(team, alice, `@@@ ${n} ${k}`)));
      await texts(fixture, "nothing");
    }
    await put(store, ...upTo(351).map((seq) => edit(team, alice, seq, "!")).slice(SAMPLES.length));
    await proveSamples(fixture, 3);
  },

  "edited, deleted and restored texts in every script are found as they are now": async (
    fixture,
  ) => {
    const { store, team, alice } = fixture;
    await put(store, ...SAMPLES.map(() => message(team, alice, "before")));
    await texts(fixture, "before");
    await put(store, ...SAMPLES.map(({ text }, n) => edit(team, alice, n + 1, text)));
    await proveSamples(fixture, 2);
    await put(store, ...SAMPLES.map((_, n) => edit(team, alice, n + 1, "after")));
    for (const { found: [query = ""] } of SAMPLES) assertEquals(await texts(fixture, query), []);
    assertEquals((await texts(fixture, "after")).length, SAMPLES.length);
    await put(store, ...SAMPLES.map((_, n) => remove(team, alice, n + 1)));
    assertEquals(await texts(fixture, "after"), []);
  },

  "hits in every script are marked where they are in the text": async (fixture) => {
    const { store, team, alice } = fixture;
    const marked = [
      ["Die Straße, STRASSE", "strasse", ["Straße", "STRASSE"]],
      ["so\u00adft ﬁnal", "soft fi", ["so\u00adft", "ﬁnal"]],
      ["我家在上海东边。上海", "上海", ["上海", "上海"]],
      ["我家在上海", "海", ["海"]],
      ["雨が降る", "が", ["が"]],
      ["か\u3099っこう", "がっ", ["か\u3099っ"]],
      ["한국어 하나", "하", ["한국어", "하나"]],
      ["أحمد هنا", "احمد", ["أحمد"]],
      ["ΣΊΣΥΦΟΣ 👍 σίσυφος", "Σισυφος", ["ΣΊΣΥΦΟΣ", "σίσυφος"]],
    ] as const;
    for (const [text, query, expected] of marked) {
      await put(store, message(team, alice, text));
      const [hit] = (await find(fixture, query)).hits;
      assertExists(hit, query);
      assertEquals(hit.snippet, text);
      assertEquals(highlighted(hit), [...expected], query);
      await put(store, remove(team, alice, hit.message.seq));
    }
  },

  "the words of a phrase follow each other, in a text or in the name of a file": async (
    fixture,
  ) => {
    const { store, team, alice } = fixture;
    const said = [
      "green tea",
      "tea green",
      "Green, TEA!",
      "greens tea",
      "in 上海东边 now",
      "上海 东边",
    ];
    await put(store, ...said.map((text) => message(team, alice, text)));
    await sendFile(fixture, "green tea.pdf", { text: "look" });
    await sendFile(fixture, "tea.pdf", { text: "green" });
    const phrase = (...phrases: string[]) => texts(fixture, "", { query: null, phrases });
    assertEquals(await phrase("green tea"), ["look", "Green, TEA!", "green tea"]);
    assertEquals(await phrase("GREEN tea", "look"), ["look"]);
    assertEquals(await phrase("tea", "green"), [
      ...["green", "look", "Green, TEA!", "tea green", "green tea"],
    ]);
    assertEquals(await phrase("海东"), ["in 上海东边 now"]);
    assertEquals(await phrase("in 上海东边 now"), ["in 上海东边 now"]);
    assertEquals(await phrase("上海 东边"), ["上海 东边"]);
    assertEquals(await phrase("gre"), [], "a phrase has whole words");
    assertEquals(await phrase("!"), []);
    assertEquals(await texts(fixture, "gre", { phrases: ["tea"] }), [
      ...["green", "look", "greens tea", "Green, TEA!", "tea green", "green tea"],
    ]);
    await put(store, edit(team, alice, 1, "green and tea"));
    assertEquals(await phrase("green tea"), ["look", "Green, TEA!"]);
  },

  "a message is found by its files, until they are deleted with it": async (fixture) => {
    const { store, team, alice } = fixture;
    await sendFile(fixture, "Quartalsbericht_Größe.pdf", { text: "as promised" });
    await sendFile(fixture, "holiday.png", { type: "image/png", text: "sun" });
    await put(
      store,
      message(team, alice, "see HTTPS://example.com/a"),
      message(team, alice, "http: no"),
    );
    const having = (...has: ("file" | "image" | "link")[]) =>
      texts(fixture, "", { query: null, has });
    assertEquals(await texts(fixture, "grosse"), ["as promised"]);
    assertEquals(await texts(fixture, "promised quartal"), ["as promised"]);
    assertEquals(await having("file"), ["sun", "as promised"]);
    assertEquals(await having("image"), ["sun"]);
    assertEquals(await having("file", "image"), ["sun"]);
    assertEquals(await having("link"), ["see HTTPS://example.com/a"]);
    assertEquals(await having("link", "file"), []);
    assertEquals(await texts(fixture, "holiday", { has: ["image"] }), ["sun"]);
    await put(
      store,
      edit(team, alice, 1, "edited"),
      edit(team, alice, 3, "https://example.com gone"),
    );
    assertEquals(await texts(fixture, "grosse"), ["edited"]);
    await put(store, edit(team, alice, 3, "gone"), remove(team, alice, 1), remove(team, alice, 2));
    for (const query of ["grosse", "pdf", "holiday", "edited"]) {
      assertEquals(await texts(fixture, query), [], query);
    }
    for (const what of ["file", "image", "link"] as const) assertEquals(await having(what), []);
  },

  "pinned messages are found while they are pinned": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, ...upTo(5).map((n) => message(team, alice, `tea ${n}`)));
    const pin = (target: number, on: boolean) =>
      put(store, {
        ...{ kind: "message_pinned", room: team.id, sender: alice, at: AT, key: null },
        ...{ target, on, asModerator: true },
      });
    const pinned = (query: string | null) => texts(fixture, "", { query, pinned: true });
    assertEquals(await pinned(null), []);
    await pin(2, true);
    await pin(4, true);
    assertEquals(await pinned(null), ["tea 4", "tea 2"]);
    assertEquals(await pinned("2"), ["tea 2"]);
    await put(store, edit(team, alice, 2, "tea two"), remove(team, alice, 4));
    assertEquals(await pinned("tea"), ["tea two"]);
    await pin(2, false);
    assertEquals(await pinned(null), []);
    assertEquals((await texts(fixture, "tea")).length, 4);
  },

  "without words a search finds every message in its place and time, newest first": async (
    fixture,
  ) => {
    const { store, team, alice, bob } = fixture;
    const other = await room(store, "other", alice);
    await put(
      store,
      message(team, alice, "👍"),
      message(other, bob, "one"),
      message(team, bob, "two"),
    );
    const all = (also = {}) => texts(fixture, "", { query: null, ...also });
    assertEquals(await all(), ["two", "one", "👍"]);
    assertEquals(await all({ room: team.id }), ["two", "👍"]);
    assertEquals(await all({ sender: bob.id }), ["two", "one"]);
    assertEquals(await all({ since: AT + 1 }), []);
    const page = await find(fixture, "", { query: null, limit: 2 });
    assertEquals(page.hits.map(({ message }) => message.text), ["two", "one"]);
    assertEquals(await all({ before: page.next }), ["👍"]);
    assertEquals(await texts(fixture, "", { sender: bob.id }), [], "a text without a word");
  },

  "hits are in the order of time, whatever the order in which they arrived": async (fixture) => {
    const { store, team, alice } = fixture;
    const other = await room(store, "other", alice);
    const year = 31_557_600_000;
    const sent = (place: typeof team, n: number) => ({
      ...message(place, alice, `word ${place === team ? "a" : "b"}${n}`),
      at: n * year,
    });
    // As an import writes: one room after the other, here with a message a year in each.
    await put(store, ...upTo(30).map((n) => sent(team, n + 20)));
    await put(store, ...upTo(30).map((n) => sent(other, n + 20)));
    // The clock jumps back, and a message comes late.
    await put(store, sent(team, 5), sent(other, 35), sent(team, 100), sent(team, 35));
    const expected = [
      ...upTo(30).flatMap((n) => [[n + 20, "a"], [n + 20, "b"]] as const),
      ...[[5, "a"], [35, "b"], [100, "a"], [35, "a"]] as const,
    ].map(([n, name], index) => ({ n, text: `word ${name}${n}`, index }));
    // Of the same moment, the one that arrived later comes first.
    const arrival = (text: string, index: number) =>
      index < 60 ? (text.includes("a") ? 0 : 30) : index;
    expected.sort((x, y) => y.n - x.n || arrival(y.text, y.index) - arrival(x.text, x.index));
    const inOrder = expected.map(({ text }) => text);
    assertEquals(await texts(fixture, "word"), inOrder);
    const found: string[] = [];
    let before: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof find>> = await find(fixture, "word", {
        before,
        limit: 7,
      });
      found.push(...page.hits.map(({ message }) => message.text));
      before = page.next;
      // Sent before all that was found, but it arrives in between: it comes last.
      if (found.length === 14) await put(store, sent(team, 1));
    } while (before !== null);
    assertEquals(found, [...inOrder, "word a1"]);
    const between = (since: number | null, until: number | null) =>
      texts(fixture, "word", { since: since && since * year, until: until && until * year });
    const from = (since: number, until: number) =>
      inOrder.filter((_, index) => expected[index]!.n >= since && expected[index]!.n < until);
    assertEquals(await between(45, null), from(45, Infinity));
    assertEquals(await between(24, 26), from(24, 26));
    assertEquals(await between(34, 36), from(34, 36));
    assertEquals(await between(null, 22), [...from(0, 22), "word a1"]);
    assertEquals(await between(99, 101), ["word a100"]);
  },

  "messages of one moment come in the order of their arrival, however many there are": async (
    fixture,
  ) => {
    const { store, team, alice } = fixture;
    const many = 2_500;
    for (let n = 0; n < many; n += 500) {
      await put(store, ...upTo(500).map((k) => message(team, alice, `word ${n + k}`)));
    }
    await put(store, { ...message(team, alice, "word later"), at: AT + 1 });
    await put(store, { ...message(team, alice, "word before"), at: AT - 1 });
    const found: string[] = [];
    let before: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof find>> = await find(fixture, "word", {
        ...{ before, limit: 400 },
      });
      found.push(...page.hits.map(({ message }) => message.text));
      before = page.next;
    } while (before !== null);
    assertEquals(found, [
      "word later",
      ...upTo(many).map((n) => `word ${n}`).toReversed(),
      "word before",
    ]);
  },

  "every word must match, in any order": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    await put(
      store,
      message(team, alice, "The quick brown fox"),
      message(team, bob, "a brown dog"),
    );
    assertEquals(await texts(fixture, "brown"), ["a brown dog", "The quick brown fox"]);
    assertEquals(await texts(fixture, "fox quick"), ["The quick brown fox"]);
    assertEquals(await texts(fixture, "fox dog"), []);
    assertEquals(await texts(fixture, "BROWN"), ["a brown dog", "The quick brown fox"]);
  },

  "only the last word may match as a prefix": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "deployment tomorrow"));
    for (const query of ["d", "de", "dep", "deploy", "deployment", "tomorrow deploy"]) {
      assertEquals(await texts(fixture, query), ["deployment tomorrow"], query);
    }
    for (const query of ["deploy tomorrow", "ployment", "deployments"]) {
      assertEquals(await texts(fixture, query), [], query);
    }
  },

  "case and diacritics do not matter": async (fixture) => {
    const { store, team, alice } = fixture;
    const said = ["Crème Brûlée", "creme brulee", "CRE\u0300ME BRU\u0302LE\u0301E"];
    await put(store, ...said.map((text) => message(team, alice, text)));
    for (const query of ["crème", "creme", "CREME brulée", "cre\u0300me bru"]) {
      assertEquals(await texts(fixture, query), said.toReversed(), query);
    }
  },

  "words are found in every script": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "Привет мир"), message(team, alice, "हिन्दी भाषा"));
    await put(store, message(team, alice, "שלום עולם"), message(team, alice, "東京 大阪"));
    assertEquals(await texts(fixture, "привет"), ["Привет мир"]);
    assertEquals(await texts(fixture, "हिन्दी"), ["हिन्दी भाषा"]);
    assertEquals(await texts(fixture, "שלום"), ["שלום עולם"]);
    assertEquals(await texts(fixture, "大"), ["東京 大阪"]);
  },

  "any text is a valid query": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "rock and roll or not near text room"));
    const wordless = ["", " ", '"', "*", "👍 🎉", "\u0000", "()", "'", "--", "%", "\u0301", ":-)"];
    for (const query of wordless) assertEquals(await texts(fixture, query), [], query);
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
      const { hits } = await find(fixture, query);
      assert(hits.length <= 1, query);
    }
    assertEquals((await texts(fixture, 'rock"👍\u0000*')).length, 1);
    assertEquals((await texts(fixture, "rock AND roll OR not NEAR text room")).length, 1);
    const words = upTo(5_000).map((n) => `w${n}`);
    assertEquals(await texts(fixture, words.join(" ")), []);
    assertEquals(await texts(fixture, "x".repeat(100_000)), []);
    assertEquals(await texts(fixture, "rock ".repeat(2_000)), [
      "rock and roll or not near text room",
    ]);
  },

  "words that name tables or columns are searched like any other": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "nothing of the kind"));
    for (const query of [`r${team.id}`, "r", "room", "text", `${team.id}`]) {
      assertEquals(await texts(fixture, query), [], query);
    }
  },

  "a search finds messages in the user's own rooms only": async (fixture) => {
    const { store, team, alice, bob, carol } = fixture;
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
    assertEquals(await texts(fixture, "word"), ["word d", "word a"]);
    assertEquals(await texts(fixture, "word", { account: carol.id }), ["word e"]);
    assertEquals(await texts(fixture, "word", { account: 999_999 }), []);
    await store.addMember(secret.id, alice.id, AT);
    assertEquals(await texts(fixture, "word"), ["word d", "word b", "word a"]);
    await store.removeMember(team.id, alice.id);
    assertEquals(await texts(fixture, "word"), ["word d", "word b"]);
  },

  "a search can be limited to one room": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const other = await room(store, "other", alice);
    const closed = await room(store, "closed", bob);
    for (const place of [team, other, closed]) {
      await put(store, message(place, bob, `word ${place.name}`));
    }
    assertEquals(await texts(fixture, "word", { room: other.id }), ["word other"]);
    assertEquals(await texts(fixture, "word", { room: team.id }), ["word Team"]);
    assertEquals(await texts(fixture, "word", { room: closed.id }), [], "not in it");
    assertEquals(await texts(fixture, "word", { room: 999_999 }), []);
  },

  "replaced and deleted texts are not found": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "first draft"), message(team, alice, "second thought"));
    await put(store, edit(team, alice, 1, "final version"), remove(team, alice, 2));
    for (const gone of ["draft", "first", "second", "thought"]) {
      assertEquals(await texts(fixture, gone), [], gone);
    }
    assertEquals(await texts(fixture, "final"), ["final version"]);
    await put(store, edit(team, alice, 1, "last version"), message(team, alice, "second"));
    assertEquals(await texts(fixture, "version"), ["last version"]);
    await put(store, remove(team, alice, 1));
    assertEquals(await texts(fixture, "version"), []);
    assertEquals(await texts(fixture, "second"), ["second"]);
  },

  "a hit shows the current message, with its room": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    await put(store, message(team, alice, "hello", { key: "k" }), react(team, bob, 1, "👍"));
    await put(store, edit(team, alice, 1, "hello there"));
    const { hits: [hit], next } = await find(fixture, "hello");
    assertExists(hit);
    assertEquals(next, null);
    assertEquals(hit.room, await store.findRoom("Team", alice.id));
    assertEquals(hit.message, {
      kind: "message",
      room: team.id,
      seq: 1,
      sender: "Alice",
      senderId: alice.publicId,
      guest: false,
      at: AT,
      key: "k",
      text: "hello there",
      replyTo: null,
      editedAt: AT + 1,
      deleted: false,
      reactions: [{ emoji: "👍", count: 1, names: ["Bob"], ids: [bob.publicId] }],
    });
  },

  "a hit has the reactions to it, and not those in another room": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const other = await room(store, "other", alice);
    await put(
      store,
      ...[message(team, alice, "hello"), message(other, alice, "hello")],
      ...[react(team, bob, 1, "👍"), react(other, alice, 1, "🎉")],
    );
    const { hits } = await find(fixture, "hello");
    assertEquals(
      new Map(hits.map((hit) => [hit.room.name, hit.message.reactions.map(({ emoji }) => emoji)])),
      new Map([["other", ["🎉"]], ["Team", ["👍"]]]),
    );
  },

  "a hit in a conversation names the other user": async (fixture) => {
    const { store, alice, bob } = fixture;
    const direct = await store.directRoom(alice, bob, AT);
    await put(store, message(direct, bob, "hello"));
    const { hits: [hit] } = await find(fixture, "hello");
    assertEquals(hit?.room.pair, direct.pair);
  },

  "the highlights mark the words of the query": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "Ein Café 👩‍👩‍👧, und noch ein Kaffeehaus: CAFE\u0301!"));
    const { hits: [hit] } = await find(fixture, "ein cafe");
    assertExists(hit);
    assertEquals(highlighted(hit), ["Ein", "Café", "ein", "CAFE\u0301"]);
    const { hits: [started] } = await find(fixture, "kaff");
    assertExists(started);
    assertEquals(highlighted(started), ["Kaffeehaus"]);
  },

  "a snippet shows the text around a match": async (fixture) => {
    const { store, team, alice } = fixture;
    const filler = upTo(500).map((n) => `filler${n}`).join(" ");
    await put(store, message(team, alice, `${filler} needle ${filler}`));
    const { hits: [hit] } = await find(fixture, "needle");
    assertExists(hit);
    assertEquals(highlighted(hit), ["needle"]);
    assert(hit.snippet.length < 1_000);
  },

  "a snippet shows the text as written, with its Markdown marks": async (fixture) => {
    const { store, team, alice } = fixture;
    const said = "\u0002a\u0003 \u0000word\u0010( <b>word</b> \u0002";
    await put(store, message(team, alice, said));
    const { hits: [hit] } = await find(fixture, "word");
    assertExists(hit);
    assertEquals(hit.snippet, said);
    assertEquals(highlighted(hit), ["word", "word"]);
  },

  "pages of hits are newest first and do not overlap": async (fixture) => {
    const { store, team, alice } = fixture;
    const other = await room(store, "other", alice);
    const said = upTo(25).map((n) => `word ${n}`);
    await put(store, ...said.map((text, n) => message(n % 3 ? team : other, alice, text)));
    const found: string[] = [];
    const sizes: number[] = [];
    let before: string | null = null;
    do {
      const { hits, next } = await find(fixture, "word", { before, limit: 10 });
      found.push(...hits.map((hit) => hit.message.text));
      sizes.push(hits.length);
      before = next;
      // Messages sent meanwhile are newer than the first page.
      await put(store, message(team, alice, "word, meanwhile"));
    } while (before !== null);
    assertEquals(found, said.toReversed());
    assertEquals(sizes, [10, 10, 5]);
  },

  "a full last page has no next cursor": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, ...upTo(10).map(() => message(team, alice, "word")));
    assertEquals((await find(fixture, "word", { limit: 10 })).next, null);
    assertEquals((await find(fixture, "word", { limit: 9 })).hits.length, 9);
  },

  "an invalid cursor finds nothing": async (fixture) => {
    const { store, team, alice } = fixture;
    await put(store, message(team, alice, "word"));
    for (
      const before of ["", "x", "-1", "1e9", "1; DROP TABLE events", "9".repeat(400), "\u0000", "0"]
    ) {
      assertEquals(await find(fixture, "word", { before }), { hits: [], next: null }, before);
    }
  },

  "a user with many rooms can search them all": async (fixture) => {
    const { store, alice } = fixture;
    for (const n of upTo(600)) await room(store, `room-${n}`, alice);
    const last = await store.findRoom("room-600", alice.id);
    assertExists(last);
    await put(store, message(last, alice, "word"));
    assertEquals(await texts(fixture, "word"), ["word"]);
  },

  "a search can be limited to a sender": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const den = await room(store, "Den", alice);
    await put(
      store,
      message(team, alice, "tea for two"),
      message(team, bob, "tea, please"),
      message(den, alice, "more tea"),
    );
    assertEquals(await texts(fixture, "tea", { sender: alice.id }), ["more tea", "tea for two"]);
    assertEquals(await texts(fixture, "tea", { sender: bob.id }), ["tea, please"]);
    assertEquals(await texts(fixture, "tea", { sender: alice.id, room: den.id }), ["more tea"]);
    await put(store, edit(team, bob, 2, "coffee, please"), remove(team, alice, 1));
    assertEquals(await texts(fixture, "tea", { sender: bob.id }), []);
    assertEquals(await texts(fixture, "coffee", { sender: bob.id }), ["coffee, please"]);
    assertEquals(await texts(fixture, "tea", { sender: alice.id }), ["more tea"]);
  },

  "a search can be limited to a period": async (fixture) => {
    const { store, team, alice } = fixture;
    const days = upTo(50);
    const day = 86_400_000;
    await put(
      store,
      ...days.map((n) => ({ ...message(team, alice, `day ${n}`), at: AT + n * day })),
    );
    const between = (since: number | null, until: number | null) =>
      texts(fixture, "day", {
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
    const page = await find(fixture, "day", {
      since: AT + 10 * day,
      until: AT + 14 * day,
      limit: 3,
    });
    assertEquals(page.hits.map(({ message }) => message.text), ["day 13", "day 12", "day 11"]);
    const rest = { since: AT + 10 * day, until: AT + 14 * day, before: page.next };
    assertEquals(await texts(fixture, "day", rest), ["day 10"]);
  },
};
