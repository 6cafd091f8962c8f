/**
 * Drafts that the server has not acknowledged, kept so that neither a reload nor a closed tab
 * loses one.
 *
 * Each draft belongs to the tab that sends it. What a tab leaves behind is adopted by another one,
 * or by the next. Where that goes wrong two tabs send the same draft, under the same key: then the
 * server stores it once, so that nobody sees it twice.
 *
 * @module
 */
import type { Pending } from "../state/types.ts";
import type { Table } from "./database.ts";

/** A draft as it is kept. */
export interface Kept extends Pending {
  /** The tab that sends it. */
  readonly tab: string;
}

/** One tab's part of the drafts on their way. */
export class Outbox {
  readonly #table: Table<Kept>;
  readonly #tab: string;

  constructor(table: Table<Kept>, tab: string) {
    this.#table = table;
    this.#tab = tab;
  }

  /** What this tab is to send: what it had before it was loaded anew, and what nobody else has. */
  load(owner: string, living: ReadonlySet<string>): Promise<readonly Pending[]> {
    return this.#take(owner, (tab) => tab === this.#tab || !living.has(tab));
  }

  /**
   * Takes over what no other tab sends any more.
   *
   * @param living The tabs that send their own.
   * @returns What this tab is to send as well from now on, the oldest first.
   */
  adopt(owner: string, living: ReadonlySet<string>): Promise<readonly Pending[]> {
    return this.#take(owner, (tab) => tab !== this.#tab && !living.has(tab));
  }

  async #take(owner: string, isLeft: (tab: string) => boolean): Promise<readonly Pending[]> {
    const taken: Pending[] = [];
    await this.#table.change(owner, (kept) => {
      if (!isPending(kept) || !isLeft(kept.tab)) return undefined;
      const { tab: _left, ...entry } = kept;
      taken.push(entry);
      return { ...entry, tab: this.#tab };
    });
    return taken;
  }

  /** Keeps what was added or refused, and forgets what is done with. */
  async save(owner: string, before: readonly Pending[], now: readonly Pending[]): Promise<void> {
    const known = new Map(before.map((entry) => [entry.key, entry]));
    const puts = new Map(
      now.filter((entry) => isNews(known.get(entry.key), entry))
        .map((entry) => [entry.key, { ...entry, tab: this.#tab }]),
    );
    for (const { key } of now) known.delete(key);
    if (puts.size + known.size > 0) await this.#table.write(owner, puts, known.keys());
  }

  /** Forgets everything that is on its way. */
  async clear(owner: string): Promise<void> {
    await this.#table.clear(owner);
  }
}

/** Whether a draft was sent on a line that is gone by then is of no interest. */
function isNews(before: Pending | undefined, now: Pending): boolean {
  return before === undefined || before.draft !== now.draft ||
    (before.status === "refused") !== (now.status === "refused");
}

/** What is kept may have been written by an older page. */
function isPending(value: Partial<Kept>): boolean {
  return typeof value.key === "string" && typeof value.room === "string" &&
    typeof value.draft?.type === "string" && typeof value.draft.room === "string";
}
