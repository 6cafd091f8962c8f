import type { Row } from "./rows.ts";
import type { Bounds } from "../records.ts";

/** Collects rows until they would exceed the bounds of a read. At least one row is taken. */
export class BoundedRows {
  readonly rows: Row[] = [];
  readonly #bounds: Bounds;
  #length = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Takes a row. @returns `false` if it exceeds the bounds: the read has more than it returns. */
  take(row: Row): boolean {
    this.#length += lengthOf(row.text) + lengthOf(row.payload);
    const full = this.rows.length >= this.#bounds.limit || this.#length > this.#bounds.maxLength;
    if (full && this.rows.length > 0) return false;
    this.rows.push(row);
    return true;
  }
}

function lengthOf(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}
