import { type Found, NOTHING, readCursor } from "../query.ts";
import { int, type Row, selectMessages, toMessage } from "../rows.ts";
import { cutSnippet } from "../text.ts";
import type { Hit, SearchQuery } from "../store.ts";
import { highlight } from "../words.ts";
import type { Database } from "./database.ts";
import { anyOf, toTerms } from "./lexemes.ts";
import { fillFiles } from "./files.ts";
import { fillReactions } from "./reactions.ts";
import type { Rooms } from "./rooms.ts";

/**
 * The index gives what matches in no order: of a word that half of all messages have it would have
 * to be given millions to find the newest. So the log is divided into blocks of this many bits of
 * ids, a message's block is a word of it too, and the newest blocks are searched first: one, then
 * eight times as many with each step, then all that is left. What is frequent is found in the
 * first, and what is not costs little in the last.
 */
const BLOCK_BITS = 13;
const STEPS: readonly number[] = [1, 8, 64, 512];

const ROOMS_OF = `SELECT m.room FROM members m
  WHERE m.account = $1 AND ($2::bigint IS NULL OR m.room = $2)`;

/** The first id that is searched, and the one after the last. */
const SPAN = `SELECT
    CASE WHEN $1::bigint IS NULL THEN 1 ELSE first_since($1) END AS start,
    CASE WHEN $2::bigint IS NULL THEN (SELECT coalesce(max(id), 0) + 1 FROM events)
      ELSE first_since($2) END AS end`;

/**
 * By the index of words alone: `+ 0` keeps the database from walking back through all that was ever
 * said until it has met enough matches, which it takes for quick where a word seems frequent.
 */
const MATCHES = `${selectMessages()}
  WHERE e.words @@ $1::text::tsquery AND e.words IS NOT NULL AND e.id + 0 >= $4 AND e.id + 0 < $2
  ORDER BY e.id + 0 DESC LIMIT $3`;

/** Finds messages by their words. */
export class Search {
  readonly #db: Database;
  readonly #rooms: Rooms;

  constructor(db: Database, rooms: Rooms) {
    this.#db = db;
    this.#rooms = rooms;
  }

  async search(asked: SearchQuery): Promise<Found> {
    const { account, query, room, sender = null, before, limit } = asked;
    const terms = toTerms(query);
    const cursor = before === null ? Infinity : readCursor(before);
    if (terms === null || cursor === null) return NOTHING;
    const rooms = (await this.#db.run(ROOMS_OF, [account, room])).map((row) => int(row, "room"));
    if (rooms.length === 0) return NOTHING;
    const by = sender === null ? [] : [anyOf([`s:${sender}`])];
    const match = [terms, anyOf(rooms.map((id) => `r:${id}`)), ...by].join(" & ");
    const rows = await this.#newest(match, await this.#spanOf(asked, cursor), limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      hits: await this.#toHits(page, query),
      next: rows.length > limit && last !== undefined ? String(int(last, "id")) : null,
    };
  }

  async #spanOf({ since = null, until = null }: SearchQuery, cursor: number): Promise<Span> {
    const [row = {}] = await this.#db.run(SPAN, [since, until]);
    return { start: int(row, "start"), end: Math.min(int(row, "end"), cursor) };
  }

  /** The newest matches in a span of the log. */
  async #newest(match: string, span: Span, count: number): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (const { blocks, end } of stretches(span)) {
      const terms = blocks === null ? match : `${match} & ${anyOf(blocks)}`;
      const missing = count - found.length;
      found.push(...await this.#db.run(MATCHES, [terms, end, missing, span.start]));
      if (found.length >= count) break;
    }
    return found;
  }

  async #toHits(rows: readonly Row[], query: string): Promise<readonly Hit[]> {
    const plain = await fillReactions(this.#db, rows.map(toMessage));
    const messages = await fillFiles(this.#db, plain);
    const rooms = await this.#rooms.getAll(new Set(messages.map(({ room }) => room)));
    return messages.map((message) => {
      const room = rooms.get(message.room);
      if (room === undefined) throw new Error(`Cannot read room: there is none ${message.room}`);
      return { room, message, ...cutSnippet(highlight(message.text, query)) };
    });
  }
}

/** A part of the log by the ids of its events: the first one, and the one after the last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span from its end: so many blocks each time, `null` for all that are left. */
function* stretches(span: Span): Generator<{ blocks: string[] | null; end: number }> {
  let { end } = span;
  const oldest = Math.floor(span.start / 2 ** BLOCK_BITS);
  for (const count of STEPS) {
    if (end <= span.start) return;
    const last = Math.floor((end - 1) / 2 ** BLOCK_BITS);
    const first = Math.max(oldest, last - count + 1);
    const blocks = Array.from({ length: last - first + 1 }, (_, n) => `b:${last - n}`);
    yield { blocks, end };
    end = first * 2 ** BLOCK_BITS;
  }
  if (end > span.start) yield { blocks: null, end };
}
