/**
 * Exports a store as records, and imports records into an empty store.
 *
 * @module
 */
import type { Row } from "../store/sql/rows.ts";
import { StoreError } from "../store/error.ts";
import type { Dump } from "./dump.ts";
import { type Contradiction, CONTRADICTIONS, KEY_TAKEN } from "./checks.ts";
import { Completion, CONCLUSIONS } from "./completion.ts";
import { loadEmoji } from "../slack/emoji.ts";
import { Summary } from "./summary.ts";
import { contradicts, type LineProblem, LogCheck } from "./log_check.ts";
import {
  compareRows,
  FORMAT,
  type Kind,
  KINDS,
  OLDEST_FORMAT,
  type RecordLine,
  toRecord,
  toRow,
  upgrade,
  withArticle,
  withoutSecrets,
} from "./records.ts";

const BY_TYPE = new Map(KINDS.map((kind) => [kind.type, kind]));

/** How many rows are collected before they are inserted. */
const GATHERED = 500;

/** What an export contains. */
export interface ExportOptions {
  /** Whether it contains credentials: hashes of passwords and tokens, keys, links. */
  readonly secrets: boolean;
}

/**
 * Exports a consistent snapshot of a store. The first record names the format; the last one has the
 * number of records, so that an import notices a truncated export.
 */
export async function* exportRecords(
  dump: Dump,
  { secrets }: ExportOptions = { secrets: true },
): AsyncGenerator<RecordLine> {
  yield { type: "hubbub", format: FORMAT };
  await dump.begin("read");
  let count = 0;
  for (const kind of KINDS) {
    for await (const row of dump.rows(kind)) {
      const record = secrets ? toRecord(kind, row) : withoutSecrets(kind, toRecord(kind, row));
      if (record === null) continue;
      count += 1;
      yield record;
    }
  }
  yield { type: "end", records: count };
}

/** Called with a problem, and the number of its line. To continue without the record, it returns. */
export type ReportProblem = (line: number, problem: string, cause?: unknown) => void;

/**
 * Imports records into an empty store: all of them, or none.
 *
 * @param summary Lists the names of another system that are others here.
 * @returns The number of records.
 * @throws {StoreError} If the store is not empty, or a record is wrong; the message has its line.
 */
export async function importRecords(
  dump: Dump,
  records: AsyncIterable<unknown>,
  summary = new Summary(),
): Promise<number> {
  const reader = await readInto(dump, records, summary, (line, problem, cause) => {
    throw new StoreError(`Cannot import: line ${line}: ${problem}`, { cause });
  });
  try {
    for (const { what, before, after } of await dump.finish()) {
      summary.renamed(what, before, after);
    }
  } catch (cause) {
    throw new StoreError(`Cannot import: the records do not fit together. ${cause}`, { cause });
  }
  return reader.count;
}

/**
 * Checks records as an import would, and reports every problem.
 *
 * @param dump A store for this check only: nothing is left in it.
 * @returns The number of records without a problem of their own.
 */
export async function checkRecords(
  dump: Dump,
  records: AsyncIterable<unknown>,
  report: ReportProblem,
  summary = new Summary(),
): Promise<number> {
  return (await readInto(dump, records, summary, report)).count;
}

async function readInto(
  dump: Dump,
  records: AsyncIterable<unknown>,
  summary: Summary,
  report: ReportProblem,
): Promise<Reader> {
  await dump.begin("write");
  if (!await dump.isEmpty()) {
    throw new StoreError("Cannot import: the store is not empty. Give a new one");
  }
  await dump.clear();
  const reader = new Reader(dump, summary, report);
  for await (const record of records) {
    const inserted = reader.take(record);
    // Most records only wait for others: no turn of the event loop for them.
    if (inserted !== undefined) await inserted;
  }
  await reader.finish();
  return reader;
}

/** The records of one kind. */
interface RecordSection {
  readonly kind: Kind;
  /** The line of the first one. */
  readonly line: number;
  /** The lines of those that were left out, in order. */
  readonly leftOut: number[];
  /** The number of those that were not. */
  count: number;
}

/** What is wrong with a record. */
interface RecordProblem extends LineProblem {
  readonly cause?: unknown;
}

/** Records of one kind that are inserted together, and what is wrong with others among them. */
interface RecordGroup {
  readonly rows: readonly Row[];
  /** The lines of the rows. */
  readonly lines: readonly number[];
  readonly problems: RecordProblem[];
}

/** Checks one record after another, and inserts them in groups. */
class Reader {
  readonly #dump: Dump;
  readonly #summary: Summary;
  readonly #report: ReportProblem;
  /** Completes the records of another system; `null` for an export of Hubbub. */
  #completion: Completion | null = null;
  #line = 0;
  #format: number = FORMAT;
  readonly #sections = new Map<string, RecordSection>();
  #section: RecordSection | undefined;
  #last: Row | undefined;
  #rows: Row[] = [];
  /** The lines of these rows. */
  #lines: number[] = [];
  /** What is wrong with records between them: reported once the store has taken these rows. */
  #problems: RecordProblem[] = [];
  readonly #log = new LogCheck();
  #ended = false;
  /** The group that the store is inserting, while the next one is read. */
  #inserting: Promise<void> | null = null;
  /** The number of records so far. */
  count = 0;

  constructor(dump: Dump, summary: Summary, report: ReportProblem) {
    this.#dump = dump;
    this.#summary = summary;
    this.#report = report;
  }

  /** Takes a record. @returns A promise if it inserts rows. */
  take(record: unknown): Promise<void> | undefined {
    this.#line += 1;
    return this.#take(record) ?? (this.#problems.length < GATHERED ? undefined : this.#flush());
  }

  #take(record: unknown): Promise<void> | undefined {
    if (record instanceof Unparsed) return this.#leaveOut("this is not valid JSON");
    if (typeof record !== "object" || record === null || !("type" in record)) {
      return this.#leaveOut("this is not a record");
    }
    if (this.#line === 1) return this.#begin(record);
    if (this.#ended) return this.#leaveOut("there is a record after the end");
    if (record.type === "end") return this.#end(record);
    const kind = BY_TYPE.get(String(record.type));
    if (kind === undefined) return this.#leaveOut(`there is no record of type "${record.type}"`);
    if (this.#completion !== null && kind.type === "reaction") {
      return this.#leaveOut("with a source, reactions follow from their events");
    }
    if (kind === this.#section?.kind && this.#rows.length < GATHERED) {
      return this.#add(kind, record);
    }
    return this.#flush().then(() => {
      if (kind === this.#section?.kind || this.#beginSection(kind)) this.#add(kind, record);
    });
  }

  #add(kind: Kind, record: object): undefined {
    const row = this.#row(kind, record);
    if (row === null) return;
    const disorder = this.#disorder(kind, row);
    if (disorder !== null) return this.#leaveOut(disorder);
    const problem = this.#log.take(kind.type, row, this.#line);
    if (problem !== null) return this.#leaveOut(`this ${kind.type} ${problem}`);
    this.#last = row;
    this.#rows.push(row);
    this.#lines.push(this.#line);
    this.count += 1;
  }

  /** Checks all records together. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#inserting;
    if (!this.#ended) {
      this.#report(this.#line + 1, "the end is missing; the export was cut short");
    }
    for (const { line, problem } of this.#log.end()) this.#report(line, `this room ${problem}`);
    try {
      await this.#dump.index();
    } catch (cause) {
      if (!await this.#find(KEY_TAKEN)) throw cause;
    }
    if (this.#completion !== null) {
      for (const conclusion of CONCLUSIONS) await this.#dump.run(conclusion);
    }
    for (const contradiction of CONTRADICTIONS) await this.#find(contradiction);
    await this.#checkCounts();
  }

  /** Reports the records that contradict others in one way. @returns Whether there are any. */
  async #find(contradiction: Contradiction): Promise<boolean> {
    const { type, means } = contradiction;
    const section = this.#sections.get(type);
    if (section === undefined) return false;
    const ranks = await this.#dump.find(contradiction);
    for (const rank of ranks) {
      this.#report(lineAt(section, rank), `this ${type} ${contradicts(means)}`);
    }
    return ranks.length > 0;
  }

  /** A store deletes rows that cannot exist beside others by triggers, without an error. */
  async #checkCounts(): Promise<void> {
    for (const { kind, line, count } of this.#sections.values()) {
      const missing = count - await this.#dump.count(kind);
      if (missing === 0) continue;
      this.#report(
        line,
        `${missing} of the ${kind.type} records from here on contradict other records`,
      );
    }
  }

  #beginSection(kind: Kind): boolean {
    const before = this.#section?.kind;
    if (
      this.#sections.has(kind.type) || before && KINDS.indexOf(kind) < KINDS.indexOf(before)
    ) {
      this.#leaveOut(
        `${withArticle(kind.type)} cannot come after ${withArticle(before?.type ?? "")}`,
      );
      return false;
    }
    this.#section = { kind, line: this.#line, leftOut: [], count: 0 };
    this.#sections.set(kind.type, this.#section);
    this.#last = undefined;
    return true;
  }

  /** @returns What is wrong with the place of a record, or `null`. */
  #disorder(kind: Kind, row: Row): string | null {
    if (this.#last === undefined) return null;
    const order = compareRows(kind, this.#last, row);
    if (order < 0) return null;
    const fields = kind.order.join(", ");
    return order === 0
      ? `there is ${withArticle(kind.type)} of the same ${fields} already`
      : `${withArticle(kind.type)} is out of its order by ${fields}`;
  }

  #begin(
    record: { type?: unknown; format?: unknown; source?: unknown },
  ): Promise<void> | undefined {
    if (record.type !== "hubbub") return this.#leaveOut("this is not an export of Hubbub");
    const { format } = record;
    if (typeof format !== "number" || !(format >= OLDEST_FORMAT && format <= FORMAT)) {
      const known = `${OLDEST_FORMAT} to ${FORMAT}`;
      return this.#leaveOut(`the format is ${format}, and this version reads ${known}`);
    }
    this.#format = format;
    const { source } = record;
    if (source === undefined) return;
    if (typeof source !== "string" || source === "") {
      return this.#leaveOut('its "source" is no name of a system');
    }
    this.#log.isOpen = true;
    return loadEmoji().then((emoji) => {
      this.#completion = new Completion(source, this.#summary, emoji);
    });
  }

  #end(record: { type?: unknown; records?: unknown }): undefined {
    this.#ended = true;
    const count = this.#line - 2;
    if (record.records !== count) {
      this.#leaveOut(`there were ${count} records, and there should be ${record.records}`);
    }
  }

  #row(kind: Kind, record: object): Row | null {
    try {
      const upgraded = upgrade(record as Readonly<Record<string, unknown>>, this.#format);
      return toRow(kind, this.#completion?.complete(upgraded) ?? upgraded);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#leaveOut(error.message);
      return null;
    }
  }

  /** Begins to insert the rows that were gathered, once those before them are inserted. */
  async #flush(): Promise<void> {
    const group = { rows: this.#rows, lines: this.#lines, problems: this.#problems };
    const section = this.#section;
    [this.#rows, this.#lines, this.#problems] = [[], [], []];
    await this.#inserting;
    if (group.rows.length === 0 && group.problems.length === 0) return;
    this.#inserting = this.#insert(section, group).then(() => {
      this.#inserting = null;
    });
    // If it fails, so does what waits for it: the next group, or the end.
    this.#inserting.catch(() => {});
  }

  async #insert(
    section: RecordSection | undefined,
    { rows, lines, problems }: RecordGroup,
  ): Promise<void> {
    for (let from = 0; section !== undefined && from < rows.length;) {
      const misfit = await this.#dump.insert(section.kind, rows.slice(from));
      section.count += misfit?.at ?? rows.length - from;
      if (misfit === null) break;
      from += misfit.at + 1;
      this.count -= 1;
      const { cause } = misfit;
      const line = lines[from - 1]!;
      const problem = `this ${section.kind.type} does not fit the records before it. ${cause}`;
      section.leftOut.push(line);
      problems.push({ line, problem, cause });
    }
    problems.sort((a, b) => a.line - b.line);
    for (const { line, problem, cause } of problems) this.#report(line, problem, cause);
  }

  #leaveOut(problem: string): undefined {
    this.#section?.leftOut.push(this.#line);
    this.#problems.push({ line: this.#line, problem });
  }
}

/** The line of a record, by its rank among those of its kind that were not left out. */
function lineAt({ line, leftOut }: RecordSection, rank: number): number {
  const before = leftOut.toSorted((a, b) => a - b);
  return before.reduce((at, out) => out <= at ? at + 1 : at, line + rank);
}

/** A line that is not valid JSON. */
class Unparsed {}

/** Parses lines of JSON into records. One that cannot be parsed is a problem of its line. */
export async function* parseLines(
  lines: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<unknown> {
  let rest = "";
  for await (const chunk of lines.pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) yield parse(line);
  }
  if (rest !== "") yield parse(rest);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return new Unparsed();
  }
}
