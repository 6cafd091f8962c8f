/**
 * Decodes messages of the server into frames, from older and newer servers too.
 *
 * @module
 */
import { expand, type ServerFrame, type Short } from "@hubbub/protocol";

/** Decodes the frames in one message, in order; skips what is not a frame. Never throws. */
export function framesIn(data: unknown): readonly ServerFrame[] {
  const text = String(data);
  let value: unknown;
  try {
    // The page treats a `null` field as missing. Most messages have none.
    value = text.includes("null") ? JSON.parse(text, withoutNull) : JSON.parse(text);
  } catch (error) {
    console.error("The server sent something that is no JSON:", error);
    return [];
  }
  return expand([value].flat().filter(isObject));
}

function withoutNull(_name: string, value: unknown): unknown {
  return value ?? undefined;
}

function isObject(value: unknown): value is Short {
  return typeof value === "object" && value !== null;
}
