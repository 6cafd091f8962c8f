/**
 * The unsent text of each room: it waits until the user returns to the room, and survives a reload.
 *
 * @module
 */
import type { Answering, SavedDraft, SavedEdit } from "../state/types.ts";
import type { Table } from "./database.ts";

/** How long a change may wait before it is written, in ms. */
const writeAfter = 300;

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
  /** Called after a change in this tab. `isEnd` says whether it ended something: it was sent, say. */
  onChange: (isEnd: boolean) => void = () => {};
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
    return [...this.#begun.values()].filter((draft) => !isEmpty(draft));
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
    if (this.get(room) !== text) this.#change(room, { text });
  }

  /** Records which message the text in a room answers; `undefined` for none. */
  answer(room: string, answering?: Answering): void {
    const before = this.answers(room);
    if (before?.seq === answering?.seq && before?.epoch === answering?.epoch) return;
    this.#change(room, { answers: answering?.seq, epoch: answering?.epoch });
  }

  /** Returns the edit that the user has begun in a room. */
  edit(room: string): SavedEdit | undefined {
    return this.#begun.get(room)?.edit;
  }

  /** Records the edit in a room; `undefined` once it is sent or cancelled. */
  setEdit(room: string, edit?: SavedEdit): void {
    const before = this.edit(room);
    if (before?.seq === edit?.seq && before?.epoch === edit?.epoch && before?.text === edit?.text) {
      return;
    }
    this.#change(room, { edit });
  }

  /** Ends the edit in a room whose message is gone, if there is one, and keeps a text as the draft. */
  keepText(room: string, text: string): void {
    const before = this.get(room);
    this.#change(room, { edit: undefined, text: before === "" ? text : `${before}\n\n${text}` });
    for (const onChange of this.#watchers) onChange();
  }

  /** Returns what the server does not have yet, and notes that it is on its way. */
  unsaved(): readonly SavedDraft[] {
    const unsaved = [...this.#begun.values()].filter(({ at, saved }) => at !== saved);
    for (const draft of unsaved) this.#begun.set(draft.room, { saved: 0, ...draft });
    return unsaved;
  }

  /** Notes that the server has a draft. */
  markSaved({ room, at }: SavedDraft): void {
    const draft = this.#begun.get(room);
    if (draft === undefined || at === undefined || draft.at !== at) return;
    this.#store({ ...draft, saved: at });
  }

  /** Takes over what was changed on another device, unless it was changed here later. */
  merge(draft: SavedDraft): void {
    const { room, at = 0 } = draft;
    if ((this.#begun.get(room)?.at ?? 0) >= at) return;
    this.#store({ ...draft, saved: at });
    for (const onChange of this.#watchers) onChange();
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

  #change(room: string, change: { [K in keyof SavedDraft]?: SavedDraft[K] | undefined }): void {
    const before = this.#begun.get(room) ?? { room, text: "" };
    // The clock of another device may be ahead.
    const at = Math.max(Date.now(), (before.at ?? 0) + 1);
    const draft = Object.entries({ ...before, ...change, at }).filter(([, value]) =>
      value !== undefined
    );
    this.#store(Object.fromEntries(draft) as unknown as SavedDraft);
    this.onChange(Object.values(change).every((value) => value === undefined || value === ""));
  }

  #store(draft: SavedDraft): void {
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
    // An empty one stays until the server knows that what it has is no draft any more.
    const isOver = draft !== undefined && isEmpty(draft) &&
      (draft.saved === undefined || draft.saved === draft.at);
    if (draft === undefined || isOver) this.#begun.delete(room);
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

function isEmpty({ text, answers, edit }: SavedDraft): boolean {
  return text === "" && answers === undefined && edit === undefined;
}
