/** The statements of `PreviewStore`, the same for every backend. @module */
import type { PreviewStore } from "../previews.ts";
import { int, intOrNull, storedText } from "./rows.ts";
import type { SqlAccess } from "./run.ts";

/** How often a job is begun: the second time if an instance ended within it. */
const MAX_ATTEMPTS = 2;

const ADD = `INSERT INTO preview_jobs (room, seq, id, due_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (room, seq) DO UPDATE SET id = excluded.id`;

const GIVE_UP = `DELETE FROM preview_jobs WHERE due_at <= $1 AND attempts >= ${MAX_ATTEMPTS}`;

// The condition is repeated: another instance may have claimed a row while this one waited for it.
const CLAIM = `UPDATE preview_jobs SET due_at = $2, attempts = attempts + 1
  WHERE (room, seq) IN (
    SELECT room, seq FROM preview_jobs WHERE due_at <= $1 ORDER BY due_at LIMIT $3
  ) AND due_at <= $1 RETURNING room, seq, id`;

const FINISH = "DELETE FROM preview_jobs WHERE room = $1 AND seq = $2 AND id = $3";
const GO_ON = "UPDATE preview_jobs SET due_at = $3, attempts = 0 WHERE room = $1 AND seq = $2";

/** Makes the part of a store from the access to its database. */
export function previewStore({ read, write }: SqlAccess): PreviewStore {
  return {
    async addPreviewJob({ room, seq, id }, at) {
      await write(ADD, [room, seq, id, at]);
    },
    async claimPreviewJobs(now, until, limit) {
      await write(GIVE_UP, [now]);
      const rows = await write(CLAIM, [now, until, limit]);
      return rows.map((row) => ({
        ...{ room: int(row, "room"), seq: int(row, "seq"), id: storedText(row, "id") },
      }));
    },
    async finishPreviewJob({ room, seq, id }, at) {
      await write(FINISH, [room, seq, id]);
      await write(GO_ON, [room, seq, at]);
    },
    async nextPreviewJob() {
      const [row] = await read("SELECT min(due_at) AS due_at FROM preview_jobs", []);
      return intOrNull(row ?? { due_at: null }, "due_at");
    },
  };
}
