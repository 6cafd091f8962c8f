import { toAppended } from "../appended.ts";
import { flag, int, oneOf, type Row, SELECT_EVENTS, toEvent } from "../rows.ts";
import type { Append, AppendResult, StoredEvent } from "../store.ts";
import { encodeText } from "../text.ts";
import { arrayOf, type Database } from "./database.ts";
import { fillFiles } from "./files.ts";
import { toLexemes } from "./lexemes.ts";

const APPEND = "SELECT * FROM append($1, $2::text::jsonb)";

const EVENTS_AT = `${SELECT_EVENTS}
  JOIN unnest($1::bigint[], $2::bigint[]) AS w (room, seq) ON e.room = w.room AND e.seq = w.seq`;

const REFUSALS = ["no_such_message", "no_such_file", "forbidden"] as const;

/** Appends to the rooms' logs. */
export class LogWriter {
  readonly #db: Database;
  readonly #instance: string;

  /** @param instance Names this instance to those who are told that a room grew. */
  constructor(db: Database, instance: string) {
    this.#db = db;
    this.#instance = instance;
  }

  async append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    if (batch.length === 0) return [];
    const items = JSON.stringify(batch.map(toItem));
    const rows = await this.#db.run(APPEND, [this.#instance, items]);
    const rowOf = new Map(rows.map((row) => [int(row, "number"), row]));
    const first = await this.#firstEvents(batch, rows.filter((row) => flag(row, "repeated")));
    const results = batch.map((item, index): AppendResult => {
      const row = rowOf.get(index + 1) ?? {};
      if (row.refused !== null) return { refused: oneOf(REFUSALS, row, "refused") };
      const seq = int(row, "seq");
      const repeated = flag(row, "repeated");
      const event = repeated ? first.get(placeOf({ room: item.room, seq })) : toAppended(item, seq);
      if (event === undefined) throw new Error(`Cannot read event: ${item.room} has no ${seq}`);
      return { event, repeated };
    });
    return await this.#fillFiles(batch, results);
  }

  /** What was stored when their keys were used before, by its place. */
  async #firstEvents(
    batch: readonly Append[],
    repeated: readonly Row[],
  ): Promise<ReadonlyMap<string, StoredEvent>> {
    if (repeated.length === 0) return new Map();
    const rooms = repeated.map((row) => batch[int(row, "number") - 1]?.room ?? 0);
    const seqs = repeated.map((row) => int(row, "seq"));
    const rows = await this.#db.run(EVENTS_AT, [arrayOf(rooms), arrayOf(seqs)]);
    const events = await fillFiles(this.#db, rows.map(toEvent));
    return new Map(events.map((event) => [placeOf(event), event]));
  }

  /** Adds the files to the messages that came with some. */
  async #fillFiles(
    batch: readonly Append[],
    results: readonly AppendResult[],
  ): Promise<readonly AppendResult[]> {
    const made = results.flatMap((result, index) => {
      const item = batch[index];
      const withFiles = item?.kind === "message" && item.files !== undefined;
      return withFiles && "event" in result && !result.repeated ? [result.event] : [];
    });
    if (made.length === 0) return results;
    const filled = new Map(
      (await fillFiles(this.#db, made)).map((event) => [placeOf(event), event]),
    );
    return results.map((result) => {
      const event = "event" in result ? filled.get(placeOf(result.event)) : undefined;
      return event === undefined
        ? result
        : { event, repeated: "repeated" in result && result.repeated };
    });
  }
}

function placeOf({ room, seq }: { readonly room: number; readonly seq: number }): string {
  return `${room} ${seq}`;
}

/** An append as the function of that name takes it; what an item lacks is null there. */
function toItem(item: Append) {
  const { room, at, key, kind } = item;
  const base = {
    room,
    sender: item.sender.id,
    at,
    key: key === null ? null : encodeText(key),
    kind,
  };
  switch (kind) {
    case "message":
      return { ...base, ...textOf(item.text), reply_to: item.replyTo, files: item.files };
    case "edit":
      return { ...base, ...textOf(item.text), target: item.target };
    case "delete":
      return { ...base, target: item.target, as_moderator: item.asModerator };
    case "reaction":
      return { ...base, target: item.target, emoji: encodeText(item.emoji), state: item.on };
  }
}

function textOf(text: string) {
  return { text: encodeText(text), words: toLexemes(text).join(" ") };
}
