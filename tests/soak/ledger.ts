import type { RoomMessage } from "../../lib/protocol.ts";

/** Where a message is. */
export interface Place {
  readonly room: string;
  readonly seq: number;
}

/** A message as whoever saw it compares it. */
type Seen = Pick<RoomMessage, "seq" | "sender" | "message">;

/**
 * What all of them were promised and shown, in one book: what does not fit together is a fault.
 * Faults are gathered, and not thrown, because they are found in the midst of sockets' events.
 */
export class Ledger {
  /** What broke a promise, in words. */
  readonly faults: string[] = [];
  /** By text, which is unlike every other: where it was acknowledged to be. */
  readonly #promised = new Map<string, Place>();
  /** By room and `seq`: who said what there, as the first one saw it who saw it. */
  readonly #shown = new Map<string, Map<number, string>>();

  /** How many messages were acknowledged. */
  get promises(): number {
    return this.#promised.size;
  }

  /** Notes that something is not as promised. */
  fault(what: string): void {
    if (this.faults.length < 50) this.faults.push(what);
  }

  /** Somebody was told that their message is stored. */
  promise(text: string, { room, seq }: Place): void {
    const before = this.#promised.get(text);
    if (before === undefined) this.#promised.set(text, { room, seq });
    else if (before.seq !== seq) this.fault(`"${text}" is at ${before.seq}, and then at ${seq}`);
  }

  /** Somebody was shown a message: the same as everybody else who is shown that place. */
  show(who: string, room: string, { seq, sender, message }: Seen): void {
    const log = this.#shown.get(room) ?? new Map<number, string>();
    this.#shown.set(room, log);
    const text = `${sender}: ${message}`;
    const before = log.get(seq);
    if (before === undefined) log.set(seq, text);
    else if (before !== text) {
      this.fault(`${room} ${seq}: "${before}" for one, "${text}" for ${who}`);
    }
  }

  /** The last place in a room of which anybody knows. */
  end(room: string): number {
    return Math.max(0, ...this.#shown.get(room)?.keys() ?? []);
  }

  /** Compares a room's whole log, as history has it in the end, with all that was told of it. */
  audit(room: string, log: readonly Seen[]): void {
    const texts = new Map<string, number>();
    for (const [i, message] of log.entries()) {
      if (message.seq !== i + 1) return this.fault(`${room}: ${message.seq} follows ${i}`);
      const twin = texts.get(message.message);
      if (twin !== undefined) this.fault(`"${message.message}" is stored at ${twin} and ${i + 1}`);
      texts.set(message.message, message.seq);
      this.show("history", room, message);
    }
    for (const [text, place] of this.#promised) {
      if (place.room !== room) continue;
      const seq = texts.get(text);
      if (seq !== place.seq) this.fault(`"${text}", promised at ${place.seq}, is at ${seq}`);
    }
    if (this.end(room) > log.length) this.fault(`${room}: what was shown is not in its history`);
  }
}
