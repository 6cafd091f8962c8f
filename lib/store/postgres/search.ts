import { type Found, NOTHING, type Query, readCursor } from "../query.ts";
import { int, type Row, selectMessages, toMessage } from "../rows.ts";
import { cutSnippet } from "../text.ts";
import type { Hit } from "../store.ts";
import { highlight } from "../words.ts";
import type { Database } from "./database.ts";
import { anyOf, toTerms } from "./lexemes.ts";
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

const ROOMS_OF = `SELECT m.room, (SELECT last_value FROM events_id_seq) AS newest
  FROM members m WHERE m.account = $1 AND ($2::bigint IS NULL OR m.room = $2)`;

const MATCHES = `${selectMessages()}
  WHERE e.words @@ $1::text::tsquery AND e.words IS NOT NULL AND e.id < $2
  ORDER BY e.id DESC LIMIT $3`;

/** Finds messages by their words. */
export class Search {
  readonly #db: Database;
  readonly #rooms: Rooms;

  constructor(db: Database, rooms: Rooms) {
    this.#db = db;
    this.#rooms = rooms;
  }

  async search({ account, query, room, before, limit }: Query): Promise<Found> {
    const terms = toTerms(query);
    const end = before === null ? Infinity : readCursor(before);
    if (terms === null || end === null) return NOTHING;
    const mine = await this.#db.run(ROOMS_OF, [account, room]);
    const [first] = mine;
    if (first === undefined) return NOTHING;
    const rooms = anyOf(mine.map((row) => `r:${int(row, "room")}`));
    const newest = Math.min(end, int(first, "newest") + 1);
    const rows = await this.#newest(`${terms} & ${rooms}`, newest, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      hits: await this.#toHits(page, query),
      next: rows.length > limit && last !== undefined ? String(int(last, "id")) : null,
    };
  }

  /** The newest matches before an id. */
  async #newest(match: string, before: number, count: number): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (const { blocks, end } of stretches(before)) {
      const terms = blocks === null ? match : `${match} & ${anyOf(blocks)}`;
      found.push(...await this.#db.run(MATCHES, [terms, end, count - found.length]));
      if (found.length >= count) break;
    }
    return found;
  }

  async #toHits(rows: readonly Row[], query: string): Promise<readonly Hit[]> {
    const messages = await fillReactions(this.#db, rows.map(toMessage));
    const rooms = await this.#rooms.getAll(new Set(messages.map(({ room }) => room)));
    return messages.map((message) => {
      const room = rooms.get(message.room);
      if (room === undefined) throw new Error(`Cannot read room: there is none ${message.room}`);
      return { room, message, ...cutSnippet(highlight(message.text, query)) };
    });
  }
}

/** The log before an id, from its end: so many blocks each time, `null` for all that are left. */
function* stretches(before: number): Generator<{ blocks: string[] | null; end: number }> {
  let end = before;
  for (const count of STEPS) {
    const last = Math.floor((end - 1) / 2 ** BLOCK_BITS);
    const first = Math.max(0, last - count + 1);
    const blocks = Array.from({ length: last - first + 1 }, (_, n) => `b:${last - n}`);
    yield { blocks, end };
    if (first === 0) return;
    end = first * 2 ** BLOCK_BITS;
  }
  yield { blocks: null, end };
}
