/** Converts rows to the files of messages: see `rows.ts`. @module */
import { type FileContent, type FileKind, type FileRecord, PREVIEW_PLACE } from "../files.ts";
import { int, intOrNull, type Row, storedText, text, textOrNull } from "./rows.ts";

/** The columns for `toFile`; of the joined tables, only that of files has them. */
export const FILE_COLUMNS = `id, name, type, size, width, height,
  thumb_width, thumb_height, duration, peaks`;

/** Reads `FILE_COLUMNS`. */
export function toFile(row: Row): FileRecord {
  const [width, height] = [intOrNull(row, "thumb_width"), intOrNull(row, "thumb_height")];
  const [duration, peaks] = [intOrNull(row, "duration"), textOrNull(row, "peaks")];
  return {
    id: storedText(row, "id"),
    name: text(row, "name"),
    type: storedText(row, "type"),
    size: int(row, "size"),
    width: intOrNull(row, "width"),
    height: intOrNull(row, "height"),
    ...(width === null || height === null ? {} : { thumbnail: { width, height } }),
    ...(duration === null ? {} : { duration }),
    ...(peaks === null ? {} : { peaks }),
  };
}

/** What `finishFile` sets. */
export const SET_CONTENT = `type = $1, width = $2, height = $3, thumb_width = $4,
  thumb_height = $5, duration = $6, peaks = $7`;

/** The values of `SET_CONTENT`, in order. */
export function contentValues(content: FileContent): (string | number | null)[] {
  const { type, width, height, thumbnail, duration = null, peaks = null } = content;
  const thumb = [thumbnail?.width ?? null, thumbnail?.height ?? null];
  return [type, width, height, ...thumb, duration, peaks];
}

/** The files of a list, by kind. The two conditions are those of the indexes `files_seen` and `files_unseen`. */
const LISTED: Readonly<Record<FileKind | "all", string>> = {
  media: "substr(f.type, 1, 6) IN ('image/', 'video/')",
  other: "substr(f.type, 1, 6) NOT IN ('image/', 'video/')",
  all: "true",
};

/** A statement for each kind of list of files. */
export function forFileKinds<T>(
  prepare: (condition: string) => T,
): Readonly<Record<FileKind | "all", T>> {
  const { media, other, all } = LISTED;
  return { media: prepare(media), other: prepare(other), all: prepare(all) };
}

/**
 * Selects the `seq`s of the messages of a room that have listed files, newest first.
 *
 * @param room The parameter with the room, `before` that with the `seq`, `count` that with the limit.
 */
export function seqsWithFiles(condition: string, room: string, before: string, count: string) {
  return `SELECT DISTINCT f.seq FROM files f WHERE f.room = ${room} AND f.seq < ${before}
    AND f.seq IS NOT NULL AND f.place < ${PREVIEW_PLACE} AND ${condition}
    ORDER BY f.seq DESC LIMIT ${count}`;
}

/**
 * Adds their files to the messages among events.
 *
 * @param rows `FILE_COLUMNS`, `room` and `seq` of each file, in display order.
 */
export function withFiles<
  T extends { readonly kind: string; readonly room: number; readonly seq: number },
>(events: readonly T[], rows: readonly Row[]): readonly T[] {
  if (rows.length === 0) return events;
  const found = Map.groupBy(rows, (row) => `${int(row, "room")} ${int(row, "seq")}`);
  return events.map((event) => {
    const files = event.kind === "message" ? found.get(`${event.room} ${event.seq}`) : undefined;
    return files === undefined ? event : { ...event, files: files.map(toFile) };
  });
}
