/**
 * The emoji that are offered, with their names in the page's language. They are loaded when
 * somebody first asks for one.
 *
 * @module
 */
import { language } from "./language.ts";

/** An emoji and what leads to it. */
export interface Emoji {
  readonly emoji: string;
  /** As they stand between colons; the first is the usual one. */
  readonly names: readonly string[];
  /** In words. */
  readonly label: string;
  /** Every word that can be searched for, in lower case. */
  readonly words: readonly string[];
}

/** Emoji that belong together. */
export interface Group {
  /** A key of the catalogue of strings. */
  readonly name: string;
  readonly emoji: readonly Emoji[];
}

/** Every emoji. */
export interface Catalogue {
  readonly groups: readonly Group[];
  readonly byName: ReadonlyMap<string, Emoji>;
}

/** Reads the lines that `tools/emoji.ts` writes. */
export function readCatalogue(text: string): Catalogue {
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
 * Finds emoji by name or by words.
 *
 * @param query What was typed; every word of it must be found.
 * @returns The likeliest first; everything for an empty query.
 */
export function searchEmoji({ groups }: Catalogue, query: string): readonly Emoji[] {
  const all = groups.flatMap(({ emoji }) => emoji);
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return all;
  const parts = wanted.split(/[\s_:]+/).filter((part) => part !== "");
  return all.map((one) => ({ one, rank: rankOf(one, wanted, parts) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!)
    .map(({ one }) => one);
}

function rankOf({ emoji, names, words }: Emoji, wanted: string, parts: readonly string[]) {
  if (names.includes(wanted) || emoji === wanted) return 0;
  const begun = names.filter((name) => name.startsWith(wanted));
  // Of two the shorter one is nearer to what was typed.
  if (begun.length > 0) return 1 + Math.min(...begun.map(({ length }) => length)) / 1_000;
  return parts.every((part) => words.some((word) => word.startsWith(part))) ? 2 : undefined;
}

let loading: Promise<Catalogue> | undefined;

/** Loads the emoji, once. @throws Where there is no line; the next call tries again. */
export async function loadEmoji(): Promise<Catalogue> {
  try {
    return await (loading ??= load());
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function load(): Promise<Catalogue> {
  const file = language === "de"
    ? await import("./emoji/de.txt", { with: { type: "text" } })
    : await import("./emoji/en.txt", { with: { type: "text" } });
  return readCatalogue(file.default);
}
