/** Long messages: the bounds against hostile ones do not change ordinary ones. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { parse, type ParseBounds } from "../../../../lib/protocol/text/markdown/parse.ts";
import { runsOf } from "../../../../lib/protocol/text/markdown/runs.ts";
import { textOf } from "../../../../lib/protocol/text/markdown/tree.ts";
import { LIMITS } from "../../../../lib/protocol/limits.ts";

const UNBOUNDED: ParseBounds = {
  delimiters: Infinity,
  scans: Infinity,
  scansMin: Infinity,
  lines: Infinity,
};

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}

const sentence = "The plan for *next week* is in [the file](https://a.example/plan?week=1_2), ";
const code = (info: string) => `\`\`\`${info}\nconst a = b[0] * c_d;\n\nif (a < 2) {}\n\`\`\``;

/** Typical pasted and written texts of some thousand characters, no longer than a message. */
const ORDINARY: Readonly<Record<string, string>> = {
  "a numbered list": lines(150, (i) => `${i + 1}. item **${i}** of the list, see snake_case_${i}`),
  "a numbered list with gaps": lines(160, (i) => `${i + 1}. item _${i}_\n\n   and what it says\n`),
  "a nested list": lines(200, (i) => `${"  ".repeat(i % 4)}- item ~~${i}~~ on its level`),
  "a list of tasks": lines(200, (i) => `- [${i % 2 ? "x" : " "}] do the thing number \`${i}\``),
  "a list with code": lines(
    100,
    (i) => `- item ${i}\n  \`\`\`ts\n  let a_b = ${i} * 2;\n  \`\`\`\n  so it goes`,
  ),
  "a quotation": lines(150, (i) => `> line **${i}** of what was said, and _more_`),
  "a quotation in one": lines(120, (i) => `> > line ${i} of what they had quoted\n> - and a list`),
  "a table of 60 rows": [
    "| number | name | state | since | note |",
    "|-------:|------|:-----:|-------|------|",
    lines(
      60,
      (i) =>
        `| ${i} | **name ${i}** | done | 2026-01-0${
          i % 9 + 1
        } | see [it](https://a.example/${i}), \`ok\` |`,
    ),
  ].join("\n"),
  "emphasis over lines": lines(
    60,
    (i) => `Now **this is\nimportant, ${i}\nand more** and _that\nas well_, is it not?`,
  ),
  "one long paragraph": sentence.repeat(70),
  "links": lines(
    80,
    (i) => `See https://a.example/b/c_d_e?f=(${i})&g=h*i and [this](https://b.example/${i} "a").`,
  ),
  "code of several kinds": lines(
    40,
    (i) => `Text ${i}:\n${code(i % 2 ? "ts" : "")}\n~~~\n*a* _b_\n~~~\n> said\n`,
  ),
  "headings": lines(
    80,
    (i) => `${"#".repeat(i % 6 + 1)} Part *${i}*\n\nWhat it says, in a line of text.\n`,
  ),
  "one block of code": `\`\`\`\n${lines(250, (i) => `a[${i}] = *b_${i}; /* c */`)}\n\`\`\``,
  "sums": lines(
    60,
    (i) => `${i} * 3 * 4 = ${i * 12}, with f(x) = x * ${i} - 2 and a *= 3 and **b of it`,
  ),
  "German and Greek": "„Wäre das *schön*“, sagte er – και _αυτό_ είναι. ".repeat(110),
};

for (const [what, text] of Object.entries(ORDINARY)) {
  Deno.test(`Markdown: ${what} renders the same with and without bounds, at any length`, () => {
    assert(text.length >= 3_000 && text.length <= LIMITS.message_length, `${text.length}`);
    assertEquals(parse(text), parse(text, UNBOUNDED));
  });
}

Deno.test("Markdown: a message of ordinary parts renders the same with and without bounds", () => {
  const words = fc.array(
    fc.constantFrom(
      "word",
      "**bold**",
      "_that_",
      "`code`",
      "[a](https://a.b/c)",
      "2*3",
      "a_b",
      "ok,\nso",
      "(see https://a.b/c).",
      "~~no~~",
    ),
    { minLength: 5, maxLength: 60 },
  ).map((some) => some.join(" "));
  const block = fc.tuple(fc.constantFrom("", "> ", "- ", "1. ", "  - ", "# ", "```\n", "| "), words)
    .map(([before, text]) => before + text + (before === "```\n" ? "\n```" : ""));
  const message = fc.tuple(
    fc.array(block, { minLength: 1, maxLength: 60 }),
    fc.constantFrom("\n", "\n\n"),
  )
    .map(([blocks, between]) => blocks.join(between).slice(0, LIMITS.message_length));
  fc.assert(
    fc.property(message, (text) => assertEquals(parse(text), parse(text, UNBOUNDED))),
    { numRuns: 60 },
  );
});

Deno.test("Markdown: a list of thousands of lines continues its numbering", () => {
  const [first, second, ...more] = parse(lines(1_500, (i) => `${i + 1}. a`));
  assert(first?.type === "list" && second?.type === "list");
  assertEquals([first.items.length, second.start, second.items.length], [1_000, 1_001, 500]);
  assertEquals(more, []);
});

Deno.test("Markdown: a block of thousands of marks is parsed run by run, and keeps every word", () => {
  const text = lines(500, (i) => `*a${i}* [b](https://c.d/) `);
  assertNotEquals(runsOf(text, 1_000).length, 1);
  assertEquals(parse(text), parse(text, UNBOUNDED));
  const hostile = "_a*b ".repeat(2_000);
  assertEquals(textOf(parse(hostile)).replaceAll(/[_*\s]/g, ""), "ab".repeat(2_000));
});

Deno.test("runs cover the whole text, hold a bounded number of marks, and end at line ends", () => {
  const text = fc.array(fc.constantFrom(..."*_[a \n😀"), { maxLength: 300 }).map((all) =>
    all.join("")
  );
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 20 }), (text, max) => {
    const runs = runsOf(text, max);
    assertEquals(runs.join(""), text);
    for (const run of runs) assert((run.match(/[*_[]/g)?.length ?? 0) <= max);
  }));
  assertEquals(runsOf("**\na*\n*b", 3), ["**\na*\n", "*b"]);
  assertEquals(runsOf("aa** *b", 3), ["aa** *b"]);
  assertEquals(runsOf("aa** b* *c", 3), ["aa** b* ", "*c"]);
});
