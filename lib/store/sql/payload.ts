/**
 * The column `payload`: a JSON object of everything about an event that has no column of its own.
 * Texts in it are stored as in other columns: see `text.ts`.
 *
 * @module
 */
import { decodeText, encodeText } from "./text.ts";

/** The content of the column. */
export type Payload = Readonly<Record<string, unknown>>;

/** The text of the column; `null` for an empty object. */
export function toPayload(payload: Payload): string | null {
  if (Object.keys(payload).length === 0) return null;
  return JSON.stringify(
    payload,
    (_, value) => typeof value === "string" ? encodeText(value) : value,
  );
}

/**
 * Reads the column. Anything but a JSON object counts as an empty one: it must not make a room
 * unreadable.
 */
export function parsePayload(stored: string | null): Payload {
  if (stored === null) return {};
  try {
    const payload: unknown = JSON.parse(
      stored,
      (_, value) => typeof value === "string" ? decodeText(value) : value,
    );
    const isObject = typeof payload === "object" && payload !== null && !Array.isArray(payload);
    return isObject ? payload as Payload : {};
  } catch {
    return {};
  }
}
