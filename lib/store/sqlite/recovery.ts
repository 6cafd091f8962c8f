/**
 * Recovers from the files beside a data file: applies the commit log to the tables, and detects
 * whether acknowledged data is missing.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { basename } from "node:path";
import { StoreError } from "../error.ts";
import { applyTo, type LogRow, type MessageRow } from "./apply.ts";
import { type LogFound, readCommitLog, removeCommitLog } from "./commit_log.ts";
import { readMark } from "./mark.ts";
import { newestIdIn } from "./newest.ts";
import { salvage } from "./salvage.ts";
import { moveAway, sidePath, sideSize } from "./side_files.ts";
import { newState, readState, renewEpoch, type State, writeState } from "./state.ts";
import { transactions } from "./transaction.ts";

/** What to do about damage: refuse to start, or keep going with the readable data. */
export type OnDamage = "refuse" | "keep-going";

/** The findings beside a data file. */
export interface Findings {
  /** `null` in a file that no server of this version has opened. */
  readonly state: State | null;
  readonly log: LogFound;
  /** The numbers that the next record and write follow. */
  readonly records: number;
  readonly writes: number;
  /** The problem, in words; `null` if no acknowledged data is missing. */
  readonly damage: string | null;
}

/** Examines everything, and changes nothing. */
export function examine(db: DatabaseSync, path: string): Findings {
  const hasTables = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get();
  const state = hasTables === undefined ? null : readState(db);
  const log = readCommitLog(path, state?.identity ?? "");
  if (state === null) {
    return { state, log, records: 0, writes: 0, damage: damageOfEarlier(db, path, log) };
  }
  const mark = readMark(path, state.identity);
  const marked = typeof mark === "object" ? mark : state;
  const newest = log.records.at(-1)?.number ?? 0;
  const records = Math.max(state.records, marked.records, newest);
  const writes = Math.max(state.writes, marked.writes);
  const damage = [
    damageOfLog(path, state, log, records),
    writes > state.writes
      ? `${count(writes - state.writes, "acknowledged change")} of ${writes} ${
        isOne(writes - state.writes)
      } missing from it: it is an older copy, or its write-ahead log (${
        nameOf(path, "wal")
      }) was damaged or removed`
      : null,
    state.open && typeof mark === "string"
      ? `${nameOf(path, "mark")}, which says how much was acknowledged, is ${mark}, and the ` +
        "server was not stopped in order (or this is a copy that another tool made beside it)"
      : null,
    follows(db, newRecords(state, log)) ? null : doesNotFollow(path),
    damageOfUnnumbered(db, path, log.unnumbered),
  ].filter((one) => one !== null);
  return { state, log, records, writes, damage: damage.length === 0 ? null : damage.join("; ") };
}

function damageOfLog(
  path: string,
  { records: applied }: State,
  { records: found, files }: LogFound,
  records: number,
): string | null {
  const there = found.filter(({ number }) => number > applied).length;
  const missing = records - applied - there;
  if (missing === 0) return null;
  const where = files.length > 0
    ? files.map((file) => basename(file)).join(" and ")
    : `${nameOf(path, "log0")} and ${nameOf(path, "log1")}`;
  return `${missing} of ${
    count(records - applied, "acknowledged record")
  } that its tables do not ` +
    `have cannot be read from its commit log (${where}), ${there} can`;
}

/** A file that an earlier version left, or a new one. */
function damageOfEarlier(db: DatabaseSync, path: string, log: LogFound): string | null {
  const isNew = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (isNew) {
    // Its first tables were in there.
    if (sideSize(path, "mark") > 0 && Deno.statSync(path).size > 0) {
      return `its write-ahead log (${nameOf(path, "wal")}) is missing or damaged`;
    }
    if (log.broken === 0 && log.unnumbered.length === 0) return null;
    return `the data file is missing or empty, and a commit log (${nameOf(path, "log0")}, ${
      nameOf(path, "log1")
    }) with acknowledged messages lies beside it`;
  }
  if (log.broken > 0) {
    const lines = log.broken + log.unnumbered.length;
    return `${log.broken} of ${count(lines, "record")} in its commit log (${
      log.files.map((file) => basename(file)).join(" and ")
    }) cannot be read, ${log.unnumbered.length} can`;
  }
  return damageOfUnnumbered(db, path, log.unnumbered);
}

function damageOfUnnumbered(
  db: DatabaseSync,
  path: string,
  texts: readonly string[],
): string | null {
  return missing(db, texts) === null ? doesNotFollow(path) : null;
}

function doesNotFollow(path: string): string {
  return `the messages in its commit log (${nameOf(path, "log0")}, ${nameOf(path, "log1")}) do ` +
    "not follow those in it: one of the files is an older copy, or another server's";
}

/** Whether the tables hold everything that is in the commit log now. */
export function isApplied(db: DatabaseSync, newest: number): boolean {
  return (readState(db)?.records ?? newest) >= newest;
}

/**
 * Applies the records that an ended process had only in its commit log. Must not be called while
 * another process writes to either.
 *
 * @throws {StoreError} If acknowledged data is missing or does not fit, and the setting is to
 * refuse; then nothing was changed.
 * @returns What was lost and where it is kept, in words, if the server keeps going.
 */
export function recover(
  db: DatabaseSync,
  path: string,
  findings: Findings,
  onDamage: OnDamage,
): string | null {
  if (findings.damage !== null) {
    if (onDamage === "refuse") throw refusal(findings.damage);
    return goOn(db, path, findings, findings.damage);
  }
  try {
    apply(db, findings);
  } catch (cause) {
    const damage = `what was acknowledged cannot be put into its tables (${cause})`;
    if (onDamage === "refuse") throw refusal(damage);
    return goOn(db, path, findings, damage);
  }
  // A broken record there was never acknowledged, or is in the tables. It is kept all the same.
  if (findings.log.broken > 0) moveAway(path, "damaged", ["log0", "log1"]);
  removeCommitLog(path);
  return null;
}

/** Describes the problem, and what to do. */
export function refusal(damage: string): StoreError {
  return new StoreError(`${damage}. ${WHAT_TO_DO}`);
}

const WHAT_TO_DO = "Nothing was changed. Put the missing file back if there is a copy of it, or " +
  "start once with --damaged=keep-going: everything readable is taken over in order, the damaged " +
  "files are kept under another name, and clients learn that the log is not the one they knew";

function apply(db: DatabaseSync, { state, log, records, writes }: Findings): void {
  const texts = [...newRecords(state, log), ...missing(db, log.unnumbered) ?? []];
  if (texts.length === 0) return;
  const apply = applyTo(db);
  transactions(db)(() => {
    apply(texts, String(records));
    if (state !== null) writeState(db, { ...state, records, writes });
  });
}

/** Keeps the damaged files, and everything in them that can be read. */
function goOn(db: DatabaseSync, path: string, findings: Findings, damage: string): string {
  const { state, log, records, writes } = findings;
  const rows = [...newRecords(state, log), ...log.unnumbered]
    .flatMap((text): LogRow[] => JSON.parse(text));
  let skipped = 0;
  // Once: if the process ends right after it, the log has another identity.
  transactions(db)(() => {
    skipped = salvage(db, rows);
    // Earlier records must not be mistaken for later ones, which may have their numbers.
    const identity = crypto.randomUUID();
    writeState(db, { ...state ?? newState(), identity, records, writes, open: false });
    renewEpoch(db);
  });
  const renamed = moveAway(path, "damaged", ["log0", "log1", "mark"]);
  const unfit = skipped === 0 ? "" : ` ${count(skipped, "record")} did not fit.`;
  return `${damage}. The server goes on without what is missing, under a new epoch.${unfit} ` +
    `Kept: ${renamed.join(", ") || "nothing was there"}`;
}

/**
 * The records of earlier versions that the tables lack, in order, determined by the ids of their
 * messages. `null` if they do not follow the rows in the tables.
 */
function missing(db: DatabaseSync, records: readonly string[]): string[] | null {
  if (records.length === 0) return [];
  const newest = newestIdIn(db)();
  const rows = records.flatMap((record): LogRow[] => JSON.parse(record));
  const messages = rows.filter(isMessage).filter(([id]) => id > newest)
    .toSorted(([one], [other]) => one - other);
  if (messages.some(([id], n) => id !== newest + 1 + n)) return null;
  const marks = rows.filter((row) => !isMessage(row));
  return [...messages, ...marks].map((row) => JSON.stringify([row]));
}

/** The records that the tables lack, in order. */
function newRecords(state: State | null, { records }: LogFound): string[] {
  const applied = state?.records ?? 0;
  return records.filter(({ number }) => number > applied).map(({ text }) => text);
}

/** Whether records were written when the tables were in their current state. */
function follows(db: DatabaseSync, records: readonly string[]): boolean {
  if (records.length === 0) return true;
  const newest = newestIdIn(db)();
  return records.flatMap((record): LogRow[] => JSON.parse(record)).filter(isMessage)
    .every(([id], n) => id === newest + 1 + n);
}

function isMessage(row: LogRow): row is MessageRow {
  return row.length > 3;
}

/**
 * Files that hold data while the data file is missing. After a clean stop only the mark does: it
 * says that events were acknowledged.
 */
export function orphans(path: string): string[] {
  return (["wal", "log0", "log1", "mark"] as const).filter((file) => sideSize(path, file) > 0)
    .map((file) => nameOf(path, file));
}

function nameOf(path: string, file: Parameters<typeof sidePath>[1]): string {
  return basename(sidePath(path, file));
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function isOne(n: number): string {
  return n === 1 ? "is" : "are";
}
