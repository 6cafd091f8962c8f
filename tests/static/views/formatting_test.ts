import { assertEquals } from "@std/assert";
import { formatOf, formatted, type TextFormat } from "../../../static/views/composer/formatting.ts";

/** Formats a text whose selection is between bars, and writes the result the same way. */
function tried(marked: string, format: TextFormat): string {
  const start = marked.indexOf("|");
  const end = marked.lastIndexOf("|") - (marked.lastIndexOf("|") === start ? 0 : 1);
  const text = marked.replaceAll("|", "");
  const change = formatted(text, start, end, format);
  const next = text.slice(0, change.start) + change.text + text.slice(change.end);
  const [from, to] = change.selection;
  const bars = from === to ? "|" : `|${next.slice(from, to)}|`;
  return next.slice(0, from) + bars + next.slice(to);
}

Deno.test("a selection gets signs around it, and loses them again", () => {
  for (const [format, sign] of [["bold", "**"], ["italic", "_"], ["strike", "~~"], ["code", "`"]]) {
    const on = tried("say |hello| now", format as TextFormat);
    assertEquals(on, `say ${sign}|hello|${sign} now`);
    assertEquals(tried(on, format as TextFormat), "say |hello| now");
    assertEquals(tried(`say |${sign}hello${sign}| now`, format as TextFormat), "say |hello| now");
  }
});

Deno.test("spaces at an end of the selection stay outside; without one, the cursor is inside", () => {
  assertEquals(tried("say| hello |now", "bold"), "say **|hello|** now");
  assertEquals(tried("say |", "bold"), "say **|**");
});

Deno.test("whole lines are quoted and listed, and no longer", () => {
  assertEquals(tried("one\nt|wo\nth|ree\nfour", "quote"), "one\n|> two\n> three|\nfour");
  assertEquals(tried("one\n|> two\n> three|\nfour", "quote"), "one\n|two\nthree|\nfour");
  assertEquals(tried("mi|lk", "list"), "- mi|lk");
  assertEquals(tried("- mi|lk", "list"), "mi|lk");
  assertEquals(tried("|", "list"), "- |");
});

Deno.test("several lines of code are a block of their own", () => {
  assertEquals(tried("see |a\nb| there", "code"), "see \n```\n|a\nb|\n```\n there");
  assertEquals(tried("|a\nb|", "code"), "```\n|a\nb|\n```");
});

Deno.test("a name lacks its address, an address its name", () => {
  assertEquals(tried("see |this|", "link"), "see [this](|https://|)");
  assertEquals(tried("see |https://a.example/|", "link"), "see [|](https://a.example/)");
});

Deno.test("a shortcut is a letter of the layout or a digit of the keyboard, with Ctrl or ⌘", () => {
  const key = (key: string, code: string, held: object) =>
    formatOf({
      key,
      code,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      ...held,
    });
  assertEquals(key("b", "KeyN", { ctrlKey: true }), "bold");
  assertEquals(key("B", "KeyB", { metaKey: true }), "bold");
  assertEquals(key("(", "Digit8", { ctrlKey: true, shiftKey: true }), "list");
  assertEquals(key("X", "KeyX", { ctrlKey: true, shiftKey: true }), "strike");
  assertEquals(key("x", "KeyX", { ctrlKey: true }), undefined);
  assertEquals(key("b", "KeyB", {}), undefined);
  assertEquals(key("b", "KeyB", { ctrlKey: true, altKey: true }), undefined);
});
