/**
 * The commit log: two files beside the database, to which records are appended. Once `write` has
 * returned, the record survives the end of the process. One file is written while the records of
 * the other are being applied to the database; after that, the other is emptied. A record is a
 * line: the CRC-32 of the rest of it, its number, and its text. Numbers count up by one through the
 * life of a data file. The tables state up to which number they hold the records, and the mark up
 * to which number they were acknowledged: each number in between must be found here. The CRC begins
 * with the data file's identity, so that the log of another file is not mistaken for its own.
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { type Counts, Mark } from "./mark.ts";
import { ifThere, sidePath, syncDirectory } from "./side_files.ts";

const LOG_FILES = ["log0", "log1"] as const;

class LogFile {
  readonly #file: Deno.FsFile;
  #length = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
  }

  /** @throws If it cannot be written; then the file is unchanged. */
  write(line: string): void {
    // Its buffers come from a pool: per message, a third of the cost of TextEncoder.
    const bytes = Buffer.from(line);
    try {
      let written = 0;
      while (written < bytes.length) written += this.#file.writeSync(bytes.subarray(written));
      this.#length += bytes.length;
    } catch (error) {
      this.#cut(this.#length);
      throw error;
    }
  }

  get length(): number {
    return this.#length;
  }

  /** Truncates the file to an earlier length. */
  takeBack(length: number): void {
    this.#cut(length);
  }

  clear(): void {
    if (this.#length > 0) this.#cut(0);
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  close(): void {
    this.#file.close();
  }

  #cut(length: number): void {
    this.#file.truncateSync(length);
    this.#file.seekSync(length, Deno.SeekMode.Start);
    this.#length = length;
  }
}

/** The options of a log. */
export interface CommitLogOptions extends Counts {
  /** The identity of the data file. */
  readonly identity: string;
  /** Whether acknowledged records must survive a power failure. */
  readonly power: boolean;
}

/** The files of one database, open for writing. */
export class CommitLog {
  #current: LogFile;
  #other: LogFile;
  readonly #mark: Mark;
  readonly #seed: number;
  readonly #power: boolean;
  #records: number;
  #writes: number;
  #marked: number;

  /** @param path The database. The log of an earlier process must have been recovered. */
  constructor(path: string, { identity, power, records, writes }: CommitLogOptions) {
    const [current, other] = LOG_FILES.map((file) => new LogFile(sidePath(path, file)));
    this.#current = current!;
    this.#other = other!;
    this.#mark = new Mark(path, identity);
    this.#seed = crc32(identity);
    this.#power = power;
    this.#records = records;
    this.#writes = writes;
    this.#marked = records;
    this.#mark.set({ records, writes });
    // Once, whatever must survive later: an open data file without a mark is refused.
    this.#mark.syncNow();
    syncDirectory(path);
  }

  /** The number of the newest record. */
  get records(): number {
    return this.#records;
  }

  /**
   * Appends a record, a text of one line; the mark records the acknowledgement.
   *
   * @throws If it cannot be written; then nothing of it is stored.
   */
  write(text: string): void {
    const { length } = this.#current;
    this.#current.write(toLine(this.#records + 1, text, this.#seed));
    this.#records += 1;
    if (this.#power) return;
    try {
      this.#acknowledge(this.#records);
    } catch (error) {
      this.#current.takeBack(length);
      this.#records -= 1;
      throw error;
    }
  }

  /** Resolves when the written records survive a power failure. */
  async sync(): Promise<void> {
    const upTo = this.#records;
    await this.#current.sync();
    this.#acknowledge(upTo);
  }

  /** Counts transactions that were applied to the tables directly. */
  wrote(writes: number): void {
    this.#writes = writes;
    try {
      this.#acknowledge(this.#marked);
    } catch {
      // They are in the tables, and cannot be rolled back: the mark states less than it could.
    }
  }

  /** Switches to the other file. */
  turn(): void {
    [this.#current, this.#other] = [this.#other, this.#current];
  }

  /** Empties the file that is not being written. */
  clearOther(): void {
    this.#other.clear();
  }

  /** Empties both files. */
  clear(): void {
    this.#current.clear();
    this.#other.clear();
  }

  /** Closes the files. */
  close(): void {
    this.#current.close();
    this.#other.close();
    this.#mark.close();
  }

  #acknowledge(records: number): void {
    // Two concurrent flushes may complete in either order.
    this.#marked = Math.max(this.#marked, records);
    this.#mark.set({ records: this.#marked, writes: this.#writes });
  }
}

/** A record as read. */
export interface LogRecord {
  readonly number: number;
  readonly text: string;
}

/** The contents of a database's log. */
export interface LogFound {
  /** Every readable record, in order and without duplicates. */
  readonly records: readonly LogRecord[];
  /** The texts of records without numbers, as earlier versions wrote them. */
  readonly unnumbered: readonly string[];
  /**
   * The number of complete lines that cannot be read. An incomplete line may be a write that was
   * cut off.
   */
  readonly broken: number;
  /** The files with such lines. */
  readonly files: readonly string[];
}

/** Reads the log of a database. */
export function readCommitLog(path: string, identity: string): LogFound {
  const seed = crc32(identity);
  const records = new Map<number, string>();
  const unnumbered: string[] = [];
  const files: string[] = [];
  let broken = 0;
  for (const file of LOG_FILES.map((file) => sidePath(path, file))) {
    const lines = (ifThere(() => Deno.readTextFileSync(file)) ?? "").split("\n");
    // After the last line end there is nothing, or the beginning of a line.
    const before = broken;
    for (const line of lines.slice(0, -1)) {
      const record = fromLine(line, seed);
      if (record === null) broken += 1;
      else if (record.number === 0) unnumbered.push(record.text);
      else records.set(record.number, record.text);
    }
    if (broken > before) files.push(file);
  }
  return {
    records: [...records].map(([number, text]) => ({ number, text }))
      .sort((one, other) => one.number - other.number),
    unnumbered,
    broken,
    files,
  };
}

/** Removes the log of a database, which must hold every record. */
export function removeCommitLog(path: string): void {
  for (const file of LOG_FILES) ifThere(() => Deno.removeSync(sidePath(path, file)));
}

function toLine(number: number, text: string, seed: number): string {
  const rest = `${number} ${text}`;
  return `${crc32(rest, seed)} ${rest}\n`;
}

/** @returns The record, with the number 0 if it has none; `null` if it is damaged. */
function fromLine(line: string, seed: number): LogRecord | null {
  const [, crc, rest = "", number, text = ""] = /^(\d+) ((?:(\d+) )?(\[.*))$/s.exec(line) ?? [];
  if (crc === undefined) return null;
  const expected = number === undefined ? crc32(rest) : crc32(rest, seed);
  return Number(crc) === expected ? { number: Number(number ?? 0), text } : null;
}
