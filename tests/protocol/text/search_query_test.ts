import { assertEquals } from "@std/assert";
import {
  daysIn,
  operatorText,
  type ParsedSearch,
  parseSearch,
  withoutParts,
} from "../../../lib/protocol/text/search_query.ts";

const NOTHING = {
  ...{ words: "", endsInWord: false, phrases: [], from: null, in: null },
  ...{ has: [], is: [], before: null, after: null },
};
const NOV = Date.UTC(2026, 10, 1);

/** What a query means, where it means something. */
const MEANINGS: Readonly<Record<string, Partial<ParsedSearch>>> = {
  "": {},
  "   ": {},
  "green tea": { words: "green tea", endsInWord: true },
  "green tea ": { words: "green tea" },
  "from:Ann tea": { from: "Ann", words: "tea", endsInWord: true },
  "tea from:@Ann": { from: "Ann", words: "tea" },
  'from:"Ann Marie" tea': { from: "Ann Marie", words: "tea", endsInWord: true },
  "from:“Ann Marie”": { from: "Ann Marie" },
  "FROM：ジョン・スミス": { from: "ジョン・スミス" },
  "from:O’Brien": { from: "O’Brien" },
  "in:#lobby": { in: "lobby" },
  "in:@Bob": { in: "@Bob" },
  'from:@"Ann Marie" tea': { from: "Ann Marie", words: "tea", endsInWord: true },
  'in:＠"Ann Marie"': { in: "@Ann Marie" },
  "from:@ in:# is:": {},
  '5" disk': { words: '5" disk', endsInWord: true },
  "xfrom:Bob": { words: "xfrom:Bob", endsInWord: true },
  'in:"@Ann Marie"': { in: "@Ann Marie" },
  "has:file has:link has:FILE": { has: ["file", "link"] },
  "is:pinned is:thread": { is: ["pinned", "thread"] },
  "after:2026-11-01 before:2027": { after: NOV, before: Date.UTC(2027, 0, 1) },
  "after:2026-11": { after: NOV },
  '"green tea" cake': { phrases: ["green tea"], words: "cake", endsInWord: true },
  '"green tea': { phrases: ["green tea"] },
  "„grüner Tee“": { phrases: ["grüner Tee"] },
  '""': {},
  // Not operators of ours
  "https://example.org foo:bar": { words: "https://example.org foo:bar", endsInWord: true },
  "constructor:x __proto__:y": { words: "constructor:x __proto__:y", endsInWord: true },
  "12:30": { words: "12:30", endsInWord: true },
  // With a problem
  "from: tea": { words: "tea", endsInWord: true },
  "has:cheese": {},
  "before:2026-02-30": {},
  "before:yesterday": {},
  "from:Ann from:Bob": { from: "Ann" },
};

for (const [query, meaning] of Object.entries(MEANINGS)) {
  Deno.test(`the search query ${JSON.stringify(query)}`, () => {
    const { parts: _, ...parsed } = parseSearch(query);
    assertEquals(parsed, { ...NOTHING, ...meaning });
  });
}

Deno.test("each part of a search query has its place, and its problem", () => {
  const query = ' tea from:"Ann Marie" has:cheese before:2026-13 in:';
  assertEquals(
    parseSearch(query).parts.map(({ kind, start, end, valueStart, problem = "" }) => [
      kind,
      query.slice(start, end),
      query.slice(valueStart, end),
      problem,
    ]),
    [
      ["word", "tea", "tea", ""],
      ["from", 'from:"Ann Marie"', '"Ann Marie"', ""],
      ["has", "has:cheese", "cheese", "unknown_value"],
      ["before", "before:2026-13", "2026-13", "bad_date"],
      ["in", "in:", "", "missing_value"],
    ],
  );
});

Deno.test("dates begin where the caller's days begin", () => {
  const inBerlin = (...date: [number, number, number]) => Date.UTC(...date) - 3_600_000;
  assertEquals(parseSearch("after:2026-11-01", inBerlin).after, NOV - 3_600_000);
});

Deno.test("days begin when they do in a time zone, also when its clocks change", () => {
  const at = (zone: string, ...date: [number, number, number]) =>
    new Date(daysIn(zone)(...date)).toISOString().slice(0, 16);
  assertEquals(at("UTC", 2026, 10, 1), "2026-11-01T00:00");
  assertEquals(at("Europe/Berlin", 2026, 10, 1), "2026-10-31T23:00");
  assertEquals(at("Asia/Kolkata", 2026, 6, 1), "2026-06-30T18:30");
  assertEquals(at("Pacific/Kiritimati", 2026, 6, 1), "2026-06-30T10:00");
  assertEquals(at("Pacific/Honolulu", 2026, 6, 1), "2026-07-01T10:00");
  assertEquals(at("Europe/Berlin", 2026, 2, 29), "2026-03-28T23:00");
  assertEquals(at("Europe/Berlin", 2026, 2, 30), "2026-03-29T22:00");
  assertEquals(at("Europe/Berlin", 2026, 9, 25), "2026-10-24T22:00");
  assertEquals(at("Europe/Berlin", 2026, 9, 26), "2026-10-25T23:00");
  assertEquals(at("America/New_York", 2026, 2, 8), "2026-03-08T05:00");
  assertEquals(at("America/New_York", 2026, 2, 9), "2026-03-09T04:00");
});

Deno.test("parts can be removed from a search query, and operators be written", () => {
  const query = '  tea   from:"Ann Marie" "a b"  before:2026 ';
  assertEquals(withoutParts(query, ({ kind }) => kind === "before"), 'tea from:"Ann Marie" "a b"');
  assertEquals(operatorText("from", "Ann Marie"), 'from:"Ann Marie"');
  assertEquals(operatorText("in", "lobby"), "in:lobby");
});
