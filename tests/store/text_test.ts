import { assert, assertEquals } from "@std/assert";
import { cutSnippet, decodeText, encodeText } from "../../lib/store/sql/text.ts";
import { highlight, matcher } from "../../lib/protocol/text/words.ts";

/** Every text of up to four characters from those with a meaning, and one without. */
function* smallTexts(): Generator<string> {
  const characters = ["", "\u0000", "\u0002", "\u0003", "\u0010", "!", "(", ")", "-", "a"];
  for (const a of characters) {
    for (const b of characters) {
      for (const c of characters) {
        for (const d of characters) yield a + b + c + d;
      }
    }
  }
}

Deno.test("stored text: every text is returned unchanged, and no stored form holds a forbidden character", () => {
  for (const text of smallTexts()) {
    const stored = encodeText(text);
    assertEquals(decodeText(stored), text);
    // deno-lint-ignore no-control-regex -- control characters are what this is about
    assert(!/[\u0000\u0002\u0003]/.test(stored), JSON.stringify(text));
  }
});

Deno.test("stored text: ordinary text is stored as it is", () => {
  const text = "Hello, 👩‍👩‍👧! (really)\r\n\t-- 日本語";
  assertEquals(encodeText(text), text);
  assertEquals(decodeText(text), text);
});

Deno.test("a snippet is cut around its first match, at words and never in a character", () => {
  const words = "word ".repeat(200);
  const of = (before: string, match: string, after: string) =>
    cutSnippet({
      snippet: before + match + after,
      highlights: [[before.length, before.length + match.length]],
    });
  const plain = of("a ", "match", " b");
  assertEquals(plain, { snippet: "a match b", highlights: [[2, 7]] });
  const middle = of(words, "match", ` ${words}`);
  assert(/^…(word )+match( word)+…$/.test(middle.snippet), middle.snippet);
  assert(middle.snippet.length < 250);
  const [[start, end] = [0, 0]] = middle.highlights;
  assertEquals(middle.snippet.slice(start, end), "match");
  for (const shift of [0, 1]) {
    const emoji = "x".repeat(shift) + "👍".repeat(300);
    const { snippet, highlights } = of(emoji, "match", emoji);
    assert(snippet.isWellFormed());
    assertEquals(highlights.map(([start, end]) => snippet.slice(start, end)), ["match"]);
  }
  const long = of("", "m".repeat(1_000), "");
  assertEquals(long.highlights, [[0, 240]]);
  assertEquals(cutSnippet({ snippet: "", highlights: [] }), { snippet: "", highlights: [] });
});

Deno.test("a query matches a text that contains all its words, the last one possibly as a prefix", () => {
  const text = "Ein Café am Kanal, und CRE\u0300ME; über 3½ Привет हिन्दी 東京";
  const yes = [
    "ein",
    "CAFE",
    "cafe\u0301 kan",
    "kan",
    "und kanal",
    "creme",
    "uber ein",
    "прив",
    "हिन्दी",
  ];
  for (const query of [...yes, "3", "am am a", "東", "am, kanal!"]) {
    assert(matcher({ words: query })(text), query);
  }
  const no = ["kan ein", "caf\u00e9s", "anal", "", " ", "!?", "\u0301", "tee", "ein tee"];
  for (const query of no) assert(!matcher({ words: query })(text), query);
});

Deno.test("highlights mark the matches of the query", () => {
  const texts = ["one two", "Two, three", "thr\u00e9\u00e9 FOUR", "oneself", "", "fo\u0301ur"];
  const queries = ["one", "two", "three", "four", "f", "o", "one two", "two one", "tw o"];
  for (const text of texts) {
    for (const query of queries) {
      if (matcher({ words: query })(text)) {
        assert(highlight(text, { words: query }).length > 0, query);
      }
    }
  }
});
