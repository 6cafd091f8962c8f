import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { balanced, isolated, joined } from "../../../static/strings/isolate.ts";

Deno.test("text that could turn other text is isolated, other text is unchanged", () => {
  assertEquals(isolated("דנה"), "\u2068דנה\u2069");
  assertEquals(isolated("Zoë 👋"), "Zoë 👋");
  assertEquals(isolated("a\u200f"), "\u2068a\u200f\u2069");
  assertEquals(isolated("a\u202eb"), "\u2068a\u202eb\u202c\u2069");
  assertEquals(isolated("a\u2069"), "\u2068a\u2069");
});

Deno.test("what a text opens is closed in its line, and what closes nothing is dropped", () => {
  for (
    const [text, expected] of [
      ["plain", "plain"],
      ["\u202ea", "\u202ea\u202c"],
      ["\u2067a", "\u2067a\u2069"],
      ["a\u2069\u202cb", "ab"],
      ["\u2067\u202ea\u2069b", "\u2067\u202ea\u2069b"],
      ["\u202a\u2066a\u202c\u2069b", "\u202a\u2066a\u2069b\u202c"],
      ["\u202ea\nb\u202c", "\u202ea\u202c\nb"],
      ["\u2068ok\u2069", "\u2068ok\u2069"],
    ] as const
  ) assertEquals(balanced(text), expected);
});

Deno.test("a balanced text is balanced, and its first part too", () => {
  const marks = [..."ab\n\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"];
  const texts = fc.array(fc.constantFrom(...marks)).map((all) => all.join(""));
  fc.assert(fc.property(texts, texts, (one, other) => {
    const first = balanced(one);
    assertEquals(balanced(first), first);
    // No direction of the first reaches the second.
    assertEquals(balanced(first + other), first + balanced(other));
    const plain = (text: string) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
    assertEquals(plain(first), plain(one));
  }));
});

Deno.test("texts of several authors are joined one by one", () => {
  assertEquals(
    joined(["Zoë", undefined, "", false, "דנה", "x\u202e"], " · "),
    [
      ...["Zoë", "\u2068דנה\u2069", "\u2068x\u202e\u202c\u2069"],
    ].join(" · "),
  );
});
