/**
 * The server's own emoji, as this device knows them: they are kept for when it is offline. Nothing is
 * asked of the server before something wants to show one.
 *
 * @module
 */
import type { EmojiListing } from "../../lib/protocol/frames.ts";
import { preference, setPreference } from "../util/preferences.ts";
import type { Emoji, EmojiCatalogue } from "./emoji.ts";

const place = "own-emoji";

/** The ids of their pictures, by the texts that stand for them. */
let pictures: ReadonlyMap<string, string> = new Map(stored());
let wanted = false;
const followers = new Set<() => void>();

function stored(): [string, string][] {
  try {
    return JSON.parse(preference(place) ?? "[]");
  } catch {
    return [];
  }
}

/** The ids of the pictures, by the texts that stand for the emoji. */
export function ownEmoji(): ReadonlyMap<string, string> {
  return pictures;
}

/** Whether something wants to show them. */
export function isWanted(): boolean {
  return wanted;
}

/** Says that something wants to show them, and calls a function after each change. */
export function followOwnEmoji(run: () => void): () => void {
  followers.add(run);
  if (!wanted) {
    wanted = true;
    tell();
  }
  return () => followers.delete(run);
}

/** Calls a function after each change, and when something wants to show them. */
export function watchOwnEmoji(run: () => void): () => void {
  followers.add(run);
  return () => followers.delete(run);
}

/** What has become of some of them: the id of the picture now; without one it was deleted. */
type Changes = ReadonlyMap<string, string | undefined>;

/** Replaces all of them. @param changes What has changed while the list was read. */
export function setOwnEmoji(
  all: readonly Pick<EmojiListing, "emoji" | "picture">[],
  changes: Changes,
): void {
  keep(new Map(all.map(({ emoji, picture }) => [emoji, picture])), changes);
}

/** Changes some of them. */
export function changeOwnEmoji(changes: Changes): void {
  if (changes.size > 0) keep(pictures, changes);
}

function keep(all: Changes, changes: Changes): void {
  const sorted = [...new Map([...all, ...changes])]
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1);
  pictures = new Map(sorted);
  setPreference(place, JSON.stringify(sorted));
  tell();
}

function tell(): void {
  for (const run of [...followers]) run();
}

/** A catalogue with them as its first group. */
export function withOwnEmoji(
  catalogue: EmojiCatalogue,
  own: ReadonlyMap<string, string>,
): EmojiCatalogue {
  if (own.size === 0) return catalogue;
  const emoji = [...own.keys()].map((text): Emoji => {
    const name = text.slice(1, -1);
    return { emoji: text, names: [name], label: text, words: [name, ...name.split(/[_+-]/)] };
  });
  return { ...catalogue, groups: [{ name: "own", emoji }, ...catalogue.groups] };
}
