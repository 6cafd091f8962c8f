import { assert, assertEquals } from "@std/assert";
import english from "emojibase-data/en/data.json" with { type: "json" };
import { canonicalEmoji, customEmoji, isEmoji } from "../../../lib/protocol/text/emoji.ts";

interface Entry {
  readonly emoji: string;
  readonly version: number;
  readonly skins?: readonly Entry[];
}

/** Every emoji of Unicode that this runtime and the data both know, in every skin tone. */
const ALL = (english as readonly Entry[])
  .flatMap((one) => [one, ...one.skins ?? []])
  .map(({ emoji }) => emoji)
  .filter((emoji) => isEmoji(emoji) || isEmoji(`${emoji}\ufe0f`));

Deno.test("every emoji has one form, whatever its selectors and its normal form", () => {
  assert(ALL.length > 3_000);
  for (const emoji of ALL) {
    const form = canonicalEmoji(emoji);
    assert(isEmoji(form), emoji);
    const bare = form.replaceAll("\ufe0f", "");
    const spellings = [
      form,
      bare,
      `${bare}\ufe0f`,
      `${bare}\ufe0e`,
      [...bare].join("\ufe0f"),
      form.normalize("NFD"),
    ];
    for (const spelling of spellings) assertEquals(canonicalEmoji(spelling), form);
  }
});

Deno.test("keycaps, hearts, flags and families are emoji", () => {
  for (
    const [written, form] of [
      ["1\u20e3", "1️⃣"],
      ["#️⃣", "#️⃣"],
      ["❤", "❤️"],
      ["👍️", "👍"],
      ["☝🏽", "☝🏽"],
      ["☝️🏽", "☝🏽"],
      ["👁‍🗨", "👁️‍🗨️"],
      ["👩‍❤‍💋‍👨", "👩‍❤️‍💋‍👨"],
      ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
      ["🇩🇪", "🇩🇪"],
    ] as const
  ) assertEquals([canonicalEmoji(written), isEmoji(form)], [form, true]);
});

Deno.test("other texts are no emoji, and lose nothing but their selectors", () => {
  for (const text of ["hello", "<b>", "1", "#", ":parrot:", "👍👍", "👍x", "🇩", "\u20e3"]) {
    assertEquals([canonicalEmoji(text), isEmoji(text)], [text, false]);
  }
  assertEquals(canonicalEmoji("x\ufe0f1"), "x1");
  assertEquals(canonicalEmoji(":cafe\u0301:"), ":café:");
  assertEquals(canonicalEmoji("\ufe0f"), "\ufe0f");
});

Deno.test("an emoji of another system is its name", () => {
  assertEquals(customEmoji("Party Parrot!"), ":partyparrot:");
  assertEquals(customEmoji("cafe\u0301"), ":cafe:");
  assertEquals(customEmoji("!"), null);
  assertEquals(customEmoji("x".repeat(99)), `:${"x".repeat(30)}:`);
  assertEquals(customEmoji(`${"x".repeat(29)}𐐨`), `:${"x".repeat(29)}:`);
});
