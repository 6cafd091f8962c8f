/**
 * What the other instances are advanced of a batch: which rooms it advances, and the events, so that they
 * need not read them.
 *
 * @module
 */
import { toAppended } from "../sql/appended.ts";
import type { PeerTopic } from "../peers.ts";
import type { Append, StoredEvent } from "../records.ts";
import type { Row } from "../sql/rows.ts";
import type { Bus, BusText } from "./bus/bus.ts";
import type { Seal } from "./seal.ts";

/** Characters of a notice for its head and seal. */
const HEADER_LENGTH = 199;

/** The most characters that a room takes in a notice, without its events. */
const ROOM_LENGTH = 150;

/** The kinds of events of which the database knows more than the append says. */
export const COUNTED: ReadonlySet<string> = new Set(["reaction", "poll_voted"]);

/** A room that a batch appends to. */
export interface AppendedRoom {
  readonly room: number;
  /** How many items it has in the batch. */
  readonly size: number;
  /** The notice that tells of it. */
  readonly part: number;
  /** Its events, encrypted; `null` if the others have to read them. */
  readonly body: string | null;
}

/** What is in a body. */
interface Body {
  /** The log of another epoch goes on differently. */
  readonly epoch: string;
  /** The events in the order of the log, without their `seq`. */
  readonly events: readonly Omit<StoredEvent, "seq">[];
}

/** Options of an append notifier. */
export interface AppendNotifierOptions {
  readonly bus: Bus;
  readonly seal: Seal;
  /** The id of this instance. */
  readonly self: string;
  /** Returns the epoch of the log. */
  readonly epoch: () => string;
}

/** Tells the other instances of a batch, or lets the procedure tell them that appends it. */
export class AppendNotifier {
  readonly #options: AppendNotifierOptions;
  /**
   * Whether there were other instances after the last batch. Without any, nothing is encrypted; one
   * that is there by the next batch reads what that appends.
   */
  hasOthers = true;

  constructor(options: AppendNotifierOptions) {
    this.#options = options;
  }

  /**
   * Describes a batch for the procedure: its rooms in the order of their ids, and the counts that the
   * procedure seals its notices with. `count` is `null` if it sends none.
   */
  describe(batch: readonly Append[]) {
    const { bus: { maxLength, notifiesWithAppend }, self, seal } = this.#options;
    const rooms = Map.groupBy(batch, ({ room }) => room);
    let part = 0;
    let length = 0;
    const described = [...rooms].toSorted(([a], [b]) => a - b).map(([room, appends]) => {
      const body = this.#bodyOf(appends);
      const added = ROOM_LENGTH + (body?.length ?? 0);
      if (length > 0 && length + added > maxLength - HEADER_LENGTH) {
        part += 1;
        length = 0;
      }
      length += added;
      return { room, size: appends.length, part, body };
    });
    const count = notifiesWithAppend ? seal.reserve(part + 1) : null;
    return { instance: self, count, rooms: described };
  }

  /** Tells what the procedure returned instead. The topic of a conversation is not known to all. */
  send(advanced: readonly Row[]): void {
    if (advanced.length === 0) return;
    const { bus, seal } = this.#options;
    void bus.send(advanced.flatMap(({ part: _, ...room }): BusText[] => {
      const text = () => seal.close(`advanced ${JSON.stringify([room])}`);
      const news: BusText = { topic: `room.${room.room}` as PeerTopic, text: text() };
      if (room.low === null) return [news];
      // An instance that has not loaded the conversation learns of it as one of its user.
      room = { ...room, events: null };
      const users = [...new Set([room.low, room.high])];
      return [news, ...users.map((user) => ({ topic: `user.${user}` as PeerTopic, text: text() }))];
    }));
  }

  #bodyOf(appends: readonly Append[]): string | null {
    if (!this.hasOthers) return null;
    if (appends.some(({ kind, files }) => files !== undefined || COUNTED.has(kind))) return null;
    const { bus: { maxLength }, seal, epoch } = this.#options;
    const events = appends.map((append) => ({ ...toAppended(append, 0), seq: undefined }));
    const text = JSON.stringify({ epoch: epoch(), events } satisfies Body);
    const longest = maxLength - HEADER_LENGTH - ROOM_LENGTH;
    // Most texts take a byte for each character; one that takes more may still fit, or not.
    if (text.length > longest) return null;
    const body = seal.encrypt(text);
    return body.length > longest ? null : body;
  }
}

/**
 * The events of a body, if it was made in this epoch.
 *
 * @param seq That of the last one.
 */
export function readBody(
  body: string,
  { seal, epoch, room, seq }: {
    readonly seal: Seal;
    readonly epoch: string;
    readonly room: number;
    readonly seq: number;
  },
): readonly StoredEvent[] | null {
  const text = seal.decrypt(body);
  const content: Body | null = text === null ? null : JSON.parse(text);
  if (content?.epoch !== epoch) return null;
  const first = seq - content.events.length + 1;
  return content.events.map((event, n) => ({ ...event, room, seq: first + n }) as StoredEvent);
}
