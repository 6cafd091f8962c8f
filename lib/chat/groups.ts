/**
 * Groups of users in memory, because each message with a sign is compared with their names. Every
 * instance holds all of them, and reads them again when one has changed.
 *
 * @module
 */
import { foldName } from "../protocol/names.ts";
import type { GroupRecord } from "../store/groups.ts";
import type { Account } from "../store/records.ts";
import type { Store } from "../store/store.ts";

/** The groups that a message can mention. */
export class Groups {
  readonly #store: Pick<Store, "groups">;
  #all: readonly GroupRecord[] = [];
  #byName: ReadonlyMap<string, GroupRecord> = new Map();
  /** Counts the reads that began: the last one has the newest state. */
  #reads = 0;

  private constructor(store: Pick<Store, "groups">) {
    this.#store = store;
  }

  /** Reads the groups of a store. */
  static async load(store: Pick<Store, "groups">): Promise<Groups> {
    const groups = new Groups(store);
    await groups.reload();
    return groups;
  }

  /** Reads the groups again, after one has changed. */
  async reload(): Promise<void> {
    const read = ++this.#reads;
    const all = await this.#store.groups();
    if (read !== this.#reads) return;
    this.#all = all;
    this.#byName = new Map(all.map((group) => [foldName(group.name), group]));
  }

  /** Reads the groups again, after an account has changed, if it is in one of them. */
  async reloadWith({ id }: Pick<Account, "id">): Promise<void> {
    if (this.#all.some(({ members }) => members.some((one) => one.id === id))) await this.reload();
  }

  /** All groups, by name. */
  all(): readonly GroupRecord[] {
    return this.#all;
  }

  /** The group with a folded name. */
  named(folded: string): GroupRecord | undefined {
    return this.#byName.get(folded);
  }

  /** The group with an id. */
  withId(publicId: string): GroupRecord | undefined {
    return this.#all.find((group) => group.publicId === publicId);
  }
}
