/**
 * The part of `Store` for reports: messages that users have reported to the moderators. A report has
 * no text of its message, which ends with the message. The contract of `store.ts` holds here too.
 *
 * @module
 */
import type { RoomRecord } from "./records.ts";

/** What a report is made with. */
export interface NewReport {
  /** The id that clients know. */
  readonly id: string;
  /** The room's number. */
  readonly room: number;
  readonly seq: number;
  /** The name and the public id of the user who reports. */
  readonly by: string;
  readonly byId: string;
  readonly reason: string;
  readonly at: number;
}

/** How a report was resolved. */
export interface Resolution {
  /** The name and the public id of the moderator. */
  readonly by: string;
  readonly byId: string;
  readonly at: number;
  readonly note: string;
}

/** A report. */
export interface Report extends Omit<NewReport, "room"> {
  /** Its place in the queue: later ones have higher numbers. */
  readonly number: number;
  readonly room: RoomRecord;
  readonly resolution: Resolution | null;
}

/** Reports. */
export interface ReportStore {
  /** Stores a report. @returns `false` if the user has reported the message before. */
  addReport(report: NewReport): Promise<boolean>;
  /** The report with an id. */
  reportById(id: string): Promise<Report | null>;
  /**
   * Reports, the newest first.
   *
   * @param resolved Those that were resolved, or those that wait.
   * @param before The number of the last one of the page before; `null` for the first page.
   */
  reports(resolved: boolean, before: number | null, limit: number): Promise<readonly Report[]>;
  /** Resolves every report of the message of a report. @returns `false` if none waited. */
  resolveReports(id: string, resolution: Resolution): Promise<boolean>;
}
