/**
 * Who is here. A person is online while at least one of their connections lives, on whichever
 * device, and away when nothing has come from any of them for a while. Nothing of it is stored:
 * it follows from the connections that exist.
 *
 * @module
 */
import type { Cancel, Clock } from "./clock.ts";
import { foldName, type PresenceState } from "./protocol.ts";
import type { Account } from "./store/store.ts";

/** What presence is made with. */
export interface PresenceOptions {
  readonly clock: Clock;
  /** How long, in ms, a person without connections is still held for online: a page reload. */
  readonly graceMs: number;
  /** After how much silence, in ms, a person is away. */
  readonly awayMs: number;
  /** Called when a person's state, as others see it, changes. */
  readonly announce: (account: Account, state: PresenceState) => void;
}

/** Somebody who is here. */
export interface Present {
  readonly account: Account;
  readonly state: PresenceState;
}

interface Person<C> {
  account: Account;
  /** When something last came from each connection; `-Infinity` once it said it is away. */
  readonly connections: Map<C, number>;
  state: PresenceState;
  cancelLeave: Cancel | undefined;
}

/** How often, as a part of `awayMs`, silence is looked for. */
const SWEEPS_PER_AWAY = 10;

/** The people who are here, each by their connections `C`. */
export class Presence<C extends { readonly account: Account }> {
  readonly #options: PresenceOptions;
  readonly #people = new Map<number | string, Person<C>>();
  #cancelSweep: Cancel | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#planSweep();
  }

  /**
   * Who is online or away, in the order in which they came.
   *
   * @param limit How many at most: where there are many, to look at each for everybody who comes
   * would take longer than all the rest of their coming.
   */
  people(limit = Infinity): readonly Present[] {
    const people: Present[] = [];
    for (const { account, state } of this.#people.values()) {
      if (people.length >= limit) break;
      people.push({ account, state });
    }
    return people;
  }

  /** How many are online or away. */
  get size(): number {
    return this.#people.size;
  }

  /** A person's state, as others see it. */
  stateOf(account: Account): PresenceState {
    return this.#people.get(keyOf(account))?.state ?? "offline";
  }

  /** A person's living connections. */
  connectionsOf(account: Account): readonly C[] {
    const connections = [...this.#people.get(keyOf(account))?.connections.keys() ?? []];
    // What concerned a guest who is gone does not concern the next one of that name.
    return connections.filter((connection) => connection.account.id === account.id);
  }

  /** A connection has come. */
  enter(account: Account, connection: C): void {
    const person = this.#people.get(keyOf(account)) ?? this.#newcomer(account);
    person.account = account;
    person.cancelLeave?.();
    person.cancelLeave = undefined;
    person.connections.set(connection, this.#options.clock.elapsed());
    this.#settle(person);
  }

  /** A connection is gone; its person leaves when the grace is over and none has come back. */
  exit(account: Account, connection: C): void {
    const person = this.#people.get(keyOf(account));
    if (person === undefined || !person.connections.delete(connection)) return;
    if (person.connections.size > 0) return this.#settle(person);
    person.cancelLeave = this.#options.clock.after(this.#options.graceMs, () => {
      this.#people.delete(keyOf(account));
      this.#options.announce(account, "offline");
    });
  }

  /** Something has come from a connection: its person is there. */
  active(account: Account, connection: C): void {
    this.#heard(account, connection, this.#options.clock.elapsed());
  }

  /** A connection says that nobody is in front of it. */
  idle(account: Account, connection: C): void {
    this.#heard(account, connection, -Infinity);
  }

  /** Forgets everybody, quietly. */
  close(): void {
    this.#cancelSweep?.();
    for (const person of this.#people.values()) person.cancelLeave?.();
    this.#people.clear();
  }

  #heard(account: Account, connection: C, at: number): void {
    const person = this.#people.get(keyOf(account));
    if (person === undefined || !person.connections.has(connection)) return;
    person.connections.set(connection, at);
    // Most calls come from somebody who is online and stays so: that is known without a look.
    if (at < 0 || person.state !== "online") this.#settle(person);
  }

  #newcomer(account: Account): Person<C> {
    const person: Person<C> = {
      account,
      connections: new Map(),
      state: "offline",
      cancelLeave: undefined,
    };
    this.#people.set(keyOf(account), person);
    return person;
  }

  #settle(person: Person<C>): void {
    const since = this.#options.clock.elapsed() - this.#options.awayMs;
    const here = [...person.connections.values()].some((at) => at > since);
    const state = here ? "online" : "away";
    if (state === person.state) return;
    person.state = state;
    this.#options.announce(person.account, state);
  }

  #planSweep(): void {
    this.#cancelSweep = this.#options.clock.after(this.#options.awayMs / SWEEPS_PER_AWAY, () => {
      for (const person of this.#people.values()) {
        if (person.connections.size > 0) this.#settle(person);
      }
      this.#planSweep();
    });
  }
}

/**
 * A guest who reloads is another guest, with another number, to whom the name is lent anew: what
 * the others see is one and the same name that was there all the time.
 */
function keyOf({ id, name, role }: Account): number | string {
  return role === "guest" ? foldName(name) : id;
}
