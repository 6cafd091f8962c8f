/** Converts rows to the files of messages: see `rows.ts`. @module */
import type { FileRecord } from "../files.ts";
import { int, intOrNull, type Row, storedText, text } from "./rows.ts";

/** The columns for `toFile`; of the joined tables, only that of files has them. */
export const FILE_COLUMNS = "id, name, type, size, width, height";

/** Reads `FILE_COLUMNS`. */
export function toFile(row: Row): FileRecord {
  return {
    id: storedText(row, "id"),
    name: text(row, "name"),
    type: storedText(row, "type"),
    size: int(row, "size"),
    width: intOrNull(row, "width"),
    height: intOrNull(row, "height"),
  };
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
