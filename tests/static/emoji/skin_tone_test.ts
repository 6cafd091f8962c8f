/** The skin tone of people and hands in emoji. */
import { assert, assertEquals } from "@std/assert";
import { readCatalogue } from "../../../static/emoji/emoji.ts";
import { toned, TONES, withSkinTone } from "../../../static/emoji/skin_tone.ts";
import { isEmoji } from "../../../lib/protocol/text/emoji.ts";
import english from "../../../static/emoji/en.txt" with { type: "text" };

Deno.test("people and hands take the tone, all of them in an emoji; nothing else changes", () => {
  const table = [
    ["👋", "👋🏽"],
    // The selector that asks for colour gives way to the tone.
    ["☝️", "☝🏽"],
    ["🧑‍🤝‍🧑", "🧑🏽‍🤝‍🧑🏽"],
    ["👩‍🚒", "👩🏽‍🚒"],
    // Unicode has no families in tones.
    ["👨‍👩‍👧", "👨‍👩‍👧"],
    ["😀", "😀"],
    [":party:", ":party:"],
    ["", ""],
  ] as const;
  for (const [emoji, expected] of table) {
    assertEquals(toned(emoji, "medium"), expected);
    assertEquals(toned(emoji, "none"), emoji);
  }
});

Deno.test("every emoji in every tone can be sent, and a name finds the one in the tone", () => {
  const catalogue = readCatalogue(english);
  for (const tone of Object.keys(TONES) as (keyof typeof TONES)[]) {
    const { groups, byName } = withSkinTone(catalogue, tone);
    assert(groups.every(({ emoji }) => emoji.every((one) => isEmoji(one.emoji))));
    assertEquals(byName.get("wave")?.emoji, `👋${TONES[tone]}`);
    assertEquals(byName.size, catalogue.byName.size);
  }
});
