/**
 * The connections that there are, those that are only coming in as well.
 *
 * @module
 */
import type { Member } from "./channel.ts";
import type { Connection } from "./connection.ts";

/** Connections, by member and by person. */
export class Connections {
  readonly #byMember = new Map<Member, Connection>();
  readonly #byAccount = new Map<number, Set<Connection>>();

  /** How many there are. */
  get size(): number {
    return this.#byMember.size;
  }

  /** Takes one up. */
  add(connection: Connection): void {
    const { id } = connection.account;
    this.#byMember.set(connection.member, connection);
    this.#byAccount.set(id, (this.#byAccount.get(id) ?? new Set()).add(connection));
  }

  /** Takes one out. @returns It, or `undefined` where it was not there. */
  take(member: Member): Connection | undefined {
    const connection = this.#byMember.get(member);
    if (connection === undefined) return undefined;
    this.#byMember.delete(member);
    const { id } = connection.account;
    const own = this.#byAccount.get(id);
    own?.delete(connection);
    if (own?.size === 0) this.#byAccount.delete(id);
    return connection;
  }

  /** All of them as they are now, whatever becomes of them while one looks at them. */
  all(): readonly Connection[] {
    return [...this.#byMember.values()];
  }

  /** The accounts of those who are here. */
  accounts(): readonly number[] {
    return [...this.#byAccount.keys()];
  }

  /** Those of an account. */
  of(account: number): readonly Connection[] {
    return [...this.#byAccount.get(account) ?? []];
  }
}
