import { assertEquals } from "@std/assert";
import {
  emptyField,
  fieldOf,
  filtersOf,
  queryOf,
  type SearchField,
  settle,
  typedInto,
  withFilter,
  withoutFilter,
} from "../../../static/state/search_field.ts";
import { suggestionsAt } from "../../../static/state/search_suggestions.ts";
import { pageIn } from "../support.ts";

/** The field after a text was typed into it, character by character. */
function typed(text: string, before: SearchField = emptyField): SearchField {
  return Array.from(text).reduce(
    (field, char) => typedInto(field, field.text + char, field.text.length + 1),
    before,
  );
}

Deno.test("an operator becomes a chip once something follows it", () => {
  assertEquals(typed("from:Bob"), { filters: [], text: "from:Bob" });
  assertEquals(typed("from:Bob "), { filters: ["from:Bob"], text: "" });
  assertEquals(typed('tea from:"Ann Marie" har'), {
    filters: ['from:"Ann Marie"'],
    text: "tea har",
  });
  assertEquals(typed("foo:bar tea "), { filters: [], text: "foo:bar tea " });
  assertEquals(typed("from: tea"), { filters: [], text: "from: tea" });
});

Deno.test("an operator that is being typed before other words is no chip yet", () => {
  const text = "from:Bo tea";
  assertEquals(typedInto(emptyField, text, 7), { filters: [], text });
  assertEquals(typedInto(emptyField, text, text.length), { filters: ["from:Bo"], text: "tea" });
});

Deno.test("a filter takes the place of one that cannot hold beside it", () => {
  const field = typed("from:Bob has:file has:image from:Ann ");
  assertEquals(field.filters, ["has:file", "has:image", "from:Ann"]);
  assertEquals(withFilter(field, "has:file").filters, ["has:image", "from:Ann", "has:file"]);
  assertEquals(withoutFilter(field, "has:file").filters, ["has:image", "from:Ann"]);
});

Deno.test("the query has the filters, and no name that is only begun", () => {
  const queries: readonly (readonly [text: string, query: string])[] = [
    ["tea", "tea"],
    ["tea ", "tea "],
    ["tea from:", "tea"],
    ["tea from:Bo", "tea"],
    ["tea from:Bob ", "from:Bob tea"],
    ["tea has:fi", "tea"],
    ["tea has:file", "tea has:file"],
    ["from:Bob in:", "from:Bob"],
    ['"green tea', '"green tea'],
    ["before:2026-02-30 ", "before:2026-02-30"],
  ];
  for (const [text, query] of queries) {
    assertEquals(queryOf(typed(text)).trim(), query.trim(), text);
  }
  assertEquals(queryOf(typed("tea ")), "tea ");
  assertEquals(queryOf(settle(typed("tea from:Bob"))), "from:Bob tea");
});

Deno.test("the field shows the query again, as chips and text", () => {
  const query = 'from:"Ann Marie" has:file tea "green leaves"';
  const field = fieldOf(query);
  assertEquals(field, {
    filters: ['from:"Ann Marie"', "has:file"],
    text: 'tea "green leaves"',
  });
  assertEquals(queryOf(field), query);
});

Deno.test("a chip says what is wrong with it", () => {
  assertEquals(
    filtersOf(typed("before:2026-02-30 has:cheese from:Bob ")).map(({ value, problem }) => [
      value,
      problem,
    ]),
    [["2026-02-30", "bad_date"], ["cheese", "unknown_value"], ["Bob", undefined]],
  );
});

Deno.test("operators, people, rooms, values and days are suggested where they can be typed", () => {
  const page = pageIn(1);
  const now = new Date(2026, 10, 29, 12).getTime();
  const offered = (text: string, caret = text.length) => {
    const { options, start, end } = suggestionsAt(text, caret, page.state, now);
    return [text.slice(start, end), ...options.map((option) => option.text)];
  };
  assertEquals(offered(""), ["", "from:", "in:", "has:", "is:", "before:", "after:"]);
  assertEquals(offered("tea i"), ["i", "in:", "is:"]);
  assertEquals(offered("I"), ["I", "in:", "is:"]);
  assertEquals(offered("tea"), ["tea"]);
  assertEquals(offered('"i'), ['"i']);
  assertEquals(offered("from:"), ["from:", "from:Alice", "from:Bob"]);
  assertEquals(offered("from:@b tea", 7), ["from:@b", "from:Bob"]);
  assertEquals(offered("in:#lob"), ["in:#lob", "in:lobby"]);
  assertEquals(offered("in:@"), ["in:@"]);
  assertEquals(offered("has:i"), ["has:i", "has:image"]);
  assertEquals(offered("is:"), ["is:", "is:pinned"]);
  assertEquals(offered("after:2026-11"), [
    "after:2026-11",
    "after:2026-11-29",
    "after:2026-11-28",
    "after:2026-11-22",
  ]);
  assertEquals(offered("before:year").slice(1), []);
  assertEquals(suggestionsAt("from:b", 6, page.state, now).eager, true);
  assertEquals(suggestionsAt("fr", 2, page.state, now).eager, false);
});
