/** What is only hinted at reads without the marks of Markdown. */
import { assertEquals } from "@std/assert";
import { withoutMarks } from "../../static/marks.ts";

function plain(text: string): string {
  return withoutMarks(text).text;
}

Deno.test("marks around words, links and code are taken out", () => {
  assertEquals(plain("**Now** or ~~never~~, *soon* or _later_"), "Now or never, soon or later");
  assertEquals(plain("see [the plan](https://example.org/a) in `b.ts`"), "see the plan in b.ts");
  assertEquals(plain("**see `x` now**"), "see x now");
  assertEquals(plain("> quoted\n# Title\n- one\n- **two**"), "quoted\nTitle\none\ntwo");
  assertEquals(plain("```ts\nlet a = 1;\n```\nthere"), "let a = 1;\nthere");
});

Deno.test("what is no mark stays: sums, names, code, the rest of what was cut", () => {
  for (
    const text of [
      "2 * 3 * 4",
      "snake_case_name",
      "a ** b",
      "…end of** it",
      "[x] (y)",
      "#room @Ben",
    ]
  ) assertEquals(plain(text), text);
  assertEquals(plain("`a ** b ** c`"), "a ** b ** c");
  assertEquals(plain("```ts\ncut **off**"), "cut **off**");
});

Deno.test("highlights move with their words, and none is lost", () => {
  const text = "**Ship** it on [Friday](https://ship.example)";
  const found = withoutMarks(text, [[2, 6], [32, 36]]);
  assertEquals(found.highlights.map(([start, end]) => found.text.slice(start, end)), [
    "Ship",
    "ship",
  ]);
  assertEquals(found.text, "Ship it on Friday](https://ship.example)");
});
