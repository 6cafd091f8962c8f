/**
 * The shorthand of `chat.batch.v2`: what one message of an array has from the one before it is not
 * said again. That is a third of what a busy room sends, and bytes are what a busy room costs.
 *
 * @module
 */
import type { ServerFrame } from "./protocol.ts";

/** What an object without `type` has from the one before it, unless it says otherwise. */
const CARRIED = ["type", "room", "receiver", "sender", "guest", "at"] as const;

/** A frame, or what of it is not as in the one before it. */
export type Short = { readonly [K in (typeof CARRIED)[number] | "seq"]?: unknown };

/** Leaves out what follows from the frame before. */
export function shorten(frames: readonly ServerFrame[]): Short[] {
  return frames.map((frame: Short, i) => {
    const before: Short | undefined = frames[i - 1];
    return before !== undefined && continues(frame, before) ? news(frame, before) : frame;
  });
}

/** The frames of a shortened array. Arrays in which nothing is left out stay as they are. */
export function expand(array: readonly Short[]): ServerFrame[] {
  let before: Short = {};
  return array.map((short) => {
    if ("type" in short) return before = short;
    const frame: { -readonly [K in keyof Short]: unknown } = { ...short };
    frame.seq ??= (before.seq as number) + 1;
    for (const name of CARRIED) if (name in before) frame[name] ??= before[name];
    return before = frame;
  }) as unknown as ServerFrame[];
}

/** Whether a frame can be said by its news alone: it must not lack what would carry over. */
function continues(frame: Short, before: Short): boolean {
  return frame.type === before.type && typeof before.seq === "number" &&
    frame.seq === before.seq + 1 && CARRIED.every((name) => name in frame || !(name in before));
}

function news(frame: Short, before: Short): Short {
  const said = Object.entries(frame).filter(([name, value]) => {
    const known = name as keyof Short;
    return known !== "seq" && !(CARRIED.includes(known) && before[known] === value);
  });
  return Object.fromEntries(said);
}
