/**
 * Keeps, while the page changes, what it must not forget: drafts on their way at once, and the
 * rooms as they are now and then.
 *
 * @module
 */
import { foldName, foldRoom } from "../../lib/protocol.ts";
import type { State } from "../state.ts";
import { isWorthKeeping, pageToKeep, roomsToKeep, roomToKeep } from "../state/kept.ts";
import type { KeptPage, KeptRoom, Pending, Room } from "../state/types.ts";
import { Database, Table } from "./database.ts";
import { Drafts } from "./drafts.ts";
import { type Kept, Outbox } from "./outbox.ts";
import type { Tabs } from "./tabs.ts";

/** How long what changed in the rooms may wait until it is kept, in ms. */
const keepEvery = 3_000;

/** What was kept of a person: drafts on their way, and how things looked. */
export interface Remembered {
  readonly pending: readonly Pending[];
  readonly page?: KeptPage;
  readonly rooms: readonly KeptRoom[];
}

/** What a keeper needs from around it. */
export interface KeeperOptions {
  readonly database: Database;
  readonly tabs: Pick<Tabs, "id" | "living">;
  readonly now: () => number;
  readonly later: (ms: number, run: () => void) => unknown;
}

/** Belongs to nobody: who was here last, and whether they are still to be signed out. */
const nobody = "";

/** Keeps what belongs to one person at a time. */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #outbox: Outbox;
  /** What is begun in the rooms. */
  readonly drafts: Drafts;
  readonly #rooms: Table<KeptRoom>;
  /** Small things of people, for whoever wants to keep some. */
  readonly notes: Table<unknown>;
  #owner: string | undefined;
  #pending: readonly Pending[] = [];
  /** The rooms that are kept, as they were when that was done here. */
  #saved: ReadonlyMap<string, Room | undefined> = new Map();
  #state: State | undefined;
  #due = false;

  constructor(options: KeeperOptions) {
    const { database, tabs } = options;
    this.#options = options;
    this.#outbox = new Outbox(new Table<Kept>(database, "outbox"), tabs.id);
    this.drafts = new Drafts(new Table(database, "drafts"), options.later);
    this.#rooms = new Table(database, "rooms");
    this.notes = new Table(database, "notes");
  }

  /** Who was here last and did not sign out. */
  async last(): Promise<KeptPage["me"] | undefined> {
    const owner = await this.notes.get(nobody, "last");
    if (typeof owner !== "string") return undefined;
    return (await this.notes.get(owner, "page") as KeptPage | undefined)?.me;
  }

  /** Whether somebody signed out whom the server takes for signed in. */
  async isLeaving(): Promise<boolean> {
    return await this.notes.get(nobody, "leaving") === true;
  }

  /** Notes whether the server is still to be told that somebody signed out. */
  async setLeaving(leaving: boolean): Promise<void> {
    if (leaving) await this.notes.write(nobody, new Map([["leaving", true]]));
    else await this.notes.write(nobody, new Map(), ["leaving"]);
  }

  /** Begins to keep what is a person's. @returns What was kept of them before. */
  async open(name: string): Promise<Remembered> {
    const owner = foldName(name);
    const living = await this.#options.tabs.living();
    const [pending, page, rooms] = await Promise.all([
      this.#outbox.load(owner, living),
      this.notes.get(owner, "page") as Promise<KeptPage | undefined>,
      this.#rooms.all(owner),
      this.notes.write(nobody, new Map([["last", owner]]), ["leaving"]),
      this.drafts.open(owner),
    ]);
    this.#owner = owner;
    this.#pending = pending;
    this.#saved = new Map(rooms.map((room) => [foldRoom(room.name), undefined]));
    return { pending, rooms, ...(page === undefined ? {} : { page }) };
  }

  /** What other tabs have left behind. */
  async adopt(): Promise<readonly Pending[]> {
    if (this.#owner === undefined) return [];
    return await this.#outbox.adopt(this.#owner, await this.#options.tabs.living());
  }

  /** Takes note of a change. */
  note(state: State): void {
    const owner = this.#owner;
    if (owner === undefined || foldName(state.me.name) !== owner) return;
    this.#state = state;
    if (state.pending !== this.#pending) {
      void this.#outbox.save(owner, this.#pending, state.pending);
      this.#pending = state.pending;
    }
    if (this.#due) return;
    this.#due = true;
    this.#options.later(keepEvery, () => void this.flush());
  }

  /** Keeps at once what has changed: the page may be about to go. */
  async flush(): Promise<void> {
    this.#due = false;
    void this.drafts.flush();
    const [owner, state] = [this.#owner, this.#state];
    this.#state = undefined;
    if (owner === undefined || state === undefined) return;
    // Whoever signed out in another tab wants nothing to be kept here.
    if (await this.notes.get(nobody, "last") !== owner) return;
    const rooms = roomsToKeep(state);
    const changed = [...rooms].filter(([id, room]) => isWorthKeeping(this.#saved.get(id), room));
    const gone = [...this.#saved.keys()].filter((id) => !rooms.has(id));
    this.#saved = rooms;
    await Promise.all([
      this.#rooms.write(owner, new Map(changed.map(([id, r]) => [id, roomToKeep(r)])), gone),
      this.notes.write(owner, new Map([["page", pageToKeep(state, this.#options.now())]])),
    ]);
  }

  /**
   * Ends it, and forgets what others said. One's own words that were not sent yet stay until one
   * is back, unless one wants them forgotten as well.
   */
  async close(how: "keep drafts" | "forget all"): Promise<void> {
    const owner = this.#owner;
    this.#owner = this.#state = undefined;
    this.#pending = [];
    if (owner === undefined) return;
    await Promise.all([
      this.notes.write(nobody, new Map(), ["last"]),
      this.#rooms.clear(owner),
      this.drafts.close(how),
      ...(how === "forget all"
        ? [this.#outbox.clear(owner), this.notes.clear(owner)]
        : [this.notes.write(owner, new Map(), ["page"])]),
    ]);
  }
}
