import {
  indexTerm,
  matcher,
  needsReading,
  sequencesOf,
  type TermSequence,
  type Wanted,
} from "../../protocol/text/words.ts";
import { PREVIEW_PLACE } from "../files.ts";
import { type Found, NOTHING, readTimeCursor, type TimeCursor } from "../sql/cursor.ts";
import { toHit, wantedBy } from "../sql/hit.ts";
import {
  flag,
  int,
  type Row,
  selectMessages,
  storedText,
  textOrNull,
  toMessage,
} from "../sql/rows.ts";
import type { Hit, SearchQuery, StoredMessage } from "../records.ts";
import { Turns } from "../../util/turns.ts";
import { arrayOf, type Database } from "./database.ts";
import { fillFiles } from "./files.ts";
import { fillReactions } from "./reactions.ts";
import type { PostgresRooms } from "./rooms.ts";
import type { SearchIndex } from "./search_index.ts";

/** How many searches run at a time: the others wait, so that appends always find a connection. */
const CONCURRENT = 3;

/** Up to this number, rooms can be looked up in the index; more are checked on each match. */
const FEW_ROOMS = 32;

/** The same for rooms that together have at least one in this number of events. */
const LARGE_SHARE = 4;

/**
 * Up to this number of events, the messages of the rooms are read for an unfinished word: the index
 * would gather all messages that have any word with such a beginning.
 */
const FEW_EVENTS = 2_048;

/**
 * How many messages are read at a time where the index cannot tell which of them match. At first as
 * many as are wanted, then four times as many each time.
 */
const READ_AT_ONCE = 1_024;

/** Later than every moment, as PostgreSQL's bigint and as a number. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER;

const ROOMS_OF = `SELECT m.room, r.seq, (SELECT coalesce(max(id), 0) FROM events) AS events,
    EXISTS (SELECT 1 FROM search_queue) AS is_behind
  FROM members m JOIN rooms r ON r.id = m.room
  WHERE m.account = $1 AND ($2::bigint IS NULL OR m.room = $2)`;

const MATCHES = `SELECT found_id AS id, found_at AS at
  FROM newest_matches($1, $2, $3::bigint[], $4, $5, $6, $7, $8)`;

/** As `MATCHES`, among the messages that an account has saved: each is looked up in the index. */
const SAVED_MATCHES = `SELECT e.id, e.at FROM saved s
  JOIN events e ON e.room = s.room AND e.seq = s.seq JOIN search_entries x ON x.id = e.id
  WHERE s.account = $1 AND e.room = ANY ($2::bigint[])
    AND ($3 = '' OR x.words @@ replace($3, '#', x.block::text)::tsquery)
    AND e.at >= $4 AND e.at < $5 AND (e.at, e.id) < ($6, $7)
  ORDER BY e.at DESC, e.id DESC LIMIT $8`;

/** What a search reads of messages to find out which of them match. */
const TEXTS = `SELECT e.id, e.text, (
    SELECT json_agg(f.name) FROM files f
    WHERE f.room = e.room AND f.seq = e.seq AND f.place < ${PREVIEW_PLACE}
  )::text AS files
  FROM events e WHERE e.id = ANY ($1::bigint[]) AND NOT e.deleted`;

const MESSAGES = `${selectMessages()} WHERE e.id = ANY ($1::bigint[]) AND NOT e.deleted
  ORDER BY e.at DESC, e.id DESC`;

/** Finds messages by their words. */
export class PostgresSearch {
  readonly #db: Database;
  readonly #rooms: PostgresRooms;
  readonly #index: SearchIndex;
  readonly #turns = new Turns(CONCURRENT);

  constructor(db: Database, rooms: PostgresRooms, index: SearchIndex) {
    this.#db = db;
    this.#rooms = rooms;
    this.#index = index;
  }

  /** Searches as `Store.search` specifies. */
  async search(asked: SearchQuery): Promise<Found> {
    const wanted = wantedBy(asked);
    const cursor = asked.before === null ? NEWEST : readTimeCursor(asked.before);
    if (wanted === null || cursor === null) return NOTHING;
    return await this.#turns.take(() => this.#search(asked, wanted, cursor));
  }

  async #search(asked: SearchQuery, wanted: Wanted, cursor: TimeCursor): Promise<Found> {
    const found = await this.#db.run(ROOMS_OF, [asked.account, asked.room]);
    if (found.length === 0) return NOTHING;
    if (flag(found[0] ?? {}, "is_behind")) await this.#index.catchUp();
    const { limit } = asked;
    const places = await this.#newest(asked, wanted, placeOf(found), cursor, limit + 1);
    const page = places.slice(0, limit);
    const last = page.at(-1);
    return {
      hits: await this.#toHits(await this.#read(page), wanted, asked.account),
      next: places.length > limit && last !== undefined ? `${last.at}-${last.id}` : null,
    };
  }

  /**
   * The places of the newest matches before a position. Where the index cannot tell, the texts are
   * read.
   */
  async #newest(
    { account, sender = null, since, until, has = [], pinned, saved, inThread }: SearchQuery,
    wanted: Wanted,
    place: Place,
    cursor: TimeCursor,
    count: number,
  ): Promise<readonly TimeCursor[]> {
    const sequences = sequencesOf(wanted);
    const areRead = needsReading(sequences);
    const tags = [
      ...has,
      ...(pinned ? ["pinned"] : []),
      ...(inThread ? ["thread"] : []),
      ...(sender === null ? [] : [`s${sender}`]),
    ];
    const words = [...sequences.flatMap(toLexemes), ...tags.map((tag) => `'#:_${tag}'`)];
    const lexemes = [...new Set(words)];
    const { query, indexed, rooms } = indexQueryIn(place, lexemes);
    const [sql, question] = saved
      ? [SAVED_MATCHES, [account, arrayOf(place.rooms), lexemes.join(" & ")]]
      : [MATCHES, [query, indexed, rooms === null ? null : arrayOf(rooms)]];
    const found: TimeCursor[] = [];
    let { at, id } = cursor;
    for (let size = count;; size = Math.min(4 * size, Math.max(count, READ_AT_ONCE))) {
      const rows = await this.#db.run(sql, [
        ...question,
        since ?? -END_OF_TIME,
        until ?? END_OF_TIME,
        at,
        id,
        size,
      ]);
      const places = rows.map((row) => ({ at: int(row, "at"), id: int(row, "id") }));
      found.push(...areRead ? await this.#matching(places, wanted) : places);
      const last = places.at(-1);
      if (last === undefined || places.length < size || found.length >= count) {
        return found.slice(0, count);
      }
      ({ at, id } = last);
    }
  }

  /** Those of some messages whose texts match. */
  async #matching(places: readonly TimeCursor[], wanted: Wanted): Promise<readonly TimeCursor[]> {
    if (places.length === 0) return [];
    const matches = matcher(wanted);
    const rows = await this.#db.run(TEXTS, [arrayOf(places.map(({ id }) => id))]);
    const matching = rows.filter((row) =>
      matches(storedText(row, "text"), ...JSON.parse(textOrNull(row, "files") ?? "[]"))
    );
    const ids = new Set(matching.map((row) => int(row, "id")));
    return places.filter(({ id }) => ids.has(id));
  }

  async #read(places: readonly TimeCursor[]): Promise<readonly StoredMessage[]> {
    if (places.length === 0) return [];
    const rows = await this.#db.run(MESSAGES, [arrayOf(places.map(({ id }) => id))]);
    return await fillFiles(this.#db, rows.map(toMessage));
  }

  async #toHits(
    found: readonly StoredMessage[],
    wanted: Wanted,
    viewer: number,
  ): Promise<readonly Hit[]> {
    const messages = await fillReactions(this.#db, found, viewer);
    const rooms = await this.#rooms.getAll(new Set(messages.map(({ room }) => room)));
    return messages.map((message) => {
      const room = rooms.get(message.room);
      if (room === undefined) throw new Error(`Cannot read room: there is none ${message.room}`);
      return toHit(room, message, wanted);
    });
  }
}

/** The rooms that are searched. */
interface Place {
  readonly rooms: readonly number[];
  /** The number of their events, and of all. */
  readonly events: number;
  readonly allEvents: number;
}

function placeOf(rows: readonly Row[]): Place {
  return {
    rooms: rows.map((row) => int(row, "room")),
    events: rows.reduce((sum, row) => sum + int(row, "seq"), 0),
    allEvents: int(rows[0] ?? {}, "events"),
  };
}

/** What the database is asked, as `newest_matches` takes it. */
interface IndexQuery {
  readonly query: string;
  readonly indexed: string;
  readonly rooms: readonly number[] | null;
}

/**
 * Decides what is asked of the index, and what is checked on the messages that it names.
 *
 * @param lexemes The required words and tags; there may be none.
 */
function indexQueryIn({ rooms, events, allEvents }: Place, lexemes: readonly string[]): IndexQuery {
  const areFew = rooms.length <= FEW_ROOMS && events * LARGE_SHARE < allEvents;
  if (!areFew && lexemes.length > 0) {
    const query = lexemes.join(" & ");
    return { query, indexed: query, rooms };
  }
  const place = `(${rooms.map((id) => `'#:_r${id}'`).join(" | ")})`;
  const query = [...lexemes, place].join(" & ");
  const isQuiet = areFew && events <= FEW_EVENTS;
  const indexed = isQuiet
    ? [...lexemes.filter((lexeme) => !isUnfinished(lexeme)), place].join(" & ")
    : query;
  return { query, indexed, rooms: null };
}

/** After every message. */
const NEWEST: TimeCursor = { at: END_OF_TIME, id: 0 };

/** The terms of a sequence in PostgreSQL's `tsquery`: letters, digits and marks, and quoted. */
function toLexemes({ terms, isPrefix }: TermSequence): readonly string[] {
  return terms.map((term, index) =>
    `'#:${indexTerm(term)}'${isPrefix && index === terms.length - 1 ? UNFINISHED : ""}`
  );
}

/** What follows the beginning of a word. */
const UNFINISHED = ":*";

function isUnfinished(lexeme: string): boolean {
  return lexeme.endsWith(UNFINISHED);
}
