/**
 * What was begun in each room and not sent: it waits there until one comes back, and survives a
 * reload.
 *
 * @module
 */
import type { Table } from "./database.ts";

/** How long a change may wait until it is written, in ms. */
const writeAfter = 300;

/** A text that was begun, by the folded name of its room. */
export interface Draft {
  readonly room: string;
  readonly text: string;
  /** The `seq` of the message that it answers. */
  readonly answers?: number;
}

/** What one person has begun. It is at hand at once; what is kept of it follows. */
export class Drafts {
  readonly #table: Table<Draft>;
  readonly #later: (ms: number, run: () => void) => unknown;
  readonly #begun = new Map<string, Draft>();
  readonly #changed = new Set<string>();
  #owner: string | undefined;

  constructor(table: Table<Draft>, later: (ms: number, run: () => void) => unknown) {
    this.#table = table;
    this.#later = later;
  }

  /** What was begun in a room; empty where nothing was. */
  get(room: string): string {
    return this.#begun.get(room)?.text ?? "";
  }

  /** The `seq` of the message that is being answered in a room. */
  answers(room: string): number | undefined {
    return this.#begun.get(room)?.answers;
  }

  /** Takes note of what is begun in a room, with every letter. */
  set(room: string, text: string): void {
    if (this.get(room) !== text) this.#change({ ...this.#begun.get(room), room, text });
  }

  /** Takes note of what is being answered in a room; nothing is, without `seq`. */
  answer(room: string, seq?: number): void {
    if (this.answers(room) === seq) return;
    this.#change({ room, text: this.get(room), ...(seq === undefined ? {} : { answers: seq }) });
  }

  #change(draft: Draft): void {
    const { room, text, answers } = draft;
    if (text === "" && answers === undefined) this.#begun.delete(room);
    else this.#begun.set(room, draft);
    if (this.#changed.size === 0) this.#later(writeAfter, () => void this.flush());
    this.#changed.add(room);
  }

  /** Brings back what a person had begun. */
  async open(owner: string): Promise<void> {
    const drafts = await this.#table.all(owner);
    this.#forget();
    this.#owner = owner;
    for (const draft of drafts) this.#begun.set(draft.room, draft);
  }

  /** Writes at once what has changed: the page may be about to go. */
  async flush(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.#owner === undefined || changed.length === 0) return;
    const begun = changed.flatMap((room) => this.#begun.get(room) ?? []);
    const puts = new Map(begun.map((draft) => [draft.room, draft]));
    await this.#table.write(this.#owner, puts, changed.filter((room) => !puts.has(room)));
  }

  /** Ends it. What is kept stays until its owner is back, unless they want it forgotten. */
  async close(how: "keep drafts" | "forget all"): Promise<void> {
    const owner = this.#owner;
    if (how === "keep drafts") await this.flush();
    this.#forget();
    this.#owner = undefined;
    if (how === "forget all" && owner !== undefined) await this.#table.clear(owner);
  }

  #forget(): void {
    this.#begun.clear();
    this.#changed.clear();
  }
}
