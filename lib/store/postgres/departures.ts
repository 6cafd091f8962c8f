import { AGAIN_MS, EVENTS_A_STEP, ROOMS_A_STEP } from "../departures.ts";
import { int } from "../sql/rows.ts";
import type { Database } from "./database.ts";

/** The reply of `sweep_guests` if no guest is due. */
const NONE = 0;

/** Deletes what guests left behind, step by step. */
export class PostgresDepartures {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async sweep(at: number, retentionMs: number | null): Promise<boolean> {
    const [row] = await this.#db.run("SELECT sweep_guests($1, $2, $3, $4, $5) AS done", [
      ...[at, retentionMs, AGAIN_MS, ROOMS_A_STEP, EVENTS_A_STEP],
    ]);
    return int(row ?? {}, "done") !== NONE;
  }
}
