/**
 * The unsent text of each room: it waits until the user returns to the room, and survives a reload.
 *
 * @module
 */
import type { Table } from "./database.ts";

/** How long a change may wait before it is written, in ms. */
const writeAfter = 300;

/** An unsent text, bound to its room by id, or to the receiver of a conversation. */
export interface SavedDraft {
  readonly room: string;
  readonly text: string;
  /** The `seq` of the message that the text answers. */
  readonly answers?: number;
  /** The epoch of the log that holds that message. */
  readonly epoch?: string;
  /** The edit in this room; the text beside it waits until it ends. */
  readonly edit?: SavedEdit;
}

/** The edit of a message that the user has begun. */
export interface SavedEdit extends Answering {
  readonly text: string;
}

/** The message that a text answers. */
export interface Answering {
  readonly seq: number;
  readonly epoch?: string | undefined;
}

/** A change of a draft, as a tab tells it to the others. */
interface DraftNews {
  readonly owner: string;
  readonly room: string;
  readonly draft?: SavedDraft;
}

/** The part of `BroadcastChannel` in use. */
export interface DraftChannel {
  postMessage(news: DraftNews): void;
  onmessage: ((event: MessageEvent<DraftNews>) => void) | null;
}

/** The unsent texts of one user, the same in all their tabs. Reads are served from memory; writes follow later. */
export class Drafts {
  readonly #table: Table<SavedDraft>;
  readonly #later: (ms: number, run: () => void) => unknown;
  readonly #begun = new Map<string, SavedDraft>();
  readonly #changed = new Set<string>();
  readonly #channel: DraftChannel | undefined;
  readonly #watchers = new Set<() => void>();
  #owner: string | undefined;

  constructor(
    table: Table<SavedDraft>,
    later: (ms: number, run: () => void) => unknown,
    channel?: DraftChannel,
  ) {
    this.#table = table;
    this.#later = later;
    this.#channel = channel;
    if (channel !== undefined) channel.onmessage = ({ data }) => this.#receive(data);
  }

  get begun(): readonly SavedDraft[] {
    return [...this.#begun.values()];
  }

  /** Returns the unsent text of a room; empty if there is none. */
  get(room: string): string {
    return this.#begun.get(room)?.text ?? "";
  }

  /** Returns the message that the text in a room answers. */
  answers(room: string): Answering | undefined {
    const { answers: seq, epoch } = this.#begun.get(room) ?? {};
    return seq === undefined ? undefined : { seq, epoch };
  }

  /** Records the unsent text of a room; called on every keystroke. */
  set(room: string, text: string): void {
    if (this.get(room) !== text) this.#change({ ...this.#begun.get(room), room, text });
  }

  /** Records which message the text in a room answers; `undefined` for none. */
  answer(room: string, answering?: Answering): void {
    const before = this.answers(room);
    if (before?.seq === answering?.seq && before?.epoch === answering?.epoch) return;
    const { seq, epoch } = answering ?? {};
    const { edit } = this.#begun.get(room) ?? {};
    this.#change({
      room,
      text: this.get(room),
      ...(edit === undefined ? {} : { edit }),
      ...(seq === undefined ? {} : { answers: seq }),
      ...(epoch === undefined ? {} : { epoch }),
    });
  }

  /** Returns the edit that the user has begun in a room. */
  edit(room: string): SavedEdit | undefined {
    return this.#begun.get(room)?.edit;
  }

  /** Records the edit in a room; `undefined` once it is sent or cancelled. */
  setEdit(room: string, edit?: SavedEdit): void {
    const { edit: before, ...rest } = this.#begun.get(room) ?? { room, text: "" };
    if (before?.seq === edit?.seq && before?.epoch === edit?.epoch && before?.text === edit?.text) {
      return;
    }
    this.#change({ ...rest, ...(edit === undefined ? {} : { edit }) });
  }

  /**
   * Calls a function whenever another tab has changed a draft.
   *
   * @returns A function that ends it.
   */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  #change(draft: SavedDraft): void {
    const { room } = draft;
    this.#put(room, draft);
    if (this.#changed.size === 0) this.#later(writeAfter, () => void this.flush());
    this.#changed.add(room);
    const now = this.#begun.get(room);
    if (this.#owner === undefined) return;
    this.#channel?.postMessage({
      owner: this.#owner,
      room,
      ...(now === undefined ? {} : { draft: now }),
    });
  }

  #put(room: string, draft: SavedDraft | undefined): void {
    const isEmpty = draft?.text === "" && draft.answers === undefined && draft.edit === undefined;
    if (draft === undefined || isEmpty) this.#begun.delete(room);
    else this.#begun.set(room, draft);
  }

  /** Applies a change of another tab, which stores it too. */
  #receive({ owner, room, draft }: DraftNews): void {
    if (owner !== this.#owner) return;
    this.#put(room, draft);
    this.#changed.delete(room);
    for (const onChange of this.#watchers) onChange();
  }

  /** Loads the texts of a user. */
  async open(owner: string): Promise<void> {
    const drafts = await this.#table.all(owner);
    this.#forget();
    this.#owner = owner;
    for (const draft of drafts) this.#begun.set(draft.room, draft);
  }

  /** Writes the changes at once: the page may be about to close. */
  async flush(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.#owner === undefined || changed.length === 0) return;
    const begun = changed.flatMap((room) => this.#begun.get(room) ?? []);
    const puts = new Map(begun.map((draft) => [draft.room, draft]));
    await this.#table.write(this.#owner, puts, changed.filter((room) => !puts.has(room)));
  }

  /** Deletes the texts of a user. */
  async clear(owner: string): Promise<void> {
    await this.#table.clear(owner);
  }

  /**
   * Closes the store. The stored texts stay until their owner returns, unless `how` says otherwise.
   */
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
