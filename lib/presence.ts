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
  /** Of how many people everybody is told: of the first who are here. */
  readonly listed: number;
  /** Called when a person's state, as others see it, changes. */
  readonly onState: (account: Account, state: PresenceState) => void;
  /** Called with what everybody is to be told: of those who are listed, and of who comes to be. */
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
  /** Whether everybody is told of them. Those of whom it is true are the first in the map. */
  listed: boolean;
  cancelLeave: Cancel | undefined;
}

/** Whoever is online on one of their devices is online; away, where they are away on all. */
const STATES = ["online", "away"] as const;

/**
 * After how many ms the places of those who are gone are the next ones': where thousands go at
 * once, most of the next ones are about to go as well, and need not be told of.
 */
const FILL_MS = 1_000;

/** How often, as a part of `awayMs`, silence is looked for. */
const SWEEPS_PER_AWAY = 10;

/** The people who are here, each by their connections `C`. */
export class Presence<C extends { readonly account: Account }> {
  readonly #options: PresenceOptions;
  /** By folded name, in the order in which they came. */
  readonly #people = new Map<string, Person<C>>();
  #listed = 0;
  #cancelFill: Cancel | undefined;
  #closed = false;
  #cancelSweep: Cancel | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#planSweep();
  }

  /** The people of whom everybody is told, in the order in which they came. */
  listed(): readonly Present[] {
    const people: Present[] = [];
    for (const { account, state, listed } of this.#people.values()) {
      // Where there are many, to look at each for everybody who comes would take longer than all
      // the rest of their coming.
      if (!listed) break;
      people.push({ account, state });
    }
    return people;
  }

  /** Those of some names who are online or away. */
  among(names: Iterable<string>): readonly Present[] {
    const keys = new Set([...names].map(foldName));
    return [...keys].flatMap((key) => this.#people.get(key) ?? [])
      .map(({ account, state }) => ({ account, state }));
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
    this.#become(person, account);
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
    this.#closed = true;
    this.#cancelSweep?.();
    this.#cancelFill?.();
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
      listed: false,
      cancelLeave: undefined,
    };
    this.#people.set(keyOf(account), person);
    return person;
  }

  /** A name that was lent to a guest can be somebody's own the next time, and the other way. */
  #become(person: Person<C>, account: Account): void {
    const isOther = (person.account.role === "guest") !== (account.role === "guest");
    person.account = account;
    if (isOther && person.state !== "offline") this.#tell(person);
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
    const { own, elsewhere } = person;
    const seen = elsewhere === null ? [own] : [own, ...elsewhere.values()];
    const state = STATES.find((one) => seen.includes(one)) ?? "offline";
    if (state === "offline") this.#people.delete(keyOf(person.account));
    if (state === person.state) return;
    person.state = state;
    if (state !== "offline") this.#list(person);
    this.#tell(person);
    if (state === "offline") this.#unlist(person);
  }

  #tell({ account, state, listed }: Person<C>): void {
    if (listed) this.#options.announce(account, state);
    this.#options.onState(account, state);
  }

  /** Lists somebody who has come, if there is a place for which nobody waits. */
  #list(person: Person<C>): void {
    const isWaitedFor = this.#listed < this.#people.size - 1;
    if (person.listed || isWaitedFor || this.#listed === this.#options.listed) return;
    person.listed = true;
    this.#listed += 1;
  }

  #unlist(person: Person<C>): void {
    if (!person.listed) return;
    person.listed = false;
    this.#listed -= 1;
    // Other instances may go on telling who goes.
    if (this.#closed) return;
    this.#cancelFill ??= this.#options.clock.after(FILL_MS, () => this.#fill());
  }

  /** The places of those who are gone are those of the next ones. */
  #fill(): void {
    this.#cancelFill = undefined;
    for (const person of this.#people.values()) {
      if (this.#listed === this.#options.listed) return;
      if (person.listed) continue;
      person.listed = true;
      this.#listed += 1;
      this.#options.announce(person.account, person.state);
    }
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
 * No two people have one name at a time. A guest who reloads is another guest, with another number,
 * to whom the name is lent anew: what the others see is one and the same name that was there all
 * the time.
 */
function keyOf({ name }: Account): string {
  return foldName(name);
}
