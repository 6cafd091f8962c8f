import type { RoomMessage } from "../../lib/protocol/frames.ts";

/** The position of a message. */
export interface Place {
  readonly room: string;
  readonly seq: number;
}

/** A message, as users compare it. */
type Seen = Pick<RoomMessage, "seq" | "sender" | "message">;

/**
 * Records what users were acknowledged and shown; contradictions are faults. Faults are collected
 * rather than thrown, because they are found in socket events.
 */
export class Ledger {
  /** The violated guarantees, as text. */
  readonly faults: string[] = [];
  /** The acknowledged position of each message, by its unique text. */
  readonly #acknowledged = new Map<string, Place>();
  /** The sender and text at each position, as first shown, by room and `seq`. */
  readonly #shown = new Map<string, Map<number, string>>();

  /** The number of acknowledged messages. */
  get promises(): number {
    return this.#acknowledged.size;
  }

  /** Records a violation. */
  fault(what: string): void {
    if (this.faults.length < 50) this.faults.push(what);
  }

  /** A message was acknowledged to its sender. */
  promise(text: string, { room, seq }: Place): void {
    const before = this.#acknowledged.get(text);
    if (before === undefined) this.#acknowledged.set(text, { room, seq });
    else if (before.seq !== seq) this.fault(`"${text}" is at ${before.seq}, and then at ${seq}`);
  }

  /** A message was shown: every user must be shown the same at that position. */
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

  /** The last known position in a room. */
  end(room: string): number {
    return Math.max(0, ...this.#shown.get(room)?.keys() ?? []);
  }

  /** Compares a room's final log with every acknowledged and shown message. */
  audit(room: string, log: readonly Seen[]): void {
    const texts = new Map<string, number>();
    for (const [i, message] of log.entries()) {
      if (message.seq !== i + 1) return this.fault(`${room}: ${message.seq} follows ${i}`);
      const twin = texts.get(message.message);
      if (twin !== undefined) this.fault(`"${message.message}" is stored at ${twin} and ${i + 1}`);
      texts.set(message.message, message.seq);
      this.show("history", room, message);
    }
    for (const [text, place] of this.#acknowledged) {
      if (place.room !== room) continue;
      const seq = texts.get(text);
      if (seq !== place.seq) this.fault(`"${text}", promised at ${place.seq}, is at ${seq}`);
    }
    if (this.end(room) > log.length) this.fault(`${room}: what was shown is not in its history`);
  }
}
