import { assert, assertEquals } from "@std/assert";
import {
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
