/**
 * Records as lines: writing all of a store, and reading them into an empty one.
 *
 * @module
 */
import type { Row } from "../store/rows.ts";
import { StoreError } from "../store/error.ts";
import type { Dump } from "./dump.ts";
import { FORMAT, type Kind, KINDS, type RecordLine, toRecord, toRow } from "./records.ts";

const BY_TYPE = new Map(KINDS.map((kind) => [kind.type, kind]));

/** Rows that are gathered before they are put in. */
const GATHERED = 500;

/**
 * Everything in a store at this moment, as records: first what they are, last how many there were,
 * so that what was cut off on its way is noticed.
 */
export async function* exportRecords(dump: Dump): AsyncGenerator<RecordLine> {
  yield { type: "hubbub", format: FORMAT };
  await dump.begin("read");
  let count = 0;
  for (const kind of KINDS) {
    for await (const row of dump.rows(kind)) {
      count += 1;
      yield toRecord(kind, row);
    }
  }
  yield { type: "end", records: count };
}

/**
 * Puts records into an empty store: all of them, or none.
 *
 * @returns How many there were.
 * @throws {StoreError} If the store is not empty, or with the number of the record that is wrong.
 */
export async function importRecords(
  dump: Dump,
  records: AsyncIterable<unknown>,
): Promise<number> {
  await dump.begin("write");
  if (!await dump.isEmpty()) {
    throw new StoreError("Cannot import: there is something in the store. Give a new one");
  }
  await dump.clear();
  const reader = new Reader(dump);
  for await (const record of records) await reader.take(record);
  await reader.finish();
  return reader.count;
}

/** Takes record after record, and puts them in some at a time. */
class Reader {
  readonly #dump: Dump;
  #line = 0;
  #kind: Kind | undefined;
  #rows: Row[] = [];
  #ended = false;
  /** How many records there were so far. */
  count = 0;

  constructor(dump: Dump) {
    this.#dump = dump;
  }

  async take(record: unknown): Promise<void> {
    this.#line += 1;
    if (typeof record !== "object" || record === null || !("type" in record)) {
      throw this.#wrong("this is no record");
    }
    if (this.#line === 1) return this.#begin(record);
    if (this.#ended) throw this.#wrong("there is more after the end");
    if (record.type === "end") return this.#end(record);
    const kind = BY_TYPE.get(String(record.type));
    if (kind === undefined) throw this.#wrong(`there is no record of type "${record.type}"`);
    if (kind !== this.#kind || this.#rows.length === GATHERED) await this.#flush();
    this.#kind = kind;
    this.#rows.push(this.#row(kind, record));
    this.count += 1;
  }

  async finish(): Promise<void> {
    if (!this.#ended) throw new StoreError("Cannot import: the end is missing");
    await this.#flush();
    try {
      await this.#dump.finish();
    } catch (cause) {
      throw new StoreError(`Cannot import: the records do not fit together. ${cause}`, { cause });
    }
  }

  #begin(record: { type?: unknown; format?: unknown }): void {
    if (record.type !== "hubbub") throw this.#wrong("this is no export of Hubbub's");
    if (record.format !== FORMAT) {
      throw this.#wrong(`the format is ${record.format}, and this version reads ${FORMAT}`);
    }
  }

  #end(record: { type?: unknown; records?: unknown }): void {
    if (record.records !== this.count) {
      throw this.#wrong(`there were ${this.count} records, and should be ${record.records}`);
    }
    this.#ended = true;
  }

  #row(kind: Kind, record: object): Row {
    try {
      return toRow(kind, record as Readonly<Record<string, unknown>>);
    } catch (error) {
      if (error instanceof RangeError) throw this.#wrong(error.message);
      throw error;
    }
  }

  async #flush(): Promise<void> {
    if (this.#kind === undefined || this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    try {
      await this.#dump.insert(this.#kind, rows);
    } catch (cause) {
      throw this.#wrong(`the records before it do not fit together. ${cause}`, cause);
    }
  }

  #wrong(what: string, cause?: unknown): StoreError {
    return new StoreError(`Cannot import: line ${this.#line}: ${what}`, { cause });
  }
}

/** The records of lines of JSON. */
export async function* parseLines(
  lines: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<unknown> {
  let rest = "";
  let number = 0;
  for await (const chunk of lines.pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) yield parse(line, ++number);
  }
  if (rest !== "") yield parse(rest, ++number);
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new StoreError(`Cannot import: line ${number}: this is not valid JSON`, { cause });
  }
}
