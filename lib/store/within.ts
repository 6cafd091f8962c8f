import type { Row } from "./rows.ts";
import type { Bounds } from "./store.ts";

/** Rows that a read gathers for as long as they keep within its bounds; one at least. */
export class Within {
  readonly rows: Row[] = [];
  readonly #bounds: Bounds;
  #length = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Takes a row. @returns `false` where it exceeds the bounds: there is more than is returned. */
  take(row: Row): boolean {
    this.#length += typeof row.text === "string" ? row.text.length : 0;
    const full = this.rows.length >= this.#bounds.limit || this.#length > this.#bounds.maxLength;
    if (full && this.rows.length > 0) return false;
    this.rows.push(row);
    return true;
  }
}
