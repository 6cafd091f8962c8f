/** What a mention is: one table for the server, which finds them, and the page, which shows them. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { foldName } from "../../../lib/protocol/names.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { parse } from "../../../lib/protocol/text/markdown/parse.ts";
import {
  groupIn,
  groupMention,
  isMentioned,
  isUser,
  mayMention,
  mentionsIn,
  nameAt,
  namesIn,
} from "../../../lib/protocol/text/mentions.ts";
import { meaningIn, piecesOf } from "../../../static/markdown/mentions.ts";

/** The names that are known, each of which stands for itself. */
const NAMES = [
  ...["Bob", "Bob Lee", "Ann", "Ann Marie", "Anna Maria", "bob-smith", "José", "ΟΔΟΣ", "fin"],
  ...["İnci", "O'Brien", "Dr. Smith", "Müller", "Ångström", "Łukasz", "Нина", "Юлия Ким"],
  ...["محمد", "שירה", "अमित", "สมชาย", "张伟", "田中", "ジョン・スミス", "민수", "Nguyễn", "ሰላም"],
  ...["გიორგი", "Անի", "room"],
];
const known = new Map(NAMES.map((name) => [foldName(name), name]));
const meaning = (folded: string) => known.get(folded);

const TABLE: readonly (readonly [text: string, ...names: string[]])[] = [
  // Where a name begins and ends.
  ["hi @Bob", "Bob"],
  ["@bob, @ANN!", "Bob", "Ann"],
  ["(@Bob) [@Ann]", "Bob", "Ann"],
  ["@@Bob", "Bob"],
  ["@Bob's turn, @Bob’s turn", "Bob", "Bob"],
  ["ask @Bob.", "Bob"],
  ["@Bob: @Ann; @Bob? @Ann…", "Bob", "Ann", "Bob", "Ann"],
  ["@Bob-", "Bob"],
  ["@Bob - no", "Bob"],
  ["@Bob/@Ann", "Bob", "Ann"],
  ["@Bob\n@Ann", "Bob", "Ann"],
  ["@Bobby a@Bob 1@Bob é@Bob e\u0301@Bob"],
  ["@ Bob, Bob, @, @\u200bBob"],
  ["@bob_x @bob.smith @bob-jones @bob－x @bob@example.org"],
  ["@bob-smith", "bob-smith"],
  ["@Bo\u0301b"],
  // The longest name wins.
  ["@Ann Marie is not Ann", "Ann Marie"],
  ["@Ann Maries, @Ann  Marie, @Ann\nMarie", "Ann", "Ann", "Ann"],
  ["@Bob Lee @Bob Leeds", "Bob Lee", "Bob"],
  ["@Anna\u00a0Maria @Anna Maria Smith", "Anna Maria", "Anna Maria"],
  ["@Anna"],
  ["@Dr. Smith and @Dr. Who, @O'Brien's", "Dr. Smith", "O'Brien"],
  // Forms of letters.
  ["＠Ｂｏｂ ﹫Bob", "Bob", "Bob"],
  ["@Jose\u0301 @JOSÉ", "José", "José"],
  ["@ﬁn @𝔹ob @İnci", "fin", "Bob", "İnci"],
  ["@müller @ÅNGSTRÖM @Łukasz @Nguyễn", "Müller", "Ångström", "Łukasz", "Nguyễn"],
  // Scripts.
  ["@НИНА, @Юлия Ким!", "Нина", "Юлия Ким"],
  ["مرحبا @محمد، كيف الحال", "محمد"],
  ["שלום @שירה!", "שירה"],
  ["@अमित जी, @अमितजी", "अमित"],
  ["@민수 @민수진 @민수님", "민수"],
  ["@ሰላም @გიორგი @Անի", "ሰላም", "გიორგი", "Անի"],
  ["@张伟你好，＠张伟", "张伟", "张伟"],
  ["@田中さん、@ジョン・スミスさん", "田中", "ジョン・スミス"],
  ["@สมชายครับ @Bobさん", "สมชาย", "Bob"],
  // Markdown.
  ["**@Bob** _@Ann_ ~~@Bob~~", "Bob", "Ann", "Bob"],
  ["# @Bob\n\n- @Ann\n  1. @Bob", "Bob", "Ann", "Bob"],
  ["`@Bob` ``@Ann``"],
  ["```\n@Bob\n```\n@Ann", "Ann"],
  ["> @Bob\n\n@Ann", "Ann"],
  ["- > @Bob\n- @Ann", "Ann"],
  ["|@Bob|\n|-|\n|**@Ann** `@Bob`|", "Bob", "Ann"],
  ["- [ ] @Bob\n- [x] @Ann", "Bob", "Ann"],
  ["[@Bob](https://a.example) https://a.example/@Bob [x](https://a.example/@Bob)"],
  ["<https://a.example/@Bob> mail bob@example.org"],
  ["[@Bob](javascript:x)", "Bob"],
  ["\\@Bob \\`@Ann\\`", "Bob", "Ann"],
  ["@room, everyone", "room"],
];

Deno.test("a mention is the longest known name after @, outside of code, links and quotes", () => {
  for (const [text, ...names] of TABLE) {
    const found = [...mentionsIn(parse(text), meaning)];
    assertEquals(found.map(({ id }) => id), names, text);
    assert(names.length === 0 || mayMention(text), text);
  }
});

Deno.test("a text without a sign before a name needs no parser", () => {
  for (const text of ["", "@", "hello", "bob@example.org", "a @ b", "5 @ 3", "x@y @"]) {
    assertEquals(mayMention(text), false, text);
  }
});

Deno.test("text longer than a name is neither normalized nor found", () => {
  const marks = "\u0316\u0301".repeat(5_000);
  const asked: string[] = [];
  const ask = (folded: string) => void asked.push(folded);
  nameAt(`@a${marks}`, 1, ask);
  nameAt(`@${"a".repeat(5_000)}`, 1, ask);
  nameAt(`@${"a,".repeat(5_000)}`, 1, ask);
  for (const folded of asked) assert(folded.length <= 4 * LIMITS.name_length, folded);
  assert(asked.length <= 4 * LIMITS.name_length);
  assertEquals(asked.includes("a"), true);
});

const word = fc.string({
  unit: fc.constantFrom(..."aBéÉ1ΣΟﬁＡ", "e\u0301", "\u0327", "𝔹", "가", "\u1112\u1161"),
  minLength: 1,
  maxLength: 5,
});
const name = fc.array(word, { minLength: 1, maxLength: 3 })
  .map((words) => words.join(" ").normalize("NFKC"))
  .filter((one) => one.length <= LIMITS.name_length && /^[\p{L}\p{N}]/u.test(one));

Deno.test("the page shows a mention exactly where the server found one", () => {
  fc.assert(
    fc.property(name, fc.constantFrom("", "hi ", "(", "@", "x"), (who, before) => {
      const text = `${before}@${who}! there`;
      const names = new Map([[foldName(who), "u1"]]);
      const found = [...namesIn(text, (folded) => names.get(folded))];
      assertEquals(found.length, before === "x" ? 0 : 1);
      // The page knows only what the message says.
      const message = { mentions: found.map(({ id }) => id), mention_names: typedIn(found) };
      const pieces = piecesOf(text, { meaning: meaningIn(message, new Map()), rooms: new Set() });
      assertEquals(
        pieces.filter(({ mention }) => mention === "u1").map((piece) => piece.text.slice(1)),
        typedIn(found),
      );
    }),
    { numRuns: 300 },
  );
});

function typedIn(found: readonly { readonly typed: string }[]): string[] {
  return found.map(({ typed }) => typed);
}

Deno.test("a name keeps its meaning in a message, whoever has it now", () => {
  const message = { mentions: ["u1"], mention_names: ["Bob"] };
  const members = new Map([["bob", "u2"]]);
  assertEquals(meaningIn(message, members)("bob"), "u1");
  assertEquals(meaningIn({ mentions: [] }, members)("bob"), undefined);
  // A message of an earlier server.
  assertEquals(meaningIn({}, members)("bob"), "u2");
});

Deno.test("everyone is mentioned by room, and those who are online by here", () => {
  assertEquals(isMentioned({ mentions: ["u1"] }, "u1"), true);
  assertEquals(isMentioned({ mentions: ["u1"] }, "u2"), false);
  assertEquals(isMentioned({}, "u1"), false);
  assertEquals(isMentioned({ mentions: ["room"] }, "u2", false), true);
  assertEquals(isMentioned({ mentions: ["here"] }, "u2", true), true);
  assertEquals(isMentioned({ mentions: ["here"] }, "u2", false), false);
  assertEquals(groupIn(groupMention("g1")), "g1");
  assertEquals(["u1", "room", "here", groupMention("g1")].filter(isUser), ["u1"]);
});
