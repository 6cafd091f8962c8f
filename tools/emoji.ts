/**
 * Generates the emoji data of the page in each language from emojibase: `deno task emoji`. A test fails
 * if a file is out of date. Each line of `static/emoji/LANGUAGE.txt` has, separated by tabs, an emoji,
 * its shortcodes, its label, and more search words; a line that begins with `= ` opens a group.
 *
 * @module
 */
import german from "emojibase-data/de/data.json" with { type: "json" };
import english from "emojibase-data/en/data.json" with { type: "json" };
import codes from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import { canonicalEmoji } from "../lib/protocol/text/emoji.ts";
import messages from "emojibase-data/meta/groups.json" with { type: "json" };

/** An emoji in the data of emojibase. */
interface EmojiData {
  readonly emoji: string;
  readonly hexcode: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order?: number;
  readonly version: number;
}

/** The data by language. */
const LANGUAGES: Readonly<Record<string, readonly EmojiData[]>> = { de: german, en: english };

/** The newest version of Unicode emoji that is offered: few fonts have newer ones. */
const MAX_VERSION = 15.1;
/** The group of skin tones and hair, which are parts of emoji. */
const COMPONENT = 2;

/** Generates the files, by path from the root. */
export function emojiFiles(): ReadonlyMap<string, string> {
  const languages = Object.entries(LANGUAGES);
  return new Map(languages.map(([language, entries]) => [path(language), file(entries)]));
}

function path(language: string): string {
  return `static/emoji/${language}.txt`;
}

function file(entries: readonly EmojiData[]): string {
  const shown = entries.filter(isShown).sort((a, b) => a.order! - b.order!);
  let group: number | undefined;
  return shown.flatMap((entry) => {
    const opens = entry.group !== group;
    group = entry.group;
    return opens ? [`= ${groupName(group!)}\n`, line(entry)] : [line(entry)];
  }).join("");
}

function isShown(entry: EmojiData): boolean {
  const { group, order, version } = entry;
  return group !== undefined && group !== COMPONENT && order !== undefined &&
    version <= MAX_VERSION;
}

function groupName(group: number): string {
  return (messages.groups as Readonly<Record<string, string>>)[group]!;
}

function line({ emoji, hexcode, label, tags = [] }: EmojiData): string {
  const names = namesOf(hexcode);
  const words = `${names.join(" ")} ${label}`.toLowerCase();
  const others = tags.filter((tag) => !words.includes(tag.toLowerCase()));
  return `${
    [canonicalEmoji(emoji), names.join(" "), label, others.join(" ")].join("\t").trimEnd()
  }\n`;
}

/** Returns the shortcodes of GitHub, or one made from the English label. */
function namesOf(hexcode: string): readonly string[] {
  const known = (codes as Readonly<Record<string, string | string[]>>)[hexcode];
  if (known !== undefined) return [known].flat();
  const { label } = english.find((entry) => entry.hexcode === hexcode)!;
  return [label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replace(/_$/, "")];
}

if (import.meta.main) {
  for (const [path, text] of emojiFiles()) {
    await Deno.writeTextFile(new URL(`../${path}`, import.meta.url), text);
  }
}
