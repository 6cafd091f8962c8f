/**
 * The commit log: two files beside the database, to which records are appended. What `write` has
 * returned from survives the end of the process. One file is written while the records of the
 * other are on their way into the database; once they are there, it is emptied.
 *
 * A record is a line: the CRC-32 of its text, and the text. A process can end in the middle of one:
 * what is not whole was acknowledged to nobody, and is passed over.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

class LogFile {
  readonly #file: Deno.FsFile;
  #length = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
  }

  /** @throws If it cannot be written; then it is as it was. */
  write(line: string): void {
    // Its buffers come from a pool: a third of what TextEncoder costs, for each message.
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

/** The files of one database, open to be written. */
export class CommitLog {
  #current: LogFile;
  #other: LogFile;

  /** @param path That of the database. What an earlier log left must have been recovered. */
  constructor(path: string) {
    const [current, other] = logPaths(path);
    this.#current = new LogFile(current);
    this.#other = new LogFile(other);
  }

  /** Appends a record, a text of one line. @throws If it cannot be written; then nothing of it is there. */
  write(text: string): void {
    this.#current.write(toLine(text));
  }

  /** Resolves when what was written survives a power cut too. */
  sync(): Promise<void> {
    return this.#current.sync();
  }

  /** From now on the other file is written. */
  turn(): void {
    [this.#current, this.#other] = [this.#other, this.#current];
  }

  /** Empties the file that is not written at the moment. */
  clearOther(): void {
    this.#other.clear();
  }

  /** Empties both files. */
  clear(): void {
    this.#current.clear();
    this.#other.clear();
  }

  /** Lets go of the files. */
  close(): void {
    this.#current.close();
    this.#other.close();
  }
}

/** The whole records that the log of a database holds, one file after the other. */
export function readCommitLog(path: string): string[] {
  return logPaths(path).flatMap((one) =>
    readLines(ifThere(() => Deno.readTextFileSync(one)) ?? "")
  );
}

/** Removes the log of a database: what is in it must be in the database. */
export function removeCommitLog(path: string): void {
  for (const one of logPaths(path)) ifThere(() => Deno.removeSync(one));
}

/** Beside the database itself, whatever link leads to it. */
function logPaths(path: string): [string, string] {
  const database = Deno.realPathSync(path);
  return [`${database}-log0`, `${database}-log1`];
}

function ifThere<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function toLine(text: string): string {
  return `${crc32(text)} ${text}\n`;
}

/** The texts up to the first line that is not whole. */
function readLines(file: string): string[] {
  const lines = file.split("\n");
  // Behind the last line end there is nothing, or the beginning of a line.
  const whole = lines.slice(0, -1).map((line) => line.slice(line.indexOf(" ") + 1));
  const broken = whole.findIndex((text, n) => `${crc32(text)} ${text}` !== lines[n]);
  return broken < 0 ? whole : whole.slice(0, broken);
}
