/**
 * The messages of a log that the user is about to delete: one of them, or several that are selected.
 *
 * @module
 */
import type { Message } from "../../lib/protocol/frames.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";

/** What is about to be deleted. */
export interface Deletion {
  readonly seqs: ReadonlySet<number>;
  /** The message that was selected or left out last: a range begins there. */
  readonly last: number;
  /** Whether the user selects several messages; otherwise the one is asked about at once. */
  readonly several: boolean;
}

/** Begins with a message. */
export function deletionOf(seq: number, several = false): Deletion {
  return { seqs: new Set([seq]), last: seq, several };
}

/**
 * Selects a message, or leaves it out again.
 *
 * @param messages The messages that can be selected, the oldest first.
 * @param isRange Whether to do so with all messages from the last one to this one.
 * @returns The selection, with as many messages as can be deleted at once.
 */
export function toggled(
  { seqs, last }: Deletion,
  messages: readonly Message[],
  seq: number,
  isRange: boolean,
): Deletion {
  const on = isRange ? seqs.has(last) : !seqs.has(seq);
  const [from, to] = isRange ? [Math.min(last, seq), Math.max(last, seq)] : [seq, seq];
  const range = messages.map((message) => message.seq).filter((one) => from <= one && one <= to);
  const next = new Set(seqs);
  for (const one of range) {
    if (!on) next.delete(one);
    else if (next.size < LIMITS.deleted_messages) next.add(one);
  }
  return { seqs: next, last: seq, several: true };
}
