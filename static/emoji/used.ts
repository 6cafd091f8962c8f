/**
 * Which emoji the user picks most, on this device.
 *
 * @module
 */
import { preference, setPreference } from "../util/preferences.ts";

const place = "used-emoji";
/** How many emoji are counted. */
const countedMax = 50;

function counts(): Readonly<Record<string, number>> {
  try {
    return JSON.parse(preference(place) ?? "{}");
  } catch {
    return {};
  }
}

function byCount(): [emoji: string, count: number][] {
  return Object.entries(counts()).sort(([, a], [, b]) => b - a);
}

/** Counts an emoji that the user has picked. One that is rarely picked gives its place to another. */
export function countUse(emoji: string): void {
  const known = byCount();
  const before = known.find(([one]) => one === emoji)?.[1] ?? 0;
  const others = known.filter(([one]) => one !== emoji).slice(0, countedMax - 1);
  setPreference(place, JSON.stringify(Object.fromEntries([...others, [emoji, before + 1]])));
}

/** The emoji that the user picks most; others follow where there are too few. */
export function mostUsed(count: number, others: readonly string[]): readonly string[] {
  return [...new Set([...byCount().map(([emoji]) => emoji), ...others])].slice(0, count);
}
