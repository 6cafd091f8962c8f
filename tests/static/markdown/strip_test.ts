/** Previews of messages are shown without Markdown marks. */
import { assertEquals } from "@std/assert";
import { stripMarkdown } from "../../../static/markdown/strip.ts";

function plain(text: string): string {
  return stripMarkdown(text).text;
}

Deno.test("marks around words, links and code are removed", () => {
  assertEquals(plain("**Now** or ~~never~~, *soon* or _later_"), "Now or never, soon or later");
  assertEquals(plain("see [the plan](https://example.org/a) in `b.ts`"), "see the plan in b.ts");
  assertEquals(plain("**see `x` now**"), "see x now");
  assertEquals(plain("> quoted\n# Title\n- one\n- **two**"), "quoted\nTitle\none\ntwo");
  assertEquals(plain("```ts\nlet a = 1;\n```\nthere"), "let a = 1;\nthere");
  assertEquals(plain("|a|b|\n|-|:-:|\n|c|**d**|"), "|a|b|\n|c|d|");
});

Deno.test("characters that are not marks stay: sums, names, code, cut-off text", () => {
  for (
    const text of [
      "2 * 3 * 4",
      "snake_case_name",
      "a ** b",
      "…end of** it",
      "[x] (y)",
      "a | b",
      "a\n|-|-|",
      "|a|\n---",
      "#room @Ben",
    ]
  ) assertEquals(plain(text), text);
  assertEquals(plain("`a ** b ** c`"), "a ** b ** c");
  assertEquals(plain("```ts\ncut **off**"), "cut **off**");
});

Deno.test("highlights move with their words, and none are lost", () => {
  const text = "**Ship** it on [Friday](https://ship.example)";
  const found = stripMarkdown(text, [[2, 6], [32, 36]]);
  assertEquals(found.highlights.map(([start, end]) => found.text.slice(start, end)), [
    "Ship",
    "ship",
  ]);
  assertEquals(found.text, "Ship it on Friday](https://ship.example)");
});
