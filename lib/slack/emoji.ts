/**
 * Slack's names of emoji, which are those of iamcal's emoji data.
 *
 * @module
 */

import { canonicalEmoji, customEmoji, isCustomEmoji, isEmoji } from "../protocol/text/emoji.ts";

/**
 * Finds the emoji with a name of Slack's, such as `wave` or `wave::skin-tone-3`. One of the team's own
 * is `:name:`, as the emoji of a server's own are: it is shown once the server has one of this name.
 *
 * @returns `undefined` for what is no name of an emoji, such as the `30` of `at 10:30:15`.
 */
export type FindEmoji = (name: string) => string | undefined;

/** Slack numbers skin tones as the Fitzpatrick scale does, from 2; Unicode's first is this one. */
const FIRST_TONE = 0x1f3fb;

/**
 * Loads the names.
 *
 * @param onOwn Called for each emoji of the team's own that is found.
 */
export async function loadEmoji(onOwn: (emoji: string) => void = () => {}): Promise<FindEmoji> {
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
    if (emoji !== undefined) return withTone(emoji, tone);
    const own = customEmoji(plain);
    // A long name is cut off; nothing else of it may change.
    if (own === null || !isCustomEmoji(own) || !plain.startsWith(own.slice(1, -1))) {
      return undefined;
    }
    onOwn(own);
    return own;
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
