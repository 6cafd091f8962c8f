/**
 * The delta coding of `chat.batch.v2`: a message of an array leaves out the fields that it has in
 * common with the one before it. That saves a third of the bytes that a busy room sends, and bytes
 * are what a busy room costs.
 *
 * @module
 */
import type { ServerFrame } from "./frames.ts";

/** The fields that an object without `type` takes over from the one before it, unless it has them. */
const CARRIED = [
  "type",
  "room",
  "room_id",
  "receiver",
  "receiver_id",
  "sender",
  "sender_id",
  "guest",
  "at",
] as const;

/** A frame, or the part of it that differs from the one before it. */
export type Short = { readonly [K in (typeof CARRIED)[number] | "seq"]?: unknown };

/** Leaves out the fields that follow from the frame before. */
export function shorten(frames: readonly ServerFrame[]): Short[] {
  return frames.map((frame: Short, i) => {
    const before: Short | undefined = frames[i - 1];
    return before !== undefined && continues(frame, before) ? news(frame, before) : frame;
  });
}

/** Restores the frames of a shortened array. Other arrays stay as they are. */
export function expand(array: readonly Short[]): ServerFrame[] {
  let before: Short = {};
  return array.map((short) => {
    if ("type" in short) return before = short;
    const frame: { -readonly [K in keyof Short]: unknown } = { ...short };
    frame.seq ??= (before.seq as number) + 1;
    for (const name of CARRIED) if (!(name in frame) && name in before) frame[name] = before[name];
    return before = frame;
  }) as unknown as ServerFrame[];
}

/** Whether a frame can be shortened: it must not lack a field that would be taken over. */
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
