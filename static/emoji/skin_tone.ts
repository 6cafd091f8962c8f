/**
 * The skin tone of people and hands in emoji, as the user has chosen it on this device.
 *
 * @module
 */
import { isEmoji } from "../../lib/protocol/text/emoji.ts";
import { preference, setPreference } from "../util/preferences.ts";
import type { Emoji, EmojiCatalogue } from "./emoji.ts";

const place = "skin-tone";

/** The tones: none, and those of Unicode. */
export const TONES = {
  none: "",
  light: "🏻",
  mediumLight: "🏼",
  medium: "🏽",
  mediumDark: "🏾",
  dark: "🏿",
} as const;

/** What can have a tone; the hands that two people hold have the tones of the people. */
const hand = /(?!(?<=\u200d)🤝)(\p{Emoji_Modifier_Base})\ufe0f?/gu;

/** The name of a tone. */
export type Tone = keyof typeof TONES;

/** The tone that the user has chosen. */
export function skinTone(): Tone {
  const chosen = preference(place) ?? "";
  return chosen in TONES ? chosen as Tone : "none";
}

/** Remembers a tone. */
export function setSkinTone(tone: Tone): void {
  setPreference(place, tone === "none" ? undefined : tone);
}

/** An emoji in a tone; one that has no tones stays as it is. */
export function toned(emoji: string, tone: Tone): string {
  if (tone === "none") return emoji;
  const made = emoji.replace(hand, `$1${TONES[tone]}`);
  return isEmoji(made) ? made : emoji;
}

/** A catalogue with its emoji in a tone. */
export function withSkinTone({ groups, byName }: EmojiCatalogue, tone: Tone): EmojiCatalogue {
  const inTone = (one: Emoji): Emoji => ({
    ...one,
    emoji: toned(one.emoji, tone),
  });
  return {
    groups: groups.map(({ name, emoji }) => ({ name, emoji: emoji.map(inTone) })),
    byName: new Map([...byName].map(([name, one]) => [name, inTone(one)])),
  };
}
