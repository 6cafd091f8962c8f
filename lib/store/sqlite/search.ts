import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  indexTerm,
  matcher,
  sequencesOf,
  type TermSequence,
  type Wanted,
} from "../../protocol/text/words.ts";
import { type Found, NOTHING, readCursor } from "../sql/cursor.ts";
import type { Hit, RoomRecord, SearchQuery, StoredMessage } from "../records.ts";
import { type Tag, tagsOf } from "../sql/search_document.ts";
import { toHit, wantedBy } from "../sql/hit.ts";
import type { SqliteFiles } from "./files.ts";
import { contentOf, DOCUMENT_COLUMNS, firstKeyAt } from "./indexer.ts";
import type { Reactions } from "./reactions.ts";
import type { SqliteRooms } from "./rooms.ts";
import { flag, int, intOrNull, type Row, selectMessages, toMessage } from "../sql/rows.ts";
import type { WordIndex } from "./word_index.ts";
import { nextTurn } from "../../util/clock.ts";

/** The ms that other work waits for a search before the search yields. */
const TURN_MS = 1;

/** Up to this number, messages are checked one by one rather than intersected by FTS5. */
const FEW_MESSAGES = 64;

/** This number of hits among those counts as many: reading on is then faster than the index. */
const MANY_HITS = 4;

/** In this few rooms there may be few messages, which is checked first. */
const FEW_ROOMS = 8;

/** The parameters of a search. */
interface Question {
  /** The required words and tags, in FTS5's syntax; `null` if there are none. */
  readonly words: string | null;
  /** The required room and sender, in FTS5's syntax. */
  readonly place: string;
  readonly rooms: ReadonlySet<number>;
  readonly sender: number | null;
  readonly tags: readonly Tag[];
  readonly since: number;
  readonly until: number;
  /** Whether the texts of a message match. */
  readonly matches: (...texts: readonly string[]) => boolean;
}

/** A range of keys of the index: the first, and the one after the last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The matches in a range, newest first, and the first key that was examined. */
interface Step {
  readonly hits: readonly number[];
  readonly from: number;
}

/** Finds messages by their words. */
export class SqliteSearch {
  readonly #db: DatabaseSync;
  readonly #rooms: SqliteRooms;
  readonly #reactions: Reactions;
  readonly #files: SqliteFiles;
  readonly #index: WordIndex;
  readonly #turnMs: number;
  readonly #message;
  readonly #said;
  readonly #recent;
  readonly #roomsOf;
  readonly #savedKeys;
  readonly #newestKey;
  /** The statements for each part of the index, by its table. */
  readonly #asking = new Map<string, StatementSync>();

  /** @param turnMs How long it searches before it yields to other work. */
  constructor(
    db: DatabaseSync,
    rooms: SqliteRooms,
    reactions: Reactions,
    files: SqliteFiles,
    index: WordIndex,
    turnMs = TURN_MS,
  ) {
    this.#db = db;
    this.#turnMs = turnMs;
    this.#index = index;
    this.#rooms = rooms;
    this.#reactions = reactions;
    this.#files = files;
    this.#message = db.prepare(
      `${selectMessages()} WHERE e.id = (SELECT id FROM search_places WHERE key = ?)`,
    );
    // Read at once: one by one they would take twice as long.
    this.#said = db.prepare(
      `SELECT p.key, ${DOCUMENT_COLUMNS} FROM json_each(?) wanted
       CROSS JOIN search_places p ON p.key = wanted.value CROSS JOIN events e ON e.id = p.id`,
    );
    this.#recent = db.prepare(
      `SELECT p.key, ${DOCUMENT_COLUMNS} FROM search_places p CROSS JOIN events e ON e.id = p.id
       WHERE p.key >= ? AND p.key < ? ORDER BY p.key DESC LIMIT ${FEW_MESSAGES}`,
    );
    this.#roomsOf = db.prepare(
      "SELECT room FROM members WHERE account = :account AND room = ifnull(:room, room)",
    );
    this.#savedKeys = db.prepare(
      `SELECT p.key FROM saved s JOIN events e ON e.room = s.room AND e.seq = s.seq
       JOIN search_places p ON p.id = e.id
       WHERE s.account = ? AND p.key >= ? AND p.key < ? ORDER BY p.key DESC`,
    );
    this.#newestKey = db.prepare("SELECT max(key) AS key FROM search_places");
  }

  /**
   * Searches as `Store.search` specifies, in as many turns of the event loop as it needs. Messages
   * sent meanwhile are not found; messages deleted or edited meanwhile are found only in their
   * final state.
   */
  async search(asked: SearchQuery): Promise<Found> {
    const { limit } = asked;
    const wanted = wantedBy(asked);
    const question = wanted === null ? null : this.#toQuestion(asked, wanted);
    if (wanted === null || question === null) return NOTHING;
    this.#index.catchUpIfPossible();
    const span = this.#spanOf(asked, question);
    if (span === null || span.end <= span.start) return NOTHING;
    const found = asked.saved
      ? await this.#findSaved(asked.account, question, span, limit + 1)
      : await this.#find(question, span, limit + 1);
    const page = found.slice(0, limit);
    return {
      hits: this.#toHits(hitsAmong(question, this.#read(page)), wanted, asked.account),
      next: found.length > limit ? String(page.at(-1)) : null,
    };
  }

  #toQuestion(asked: SearchQuery, wanted: Wanted): Question | null {
    const { account, room, sender = null, has = [], pinned, inThread } = asked;
    const rooms = this.#roomsOf.all({ account, room }).map((row) => int(row, "room"));
    if (rooms.length === 0) return null;
    const sequences = sequencesOf(wanted);
    const tags: readonly Tag[] = [
      ...has,
      ...(pinned ? ["pinned"] as const : []),
      ...(inThread ? ["thread"] as const : []),
    ];
    const required = [...new Set([...sequences.map(toMatch), ...tags.map((tag) => `"_${tag}"`)])];
    const by = sender === null ? "" : `"_s${sender}" AND `;
    return {
      words: required.length === 0 ? null : `(${required.join(" AND ")})`,
      place: `${by}(${rooms.map((id) => `"_r${id}"`).join(" OR ")})`,
      rooms: new Set(rooms),
      sender,
      tags,
      since: asked.since ?? -Infinity,
      until: asked.until ?? Infinity,
      matches: sequences.length === 0 ? () => true : matcher(wanted),
    };
  }

  /** The keys in question. Without a key there is nothing to search. */
  #spanOf({ before }: SearchQuery, { since, until }: Question): Span | null {
    const next = before === null ? Infinity : readCursor(before);
    const newest = intOrNull(this.#newestKey.get() ?? {}, "key");
    if (next === null || newest === null) return null;
    return {
      start: Math.max(0, firstKeyAt(since)),
      end: Math.min(next, newest + 1, firstKeyAt(until)),
    };
  }

  /**
   * The newest matches. Frequent words are met by reading the log from its end; for rare words, the
   * index is searched part by part, so that no step takes long.
   */
  async #find(question: Question, { start, end }: Span, count: number): Promise<number[]> {
    const found: number[] = [];
    let frequent = true;
    let since = performance.now();
    for (;;) {
      const { table, after } = this.#index.partOf(end - 1);
      const span = { start: Math.max(start, after + 1), end };
      const missing = count - found.length;
      const step: Step = frequent
        ? this.#readBack(table, question, span)
        : { hits: this.#findIn(table, question, span, missing), from: span.start };
      found.push(...step.hits.slice(0, missing));
      frequent &&= step.hits.length >= MANY_HITS;
      end = step.from;
      if (end <= start || found.length >= count) return found;
      if (performance.now() - since < this.#turnMs) continue;
      await nextTurn();
      since = performance.now();
    }
  }

  /** The newest matches among the messages that an account has saved: each is read. */
  async #findSaved(
    account: number,
    question: Question,
    { start, end }: Span,
    count: number,
  ): Promise<number[]> {
    const keys = this.#savedKeys.all(account, start, end).map((row) => int(row, "key"));
    const found: number[] = [];
    for (let next = 0; next < keys.length && found.length < count; next += FEW_MESSAGES) {
      if (next > 0) await nextTurn();
      found.push(...hitsAmong(question, this.#read(keys.slice(next, next + FEW_MESSAGES))));
    }
    return found.slice(0, count);
  }

  /** The matches among the last few messages of a range. */
  #readBack(part: string, question: Question, span: Span): Step {
    const rows = question.rooms.size > FEW_ROOMS
      ? this.#recent.all(span.start, span.end)
      : this.#read(this.#ask(part, question.place, span, FEW_MESSAGES));
    const oldest = rows.at(-1);
    const all = rows.length < FEW_MESSAGES || oldest === undefined;
    return { hits: hitsAmong(question, rows), from: all ? span.start : int(oldest, "key") };
  }

  /**
   * The newest matches in a part. FTS5 would look up each room in each part, and collect all
   * positions of a prefix. So one half of the query is searched first: if few messages match, the
   * other half is checked on the messages themselves.
   */
  #findIn(part: string, question: Question, span: Span, count: number): readonly number[] {
    const { words, place, rooms } = question;
    if (words === null) return this.#ask(part, place, span, count);
    const few = Math.max(FEW_MESSAGES, 2 * count);
    for (const half of rooms.size > FEW_ROOMS ? [words, place] : [place, words]) {
      const keys = this.#ask(part, half, span, few);
      // A room usually has many messages: checking a few of very many only helps for words.
      if (keys.length === few && half === place) continue;
      const hits = hitsAmong(question, this.#read(keys));
      if (keys.length < few || hits.length >= count) return hits.slice(0, count);
    }
    return this.#ask(part, `${place} AND ${words}`, span, count);
  }

  /** The newest messages in a part of the index that match an expression. */
  #ask(part: string, match: string, { start, end }: Span, limit: number): readonly number[] {
    const asking = this.#asking.get(part) ?? this.#db.prepare(
      `SELECT rowid AS key FROM ${part} WHERE ${part} MATCH ? AND rowid >= ? AND rowid < ?
       ORDER BY rowid DESC LIMIT ?`,
    );
    this.#asking.set(part, asking);
    return asking.all(match, start, end, limit).map((row) => int(row, "key"));
  }

  /** Messages in their current state, in the given order. */
  #read(keys: readonly number[]): readonly Row[] {
    return keys.length === 0 ? [] : this.#said.all(JSON.stringify(keys));
  }

  #toHits(keys: readonly number[], wanted: Wanted, viewer: number): readonly Hit[] {
    const rooms = new Map<number, RoomRecord>();
    return keys.map((key) => {
      const message = this.#messageAt(key, viewer);
      const room = rooms.get(message.room) ?? this.#rooms.get(message.room);
      rooms.set(room.id, room);
      return toHit(room, message, wanted);
    });
  }

  #messageAt(key: number, viewer: number): StoredMessage {
    const row = this.#message.get(key);
    const found = this.#reactions.fill(row === undefined ? [] : [toMessage(row)], viewer);
    const [message] = this.#files.fill(found);
    if (message === undefined) throw new Error(`Cannot read message: the index has ${key} alone`);
    return message;
  }
}

/** Which messages match, by their keys and in the same order. */
function hitsAmong(question: Question, messages: readonly Row[]): readonly number[] {
  const { rooms, sender, tags, since, until, matches } = question;
  const hits = messages.filter((row) => {
    if (flag(row, "deleted") || !rooms.has(int(row, "room"))) return false;
    if (sender !== null && int(row, "sender") !== sender) return false;
    // A key may be later than its time, where a millisecond had very many messages.
    const at = int(row, "at");
    if (at < since || at >= until) return false;
    const content = contentOf(row);
    const { text, files } = content;
    if (tags.length > 0 && !new Set(tags).isSubsetOf(new Set(tagsOf(content)))) return false;
    return matches(text, ...files.map(([name]) => name));
  });
  return hits.map((row) => int(row, "key"));
}

/**
 * A sequence of terms in FTS5's syntax. Terms are letters, digits and marks, and quoted, so that no
 * query can inject syntax.
 */
function toMatch({ terms, isPrefix }: TermSequence): string {
  return `"${terms.map(indexTerm).join(" ")}"${isPrefix ? "*" : ""}`;
}
