import { assert, assertEquals } from "@std/assert";
import {
  cutSnippet,
  decodeText,
  encodeText,
  MATCH_END,
  MATCH_START,
  readSnippet,
} from "../../lib/store/text.ts";

/** Every text of up to four characters out of those that mean something, and one that does not. */
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

Deno.test("stored text: every text comes back, and none holds what may not be stored", () => {
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

Deno.test("stored text: a snippet gives up its marks", () => {
  const marked = `…${MATCH_START}one${MATCH_END} and ${encodeText("\u0000\u0002")}👍 ` +
    `${MATCH_START}two${MATCH_END}`;
  assertEquals(readSnippet(marked), {
    snippet: "…one and \u0000\u0002👍 two",
    highlights: [[1, 4], [14, 17]],
  });
  assertEquals(readSnippet("none"), { snippet: "none", highlights: [] });
  assertEquals(readSnippet(""), { snippet: "", highlights: [] });
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
