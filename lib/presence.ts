/**
 * Who is here. A person is online while at least one of their connections lives, on whichever
 * device, and away when nothing has come from any of them for a while. Nothing of it is stored:
 * it follows from the connections that exist, here and at the other instances, each of which tells
 * what it sees.
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
  /** Called when what this instance alone sees of a person changes: for the other instances. */
  readonly onSeen: (account: Account, state: PresenceState) => void;
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
  /** What this instance sees of them. */
  own: PresenceState;
  /** What other instances see of them, by their names; `null` where none does. */
  elsewhere: Map<string, PresenceState> | null;
  /** How others see them. */
  state: PresenceState;
  cancelLeave: Cancel | undefined;
}

/** Whoever is online on one of their devices is online; away, where they are away on all. */
const STATES = ["online", "away"] as const;

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
      person.cancelLeave = undefined;
      this.#see(person, "offline");
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

  // What other instances see -------------------------------------------------------------------

  /** What this instance sees, for the others. */
  seen(): readonly Present[] {
    return [...this.#people.values()].filter(({ own }) => own !== "offline")
      .map(({ account, own }) => ({ account, state: own }));
  }

  /** Whether another instance sees somebody too. */
  isElsewhere(account: Account): boolean {
    return this.#people.get(keyOf(account))?.elsewhere != null;
  }

  /** Another instance sees somebody in another state. */
  hear(instance: string, { account, state }: Present): void {
    if (state === "offline" && !this.#people.has(keyOf(account))) return;
    const person = this.#people.get(keyOf(account)) ?? this.#newcomer(account);
    if (person.own === "offline") person.account = account;
    if (state === "offline") this.#hearNoMore(instance, person);
    else person.elsewhere = (person.elsewhere ?? new Map()).set(instance, state);
    this.#show(person);
  }

  /** Everybody whom another instance sees; whomever it saw before it sees no more. */
  hearAll(instance: string, people: readonly Present[]): void {
    const seen = new Set(people.map(({ account }) => keyOf(account)));
    for (const [key, person] of [...this.#people]) {
      if (seen.has(key) || !person.elsewhere?.has(instance)) continue;
      this.#hearNoMore(instance, person);
      this.#show(person);
    }
    for (const present of people) this.hear(instance, present);
  }

  // --------------------------------------------------------------------------------------------

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
    if (at < 0 || person.own !== "online") this.#settle(person);
  }

  #newcomer(account: Account): Person<C> {
    const person: Person<C> = {
      account,
      connections: new Map(),
      own: "offline",
      elsewhere: null,
      state: "offline",
      cancelLeave: undefined,
    };
    this.#people.set(keyOf(account), person);
    return person;
  }

  #settle(person: Person<C>): void {
    const since = this.#options.clock.elapsed() - this.#options.awayMs;
    const here = [...person.connections.values()].some((at) => at > since);
    this.#see(person, here ? "online" : "away");
  }

  /** This instance sees somebody in a state. */
  #see(person: Person<C>, state: PresenceState): void {
    if (state === person.own) return;
    person.own = state;
    this.#options.onSeen(person.account, state);
    this.#show(person);
  }

  #hearNoMore(instance: string, person: Person<C>): void {
    person.elsewhere?.delete(instance);
    if (person.elsewhere?.size === 0) person.elsewhere = null;
  }

  /** Shows the others what has become of somebody, taken all instances together. */
  #show(person: Person<C>): void {
    const { account, own, elsewhere } = person;
    const seen = elsewhere === null ? [own] : [own, ...elsewhere.values()];
    const state = STATES.find((one) => seen.includes(one)) ?? "offline";
    if (state === "offline") this.#people.delete(keyOf(account));
    if (state === person.state) return;
    person.state = state;
    this.#options.announce(account, state);
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
