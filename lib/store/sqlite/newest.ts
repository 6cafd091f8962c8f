import type { DatabaseSync } from "node:sqlite";
import { int } from "../sql/rows.ts";

/** Prepares the query for the newest id of the log, or 0. */
export function newestIdIn(db: DatabaseSync): () => number {
  const newest = db.prepare("SELECT ifnull(max(id), 0) AS id FROM events");
  return () => int(newest.get() ?? {}, "id");
}
