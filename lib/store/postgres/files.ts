import { contentValues, FILE_COLUMNS, SET_CONTENT, toFile, withFiles } from "../sql/file_rows.ts";
import {
  type FileContent,
  type FileRecord,
  type NewFile,
  PREVIEW_PLACE,
  THUMBNAIL_PLACE,
} from "../files.ts";
import { bytes, flag } from "../sql/rows.ts";
import { encodeText } from "../sql/text.ts";
import { arrayOf, type Database } from "./database.ts";

/** The maximum number of parts that one sweep frees. */
const PARTS_A_SWEEP = 4;

const FIND = `SELECT ${FILE_COLUMNS} FROM files f
  JOIN members m ON m.room = f.room AND m.account = $2
  WHERE f.id = $1 AND f.type IS NOT NULL
    AND (f.seq IS NOT NULL OR f.uploader = $2 AND f.expires_at > $3)`;

const ADD_THUMBNAIL = `WITH grown AS (
    UPDATE file_usage SET bytes = bytes + length($2::bytea)
    WHERE bytes + length($2::bytea) <= $3 RETURNING 1
  )
  INSERT INTO file_parts (file, place, bytes)
  SELECT f.number, ${THUMBNAIL_PLACE}, $2::bytea FROM files f, grown
  WHERE f.id = $1 AND f.type IS NULL RETURNING 1`;

/** Concurrent sweeps of several instances free different files. */
const SWEEP = `WITH due AS (
    SELECT number, uploader FROM files WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1
    FOR UPDATE SKIP LOCKED
  ), freed AS (
    DELETE FROM file_parts p USING due WHERE p.file = due.number AND p.place IN (
      SELECT q.place FROM file_parts q JOIN due ON q.file = due.number
      ORDER BY q.place LIMIT ${PARTS_A_SWEEP}
    ) RETURNING length(p.bytes) AS bytes
  ), counted AS (
    UPDATE file_usage SET bytes = bytes - (SELECT coalesce(sum(freed.bytes), 0) FROM freed)
    WHERE EXISTS (SELECT 1 FROM freed)
  ), of_user AS (
    UPDATE accounts a SET file_bytes = a.file_bytes - (
      SELECT coalesce(sum(freed.bytes), 0) FROM freed
    ) FROM due WHERE a.id = due.uploader AND EXISTS (SELECT 1 FROM freed)
  ), forgotten AS (
    DELETE FROM files f USING due
    WHERE f.number = due.number AND (SELECT count(*) FROM freed) < ${PARTS_A_SWEEP}
  )
  SELECT 1 FROM due`;

const OF_MESSAGES = `SELECT f.room, f.seq, ${FILE_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) AS w (of_room, of_seq)
  JOIN files f ON f.room = w.of_room AND f.seq = w.of_seq AND f.place < ${PREVIEW_PLACE}
  ORDER BY f.room, f.seq, f.place`;

/** Attached and pending files. `append` attaches them. */
export class PostgresFiles {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async begin({ id, room, uploader, name, expiresAt }: NewFile): Promise<void> {
    await this.#db.run(
      "INSERT INTO files (id, room, uploader, name, expires_at) VALUES ($1, $2, $3, $4, $5)",
      [id, room, uploader, encodeText(name), expiresAt],
    );
  }

  async addPart(id: string, part: Uint8Array, total: number): Promise<boolean> {
    const rows = await this.#db.run("SELECT add_file_part($1, $2, $3) AS added", [id, part, total]);
    return flag(rows[0] ?? {}, "added");
  }

  async addThumbnail(id: string, thumbnail: Uint8Array, total: number): Promise<boolean> {
    return (await this.#db.run(ADD_THUMBNAIL, [id, thumbnail, total])).length > 0;
  }

  async finish(id: string, content: FileContent): Promise<FileRecord> {
    const [row] = await this.#db.run(
      `UPDATE files SET ${SET_CONTENT} WHERE id = $8 RETURNING ${FILE_COLUMNS}`,
      [...contentValues(content), id],
    );
    return toFile(row ?? {});
  }

  async drop(id: string): Promise<void> {
    await this.#db.run("UPDATE files SET expires_at = 0 WHERE id = $1 AND seq IS NULL", [id]);
  }

  async find(id: string, viewer: number, at: number): Promise<FileRecord | null> {
    const [row] = await this.#db.run(FIND, [id, viewer, at]);
    return row === undefined ? null : toFile(row);
  }

  async part(id: string, place: number): Promise<Uint8Array<ArrayBuffer> | null> {
    const [row] = await this.#db.run(
      `SELECT p.bytes FROM files f JOIN file_parts p ON p.file = f.number
       WHERE f.id = $1 AND p.place = $2`,
      [id, place],
    );
    return row === undefined ? null : bytes(row, "bytes");
  }

  async sweep(at: number): Promise<boolean> {
    return (await this.#db.run(SWEEP, [at])).length > 0;
  }
}

/** Adds their files to the messages among events, with one read. */
export async function fillFiles<
  T extends { readonly kind: string; readonly room: number; readonly seq: number },
>(db: Database, events: readonly T[]): Promise<readonly T[]> {
  const messages = events.filter(({ kind }) => kind === "message");
  if (messages.length === 0) return events;
  const rooms = arrayOf(messages.map(({ room }) => room));
  const seqs = arrayOf(messages.map(({ seq }) => seq));
  return withFiles(events, await db.run(OF_MESSAGES, [rooms, seqs]));
}
