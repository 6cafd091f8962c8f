/**
 * Checks records against those before them, as they come: accounts, rooms, members, and the log.
 * Memory holds a few bytes for each event, and nothing else that grows with the log.
 *
 * @module
 */
import type { EventDefinition, Field, MessageChange } from "../chat/events/event.ts";
import { EVENTS } from "../chat/events/index.ts";
import { FIELD_COLUMNS, type Row } from "../store/sql/rows.ts";

/** A contradiction, and the line of the record that it is about. */
export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

/** What is known about an event: a set of bits. */
const [MESSAGE, DELETED, EDITED] = [1, 2, 4];

/** A room and its log so far. */
interface RoomLog {
  readonly line: number;
  /** The newest event, as the room says. */
  readonly end: number;
  readonly folded: unknown;
  /** The two accounts of a direct conversation. */
  readonly pair: readonly unknown[] | null;
  /** The newest event so far. */
  seq: number;
  readonly blocks: LogBlock[];
}

/** Some events of a room: their bits, and the numbers of their senders. */
interface LogBlock {
  readonly bits: Uint8Array;
  readonly senders: Uint32Array;
}

/** How many events a new block has room for: most rooms are small. It grows four times at once. */
const FIRST_SIZE = 16;

/** The longest gap in a log after which it is checked on. */
const GAP_MAX = 1_000;

/** How many events a block has at most, as a power of two. */
const BLOCK = 10;
const IN_BLOCK = 2 ** BLOCK - 1;

/** The kinds whose definition meets a condition. */
function kindsThat(meet: (definition: EventDefinition) => boolean): ReadonlySet<unknown> {
  return new Set(
    EVENTS.filter((definition) => meet(definition as EventDefinition)).map(({ kind }) => kind),
  );
}

/** The kinds that change their target in a way. */
function kindsThatSet(what: keyof MessageChange): ReadonlySet<unknown> {
  return kindsThat((definition) => what in definition.changes({ at: 0 } as never));
}

/** The kinds of event that only the author of the target may cause. */
const BY_AUTHOR = kindsThat((definition) =>
  definition.refuses({ target: "foreign", asModerator: true }) !== null
);
const EDITS = kindsThatSet("editedAt");
const DELETIONS = kindsThatSet("deleted");

const TARGET_COLUMNS = [...FIELD_COLUMNS].filter(([, type]: readonly [string, Field["type"]]) =>
  type === "target"
).map(([column]) => column);

/** What is said about a record that contradicts another one. */
export function contradicts(means: string): string {
  return `contradicts another record: ${means}`;
}

function lacks(field: string): string {
  return `does not fit the records before it: its "${field}" names none of them`;
}

/** Checks records in the order of an export. */
export class LogCheck {
  /** Whether the rooms do not say how long their logs are. */
  isOpen = false;
  /** The spaces of idempotency keys that guests of a name share. */
  readonly #guestSpaces = new Set<unknown>();
  /** The accounts, numbered from 0. */
  readonly #accounts = new Map<unknown, number>();
  /** The spaces of their idempotency keys, by these numbers. */
  readonly #spaces: unknown[] = [];
  readonly #rooms = new Map<unknown, RoomLog>();

  /** @returns What a record contradicts; `null` if it contradicts nothing before it. */
  take(type: string, row: Row, line: number): string | null {
    switch (type) {
      case "guest_name":
        this.#guestSpaces.add(-Number(row.id));
        return null;
      case "account":
        this.#accounts.set(row.id, this.#spaces.length);
        this.#spaces.push(row.key_space ?? row.id);
        return row.key_space === null || this.#guestSpaces.has(row.key_space)
          ? null
          : contradicts('its "key_space" is of no guest_name');
      case "room":
        this.#rooms.set(row.id, {
          ...{ line, end: this.#endOf(row), folded: row.folded, seq: 0 },
          pair: row.kind === "direct" ? [row.low, row.high] : null,
          blocks: [],
        });
        return null;
      case "member":
        return this.#wrongWithMember(row);
      case "event":
        return this.#wrongWithEvent(row);
      default:
        return null;
    }
  }

  /** Finds what is missing after the last record. */
  *end(): Generator<LineProblem> {
    for (const { line, seq, end } of this.#rooms.values()) {
      if (seq === end || end === Infinity) continue;
      yield { line, problem: contradicts('its newest event, "seq", is missing') };
    }
  }

  /** The newest event that is to come. A deleted room has none left. */
  #endOf({ seq, deleted_at: deletedAt }: Row): number {
    if (deletedAt !== null && deletedAt !== undefined) return 0;
    return this.isOpen ? Infinity : Number(seq);
  }

  #wrongWithMember({ room: id, account, folded, read }: Row): string | null {
    const room = this.#rooms.get(id);
    if (room === undefined) return lacks("room");
    if (!this.#accounts.has(account)) return lacks("account");
    // One who is in another room of the name has none for this one.
    if (room.folded !== folded && folded !== `~${id}`) {
      return contradicts('its "folded" is not the room\'s');
    }
    if (Number(read) > room.end) {
      return contradicts('its "read" is beyond the newest event of the room');
    }
    return room.pair === null || room.pair.includes(account)
      ? null
      : contradicts("it is of a conversation of two others");
  }

  #wrongWithEvent(row: Row): string | null {
    const room = this.#rooms.get(row.room);
    if (room === undefined) return lacks("room");
    const seq = Number(row.seq);
    if (seq > room.end) return contradicts('its "seq" is beyond that of its room');
    if (seq <= room.seq) {
      return contradicts('there is an event of the same "seq" in its room already');
    }
    const sender = this.#accounts.get(row.sender);
    const problem = seq !== room.seq + 1
      ? contradicts('the event before it ("seq" less 1) is missing, or comes later')
      : sender === undefined
      ? lacks("sender")
      : row.key_space !== null && row.key_space !== this.#spaces[sender]
      ? contradicts('its "key_space" is not its sender\'s')
      : this.#wrongWithTarget(room, row, sender);
    // One problem is not to make problems of all events after it.
    if (seq - room.seq <= GAP_MAX) {
      while (room.seq + 1 < seq) add(room, {}, 0);
      add(room, row, sender ?? 0);
    }
    return problem;
  }

  #wrongWithTarget(room: RoomLog, row: Row, sender: number): string | null {
    for (const column of TARGET_COLUMNS) {
      const target = row[column];
      if (target === null || target === undefined) continue;
      if (Number(target) > room.seq || !has(room, target, MESSAGE)) {
        return contradicts(`its "${column}" is no message before it`);
      }
    }
    const { kind, target } = row;
    if (BY_AUTHOR.has(kind) && senderOf(room, target) !== sender) {
      return contradicts("its target is another sender's message");
    }
    if (EDITS.has(kind) && !has(room, target, EDITED)) {
      return contradicts("it edits a message that counts as never edited");
    }
    if (DELETIONS.has(kind) && !has(room, target, DELETED)) {
      return contradicts("it deletes a message that is still there");
    }
    return null;
  }
}

function has({ blocks }: RoomLog, target: unknown, bit: number): boolean {
  const at = Number(target) - 1;
  return ((blocks[at >>> BLOCK]?.bits[at & IN_BLOCK] ?? 0) & bit) !== 0;
}

function senderOf({ blocks }: RoomLog, target: unknown): number | undefined {
  const at = Number(target) - 1;
  return blocks[at >>> BLOCK]?.senders[at & IN_BLOCK];
}

function add(room: RoomLog, { kind, deleted, edited_at: editedAt }: Row, sender: number): void {
  const at = room.seq & IN_BLOCK;
  const last = room.blocks.at(-1);
  if (at === 0) room.blocks.push(newBlock(FIRST_SIZE));
  else if (last !== undefined && at === last.bits.length) {
    const larger = newBlock(4 * at);
    larger.bits.set(last.bits);
    larger.senders.set(last.senders);
    room.blocks.splice(-1, 1, larger);
  }
  const block = room.blocks.at(-1)!;
  block.bits[at] = (kind === "message" ? MESSAGE : 0) | (deleted ? DELETED : 0) |
    (editedAt === null ? 0 : EDITED);
  block.senders[at] = sender;
  room.seq += 1;
}

function newBlock(size: number): LogBlock {
  return { bits: new Uint8Array(size), senders: new Uint32Array(size) };
}
