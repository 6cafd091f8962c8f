/**
 * The part of `Store` that finds messages which are too old. Pinned messages stay, and so does the
 * root of a thread as long as a reply in it is left. The contract of `store.ts` holds here too.
 *
 * @module
 */
import type { Account } from "./records.ts";

/** How many events one step looks at. */
export const LOOKED_AT_A_STEP = 500;

/** How many messages one step finds. */
export const EXPIRED_A_STEP = 200;

/** For how long, in ms, no other instance takes over a step: the instance that does it may have ended. */
export const EXPIRY_STEP_MS = 10_000;

/**
 * How long, in ms, a room is not looked at when nothing in it can become too old before, and how long a
 * message stays that was unpinned, or lost its last reply, when it was too old already.
 */
export const LOOK_AGAIN_MS = 86_400_000;

/** A message that is too old. */
export interface ExpiredMessage {
  readonly room: number;
  readonly seq: number;
  readonly sender: Account;
}

/** What one step has to delete. */
export interface ExpiryStep {
  readonly messages: readonly ExpiredMessage[];
  /** How far a room was looked through; `null` for a step through messages that had stayed. */
  readonly looked: {
    readonly room: number;
    /** Up to this `seq`. */
    readonly seq: number;
    /** The messages, by `seq`, that stay for now although they are too old. */
    readonly outliving: readonly number[];
    /** When the room is looked at again. */
    readonly dueAt: number;
    /** What the claim of the room set: another one means that the room has changed since. */
    readonly claim: number;
  } | null;
}

/** Finds messages that are too old. */
export interface RetentionStore {
  /**
   * Begins the next step that is due; `null` if there is none. A step that is not ended is repeated.
   *
   * @param serverDays After how many days messages are deleted in every room; 0 for never.
   */
  nextExpiry(at: number, serverDays: number): Promise<ExpiryStep | null>;
  /** Ends a step, once everything that it found is deleted. */
  endExpiryStep(step: ExpiryStep, at: number): Promise<void>;
}
