/**
 * The part of `Store` for the links that the server has still to look up. The contract of `store.ts`
 * holds here too.
 *
 * @module
 */
import type { Place } from "./personal.ts";

/** A message whose link is to be looked up. */
export interface PreviewJob extends Place {
  /** Names the job: the key of the event that it causes, so that there is one such event. */
  readonly id: string;
}

/** Links to look up. */
export interface PreviewStore {
  /**
   * Adds a job, due at once, in place of the one that the message has. While an instance does that
   * one, the new one waits for its end: of the jobs of one message one is done at a time.
   */
  addPreviewJob(job: PreviewJob, at: number): Promise<void>;
  /**
   * Reserves jobs that are due, so that one instance does each. What an instance does not finish by
   * `until` can be reserved once more: then it is given up.
   */
  claimPreviewJobs(now: number, until: number, limit: number): Promise<readonly PreviewJob[]>;
  /** Ends a job; one that has taken its place is due then. */
  finishPreviewJob(job: PreviewJob, at: number): Promise<void>;
  /** When the next job is due; `null` if there is none. */
  nextPreviewJob(): Promise<number | null>;
}
