/**
 * Writes the emoji that the page offers, with their names in each of its languages, from the data
 * of emojibase: `deno task emoji`. A test compares. Each line of `static/emoji/LANGUAGE.txt` is an
 * emoji, its names between colons, its name in words, and other words that lead to it, with tabs in
 * between; a line that begins with `= ` opens a group.
 *
 * @module
 */
import german from "emojibase-data/de/data.json" with { type: "json" };
import english from "emojibase-data/en/data.json" with { type: "json" };
import codes from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import messages from "emojibase-data/meta/groups.json" with { type: "json" };

/** An emoji as the data has it. */
interface Entry {
  readonly emoji: string;
  readonly hexcode: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order?: number;
  readonly version: number;
}

/** The data by language. */
const LANGUAGES: Readonly<Record<string, readonly Entry[]>> = { de: german, en: english };

/** Newer ones are in the fonts of few people yet: they would see a box. */
const VERSION_MAX = 15.1;
/** Skin tones and hair: parts of emoji. */
const COMPONENT = 2;

/** The files, by path from the root. */
export function emojiFiles(): ReadonlyMap<string, string> {
  const languages = Object.entries(LANGUAGES);
  return new Map(languages.map(([language, entries]) => [path(language), file(entries)]));
}

function path(language: string): string {
  return `static/emoji/${language}.txt`;
}

function file(entries: readonly Entry[]): string {
  const shown = entries.filter(isShown).sort((a, b) => a.order! - b.order!);
  let group: number | undefined;
  return shown.flatMap((entry) => {
    const opens = entry.group !== group;
    group = entry.group;
    return opens ? [`= ${groupName(group!)}\n`, line(entry)] : [line(entry)];
  }).join("");
}

function isShown(entry: Entry): boolean {
  const { group, order, version } = entry;
  return group !== undefined && group !== COMPONENT && order !== undefined &&
    version <= VERSION_MAX;
}

function groupName(group: number): string {
  return (messages.groups as Readonly<Record<string, string>>)[group]!;
}

function line({ emoji, hexcode, label, tags = [] }: Entry): string {
  const names = namesOf(hexcode);
  const words = `${names.join(" ")} ${label}`.toLowerCase();
  const others = tags.filter((tag) => !words.includes(tag.toLowerCase()));
  return `${[plainest(emoji), names.join(" "), label, others.join(" ")].join("\t").trimEnd()}\n`;
}

/** The names that people know, or one made of the words where there is none. */
function namesOf(hexcode: string): readonly string[] {
  const known = (codes as Readonly<Record<string, string | string[]>>)[hexcode];
  if (known !== undefined) return [known].flat();
  const { label } = english.find((entry) => entry.hexcode === hexcode)!;
  return [label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replace(/_$/, "")];
}

/** Without the mark that asks for colours, where it has them anyway: one emoji is one reaction. */
function plainest(emoji: string): string {
  const bare = emoji.replace(/\ufe0f$/u, "");
  return /^\p{RGI_Emoji}$/v.test(bare) ? bare : emoji;
}

if (import.meta.main) {
  for (const [path, text] of emojiFiles()) {
    await Deno.writeTextFile(new URL(`../${path}`, import.meta.url), text);
  }
}
