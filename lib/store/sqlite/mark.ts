/**
 * The acknowledgement mark: a file beside the database with one short line, which is overwritten
 * with each commit. The commit log and the write-ahead log can lose their ends, or be lost
 * altogether, without a trace in themselves; the mark reveals that.
 *
 * @module
 */
import { closeSync, constants, fdatasyncSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { ifThere, sidePath } from "./side_files.ts";

/** The number of commits since the data file was created: never fewer than were acknowledged. */
export interface Counts {
  /** Records in the commit log. */
  readonly records: number;
  /** Transactions that were applied to the tables directly. */
  readonly writes: number;
}

/** Every line has this length, so that the next one covers it. */
const LINE_LENGTH = 48;
const SPACE = 32;
const LINE_END = 10;

/** The content of the mark; or why it cannot be read. */
export type MarkFound = Counts | "missing" | "damaged";

/** The mark of an open database. */
export class Mark {
  readonly #file: number;
  readonly #seed: number;
  readonly #line = new Uint8Array(LINE_LENGTH);

  /** @param identity That of the data file: the mark of another file is ignored. */
  constructor(path: string, identity: string) {
    this.#file = openSync(sidePath(path, "mark"), constants.O_WRONLY | constants.O_CREAT, 0o600);
    this.#seed = crc32(identity);
    this.#line[LINE_LENGTH - 1] = LINE_END;
  }

  /** @throws If it cannot be written; it may have been written all the same. */
  set({ records, writes }: Counts): void {
    const counts = `${records} ${writes}`;
    const said = `${crc32(counts, this.#seed)} ${counts}`;
    // Encodes digits and spaces into the same bytes each time, and writes at a position: a third of
    // the cost of a buffer for each line and a seek.
    for (let i = 0; i < said.length; i++) this.#line[i] = said.charCodeAt(i);
    this.#line.fill(SPACE, said.length, LINE_LENGTH - 1);
    writeSync(this.#file, this.#line, 0, LINE_LENGTH, 0);
  }

  /** Makes it survive a power failure. */
  syncNow(): void {
    fdatasyncSync(this.#file);
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file);
  }
}

/** Reads the mark beside a database. */
export function readMark(path: string, identity: string): MarkFound {
  const line = ifThere(() => Deno.readTextFileSync(sidePath(path, "mark")));
  if (line === undefined) return "missing";
  const [, crc, counts = "", records, writes] = /^(\d+) ((\d+) (\d+)) *\n$/.exec(
    line.slice(0, LINE_LENGTH),
  ) ?? [];
  if (Number(crc) !== crc32(counts, crc32(identity)) || counts === "") return "damaged";
  return { records: Number(records), writes: Number(writes) };
}
