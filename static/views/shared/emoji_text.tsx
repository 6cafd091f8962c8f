/** Texts that may have emoji of the server's own in them. */
import { soon } from "./lazy.tsx";

const OwnEmoji = soon("OwnEmoji", ({ text }) => text);

/** Shows a text, with the pictures of the server's own emoji. */
export function emojiText(text: string) {
  return /:\S+:/.test(text) ? <OwnEmoji text={text} /> : text;
}
