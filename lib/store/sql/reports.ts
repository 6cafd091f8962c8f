/** The statements of `ReportStore`, the same for every backend. @module */
import type { Report, ReportStore } from "../reports.ts";
import { int, ROOM_COLUMNS, ROOM_PAIR, type Row, storedText, text, toRoom } from "./rows.ts";
import type { SqlAccess } from "./run.ts";
import { encodeText } from "./text.ts";

const ADD = `INSERT INTO reports (id, room, seq, by, by_id, reason, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id`;

const SELECT = `SELECT x.number, x.id AS report, x.seq AS message, x.by, x.by_id, x.reason,
    x.at AS reported_at, x.resolved_at, x.resolved_by, x.resolved_by_id, x.resolution,
    ${ROOM_COLUMNS}
  FROM reports x JOIN rooms r ON r.id = x.room ${ROOM_PAIR}`;

const PAGE = "x.number < $1 ORDER BY x.number DESC LIMIT $2";

/** Two users who report one message mean the same. */
const RESOLVE = `UPDATE reports SET resolved_at = $2, resolved_by = $3, resolved_by_id = $4,
    resolution = $5
  WHERE resolved_at IS NULL
    AND (room, seq) IN (SELECT x.room, x.seq FROM reports x WHERE x.id = $1) RETURNING id`;

/** Makes the part of a store from the access to its database. */
export function reportStore({ read, write }: SqlAccess): ReportStore {
  return {
    async addReport({ id, room, seq, by, byId, reason, at }) {
      const values = [id, room, seq, encodeText(by), byId, encodeText(reason), at];
      return (await write(ADD, values)).length > 0;
    },
    async reportById(id) {
      const [row] = await read(`${SELECT} WHERE x.id = $1`, [id]);
      return row === undefined ? null : toReport(row);
    },
    async reports(resolved, before, limit) {
      const which = `x.resolved_at IS ${resolved ? "NOT NULL" : "NULL"}`;
      const values = [before ?? Number.MAX_SAFE_INTEGER, limit];
      return (await read(`${SELECT} WHERE ${which} AND ${PAGE}`, values)).map(toReport);
    },
    async resolveReports(id, { at, by, byId, note }) {
      const values = [id, at, encodeText(by), byId, encodeText(note)];
      return (await write(RESOLVE, values)).length > 0;
    },
  };
}

function toReport(row: Row): Report {
  return {
    number: int(row, "number"),
    id: storedText(row, "report"),
    room: toRoom(row),
    seq: int(row, "message"),
    by: text(row, "by"),
    byId: storedText(row, "by_id"),
    reason: text(row, "reason"),
    at: int(row, "reported_at"),
    resolution: row.resolved_at === null ? null : {
      at: int(row, "resolved_at"),
      by: text(row, "resolved_by"),
      byId: storedText(row, "resolved_by_id"),
      note: text(row, "resolution"),
    },
  };
}
