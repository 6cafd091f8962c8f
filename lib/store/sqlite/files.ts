import type { DatabaseSync } from "node:sqlite";
import {
  type FileContent,
  type FileRecord,
  type NewFile,
  PREVIEW_PLACE,
  THUMBNAIL_PLACE,
} from "../files.ts";
import type { Append } from "../records.ts";
import { encodeText } from "../sql/text.ts";
import { contentValues, FILE_COLUMNS, SET_CONTENT, toFile, withFiles } from "../sql/file_rows.ts";
import { bytes, int } from "../sql/rows.ts";
import type { Transaction } from "./transaction.ts";

/** The maximum number of parts that one sweep frees: it pauses all other work. */
const PARTS_A_SWEEP = 4;

/** Attached and pending files. */
export class SqliteFiles {
  readonly #transaction: Transaction;
  readonly #begin;
  readonly #used;
  readonly #grow;
  readonly #addPart;
  readonly #addThumbnail;
  readonly #finish;
  readonly #drop;
  readonly #find;
  readonly #part;
  readonly #due;
  readonly #free;
  readonly #forget;
  readonly #attachable;
  readonly #attach;
  readonly #detach;
  readonly #detachAt;
  readonly #between;

  constructor(db: DatabaseSync, transaction: Transaction) {
    this.#transaction = transaction;
    this.#begin = db.prepare(
      "INSERT INTO files (id, room, uploader, name, expires_at) VALUES (?, ?, ?, ?, ?)",
    );
    this.#used = db.prepare("SELECT bytes FROM file_usage WHERE id = 1");
    this.#grow = db.prepare(
      `UPDATE files SET size = size + ?, parts = parts + 1 WHERE id = ? AND type IS NULL
       RETURNING number, parts`,
    );
    this.#addPart = db.prepare("INSERT INTO file_parts (file, place, bytes) VALUES (?, ?, ?)");
    this.#addThumbnail = db.prepare(
      `INSERT INTO file_parts (file, place, bytes)
       SELECT number, ${THUMBNAIL_PLACE}, ? FROM files WHERE id = ? AND type IS NULL`,
    );
    this.#finish = db.prepare(
      `UPDATE files SET ${
        SET_CONTENT.replaceAll("$", "?")
      } WHERE id = ?8 RETURNING ${FILE_COLUMNS}`,
    );
    this.#drop = db.prepare("UPDATE files SET expires_at = 0 WHERE id = ? AND seq IS NULL");
    this.#find = db.prepare(
      `SELECT ${FILE_COLUMNS} FROM files f JOIN members m ON m.room = f.room AND m.account = :viewer
       WHERE f.id = :id AND f.type IS NOT NULL
         AND (f.seq IS NOT NULL OR f.uploader = :viewer AND f.expires_at > :at)`,
    );
    this.#part = db.prepare(
      `SELECT p.bytes FROM files f JOIN file_parts p ON p.file = f.number
       WHERE f.id = ? AND p.place = ?`,
    );
    this.#due = db.prepare(
      "SELECT number FROM files WHERE expires_at <= ? ORDER BY expires_at LIMIT 1",
    );
    this.#free = db.prepare(
      `DELETE FROM file_parts WHERE file = :file AND place IN (
         SELECT place FROM file_parts WHERE file = :file ORDER BY place LIMIT ${PARTS_A_SWEEP}
       )`,
    );
    this.#forget = db.prepare("DELETE FROM files WHERE number = ?");
    this.#attachable = db.prepare(
      `SELECT 1 FROM files WHERE id = ? AND room = ? AND uploader = ?
         AND type IS NOT NULL AND seq IS NULL AND expires_at > ?`,
    );
    this.#attach = db.prepare(
      `UPDATE files SET seq = ?, place = ?, expires_at = NULL WHERE id = ?
       RETURNING ${FILE_COLUMNS}`,
    );
    this.#detach = db.prepare(
      "UPDATE files SET seq = NULL, place = NULL, expires_at = 0 WHERE room = ? AND seq = ?",
    );
    this.#detachAt = db.prepare(
      "UPDATE files SET seq = NULL, place = NULL, expires_at = 0 WHERE room = ? AND seq = ? AND place = ?",
    );
    this.#between = db.prepare(
      `SELECT f.room, f.seq, ${FILE_COLUMNS} FROM files f
       WHERE f.room = ? AND f.seq BETWEEN ? AND ? AND f.place < ${PREVIEW_PLACE} ORDER BY f.seq, f.place`,
    );
  }

  begin({ id, room, uploader, name, expiresAt }: NewFile): void {
    this.#begin.run(id, room, uploader, encodeText(name), expiresAt);
  }

  addPart(id: string, part: Uint8Array, total: number): boolean {
    return this.#transaction(() => {
      if (int(this.#used.get() ?? {}, "bytes") + part.byteLength > total) return false;
      const file = this.#grow.get(part.byteLength, id);
      if (file === undefined) throw new Error("Cannot add part: there is no such file under way");
      this.#addPart.run(int(file, "number"), int(file, "parts") - 1, part);
      return true;
    });
  }

  addThumbnail(id: string, thumbnail: Uint8Array, total: number): boolean {
    return this.#transaction(() => {
      if (int(this.#used.get() ?? {}, "bytes") + thumbnail.byteLength > total) return false;
      return Number(this.#addThumbnail.run(thumbnail, id).changes) > 0;
    });
  }

  finish(id: string, content: FileContent): FileRecord {
    return toFile(this.#finish.get(...contentValues(content), id) ?? {});
  }

  drop(id: string): void {
    this.#drop.run(id);
  }

  find(id: string, viewer: number, at: number): FileRecord | null {
    const row = this.#find.get({ id, viewer, at });
    return row === undefined ? null : toFile(row);
  }

  part(id: string, place: number): Uint8Array<ArrayBuffer> | null {
    const row = this.#part.get(id, place);
    return row === undefined ? null : bytes(row, "bytes");
  }

  sweep(at: number): boolean {
    const due = this.#due.get(at);
    if (due === undefined) return false;
    const file = int(due, "number");
    this.#transaction(() => {
      const freed = Number(this.#free.run({ file }).changes);
      if (freed < PARTS_A_SWEEP) this.#forget.run(file);
    });
    return true;
  }

  /** Whether each file is complete, belongs to this room and uploader, and is not attached. */
  areAttachable({ room, sender, at }: Append, ids: readonly string[]): boolean {
    return ids.every((id) => this.#attachable.get(id, room, sender.id, at) !== undefined);
  }

  /** Attaches files to a message. */
  attach(seq: number, ids: readonly string[]): readonly FileRecord[] {
    return ids.map((id, place) => toFile(this.#attach.get(seq, place, id) ?? {}));
  }

  /** Puts the picture of a preview under its message. */
  attachPreview(seq: number, ids: readonly string[]): void {
    for (const id of ids) this.#attach.run(seq, PREVIEW_PLACE, id);
  }

  /** Deletes the picture of a message's preview. */
  detachPreview(room: number, seq: number): void {
    this.#detachAt.run(room, seq, PREVIEW_PLACE);
  }

  /** Deletes a message's files with it. */
  detach(room: number, seq: number): void {
    this.#detach.run(room, seq);
  }

  /**
   * Adds their files to the messages among events, with one read.
   *
   * @param events Consecutive events of one room, oldest first.
   */
  fill<T extends { readonly kind: string; readonly room: number; readonly seq: number }>(
    events: readonly T[],
  ): readonly T[] {
    const [first, last] = [events.at(0), events.at(-1)];
    if (first === undefined || last === undefined) return events;
    return withFiles(events, this.#between.all(first.room, first.seq, last.seq));
  }
}
