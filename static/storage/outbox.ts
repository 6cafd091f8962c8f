/**
 * The drafts that the server has not acknowledged, stored so that neither a reload nor a closed tab
 * loses one.
 *
 * Each draft belongs to the tab that sends it. When a tab is gone, another tab, or the next one,
 * adopts its drafts. If two tabs send the same draft, they use the same key, and the server stores
 * it once.
 *
 * @module
 */
import type { Pending } from "../state/types.ts";
import type { Table } from "./database.ts";

/** A draft as it is stored. */
export interface StoredPending extends Pending {
  /** The id of the tab that sends the draft. */
  readonly tab: string;
}

/** The unacknowledged drafts of one tab. */
export class Outbox {
  readonly #table: Table<StoredPending>;
  readonly #tab: string;

  constructor(table: Table<StoredPending>, tab: string) {
    this.#table = table;
    this.#tab = tab;
  }

  /**
   * Returns the drafts that this tab sends: its own from before a reload, and those without a tab.
   */
  load(owner: string, living: ReadonlySet<string>): Promise<readonly Pending[]> {
    return this.#take(owner, (tab) => tab === this.#tab || !living.has(tab));
  }

  /**
   * Takes over the drafts of tabs that are gone.
   *
   * @param living The ids of the open tabs.
   * @returns The drafts that this tab now sends in addition, the oldest first.
   */
  adopt(owner: string, living: ReadonlySet<string>): Promise<readonly Pending[]> {
    return this.#take(owner, (tab) => tab !== this.#tab && !living.has(tab));
  }

  async #take(owner: string, isLeft: (tab: string) => boolean): Promise<readonly Pending[]> {
    const taken: Pending[] = [];
    await this.#table.change(owner, (stored) => {
      if (!isPending(stored) || !isLeft(stored.tab)) return undefined;
      const { tab: _left, ...entry } = stored;
      taken.push(entry);
      return { ...entry, tab: this.#tab };
    });
    return taken;
  }

  /** Stores the drafts that were added or refused, and deletes those that were acknowledged. */
  async save(owner: string, before: readonly Pending[], now: readonly Pending[]): Promise<void> {
    const known = new Map(before.map((entry) => [entry.key, entry]));
    const puts = new Map(
      now.filter((entry) => isWorthWriting(known.get(entry.key), entry))
        .map((entry) => [entry.key, { ...entry, tab: this.#tab }]),
    );
    for (const { key } of now) known.delete(key);
    if (puts.size + known.size > 0) await this.#table.write(owner, puts, known.keys());
  }

  /** Deletes every unacknowledged draft of an owner. */
  async clear(owner: string): Promise<void> {
    await this.#table.clear(owner);
  }
}

/**
 * Whether a draft is worth writing. Whether it was sent does not matter: a new connection resends
 * it.
 */
function isWorthWriting(before: Pending | undefined, now: Pending): boolean {
  return before === undefined || before.draft !== now.draft ||
    (before.status === "refused") !== (now.status === "refused");
}

/** An older page may have written the record. */
function isPending(value: Partial<StoredPending>): boolean {
  return typeof value.key === "string" && typeof value.room === "string" &&
    typeof value.draft?.type === "string" && typeof value.place?.name === "string";
}
