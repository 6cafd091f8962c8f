import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { type Found, NOTHING, readCursor } from "../query.ts";
import type { Hit, RoomRecord, SearchQuery, StoredMessage } from "../store.ts";
import { cutSnippet } from "../text.ts";
import type { Files } from "./files.ts";
import { newestIdIn } from "./newest.ts";
import type { Reactions } from "./reactions.ts";
import type { Rooms } from "./rooms.ts";
import { flag, int, type Row, selectMessages, textOrNull, toMessage } from "../rows.ts";
import { foldWord, highlight, matcher, wordsOf } from "../words.ts";
import { roomWord, senderWord, type WordIndex } from "./word_index.ts";

/** For how many milliseconds others wait for a search, before it waits for them. */
const TURN_MS = 1;

/** So many messages are looked at one by one rather than to have FTS5 intersect all there are. */
const FEW_MESSAGES = 64;

/** So many hits among those are many: then it is quicker to go on like that than by the index. */
const MANY_HITS = 4;

/** In so few rooms there may be few messages, which is then found out first. */
const FEW_ROOMS = 8;

/** What is searched for. */
interface Question {
  /** What must be said, in FTS5's syntax. */
  readonly words: string;
  /** Where and by whom, in FTS5's syntax. */
  readonly place: string;
  readonly rooms: ReadonlySet<number>;
  readonly sender: number | null;
  readonly matches: (text: string) => boolean;
}

/** A stretch of the log by ids: the first one, and the one after the last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The matches of a stretch, newest first, and the first id that was looked at for them. */
interface Step {
  readonly hits: readonly number[];
  readonly from: number;
}

/** Finds messages by their words. */
export class Search {
  readonly #db: DatabaseSync;
  readonly #rooms: Rooms;
  readonly #reactions: Reactions;
  readonly #files: Files;
  readonly #index: WordIndex;
  readonly #turnMs: number;
  readonly #message;
  readonly #said;
  readonly #recent;
  readonly #roomsOf;
  readonly #newestId;
  readonly #sentAt;
  /** How each part of the index is asked, by its table. */
  readonly #asking = new Map<string, StatementSync>();

  /** @param turnMs For how long it searches before others have their turn. */
  constructor(
    db: DatabaseSync,
    rooms: Rooms,
    reactions: Reactions,
    files: Files,
    index: WordIndex,
    turnMs = TURN_MS,
  ) {
    this.#db = db;
    this.#turnMs = turnMs;
    this.#index = index;
    this.#rooms = rooms;
    this.#reactions = reactions;
    this.#files = files;
    this.#message = db.prepare(`${selectMessages()} WHERE e.id = ?`);
    // Read at once: one by one they would take twice as long.
    this.#said = db.prepare(
      `SELECT e.id, e.room, e.sender, e.deleted, e.text
       FROM json_each(?) wanted CROSS JOIN events e ON e.id = wanted.value`,
    );
    this.#recent = db.prepare(
      `SELECT id, room, sender, deleted, text FROM events
       WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ${FEW_MESSAGES}`,
    );
    this.#roomsOf = db.prepare(
      "SELECT room FROM members WHERE account = :account AND room = ifnull(:room, room)",
    );
    this.#newestId = newestIdIn(db);
    this.#sentAt = db.prepare("SELECT at FROM events WHERE id >= ? ORDER BY id LIMIT 1");
  }

  /**
   * Searches as `Store.search` says. It takes as many turns of the event loop as it needs: what is
   * said meanwhile is not found, and what is deleted or changed meanwhile only as it is at the end.
   */
  async search(asked: SearchQuery): Promise<Found> {
    const { query, limit } = asked;
    const question = this.#toQuestion(asked);
    const span = this.#spanOf(asked);
    if (question === null || span === null || span.end <= span.start) return NOTHING;
    this.#index.catchUpIfPossible();
    const found = await this.#find(question, span, limit + 1);
    const page = found.slice(0, limit);
    return {
      hits: this.#toHits(hitsAmong(question, this.#read(page)), query),
      next: found.length > limit ? String(page.at(-1)) : null,
    };
  }

  #toQuestion({ account, query, room, sender = null }: SearchQuery): Question | null {
    const words = matchWords(query);
    const rooms = this.#roomsOf.all({ account, room }).map((row) => int(row, "room"));
    if (words === null || rooms.length === 0) return null;
    const by = sender === null ? "" : `tags : ${senderWord(sender)} AND `;
    return {
      words: `text : (${words})`,
      place: `${by}tags : (${rooms.map(roomWord).join(" OR ")})`,
      rooms: new Set(rooms),
      sender,
      matches: matcher(query),
    };
  }

  #spanOf({ before, since = null, until = null }: SearchQuery): Span | null {
    const next = before === null ? Infinity : readCursor(before);
    if (next === null) return null;
    const end = until === null ? this.#newestId() + 1 : this.#firstSince(until);
    return { start: since === null ? 1 : this.#firstSince(since), end: Math.min(next, end) };
  }

  /**
   * The id of the first event that was sent at a moment or later. Ids grow with time, so that it is
   * found by halving: a few dozen reads, and no index that every append would have to keep.
   */
  #firstSince(at: number): number {
    let low = 1;
    let high = this.#newestId() + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (int(this.#sentAt.get(middle) ?? {}, "at") < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The newest matches. What is frequent is met where the log is simply read, from its end; for
   * what is not, the index is asked part by part, so that nothing takes long.
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

  /** The matches among the last few messages of a stretch. */
  #readBack(part: string, question: Question, span: Span): Step {
    const rows = question.rooms.size > FEW_ROOMS
      ? this.#recent.all(span.start, span.end)
      : this.#read(this.#ask(part, question.place, span, FEW_MESSAGES));
    const oldest = rows.at(-1);
    const all = rows.length < FEW_MESSAGES || oldest === undefined;
    return { hits: hitsAmong(question, rows), from: all ? span.start : int(oldest, "id") };
  }

  /**
   * The newest matches in a part. FTS5 would seek each room in each part, and gather all places of
   * an unfinished word. So it is first asked for one half of the question: where that leaves few
   * messages, they are asked for the other half themselves.
   */
  #findIn(part: string, question: Question, span: Span, count: number): readonly number[] {
    const { words, place, rooms } = question;
    const few = Math.max(FEW_MESSAGES, 2 * count);
    for (const half of rooms.size > FEW_ROOMS ? [words, place] : [place, words]) {
      const ids = this.#ask(part, half, span, few);
      // Whoever is somewhere says many things: to look at some of very many helps only by words.
      if (ids.length === few && half === place) continue;
      const hits = hitsAmong(question, this.#read(ids));
      if (ids.length < few || hits.length >= count) return hits.slice(0, count);
    }
    return this.#ask(part, `${place} AND ${words}`, span, count);
  }

  /** The newest messages that a part of the index has for an expression. */
  #ask(part: string, match: string, { start, end }: Span, limit: number): readonly number[] {
    const asking = this.#asking.get(part) ?? this.#db.prepare(
      `SELECT rowid AS id FROM ${part} WHERE ${part} MATCH ? AND rowid >= ? AND rowid < ?
       ORDER BY rowid DESC LIMIT ?`,
    );
    this.#asking.set(part, asking);
    return asking.all(match, start, end, limit).map((row) => int(row, "id"));
  }

  /** Messages as they are now, in the order in which they are asked for. */
  #read(ids: readonly number[]): readonly Row[] {
    return ids.length === 0 ? [] : this.#said.all(JSON.stringify(ids));
  }

  #toHits(ids: readonly number[], query: string): readonly Hit[] {
    const rooms = new Map<number, RoomRecord>();
    return ids.map((id) => {
      const message = this.#messageAt(id);
      const room = rooms.get(message.room) ?? this.#rooms.get(message.room);
      rooms.set(room.id, room);
      return { room, message, ...cutSnippet(highlight(message.text, query)) };
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

/** Which events are messages that are searched for, by their ids and in the same order. */
function hitsAmong(question: Question, events: readonly Row[]): readonly number[] {
  const { rooms, sender, matches } = question;
  const hits = events.filter((row) =>
    rooms.has(int(row, "room")) && (sender === null || int(row, "sender") === sender) &&
    !flag(row, "deleted") && matches(textOrNull(row, "text") ?? "")
  );
  return hits.map((row) => int(row, "id"));
}

/** Lets others have their turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
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
