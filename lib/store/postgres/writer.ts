import {
  changesOf,
  definitionOf,
  roomChangeOf,
  targetOf,
  verdictsOn,
} from "../../chat/events/index.ts";
import { canonicalEmoji } from "../../protocol/text/emoji.ts";
import { toAppended } from "../sql/appended.ts";
import {
  flag,
  int,
  oneOf,
  type Row,
  SELECT_EVENTS,
  textOrNull,
  toEvent,
  writeFields,
} from "../sql/rows.ts";
import type { Append, AppendResult, StoredEvent } from "../records.ts";
import { toPayload } from "../sql/payload.ts";
import { needsOpenPoll } from "../sql/votes.ts";
import { NAME_RESERVED_MS } from "../sql/room_names.ts";
import { encodeFolded, encodeText } from "../sql/text.ts";
import { type AppendedRoom, type AppendNotifier, COUNTED } from "./appended_rooms.ts";
import { asStorageError } from "../error.ts";
import { arrayOf, type Database, type Parameter } from "./database.ts";
import { fillFiles } from "./files.ts";
import { type SearchIndex, termsOfNew } from "./search_index.ts";

const APPEND = `CALL append_and_tell(
  $1, $2, $3, $4::text::bigint[], $5::text::bigint[], $6::text::bigint[], $7::text::text[],
  $8::text::jsonb, NULL, NULL, NULL, NULL
)`;

const EVENTS_AT = `${SELECT_EVENTS}
  JOIN unnest($1::bigint[], $2::bigint[]) AS w (room, seq) ON e.room = w.room AND e.seq = w.seq`;

const REFUSALS = [
  "no_such_message",
  "no_such_file",
  "forbidden",
  "no_such_poll",
  "poll_closed",
  "edit_conflict",
  "no_such_room",
  "room_archived",
  "room_exists",
] as const;

/** The fields of an item that `append_plain` takes. */
const PLAIN: ReadonlySet<string> = new Set(
  ["room", "place", "nth", "sender", "at", "key", "kind", "text", "terms", "reply_to", "payload"],
);

/** Appends to the rooms' logs. */
export class PostgresLogWriter {
  readonly #db: Database;
  readonly #index: SearchIndex;
  readonly #notifier: AppendNotifier;

  constructor(db: Database, index: SearchIndex, notifier: AppendNotifier) {
    this.#db = db;
    this.#index = index;
    this.#notifier = notifier;
  }

  async append(batch: readonly Append[]): Promise<readonly AppendResult[]> {
    if (batch.length === 0) return [];
    const { instance, rooms, count } = this.#notifier.describe(batch);
    const items = numbered(batch.map(toItem), rooms);
    const [answer] = await this.#append([
      instance,
      count,
      arePlain(items),
      arrayOf(rooms.map(({ room }) => room)),
      arrayOf(rooms.map(({ size }) => size)),
      arrayOf(rooms.map(({ part }) => part)),
      arrayOf(rooms.map(({ body }) => body)),
      JSON.stringify(items),
    ]);
    this.#notifier.hasOthers = answer?.has_others === true;
    this.#notifier.send((answer?.advanced ?? []) as unknown as readonly Row[]);
    const heads = textOrNull(answer ?? {}, "heads");
    const results = heads === null
      ? await this.#resultsOf(batch, (answer?.results ?? []) as unknown as readonly Row[])
      : toPlainResults(batch, items, heads);
    // Otherwise the next search would have to index them.
    if (batch.some(isReindexed)) this.#index.catchUpSoon();
    return await this.#fillFiles(batch, results);
  }

  async #append(parameters: readonly Parameter[]): Promise<readonly Row[]> {
    try {
      return await this.#db.runApart(APPEND, parameters);
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /** The outcome of each item, from the rows of `append_events`. */
  async #resultsOf(
    batch: readonly Append[],
    rows: readonly Row[],
  ): Promise<readonly AppendResult[]> {
    const rowOf = new Map(rows.map((row) => [int(row, "number"), row]));
    const read = rows.filter((row) => row.refused === null && isRead(row, batch));
    const stored = await this.#eventsOf(batch, read);
    return batch.map((item, index): AppendResult => {
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

/** The outcome of each item, where all were appended: `heads` is where the rooms' logs ended before. */
function toPlainResults(
  batch: readonly Append[],
  places: readonly { readonly place: number; readonly nth: number }[],
  heads: string,
): readonly AppendResult[] {
  const ends = heads.slice(1, -1).split(",").map(Number);
  return batch.map((item, index) => {
    const { place, nth } = places[index]!;
    return { event: toAppended(item, ends[place - 1]! + nth), repeated: false };
  });
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

/** Adds to each item the place of its room in the list, and which item of its room it is. */
function numbered<I extends { readonly room: number }>(
  items: readonly I[],
  rooms: readonly AppendedRoom[],
) {
  const places = new Map(rooms.map(({ room }, n) => [room, { place: n + 1, nth: 0 }]));
  return items.map((item) => {
    const at = places.get(item.room)!;
    at.nth += 1;
    return { ...item, ...at };
  });
}

/** Whether each item is a message without anything else, and no key is there twice. */
function arePlain(items: readonly ReturnType<typeof toItem>[]): boolean {
  const keys = items.flatMap(({ room, key }) => key === null ? [] : [`${room} ${key}`]);
  if (new Set(keys).size < keys.length) return false;
  return items.every((item) =>
    item.terms !== undefined &&
    Object.entries(item).every(([name, value]) => value === null || PLAIN.has(name))
  );
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
  const { name, title, kind, archived, locked, slowMs, threads, retentionDays, previews } = change;
  const { mayPost, mayInvite, mayPin } = change;
  return {
    room_change: {
      ...{ kind, archived, locked, slow_ms: slowMs, threads, previews },
      retention_days: retentionDays,
      ...{ may_post: mayPost, may_invite: mayInvite, may_pin: mayPin },
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
    ...(item.basedOn === undefined ? {} : { based_on: item.basedOn }),
    ...(needsOpenPoll(item) ? { needs_poll: true } : {}),
    ...(vote === undefined ? {} : { vote: vote.options }),
    ...(text === undefined ? {} : { change_text: encodeText(text), change_edited_at: editedAt }),
    ...(deleted === undefined ? {} : { change_deleted: deleted }),
    ...(reaction === undefined
      ? {}
      : { change_emoji: encodeText(canonicalEmoji(reaction.emoji)), change_on: reaction.on }),
    ...(state === undefined ? {} : { change_state: toPayload(state) }),
  };
}
