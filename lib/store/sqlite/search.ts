import type { DatabaseSync } from "node:sqlite";
import { type Found, NOTHING, readCursor } from "../query.ts";
import type { Hit, RoomRecord, SearchQuery, StoredMessage } from "../store.ts";
import { cutSnippet, MATCH_END, MATCH_START, readSnippet } from "../text.ts";
import type { Files } from "./files.ts";
import type { Reactions } from "./reactions.ts";
import type { Rooms } from "./rooms.ts";
import { int, type Row, selectMessages, storedText, toMessage } from "../rows.ts";
import { foldWord, wordsOf } from "../words.ts";
import { roomWord, senderWord, type WordIndex } from "./word_index.ts";

/** Finds messages by their words. */
export class Search {
  readonly #rooms: Rooms;
  readonly #reactions: Reactions;
  readonly #files: Files;
  readonly #index: WordIndex;
  readonly #search;
  readonly #message;
  readonly #roomsOf;
  readonly #newest;
  readonly #sentAt;

  constructor(
    db: DatabaseSync,
    rooms: Rooms,
    reactions: Reactions,
    files: Files,
    index: WordIndex,
  ) {
    this.#index = index;
    this.#rooms = rooms;
    this.#reactions = reactions;
    this.#files = files;
    // Not by FTS5's own snippet(): its time grows with the square of the matches in a text, and a
    // message can be one word five thousand times.
    this.#search = db.prepare(
      `SELECT rowid AS id, highlight(search, 1, ?, ?) AS marked
       FROM search WHERE search MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`,
    );
    this.#message = db.prepare(`${selectMessages()} WHERE e.id = ?`);
    this.#roomsOf = db.prepare(
      "SELECT room FROM members WHERE account = :account AND room = ifnull(:room, room)",
    );
    this.#newest = db.prepare("SELECT ifnull(max(id), 0) AS id FROM events");
    this.#sentAt = db.prepare("SELECT at FROM events WHERE id >= ? ORDER BY id LIMIT 1");
  }

  search(asked: SearchQuery): Found {
    const { account, query, room, sender = null, since = null, until = null } = asked;
    const { before, limit } = asked;
    const words = matchWords(query);
    const rooms = this.#roomsOf.all({ account, room }).map((row) => int(row, "room"));
    const next = before === null ? Number.MAX_SAFE_INTEGER : readCursor(before);
    if (words === null || rooms.length === 0 || next === null) return NOTHING;
    this.#index.catchUpIfPossible();
    const start = since === null ? 0 : this.#firstSince(since);
    const end = until === null ? next : Math.min(next, this.#firstSince(until));
    const by = sender === null ? "" : `tags : ${senderWord(sender)} AND `;
    const match = `${by}tags : (${rooms.map(roomWord).join(" OR ")}) AND text : (${words})`;
    const rows = this.#search.all(MATCH_START, MATCH_END, match, start, end, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      hits: this.#toHits(page),
      next: rows.length > limit && last !== undefined ? String(int(last, "id")) : null,
    };
  }

  /**
   * The id of the first event that was sent at a moment or later. Ids grow with time, so that it is
   * found by halving: a few dozen reads, and no index that every append would have to keep.
   */
  #firstSince(at: number): number {
    let low = 1;
    let high = int(this.#newest.get() ?? {}, "id") + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (int(this.#sentAt.get(middle) ?? {}, "at") < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #toHits(rows: readonly Row[]): readonly Hit[] {
    const rooms = new Map<number, RoomRecord>();
    return rows.map((row) => {
      const message = this.#messageAt(int(row, "id"));
      const room = rooms.get(message.room) ?? this.#rooms.get(message.room);
      rooms.set(room.id, room);
      return { room, message, ...snippetOf(row) };
    });
  }

  #messageAt(id: number): StoredMessage {
    const row = this.#message.get(id);
    const found = this.#reactions.fill(row === undefined ? [] : [toMessage(row)]);
    const [message] = this.#files.fill(found);
    if (message === undefined) throw new Error(`Cannot read message: the index has ${id} alone`);
    return message;
  }
}

/**
 * The words of a query in FTS5's syntax, or `null` where there are none. Only letters, digits and
 * their marks get through, each word quoted, so that no query can say anything else.
 */
function matchWords(query: string): string | null {
  const words = wordsOf(query);
  const last = words.at(-1);
  if (last === undefined) return null;
  // Words side by side must all occur; the last one may be unfinished. To ask twice for one costs
  // time and finds nothing else.
  const rest = new Map(words.slice(0, -1).map((word) => [foldWord(word), `"${word}"`]));
  return [...rest.values(), `"${last}"*`].join(" ");
}

function snippetOf(row: Row): Pick<Hit, "snippet" | "highlights"> {
  return cutSnippet(readSnippet(storedText(row, "marked")));
}
