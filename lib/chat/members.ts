/**
 * The members of a loaded room, by id and by name.
 *
 * @module
 */
import { type Clock, nextTurn } from "../util/clock.ts";
import { foldName } from "../protocol/names.ts";
import { NameIndex, type NamePage } from "../util/name_index.ts";
import type { Account } from "../store/records.ts";
import type { Store } from "../store/store.ts";

/** How many members are read, or put in order, in one turn of the event loop: a few ms. */
const PAGE = 2_000;

/** The members of a room, in the order of their account ids until others join. */
export class Members implements Iterable<Account> {
  readonly #byId = new Map<number, Account>();
  /** The members by folded name. A small room makes it when somebody first asks for a name. */
  #byName: NameIndex<Account> | undefined;

  constructor(members: readonly Account[] = []) {
    for (const account of members) this.#set(account);
  }

  /**
   * Reads the members of a room in pages, with a turn of the event loop between them: nobody waits
   * until a room of a hundred thousand is loaded. Who joins or leaves meanwhile may be in it or not.
   */
  static async read(
    store: Pick<Store, "membersOf">,
    clock: Pick<Clock, "after">,
    room: number,
  ): Promise<Members> {
    const members = new Members();
    for (let after = 0;;) {
      const page = await store.membersOf(room, { after, limit: PAGE });
      for (const account of page) members.#set(account);
      if (page.length < PAGE) return members;
      // With the first full page, so that the order never has to be made of all of them at once.
      members.#named();
      after = page.at(-1)!.id;
      await nextTurn(clock);
    }
  }

  /** The number of members. */
  get size(): number {
    return this.#byId.size;
  }

  /** The member with an account id. */
  get(id: number): Account | undefined {
    return this.#byId.get(id);
  }

  /** Whether an account is a member. */
  has({ id }: Pick<Account, "id">): boolean {
    return this.#byId.has(id);
  }

  /** The member with a folded name. */
  named(folded: string): Account | undefined {
    return this.#named().get(folded);
  }

  /** A page of the members, in the order of their folded names. */
  page(page: NamePage): { readonly values: readonly Account[]; readonly more: boolean } {
    return this.#named().page(page);
  }

  /** Adds a member, or replaces what is known of one, whose name may be another one. */
  set(account: Account): void {
    const before = this.#byId.get(account.id);
    if (before !== undefined) this.#forget(before);
    this.#set(account);
  }

  /** Removes a member. */
  delete(account: Pick<Account, "id">): void {
    const before = this.#byId.get(account.id);
    if (before === undefined) return;
    this.#byId.delete(account.id);
    this.#forget(before);
  }

  [Symbol.iterator](): IterableIterator<Account> {
    return this.#byId.values();
  }

  #set(account: Account): void {
    this.#byId.set(account.id, account);
    this.#byName?.set(foldName(account.name), account);
  }

  /** Takes a name out of the order, unless another member has it by now. */
  #forget({ id, name }: Account): void {
    const folded = foldName(name);
    if (this.#byName?.get(folded)?.id === id) this.#byName.delete(folded);
  }

  #named(): NameIndex<Account> {
    return this.#byName ??= new NameIndex(
      this.#byId.values().map((account) => [foldName(account.name), account] as const),
    );
  }
}
