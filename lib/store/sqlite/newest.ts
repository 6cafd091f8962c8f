import type { DatabaseSync } from "node:sqlite";
import { int } from "../rows.ts";

/** Prepares a question that is asked in many places: which id is the newest of the log, or 0. */
export function newestIdIn(db: DatabaseSync): () => number {
  const newest = db.prepare("SELECT ifnull(max(id), 0) AS id FROM events");
  return () => int(newest.get() ?? {}, "id");
}
