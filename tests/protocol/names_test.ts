import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import * as v from "valibot";
import { foldName } from "../../lib/protocol/names.ts";
import { knownRoomName, personName, roomName } from "../../lib/protocol/schemas/fields.ts";

/** Spellings of one name each. */
const SAME: readonly (readonly string[])[] = [
  ["Alice", "ALICE", "ａｌｉｃｅ", "𝐀lice"],
  ["Straße", "STRASSE", "STRAẞE", "strasse"],
  ["Γιώργος", "ΓΙΏΡΓΟΣ", "γιώργοσ"],
  ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "I\u0307stanbul"],
  ["O’Brien", "O'Brien", "O‘Brien", "OʼBrien"],
  ["نامه‌ای", "نامهای"],
  ["ŉ", "'n"],
  ["Ǆ", "dž"],
  ["Jean-Luc", "Jean‐Luc", "Jean\u2011Luc"],
  ["בן-גוריון", "בן־גוריון"],
  ["ג'ורג'", "ג׳ורג׳", "ג’ורג’"],
];

Deno.test("a name folds as its other spellings do", () => {
  for (const [name = "", ...others] of SAME) {
    for (const other of others) assertEquals([other, foldName(other)], [other, foldName(name)]);
  }
  const different = ["Zoë", "Zoe", "Иван", "Йван", "a-b", "a_b", "a b", "is", "iss"];
  assertEquals(new Set(different.map(foldName)).size, different.length);
});

Deno.test("to fold twice changes nothing, nor do case and the rule of version 1 before it", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom("i", "İ", "\u0307", "\u0323", "\u0345", "\u200d", "ẞ", "ς", "Σ", "ŉ", "ﬃ", "’"),
  );
  const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(""));
  fc.assert(fc.property(text, (name) => {
    const folded = foldName(name);
    assertEquals(foldName(folded), folded);
    assertEquals(folded.toLowerCase(), folded);
    assertEquals(foldName(name.normalize("NFKC").toLowerCase()), folded);
  }));
});

const PEOPLE = [
  ...[
    "Alice",
    "O’Brien",
    "O'Brien-Smith",
    "Dr. Smith",
    "J. R. R. Tolkien",
    "ジョン・スミス",
    "a.b_c",
  ],
  ...["Gal·la", "ז׳בוטינסקי", "רס״ר כהן", "李Ming", "김 Kim", "ㄅㄆ李 Li", "Ελένη", "Олексʼяк"],
  ...["Nguyễn Văn", "ᾧδε", "देवी", "क्‍ष", "क्‌ष", "نامه‌ای", "ᏣᎳᎩ", "ʻIolani", "3rd", "e\u0301\u0323"],
  ...["ก้ี", "בן־גוריון", "ג'ורג'", "ר׳ יוסף", "סמית’", "Jean‐Luc", "Jean\u2011Luc", "Արա֊Սեր"],
  ...["བསྟན་འཛིན", "マリ゠キュリー", "র\u200d্যাচেল", "ರ\u200d್ಕ"],
];

const NO_PEOPLE: Readonly<Record<string, readonly string[]>> = {
  "two scripts": ["Alicе", "Иван Petrov", "Bօ", "Ꭺlice", "アЯ", "한ア"],
  "joiners": [
    "A..B",
    "A. .B",
    "A ’B",
    "’A",
    "A・",
    "·A",
    "A.  B",
    "A .B",
    "Smith Jr.",
    "ג''",
    "Bob'",
    "'ג",
    "པད་",
  ],
  "marks": [
    "x\u0301\u0316\u0317",
    "б\u0301\u0316\u0317",
    "क\u093c\u0941\u0901\u0951\u0952",
    "ệ\u0302",
  ],
  "what cannot be seen": [
    "Al\u200cice",
    "Al\u200dice",
    "न\u200dन",
    "র\u200dা",
    "نا\u200d",
    "\u200cا",
    "ا\u200c",
  ],
  "turned round": ["A\u202eB", "א\u200fב", "A\u061cB"],
  "scripts of the past": ["ᚱᚢᚾ", "𐌰𐌱"],
  "enclosed": ["A\u20dd", "\u0410\u0488"],
};

Deno.test("a person's name is words in one script, with one joiner between them", () => {
  for (const name of PEOPLE) assert(v.is(personName, name), name);
  for (const [why, names] of Object.entries(NO_PEOPLE)) {
    for (const name of names) assert(!v.is(personName, name), `${why}: ${name} ${escape(name)}`);
  }
});

Deno.test("a room's name is letters, digits, - and _, each word in one script", () => {
  const names = [
    "lobby",
    "Zürich_2-b",
    "заказ-x5",
    "日本語chat",
    "نامه‌ای",
    "-",
    "__init__",
    "2026",
  ];
  for (const name of names) assert(v.is(roomName, name), name);
  const before = ["x5заказ", "ᚱᚢᚾ", "\u0301a", "a-\u0301", "x\u0301\u0316\u0317", "Al\u200cice"];
  for (const name of before) {
    assertEquals([name, v.is(roomName, name), v.is(knownRoomName, name)], [name, false, true]);
  }
  for (const name of ["a b", "a.b", "a’b", "a\u200bb", "", "@a"]) {
    assert(!v.is(knownRoomName, name), name);
  }
});
