/**
 * What an emoji is, and when two texts are the same one. Everything that stores, compares or offers
 * emoji asks here: the server, the imports and the page.
 *
 * The same emoji can be written in several ways: with or without the variation selectors that ask
 * for colour (U+FE0F) or for plain text (U+FE0E), and in several normal forms. A text without its
 * selectors, in NFC, is its identity. Its canonical form is what UTS #51 calls fully-qualified,
 * with each selector that the emoji needs, and no other.
 *
 * @module
 */
import { LIMITS } from "../limits.ts";
import { foldName } from "../names.ts";

/** A character that is plain text unless a selector, or a skin tone, makes it an emoji. */
const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;

/** Whether a text is one emoji that Unicode recommends (RGI, UTS #51), in its canonical form. */
export function isEmoji(text: string): boolean {
  return /^\p{RGI_Emoji}$/v.test(text);
}

/**
 * The canonical form of an emoji: `❤` and `❤️` give the same one. Any other text, such as the name
 * of an emoji of another system or an emoji of a later Unicode, only loses its selectors. A text
 * that is too long for a reaction stays as it is: to normalize it could take long.
 */
export function canonicalEmoji(text: string): string {
  if (text.length > LIMITS.emoji_length) return text;
  const bare = text.replace(/[\ufe0e\ufe0f]/g, "").normalize("NFC");
  const full = bare.replace(TEXT_BY_DEFAULT, "$&\ufe0f");
  if (isEmoji(full)) return full;
  return bare === "" ? text : bare;
}

/** The text that stands for an emoji of a server's own: not digits alone, as in `at 10:30:15`. */
const CUSTOM_EMOJI = /^:(?=[^:]*\p{L})[\p{L}\p{N}_+-]{2,}:$/u;

/** Whether a text can stand for an emoji of the server's own. */
export function isCustomEmoji(text: string): boolean {
  return text.length <= LIMITS.emoji_length && CUSTOM_EMOJI.test(text) && foldName(text) === text;
}

/**
 * The text that stands for an emoji of another system's own: `:name:`. Members can join such a
 * reaction, and begin one if the server has an emoji with this name.
 *
 * @returns `null` if nothing of the name can be written so.
 */
export function customEmoji(name: string): string | null {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}_+-]/gu, "")
    .slice(0, LIMITS.emoji_length - 2)
    // Half of a character, cut off.
    .replace(/[\ud800-\udbff]$/, "");
  return plain === "" ? null : canonicalEmoji(`:${plain}:`);
}
