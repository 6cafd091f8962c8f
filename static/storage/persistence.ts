/**
 * Stores what must survive the page: unacknowledged drafts at once, and snapshots of the rooms at
 * intervals.
 *
 * @module
 */
import type { PageState } from "../state/reducer.ts";
import { isWorthStoring, pageSnapshotOf, roomSnapshotOf, roomsToStore } from "../state/snapshot.ts";
import type { PageSnapshot, Pending, PersonRef, RoomSnapshot, RoomState } from "../state/types.ts";
import { PageDatabase, Table } from "./database.ts";
import { type DraftChannel, Drafts } from "./drafts.ts";
import { Outbox, type StoredPending } from "./outbox.ts";
import type { Tabs } from "./tabs.ts";

/** How long a change in the rooms may wait before it is stored, in ms. */
const storeInterval = 3_000;

/**
 * The owner of stored data: a user by name. It is the key of what browsers hold, so it never changes,
 * whatever makes two names the same name.
 */
export function ownerOf(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** The stored data of a user: unacknowledged drafts, and snapshots of the page and its rooms. */
export interface StoredSession {
  readonly pending: readonly Pending[];
  readonly page?: PageSnapshot;
  readonly rooms: readonly RoomSnapshot[];
}

/** The dependencies of the persistence. */
export interface PersistenceOptions {
  readonly database: PageDatabase;
  readonly tabs: Pick<Tabs, "id" | "living">;
  /** Tells the user's other tabs of changed drafts, where the browser has such channels. */
  readonly draftChannel?: DraftChannel | undefined;
  readonly now: () => number;
  readonly later: (ms: number, run: () => void) => unknown;
}

/** The owner of records that belong to no user: the last user, and whether to sign them out. */
const noOwner = "";

/** Stores the data of one user at a time. */
export class Persistence {
  readonly #options: PersistenceOptions;
  readonly #outbox: Outbox;
  /** The unsent texts. */
  readonly drafts: Drafts;
  readonly #rooms: Table<RoomSnapshot>;
  /** Single values by owner and name. */
  readonly notes: Table<unknown>;
  #owner: string | undefined;
  #pending: readonly Pending[] = [];
  /** The stored rooms, as they were when this page stored them. */
  #saved: ReadonlyMap<string, RoomState | undefined> = new Map();
  #state: PageState | undefined;
  #due = false;

  constructor(options: PersistenceOptions) {
    const { database, tabs } = options;
    this.#options = options;
    this.#outbox = new Outbox(new Table<StoredPending>(database, "outbox"), tabs.id);
    this.drafts = new Drafts(
      new Table(database, "drafts"),
      options.later,
      options.draftChannel,
    );
    this.#rooms = new Table(database, "rooms");
    this.notes = new Table(database, "notes");
  }

  /** Returns the last user, if they did not sign out. */
  async last(): Promise<PageSnapshot["me"] | undefined> {
    const owner = await this.notes.get(noOwner, "last");
    if (typeof owner !== "string") return undefined;
    return (await this.notes.get(owner, "page") as PageSnapshot | undefined)?.me;
  }

  /** Whether a user has signed out and the server does not know yet. */
  async isSigningOut(): Promise<boolean> {
    return await this.notes.get(noOwner, "leaving") === true;
  }

  /** Records whether the server must still be told that the user has signed out. */
  async setSigningOut(signingOut: boolean): Promise<void> {
    if (signingOut) await this.notes.write(noOwner, new Map([["leaving", true]]));
    else await this.notes.write(noOwner, new Map(), ["leaving"]);
  }

  /** Opens the data of a user. @returns The data stored before. */
  async open({ name, id }: PersonRef): Promise<StoredSession> {
    const owner = ownerOf(name);
    await this.#claim(owner, id);
    const living = await this.#options.tabs.living();
    const [pending, page, rooms] = await Promise.all([
      this.#outbox.load(owner, living),
      this.notes.get(owner, "page") as Promise<PageSnapshot | undefined>,
      this.#rooms.all(owner),
      this.notes.write(noOwner, new Map([["last", owner]]), ["leaving"]),
      this.drafts.open(owner),
    ]);
    this.#owner = owner;
    this.#pending = pending;
    this.#saved = new Map(rooms.map((room) => [room.key, undefined]));
    return { pending, rooms, ...(page === undefined ? {} : { page }) };
  }

  /** Names are reassigned: deletes the data of another user who had the name before. */
  async #claim(owner: string, id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const known = await this.notes.get(owner, "id");
    if (known !== undefined && known !== id) {
      await Promise.all([
        this.#outbox.clear(owner),
        this.drafts.clear(owner),
        this.#rooms.clear(owner),
        this.notes.clear(owner),
      ]);
    }
    if (known !== id) await this.notes.write(owner, new Map([["id", id]]));
  }

  /** Takes over the drafts of tabs that are gone. */
  async adopt(): Promise<readonly Pending[]> {
    if (this.#owner === undefined) return [];
    return await this.#outbox.adopt(this.#owner, await this.#options.tabs.living());
  }

  /** Receives every new state and schedules what must be stored. */
  note(state: PageState): void {
    const owner = this.#owner;
    if (owner === undefined || ownerOf(state.me.name) !== owner) return;
    this.#state = state;
    if (state.pending !== this.#pending) {
      void this.#outbox.save(owner, this.#pending, state.pending);
      this.#pending = state.pending;
    }
    if (this.#due) return;
    this.#due = true;
    this.#options.later(storeInterval, () => void this.flush());
  }

  /** Stores the changes at once: the page may be about to close. */
  async flush(): Promise<void> {
    this.#due = false;
    void this.drafts.flush();
    const [owner, state] = [this.#owner, this.#state];
    this.#state = undefined;
    if (owner === undefined || state === undefined) return;
    // The user has signed out in another tab, so nothing may be stored here.
    if (await this.notes.get(noOwner, "last") !== owner) return;
    const rooms = roomsToStore(state);
    const changed = [...rooms].filter(([id, room]) => isWorthStoring(this.#saved.get(id), room));
    const gone = [...this.#saved.keys()].filter((id) => !rooms.has(id));
    this.#saved = rooms;
    await Promise.all([
      this.#rooms.write(owner, new Map(changed.map(([id, r]) => [id, roomSnapshotOf(r)])), gone),
      this.notes.write(owner, new Map([["page", pageSnapshotOf(state, this.#options.now())]])),
    ]);
  }

  /**
   * Closes the data of the user and deletes the messages of others. The user's own unsent texts
   * stay until they return, unless `how` says otherwise.
   */
  async close(how: "keep drafts" | "forget all"): Promise<void> {
    const owner = this.#owner;
    this.#owner = this.#state = undefined;
    this.#pending = [];
    if (owner === undefined) return;
    await Promise.all([
      this.notes.write(noOwner, new Map(), ["last"]),
      this.#rooms.clear(owner),
      this.drafts.close(how),
      ...(how === "forget all"
        ? [this.#outbox.clear(owner), this.notes.clear(owner)]
        : [this.notes.write(owner, new Map(), ["page"])]),
    ]);
  }
}
