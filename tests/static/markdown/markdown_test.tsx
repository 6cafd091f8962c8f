/** How messages render: to the allowed elements and nothing else. */
import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { renderToString } from "preact-render-to-string";
import { blocksOf, isEmojiOnly, parser } from "../../../static/markdown/markdown.ts";
import { parse } from "../../../lib/protocol/text/markdown/parse.ts";
import { isPlain, plain } from "../../../lib/protocol/text/markdown/plain.ts";
import { textOf } from "../../../lib/protocol/text/markdown/tree.ts";
import { initialState } from "../../../static/state/reducer.ts";
import { emptyRoom } from "../../../static/state/room.ts";
import { Markdown } from "../../../static/views/log/markdown.tsx";
import { deferredViews, setDeferredViewsLoader } from "../../../static/views/shared/lazy.tsx";
import { MentionProvider } from "../../../static/views/log/mentions.tsx";

/** The page of Alice in a room with Bob and Anna Maria. */
const state = {
  ...initialState(),
  me: { name: "Alice", id: "a1", role: "member" as const },
  rooms: new Map([["lobby", emptyRoom("lobby")]]),
};
const room = {
  ...emptyRoom("lobby"),
  members: ["Alice", "Bob", "Anna Maria"],
  memberIds: new Map([["alice", "a1"], ["bob", "b1"], ["anna maria", "c1"]]),
};

function html(text: string): string {
  return renderToString(
    <MentionProvider state={state} room={room}>
      <Markdown text={text} />
    </MentionProvider>,
  ).replaceAll(/ dir="auto"| tabindex="0"/g, "");
}

/** Texts as they render before the parser is loaded. */
const early = [html("**a**\n\n`b`\nc"), html("no Markdown")];
await parser.load();
setDeferredViewsLoader(() => import("../../../static/views/deferred.ts"));
await deferredViews.load();

Deno.test("Markdown: a text is shown as typed until the parser is loaded", () => {
  assertEquals(early, ["<p>**a**</p><p>`b`<br/>c</p>", "<p>no Markdown</p>"]);
  assertEquals(
    html("**a**\n\n`b`\nc"),
    "<p><strong>a</strong></p><p><code>b</code><br/>c</p>",
  );
});

/** Pieces of text, many of which would be Markdown in another place. */
const piece = fc.constantFrom(
  ...["a", "word", "1", ".", ")", "(", "!", "?", " ", "\t", "\n", "\r\n", "\r", ":", "/", "&amp;"],
  ...["===", "|", "$", "^", '"', "'", "-", "#", ">", "+", "www", "http", "{", "}", "\u00a0", "👍"],
  ...["mailto:", "*", "_", "~", "<b>", "\v", "\f", "\u2028"],
);

Deno.test("Markdown: a text taken for plain renders as the parser would render it", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("").trimEnd();
      if (!isPlain(text)) return;
      found += 1;
      assertEquals(plain(text), parse(text));
    }),
    { numRuns: 3_000 },
  );
  assert(found > 300, `${found}`);
});

const link = (href: string, text: string, title = "") =>
  `<a href="${href}" target="_blank" rel="noopener noreferrer nofollow"${title}>${text}</a>`;

const task = (done: boolean) =>
  `<span class="task" role="img" aria-label="${done ? "Done" : "Not done"}:">${
    done
      ? '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 13l4 4L19 7"></path></svg>'
      : ""
  }</span>`;

/** A table without alignment. */
const table = (header: readonly string[], ...rows: readonly (readonly string[])[]) =>
  '<div class="table" role="group" aria-label="Table"><table><thead><tr>' +
  header.map((cell) => `<th scope="col">${cell}</th>`).join("") + "</tr></thead><tbody>" +
  rows.map((cells) => `<tr>${cells.join("")}</tr>`).join("") + "</tbody></table></div>";
/** A cell; without a text, the one that stands for those that a row lacks. */
const td = (text?: string) => text === undefined ? '<td colspan="1"></td>' : `<td>${text}</td>`;

const TABLE: readonly (readonly [written: string, html: string])[] = [
  [
    "**a** *b* _c_ ~~d~~ `e`",
    "<p><strong>a</strong> <em>b</em> <em>c</em> <del>d</del> <code>e</code></p>",
  ],
  ["***both***", "<p><em><strong>both</strong></em></p>"],
  ["snake_case_name and 2*3*4", "<p>snake_case_name and 2*3*4</p>"],
  ["2**3**4, größer*als*das", "<p>2**3**4, größer*als*das</p>"],
  ["これは**大事**です", "<p>これは<strong>大事</strong>です</p>"],
  ["¯\\_(ツ)_/¯", "<p>¯\\_(ツ)_/¯</p>"],
  ["see __init__.py, __all__", "<p>see __init__.py, <strong>all</strong></p>"],
  ["\\\\server\\share", "<p>\\\\server\\share</p>"],
  ["\\*not\\*", "<p>*not*</p>"],
  ["about ~5 or ~6", "<p>about ~5 or ~6</p>"],
  ["one\ntwo", "<p>one<br/>two</p>"],
  ["one\n\ntwo", "<p>one</p><p>two</p>"],
  ["  one\n    two", "<p>  one<br/>    two</p>"],
  ["a\n---\nb\n===", "<p>a<br/>---<br/>b<br/>===</p>"],
  ["# Title\ntext", '<p class="heading"><strong>Title</strong></p><p>text</p>'],
  ["#lobby", '<p><a class="mention" href="#/lobby">#lobby</a></p>'],
  ["- a\n- b\n  - c", "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li></ul>"],
  [
    "10. a\n5. b",
    '<ol start="10" style="--digits:2;"><li value="10"><p>a</p></li><li value="5"><p>b</p></li></ol>',
  ],
  [
    "[https://bank.example](https://a.b/c) and [bank.example](https://a.b/)",
    `<p>${link("https://a.b/c", "https://a.b/c")} and ${link("https://a.b/", "https://a.b/")}</p>`,
  ],
  ["3. a\n4. b", '<ol start="3" style="--digits:1;"><li><p>a</p></li><li><p>b</p></li></ol>'],
  ["-", "<p>-</p>"],
  ["* * *", "<p>* * *</p>"],
  ["#", "<p>#</p>"],
  ["- a\nb\n\n  c\n- d\n\ne", "<ul><li><p>a<br/>b</p><p>c</p></li><li><p>d</p></li></ul><p>e</p>"],
  [
    "1. a\n   - b\n2. c",
    '<ol start="1" style="--digits:1;"><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ol>',
  ],
  ["It was in\n1986. Really", "<p>It was in<br/>1986. Really</p>"],
  [
    "- a\n```\nb\n```",
    '<ul><li><p>a</p></li></ul><div class="code-block"><pre dir="ltr" aria-label="Code"><code>b</code></pre></div>',
  ],
  ["*a **b** c* **d *e***", "<p><em>a <strong>b</strong> c</em> <strong>d <em>e</em></strong></p>"],
  [
    "__init__ 👍**b**👍 (**c**)",
    "<p><strong>init</strong> 👍<strong>b</strong>👍 (<strong>c</strong>)</p>",
  ],
  ["a * b * c ** d", "<p>a * b * c ** d</p>"],
  ["`` a`b `` `c", "<p><code>a`b</code> `c</p>"],
  [
    "- [ ] a\n- [x] b\n  - [ ] **c**",
    `<ul><li><p>${task(false)}a</p></li><li><p>${task(true)}b</p><ul><li><p>${task(false)}` +
    "<strong>c</strong></p></li></ul></li></ul>",
  ],
  [
    "- [y] a\n- [x]\n- [x]b",
    "<ul><li><p>[y] a</p></li><li><p>[x]</p></li><li><p>[x]b</p></li></ul>",
  ],
  ["[x] a", "<p>[x] a</p>"],
  ["> said\nanswered", "<blockquote><p>said</p></blockquote><p>answered</p>"],
  ["> a\n> > b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"],
  // Tables
  ["|a|b|\n|-|-|\n|c|d|", table(["a", "b"], [td("c"), td("d")])],
  ["a | b\n--|--", table(["a", "b"])],
  ["Here:\n|a|\n|-|\n|b|\nand so on", `<p>Here:</p>${table(["a"], [td("b")])}<p>and so on</p>`],
  [
    "| **a** | `b` | https://a.b |\n| --- | --- | --- |",
    table(["<strong>a</strong>", "<code>b</code>", link("https://a.b/", "https://a.b")]),
  ],
  ["|a|b\n|-|-\nc|\n|d", table(["a", "b"], [td("c"), td(), ""], [td("d"), td(), ""])],
  ["|a|b|\n|-|-|\n|c|d|e|f|\n||", table(["a", "b"], [td("c"), td("d | e | f")], [td(""), td()])],
  ["|a \\| b|\n|-|\n|c\\\\|", table(["a | b"], [td("c\\\\")])],
  ["- |a|\n  |-|\n  |b|", `<ul><li>${table(["a"], [td("b")])}</li></ul>`],
  ["> |a|\n> |-|\n|b|", `<blockquote>${table(["a"])}</blockquote><p>|b|</p>`],
  ["|a|\n|-|\n- b | c", `${table(["a"])}<ul><li><p>b | c</p></li></ul>`],
  [
    "|a|b|c|d|\n|:-|:-:|-:|-|",
    '<div class="table" role="group" aria-label="Table"><table><thead><tr>' +
    '<th scope="col" style="text-align:left;">a</th><th scope="col" style="text-align:center;">b</th>' +
    '<th scope="col" style="text-align:right;">c</th><th scope="col">d</th></tr></thead>' +
    "<tbody></tbody></table></div>",
  ],
  ["a | b", "<p>a | b</p>"],
  ["a | b\nc | d", "<p>a | b<br/>c | d</p>"],
  ["|-|-|\n|a|b|", "<p>|-|-|<br/>|a|b|</p>"],
  ["a\n|-|-|\nb", "<p>a<br/>|-|-|<br/>b</p>"],
  ["|a|b|\n|-|\n|c|", "<p>|a|b|<br/>|-|<br/>|c|</p>"],
  ["|a|\n---\nb", "<p>|a|<br/>---<br/>b</p>"],
  ["|a|\n|=|", "<p>|a|<br/>|=|</p>"],
  ["[a]: http://a.b\n[a]", `<p>[a]: ${link("http://a.b/", "http://a.b")}<br/>[a]</p>`],
  ["&amp; \\*", "<p>&amp;amp; *</p>"],
  // Links
  [
    "https://a.b/c_d_e?f=(g).",
    `<p>${link("https://a.b/c_d_e?f=(g)", "https://a.b/c_d_e?f=(g)")}.</p>`,
  ],
  ["„https://a.b“", `<p>„${link("https://a.b/", "https://a.b")}“</p>`],
  [
    "[a **b**](https://a.b/)",
    `<p>${link("https://a.b/", "a <strong>b</strong>", ' title="https://a.b/"')}</p>`,
  ],
  [
    "![a](https://a.b/c.png)",
    `<p>${link("https://a.b/c.png", "a", ' title="https://a.b/c.png"')}</p>`,
  ],
  ["[](https://a.b/)", `<p>${link("https://a.b/", "https://a.b/")}</p>`],
  ["http://[bad", "<p>http://[bad</p>"],
  ["**https://a.b**", `<p><strong>${link("https://a.b/", "https://a.b")}</strong></p>`],
  ["(see https://a.b/(c))", `<p>(see ${link("https://a.b/(c)", "https://a.b/(c)")})</p>`],
  [
    "first_last@a.bc.",
    `<p>${
      link("mailto:first_last@a.bc", "first_last@a.bc", ' title="mailto:first_last@a.bc"')
    }.</p>`,
  ],
  [
    "<https://a.b> <b@c.d>",
    `<p>${link("https://a.b/", "https://a.b")} ${
      link("mailto:b@c.d", "b@c.d", ' title="mailto:b@c.d"')
    }</p>`,
  ],
  [
    "[![a](https://b.c/)](https://d.e/)",
    `<p>${link("https://d.e/", "a", ' title="https://d.e/"')}</p>`,
  ],
  [
    '[a](https://b.c/(d) "e")',
    `<p>${link("https://b.c/(d)", "a", ' title="https://b.c/(d)"')}</p>`,
  ],
  ["[a](/b) [c](#d) [e](//f.g)", "<p>[a](/b) [c](#d) [e](//f.g)</p>"],
  // Mentions
  [
    "hi @Bob, @alice!",
    '<p>hi <button type="button" class="mention " title="About Bob">@Bob</button>, <button type="button" class="mention of-me" title="About alice">@alice</button>!</p>',
  ],
  [
    "@Anna Maria Smith",
    '<p><button type="button" class="mention " title="About Anna Maria">@Anna Maria</button> Smith</p>',
  ],
  [
    "**@Bob's**",
    '<p><strong><button type="button" class="mention " title="About Bob">@Bob</button>&#39;s</strong></p>',
  ],
  ["@Bobby a@Bob @Zed #nowhere", "<p>@Bobby a@Bob @Zed #nowhere</p>"],
  [
    "`@Bob` [@Bob](https://a.b/)",
    `<p><code>@Bob</code> ${link("https://a.b/", "@Bob", ' title="https://a.b/"')}</p>`,
  ],
];

for (const [written, expected] of TABLE) {
  Deno.test(`Markdown: ${JSON.stringify(written)}`, () => {
    assertEquals(html(written), expected.replaceAll("&#39;", "'"));
  });
}

Deno.test("Markdown: code keeps every character, and names its language", () => {
  assertEquals(parse("```ts\n<b>*a*\n\n  @Bob\n```\nafter"), [
    { type: "code", language: "ts", text: "<b>*a*\n\n  @Bob" },
    { type: "paragraph", children: [{ type: "text", text: "after" }] },
  ]);
  // Closed at the end of its last line, or not at all.
  assertEquals(parse("```\na```"), [{ type: "code", text: "a" }]);
  assertEquals(parse("```\na"), [{ type: "code", text: "a" }]);
  assertEquals(parse('```" onload=x\na\n```'), [{ type: "code", text: "a" }]);
});

/** What an attacker would try. All of it must render as text. */
const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<b>bold</b>",
  "<!-- a -->",
  "<![CDATA[a]]>",
  "[a](javascript:alert(1))",
  "[a](JaVaScRiPt:alert(1))",
  "[a](java\nscript:alert(1))",
  "[a](&#106;avascript:alert(1))",
  "[a](\u0001javascript:alert(1))",
  "[a](data:text/html,<script>alert(1)</script>)",
  "[a](vbscript:a)",
  "[a](file:///etc/passwd)",
  "[a](blob:https://a.b/c)",
  "<javascript:alert(1)>",
  "![a](javascript:alert(1))",
  "![](data:image/svg+xml,<svg/onload=alert(1)>)",
  "[a]: javascript:alert(1)\n\n[a]",
];

for (const attack of ATTACKS) {
  Deno.test(`Markdown: renders ${JSON.stringify(attack)} as text`, () => {
    const tags = [...html(attack).matchAll(/<(\w+)/g)].map(([, tag]) => tag);
    assertEquals(tags.filter((tag) => tag !== "p" && tag !== "br"), []);
  });
}

Deno.test("Markdown: text in an attribute cannot break out of it", () => {
  const made = html('[a](https://a.b/"onclick="alert(1)) https://a.b/"onclick="alert(1)');
  assert(!/<[^>]* onclick=/.test(made.replaceAll(/"[^"]*"/g, '""')), made);
});

/** Every element that a message can render to, with its attributes. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  p: ["class"],
  br: [],
  strong: [],
  em: [],
  del: [],
  code: [],
  pre: ["tabindex", "dir", "aria-label"],
  div: ["class", "role", "aria-label", "tabindex"],
  table: [],
  thead: [],
  tbody: [],
  tr: [],
  th: ["scope", "style"],
  td: ["colspan", "style"],
  span: ["class", "role", "aria-label"],
  svg: ["class", "viewBox", "aria-hidden"],
  path: ["d"],
  blockquote: [],
  ul: [],
  ol: ["start", "style"],
  li: [],
  a: ["href", "target", "rel", "title", "class", "tabindex"],
  button: ["type", "class", "title", "tabindex"],
};

/** Returns everything in the rendered HTML that is not allowed. */
function foreign(made: string): string[] {
  const found: string[] = [];
  for (
    const [, tag = "", rest = ""] of made.matchAll(/<(\w+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)
  ) {
    const names = rest.replaceAll(/="[^"]*"/g, "").match(/[\w-]+/g) ?? [];
    for (const name of names) if (!ALLOWED[tag]?.includes(name)) found.push(`${tag}.${name}`);
    if (ALLOWED[tag] === undefined) found.push(tag);
    const href = / href="([^"]*)"/.exec(rest)?.[1];
    if (href !== undefined && !/^(https?:\/\/|mailto:|#\/)/.test(href)) found.push(href);
  }
  // Nothing that looks like the start of an element was missed.
  const opened = made.match(/<\w/g)?.length ?? 0;
  const seen = made.match(/<(\w+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)?.length ?? 0;
  if (opened !== seen) found.push(`${opened - seen} malformed`);
  return found;
}

const FRAGMENTS = [
  ..."*_~`>#-+1.[]()!<>\\&@:|=\"' \n\t\u202e\u200d",
  "|a|b|\n|-|:-:|\n",
  "- [x] ",
  "```",
  "https://a.b/",
  "www.a.b",
  "a@b.c",
  "javascript:",
  "data:",
  "](",
  "![",
  "<script>",
  "<a href=",
  "onload=",
  "@Bob",
  "@Anna Maria",
  "#lobby",
  "👍",
  "a",
  "word",
  "\n\n",
  "  ",
  "    ",
];

Deno.test("Markdown: any text renders to allowed elements only", () => {
  const text = fc.oneof(
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 200 }),
  );
  fc.assert(fc.property(text, (written) => assertEquals(foreign(html(written)), [])), {
    numRuns: 500,
  });
});

Deno.test("Markdown: the stripped text of a message keeps all words and no marks", () => {
  assertEquals(textOf(parse("# A\n**b** `c`\n> d\n\n- e\n- [f](https://g.h/)")), "A b c d e f");
  assertEquals(textOf(parse("|**a**|b|\n|-|-|\n|c|\n- [x] d")), "a, b; c ☑ d");
});

/** Texts that make naive parsers slow. */
const HOSTILE: Readonly<Record<string, (length: number) => string>> = {
  "*[": (n) => "*[".repeat(n / 2),
  "[": (n) => "[".repeat(n),
  "![": (n) => "![".repeat(n / 2),
  "[a](": (n) => "[a](".repeat(n / 4),
  "[a](<b": (n) => "[a](<b".repeat(n / 6),
  "a**b": (n) => "a**b".repeat(n / 4),
  "*a _a": (n) => "*a _a ".repeat(n / 6),
  "***": (n) => "a***".repeat(n / 4),
  "~~": (n) => "~~a".repeat(n / 3),
  ">": (n) => ">".repeat(n),
  "> - ": (n) => "> - ".repeat(n / 4),
  "1. ": (n) => "1. ".repeat(n / 3),
  "```": (n) => "```\n".repeat(n / 4),
  "``": (n) => Array.from({ length: 200 }, (_, i) => "`".repeat(i)).join("a").slice(0, n),
  "<": (n) => "<".repeat(n),
  "http://a:b": (n) => "http://a:b>".repeat(n / 11),
  "www.": (n) => "www.".repeat(n / 4),
  "![](http://a:b": (n) => "![](http://a:b".repeat(n / 14),
  "  *": (n) => "  *".repeat(n / 3),
  "*_ _*": (n) => `${"*_".repeat(n / 4)}a${"_*".repeat(n / 4)}`,
  "spaces": (n) => `a${" ".repeat(n - 2)}b`,
  "http://a.b/)": (n) => "http://a.b/" + ").".repeat(n / 2 - 6),
  "|a\\n|-": (n) => "|a\n|-\n".repeat(n / 6),
  "a\\n|-|": (n) => "a|\n|-|\na\n".repeat(n / 9),
  "many columns": (n) => `${"|a".repeat(n / 6)}\n${"|-".repeat(n / 6)}\n${"|\n".repeat(n / 6)}`,
  "@": (n) => "@a ".repeat(n / 3),
  "@Anna": (n) => "@Anna ".repeat(n / 6),
  "#": (n) => "#a".repeat(n / 2),
  "joiners": (n) => "\u200d".repeat(n),
};

/** Measures a function a few times; returns the shortest time, in ms. */
function timeOf(work: () => void, times = 5): number {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

Deno.test("Markdown: no text of maximum length takes much longer than an ordinary one", () => {
  const honest = "Some *words* as people `write` them, see https://a.b/c.\n".repeat(200).slice(
    0,
    10_000,
  );
  const usual = timeOf(() => parse(honest));
  for (const [name, make] of Object.entries(HOSTILE)) {
    const hostile = make(10_000);
    html(hostile);
    // An ordinary text takes about 2 ms. Unbounded nesting takes thousands of times as long.
    assertLess(timeOf(() => parse(hostile)) / usual, 150, name);
  }
});

Deno.test("Markdown: text nested too deeply stays as typed", () => {
  const depth = (made: string) => made.match(/<blockquote/g)?.length ?? 0;
  assertEquals(depth(html(">".repeat(5) + "a")), 5);
  assertEquals(depth(html(">".repeat(5_000) + "a")), 6);
  assert(html("*_".repeat(2_000) + "a" + "_*".repeat(2_000)).length < 40_000);
});

Deno.test("Markdown: a text is parsed once, no matter how often it is rendered", () => {
  assert(blocksOf("**once**") === blocksOf("**once**"));
  for (let i = 0; i < 1_000; i++) blocksOf(`another ${i}`);
  assertEquals(blocksOf("**once**"), parse("**once**"));
});

Deno.test("a text of only a few emoji is recognized", () => {
  for (const text of ["👍", "🎉🎉", " 👨‍👩‍👧 🇩🇪\n❤️"]) assert(isEmojiOnly(text), text);
  for (const text of ["", "ok 👍", "123", "👍".repeat(7), "#", "\u200d"]) {
    assert(!isEmojiOnly(text), text);
  }
});
