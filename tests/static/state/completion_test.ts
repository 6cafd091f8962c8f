import { assert, assertEquals } from "@std/assert";
import type { RoomListing } from "../../../lib/protocol/frames.ts";
import { JOINERS } from "../../../lib/protocol/names.ts";
import {
  closedEmoji,
  isWhole,
  optionsFor,
  queryAt,
  rankOf,
} from "../../../static/state/completion.ts";
import { loadEmoji, readCatalogue, searchEmoji } from "../../../static/emoji/emoji.ts";
import { moveInGrid } from "../../../static/util/grid.ts";
import { emojiFiles } from "../../../tools/emoji.ts";
import { needs } from "../../support/permissions.ts";
import { joined, TestPage, welcome } from "../support.ts";

const catalogue = await loadEmoji();

/** Returns the name that is being typed at the bar in a text. */
function queryIn(text: string) {
  const caret = text.indexOf("|");
  const query = queryAt(text.replace("|", ""), caret);
  return query && [query.kind, query.text, query.start];
}

Deno.test("a partial name is found before the cursor", () => {
  assertEquals(queryIn("hi @|"), ["person", "", 3]);
  assertEquals(queryIn("hi @An|na"), ["person", "An", 3]);
  assertEquals(queryIn("@Anna M|"), ["person", "Anna M", 0]);
  assertEquals(queryIn("(@bo|)"), ["person", "bo", 1]);
  assertEquals(queryIn("a\n#lob-b|"), ["room", "lob-b", 2]);
  assertEquals(queryIn("ok:ta|"), undefined);
  assertEquals(queryIn("ok :ta|"), ["emoji", "ta", 3]);
  assertEquals(queryIn("ok :+1|"), ["emoji", "+1", 3]);
  assertEquals(queryIn("größer :lä|"), ["emoji", "lä", 7]);
  assertEquals(queryIn("at :30|"), undefined);
});

Deno.test("other text is not taken for a name", () => {
  for (const text of ["a@b|", "@Anna |", "at 10:30|", ":D|", "::ta|", "x#y|", "@@a|", "|@Bob"]) {
    assertEquals(queryIn(text), undefined, text);
  }
  // Names have no meaning in code.
  for (const text of ["`@Bo|", "a `b` `#lo|", "```\n@Bo|", "```\na\n```\n`:ta|"]) {
    assertEquals(queryIn(text), undefined, text);
  }
  assertEquals(queryIn("`code` @Bo|"), ["person", "Bo", 7]);
  assertEquals(queryIn("```\ncode\n```\n@Bo|"), ["person", "Bo", 13]);
});

/** Alice's page in the lobby. */
function page(): TestPage {
  const page = new TestPage();
  page.enter(
    joined({ members: ["Alice", "Bob", "Anna Maria", "Änne", "Jo-Ann"] }),
    welcome({ online: ["Alice", "Bob", "Änne", "Annika"], away: ["Anna Maria"] }),
  );
  return page;
}

/** Returns the suggestions for the text before the bar. */
function offered(test: TestPage, text: string, found: readonly RoomListing[] = []) {
  const query = queryAt(text, text.length);
  assert(query !== undefined);
  return optionsFor(query, test.state, test.room(), catalogue, found).map(({ label }) => label);
}

Deno.test("members are suggested first, then other users online, never the user", () => {
  assertEquals(offered(page(), "@an"), ["Änne", "Anna Maria", "Annika", "Jo-Ann"]);
  assertEquals(offered(page(), "@"), [
    "Änne",
    "Bob",
    "Anna Maria",
    "Jo-Ann",
    "Annika",
    "room",
    "here",
  ]);
  assertEquals(offered(page(), "@maria"), ["Anna Maria"]);
  assertEquals(offered(page(), "@anna m"), ["Anna Maria"]);
  assertEquals(offered(page(), "@alice"), []);
  assertEquals(offered(page(), "@anna says"), []);
});

Deno.test("a complete name is distinguished from a partial one", () => {
  const whole = (text: string) => {
    const query = queryAt(text, text.length)!;
    return isWhole(query, optionsFor(query, page().state, page().room(), catalogue)[0]!);
  };
  assertEquals(["@bob", "@Anna maria", "#LOBBY"].map(whole), [true, true, true]);
  // An emoji name does not count yet.
  assertEquals(["@bo", "@Anna", "#lo", ":tada"].map(whole), [false, false, false, false]);
});

Deno.test("the user's rooms are suggested first, then public ones", () => {
  const test = page();
  const found = [
    { room: "lobby", room_id: "lobby", kind: "public", members: 1, joined: true },
    {
      room: "garden-lodge",
      room_id: "g",
      kind: "public",
      title: "Beans",
      members: 1,
      joined: false,
    },
  ] as const;
  assertEquals(offered(test, "#lo"), ["lobby"], "before the server has answered");
  assertEquals(offered(test, "#lo", found), ["lobby", "garden-lodge"]);
  assertEquals(offered(test, "#x", found), []);
  // Of many that begin like it, the one that is typed comes first.
  for (let n = 10; n < 30; n++) test.get(joined({ room: `hall-${n}` }));
  const hall = { room: "hall", room_id: "h", kind: "public", members: 1, joined: false } as const;
  assertEquals(offered(test, "#hall", [hall]).slice(0, 2), ["hall", "hall-10"]);
});

Deno.test("emoji are suggested by name first, then by keyword", () => {
  assertEquals(offered(page(), ":tad")[0], ":tada:");
  assertEquals(offered(page(), ":thumbsup")[0], ":thumbsup:");
  assert(offered(page(), ":woohoo").includes(":tada:"));
  assertEquals(offered(page(), ":smil").length, 8);
  const query = queryAt(":tad", 4)!;
  assertEquals(optionsFor(query, page().state, page().room(), undefined), []);
  assertEquals(optionsFor(query, page().state, page().room(), catalogue)[0]?.insert, "🎉 ");
});

Deno.test("a name between two colons becomes an emoji at once", () => {
  assertEquals(closedEmoji("ok :tada:", 9, catalogue), { emoji: "🎉", start: 3 });
  assertEquals(closedEmoji(":+1:", 4, catalogue), { emoji: "👍", start: 0 });
  for (const text of [":nothing:", "a:tada:", "`:tada:", "10:30:"]) {
    assertEquals(closedEmoji(text, text.length, catalogue), undefined, text);
  }
});

Deno.test("emoji are found by every word of a search", () => {
  const found = (query: string) => searchEmoji(catalogue, query).map(({ emoji }) => emoji);
  assertEquals(found("red heart")[0], "❤️");
  assertEquals(found("heart red")[0], "❤️");
  assertEquals(found("🎉"), ["🎉"]);
  assertEquals(found("no such thing"), []);
  assertEquals(found("").length, found(" ").length);
  assert(found("").length > 1_500);
});

Deno.test({
  name: "the emoji files match the data, in every language",
  ...needs("read"),
  async fn() {
    for (const [path, text] of emojiFiles()) {
      const written = await Deno.readTextFile(new URL(`../../../${path}`, import.meta.url));
      assert(text === written, `${path} is not what deno task emoji writes`);
      const { groups, byName } = readCatalogue(text);
      assertEquals(groups.length, 9);
      assertEquals(byName.get("tada")?.emoji, "🎉");
      // Each emoji has one form, so that it is one reaction.
      for (const emoji of ["👍", "❤️", "😂", "✅"]) {
        assert(groups.some((group) => group.emoji.some((one) => one.emoji === emoji)), emoji);
      }
    }
  },
});

Deno.test("arrow keys move through groups with short last rows", () => {
  // Rows: 0 1 2 | 3 4 || 5 || 6 7 8
  const sizes = [5, 1, 3];
  const path = (from: number, ...keys: string[]) =>
    keys.reduce((at, key) => moveInGrid(sizes, 3, at, `Arrow${key}`), from);
  assertEquals(path(2, "Down"), 4);
  assertEquals(path(4, "Down"), 5);
  assertEquals(path(5, "Down"), 6);
  assertEquals(path(8, "Up"), 5);
  assertEquals(path(5, "Up"), 3);
  assertEquals(path(0, "Up"), 0);
  assertEquals(path(8, "Down"), 8);
  assertEquals(path(2, "Right"), 3);
  assertEquals(path(0, "Left"), 0);
  assertEquals(path(8, "Right"), 8);
  assertEquals(moveInGrid(sizes, 3, 4, "Enter"), 4);
});

Deno.test("a name with any joiner is completed as a whole, and by each of its words", () => {
  for (const joiner of [...JOINERS, ". "]) {
    const name = `Anna${joiner}Bob`;
    assertEquals(queryAt(`@${name}`, name.length + 1)?.text, name);
    assertEquals([rankOf(name, "anna"), rankOf(name, "bo")], [0, 1]);
  }
});
