/**
 * The emoji and their names in the page's language; loaded on first use.
 *
 * @module
 */
import { canonicalEmoji } from "../../lib/protocol/text/emoji.ts";
import { language } from "../strings/language.ts";

/** An emoji and its search terms. */
export interface Emoji {
  readonly emoji: string;
  /** The names to write between colons; the first is the usual one. */
  readonly names: readonly string[];
  /** The description in the page's language. */
  readonly label: string;
  /** All search terms, in lower case. */
  readonly words: readonly string[];
}

/** A group of emoji. */
export interface Group {
  /** A key in the strings. */
  readonly name: string;
  readonly emoji: readonly Emoji[];
}

/** All emoji. */
export interface EmojiCatalogue {
  readonly groups: readonly Group[];
  readonly byName: ReadonlyMap<string, Emoji>;
}

/** Parses the lines that `tools/emoji.ts` writes. */
export function readCatalogue(text: string): EmojiCatalogue {
  const groups: { name: string; emoji: Emoji[] }[] = [];
  const byName = new Map<string, Emoji>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("= ")) {
      groups.push({ name: line.slice(2), emoji: [] });
      continue;
    }
    const one = readEmoji(line);
    groups.at(-1)!.emoji.push(one);
    for (const name of one.names) byName.set(name, one);
  }
  return { groups, byName };
}

function readEmoji(line: string): Emoji {
  const [emoji = "", names = "", label = "", others = ""] = line.split("\t");
  const words = `${names.replaceAll("_", " ")} ${label} ${others}`.toLowerCase();
  return { emoji, names: names.split(" "), label, words: words.split(/[\s,:()]+/) };
}

/**
 * Searches emoji by name or description.
 *
 * @param query The search text; every word in it must match.
 * @returns The best match first; all emoji for an empty query.
 */
export function searchEmoji({ groups }: EmojiCatalogue, query: string): readonly Emoji[] {
  const all = groups.flatMap(({ emoji }) => emoji);
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return all;
  const terms = [...new Set(wanted.split(/[\s_:]+/))].filter((term) => term !== "");
  return all.map((one) => ({ one, rank: rankOf(one, wanted, terms) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!)
    .map(({ one }) => one);
}

function rankOf({ emoji, names, words }: Emoji, wanted: string, terms: readonly string[]) {
  if (names.includes(wanted) || emoji === canonicalEmoji(wanted)) return 0;
  const begun = names.filter((name) => name.startsWith(wanted));
  // Of two matches, the shorter name is closer to the search text.
  if (begun.length > 0) return 1 + Math.min(...begun.map(({ length }) => length)) / 1_000;
  return terms.every((term) => words.some((word) => word.startsWith(term))) ? 2 : undefined;
}

let loading: Promise<EmojiCatalogue> | undefined;

/** Loads the emoji, once. @throws If they cannot be loaded; the next call tries again. */
export async function loadEmoji(): Promise<EmojiCatalogue> {
  try {
    return await (loading ??= load());
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function load(): Promise<EmojiCatalogue> {
  const file = language === "de"
    ? await import("./de.txt", { with: { type: "text" } })
    : await import("./en.txt", { with: { type: "text" } });
  return readCatalogue(file.default);
}
