/**
 * Where a forwarded message comes from.
 *
 * @module
 */

/** The origin of a forwarded message, as it was when it was forwarded. */
export interface Forwarded {
  /** The room, where everyone may know of it: a public one. */
  readonly room?: string;
  readonly room_id?: string;
  /** Its place in the log of that room. */
  readonly seq?: number;
  /** The author of the original. */
  readonly sender: string;
  readonly sender_id: string;
  /** When the original was sent, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Whether a value is an origin, as it is stored. */
export function isForwarded(value: unknown): value is Forwarded {
  if (typeof value !== "object" || value === null) return false;
  const { room, room_id, seq, sender, sender_id, at } = value as Readonly<Record<string, unknown>>;
  return typeof sender === "string" && typeof sender_id === "string" && Number.isSafeInteger(at) &&
    (seq === undefined || Number.isSafeInteger(seq)) &&
    [room, room_id].every((one) => one === undefined || typeof one === "string");
}
