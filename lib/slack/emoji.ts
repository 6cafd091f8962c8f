/**
 * Slack's names of emoji, which are those of iamcal's emoji data.
 *
 * @module
 */

import { canonicalEmoji, isEmoji } from "../protocol/text/emoji.ts";

/** Finds the emoji with a name of Slack's, such as `wave` or `wave::skin-tone-3`. */
export type FindEmoji = (name: string) => string | undefined;

/** Slack numbers skin tones as the Fitzpatrick scale does, from 2; Unicode's first is this one. */
const FIRST_TONE = 0x1f3fb;

/** Loads the names. */
export async function loadEmoji(): Promise<FindEmoji> {
  const { default: data } = await import("emojibase-data/en/shortcodes/iamcal.json", {
    with: { type: "json" },
  });
  const names = new Map(
    Object.entries(data as Record<string, string | string[]>).flatMap(([hexcode, codes]) => {
      const emoji = String.fromCodePoint(...hexcode.split("-").map((code) => parseInt(code, 16)));
      return [codes].flat().map((code): [string, string] => [code, emoji]);
    }),
  );
  return (name) => {
    const [plain = "", tone = ""] = name.split("::skin-tone-");
    const emoji = names.get(plain);
    return emoji === undefined ? undefined : withTone(emoji, tone);
  };
}

/** The emoji in a skin tone, if it has any. */
function withTone(emoji: string, tone: string): string {
  const shown = canonicalEmoji(emoji);
  if (!/^[2-6]$/.test(tone)) return shown;
  const [first = "", ...rest] = [...emoji];
  const toned = canonicalEmoji(
    first + String.fromCodePoint(FIRST_TONE + Number(tone) - 2) + rest.join(""),
  );
  return isEmoji(toned) ? toned : shown;
}
