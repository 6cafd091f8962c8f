import {
  changesOf,
  definitionOf,
  roomChangeOf,
  targetOf,
  verdictsOn,
} from "../../chat/events/index.ts";
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import { toAppended } from "../sql/appended.ts";
import { flag, int, oneOf, type Row, SELECT_EVENTS, toEvent, writeFields } from "../sql/rows.ts";
import type { Append, AppendResult, StoredEvent } from "../records.ts";
import { toPayload } from "../sql/payload.ts";
import { NAME_RESERVED_MS } from "../sql/room_names.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { advancedNotices } from "./append.sql.ts";
import { arrayOf, type Database } from "./database.ts";
import { fillFiles } from "./files.ts";
import { type SearchIndex, termsOfNew } from "./search_index.ts";
import type { Seal } from "./seal.ts";

const APPEND = "SELECT * FROM append($1, $2, $3::text::jsonb)";

const EVENTS_AT = `${SELECT_EVENTS}
  JOIN unnest($1::bigint[], $2::bigint[]) AS w (room, seq) ON e.room = w.room AND e.seq = w.seq`;

const REFUSALS = [
  "no_such_message",
  "no_such_file",
  "forbidden",
  "no_such_poll",
  "poll_closed",
  "no_such_room",
  "room_archived",
  "room_exists",
] as const;

/** The kinds of events whose counts the database finds. */
const COUNTED: ReadonlySet<string> = new Set(["reaction", "poll_voted"]);

/** Appends to the rooms' logs. */
export class PostgresLogWriter {
  readonly #db: Database;
  readonly #instance: string;
  readonly #seal: Seal;
  readonly #index: SearchIndex;

  /** @param instance The id of this instance, for the notifications of new events. */
  constructor(db: Database, instance: string, seal: Seal, index: SearchIndex) {
    this.#db = db;
    this.#instance = instance;
    this.#seal = seal;
    this.#index = index;
  }

  async append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    if (batch.length === 0) return [];
    const items = JSON.stringify(batch.map(toItem));
    const notices = advancedNotices(new Set(batch.map(({ room }) => room)).size);
    const count = this.#seal.reserve(notices);
    const rows = await this.#db.run(APPEND, [this.#instance, count, items]);
    const rowOf = new Map(rows.map((row) => [int(row, "number"), row]));
    const read = rows.filter((row) => row.refused === null && isRead(row, batch));
    const stored = await this.#eventsOf(batch, read);
    const results = batch.map((item, index): AppendResult => {
      const row = rowOf.get(index + 1) ?? {};
      if (row.refused !== null) return { refused: oneOf(REFUSALS, row, "refused") };
      const seq = int(row, "seq");
      const repeated = flag(row, "repeated");
      const event = isRead(row, batch)
        ? stored.get(placeOf({ room: item.room, seq }))
        : toAppended(item, seq);
      if (event === undefined) throw new Error(`Cannot read event: ${item.room} has no ${seq}`);
      return { event, repeated };
    });
    // Otherwise the next search would have to index them.
    if (batch.some(isReindexed)) this.#index.catchUpSoon();
    return await this.#fillFiles(batch, results);
  }

  /** The events of some results, by position. */
  async #eventsOf(
    batch: readonly Append[],
    results: readonly Row[],
  ): Promise<ReadonlyMap<string, StoredEvent>> {
    if (results.length === 0) return new Map();
    const rooms = results.map((row) => batch[int(row, "number") - 1]?.room ?? 0);
    const seqs = results.map((row) => int(row, "seq"));
    const rows = await this.#db.run(EVENTS_AT, [arrayOf(rooms), arrayOf(seqs)]);
    const events = await fillFiles(this.#db, rows.map(toEvent));
    return new Map(events.map((event) => [placeOf(event), event]));
  }

  /** Adds their files to the messages that have some. */
  async #fillFiles(
    batch: readonly Append[],
    results: readonly AppendResult[],
  ): Promise<readonly AppendResult[]> {
    const made = results.flatMap((result, index) => {
      const item = batch[index];
      const withFiles = item?.files !== undefined;
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

/** Whether the event of a result must be read: the database knows more of it than the append says. */
function isRead(row: Row, batch: readonly Append[]): boolean {
  // An earlier event has the same key, or it is counted how many users have a reaction or voted.
  return flag(row, "repeated") || COUNTED.has(batch[int(row, "number") - 1]?.kind ?? "");
}

/** Whether a message must be read to be indexed: it has files, has changed, or has got a reply. */
function isReindexed(item: Append): boolean {
  if (item.kind === "message" && item.thread) return true;
  const { text, state } = targetOf(item) === null ? {} : changesOf(item);
  return item.files !== undefined || text !== undefined || state !== undefined;
}

function placeOf({ room, seq }: { readonly room: number; readonly seq: number }): string {
  return `${room} ${seq}`;
}

/** An append in the form that the database function takes; missing fields are null. */
function toItem(item: Append) {
  const { room, at, key, kind, files } = item;
  const { columns, payload } = writeFields(definitionOf(kind)?.fields ?? {}, item);
  const terms = termsOfNew(item);
  return {
    room,
    sender: item.sender.id,
    at,
    key: key === null ? null : encodeText(key),
    kind,
    ...columns,
    ...(payload === null ? {} : { payload }),
    ...(terms === undefined ? {} : { terms }),
    ...(files === undefined ? {} : { files }),
    ...(item.whileArchived ? { while_archived: true } : {}),
    ...toRoomChange(item),
    ...toChange(item),
  };
}

/** The changes that an event makes to its room. */
function toRoomChange(item: Append) {
  const change = item.isImported ? null : roomChangeOf(item);
  if (change === null) return null;
  const { name, title, kind, archived, locked, slowMs, threads, retentionDays } = change;
  return {
    room_change: {
      ...{ kind, archived, locked, slow_ms: slowMs, threads, retention_days: retentionDays },
      reserved_ms: NAME_RESERVED_MS,
      ...(name === undefined ? {} : { name: encodeText(name), folded: encodeFolded(name) }),
      ...(title === undefined ? {} : { title: encodeText(title) }),
    },
  };
}

/** The changes that an event makes to its target, and their conditions. */
function toChange(item: Append) {
  const about = targetOf(item);
  if (about === null) return null;
  const verdicts = verdictsOn(item.kind, item.asModerator ?? false);
  const { text, editedAt, deleted, reaction, vote, state } = changesOf(item);
  return {
    about,
    verdicts,
    ...(definitionOf(item.kind)?.needsPoll ? { needs_poll: true } : {}),
    ...(vote === undefined ? {} : { vote: vote.options }),
    ...(text === undefined ? {} : { change_text: encodeText(text), change_edited_at: editedAt }),
    ...(deleted === undefined ? {} : { change_deleted: deleted }),
    ...(reaction === undefined
      ? {}
      : { change_emoji: encodeText(canonicalEmoji(reaction.emoji)), change_on: reaction.on }),
    ...(state === undefined ? {} : { change_state: toPayload(state) }),
  };
}
