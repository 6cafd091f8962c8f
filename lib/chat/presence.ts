/**
 * Presence: which users are online. A user is online while at least one connection on any device is
 * active, and away when all connections have been inactive for a while. Nothing of it is stored: it
 * follows from the connections here and at the other instances, each of which publishes what it
 * sees.
 *
 * @module
 */
import type { Cancel, Clock } from "../util/clock.ts";
import { type PresenceState } from "../protocol/frames.ts";
import { foldName } from "../protocol/names.ts";
import type { Account } from "../store/records.ts";

/** Options of presence. */
export interface PresenceOptions {
  readonly clock: Clock;
  /** How long, in ms, a user without connections still counts as online: covers a page reload. */
  readonly graceMs: number;
  /** After how much inactivity, in ms, a user is away. */
  readonly awayMs: number;
  /** How many users are broadcast to everyone (the first to connect). */
  readonly maxListed: number;
  /** Called when a user's state, over all instances, changes. */
  readonly onState: (account: Account, state: PresenceState) => void;
  /** Called with what is broadcast to everyone: changes of listed users, and newly listed users. */
  readonly announce: (account: Account, state: PresenceState) => void;
  /** Called when a user's state at this instance changes: for the other instances. */
  readonly onLocalState: (account: Account, state: PresenceState) => void;
}

/** A user who is online or away. */
export interface PresentUser {
  readonly account: Account;
  readonly state: PresenceState;
}

interface UserPresence<C> {
  account: Account;
  /** When each connection was last active; `-Infinity` once it has reported that it is away. */
  readonly connections: Map<C, number>;
  /** The state at this instance. */
  local: PresenceState;
  /** The states at other instances, by their names; `null` for none. */
  remote: Map<string, PresenceState> | null;
  /** The state over all instances: the one that other users see. */
  state: PresenceState;
  /** Whether the user is broadcast to everyone. Listed users are the first in the map. */
  listed: boolean;
  cancelLeave: Cancel | undefined;
}

/** The states by precedence: one online connection makes a user online; away needs all of them. */
const STATES = ["online", "away"] as const;

/**
 * After how many ms freed places in the list are filled. When thousands leave at once, most of the
 * users who would fill the places are about to leave too, and need not be broadcast.
 */
const FILL_MS = 1_000;

/** How many times within `awayMs` inactive users are looked for. */
const SWEEPS_PER_AWAY = 10;

/** The users who are online or away, each with their connections `C`. */
export class Presence<C extends { readonly account: Account }> {
  readonly #options: PresenceOptions;
  /** By folded name, in the order in which the users connected. */
  readonly #users = new Map<string, UserPresence<C>>();
  #listed = 0;
  #cancelFill: Cancel | undefined;
  #closed = false;
  #cancelSweep: Cancel | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#scheduleSweep();
  }

  /** The users who are broadcast to everyone, in the order in which they connected. */
  listed(): readonly PresentUser[] {
    const users: PresentUser[] = [];
    for (const { account, state, listed } of this.#users.values()) {
      // Stops here: with many users, a pass over all of them for each new connection would take
      // longer than the rest of connecting.
      if (!listed) break;
      users.push({ account, state });
    }
    return users;
  }

  /** Those users among `names` who are online or away. */
  among(names: Iterable<string>): readonly PresentUser[] {
    const keys = new Set([...names].map(foldName));
    return [...keys].flatMap((key) => this.#users.get(key) ?? [])
      .map(({ account, state }) => ({ account, state }));
  }

  /** The number of users who are online or away. */
  get size(): number {
    return this.#users.size;
  }

  /** An account's state over all instances. */
  stateOf(account: Account): PresenceState {
    return this.#users.get(keyOf(account))?.state ?? "offline";
  }

  /** An account's connections at this instance. */
  connectionsOf(account: Account): readonly C[] {
    const connections = [...this.#users.get(keyOf(account))?.connections.keys() ?? []];
    // The key is a name: another guest may have had it before.
    return connections.filter((connection) => connection.account.id === account.id);
  }

  /** Adds a connection. */
  enter(account: Account, connection: C): void {
    const user = this.#users.get(keyOf(account)) ?? this.#create(account);
    this.#replaceAccount(user, account);
    user.cancelLeave?.();
    user.cancelLeave = undefined;
    user.connections.set(connection, this.#options.clock.elapsed());
    this.#refresh(user);
  }

  /** Replaces what is known of an account, whose name may be another one. */
  setAccount(account: Account): void {
    const found = [...this.#users].find(([, user]) => user.account.id === account.id);
    if (found === undefined) return;
    const [before, user] = found;
    user.account = account;
    const after = keyOf(account);
    if (after === before) return;
    // A guest who had the name may still be in the grace period.
    const departed = this.#users.get(after);
    departed?.cancelLeave?.();
    if (departed !== undefined) this.#unlist(departed);
    // In the same order: listed users are the first.
    const users = [...this.#users].filter(([key]) => key !== after);
    this.#users.clear();
    for (const [key, one] of users) this.#users.set(key === before ? after : key, one);
  }

  /** Removes a connection. After the last one the user stays online for the grace period. */
  exit(account: Account, connection: C): void {
    const user = this.#users.get(keyOf(account));
    if (user === undefined || !user.connections.delete(connection)) return;
    if (user.connections.size > 0) return this.#refresh(user);
    user.cancelLeave = this.#options.clock.after(this.#options.graceMs, () => {
      user.cancelLeave = undefined;
      this.#setLocal(user, "offline");
    });
  }

  /** Records activity on a connection: its user is online. */
  active(account: Account, connection: C): void {
    this.#recordActivity(account, connection, this.#options.clock.elapsed());
  }

  /** Records that a connection reported its user as away. */
  idle(account: Account, connection: C): void {
    this.#recordActivity(account, connection, -Infinity);
  }

  // Other instances ------------------------------------------------------------------------------

  /** The users who are online or away at this instance, for the other instances. */
  local(): readonly PresentUser[] {
    return [...this.#users.values()].filter(({ local }) => local !== "offline")
      .map(({ account, local }) => ({ account, state: local }));
  }

  /** Whether an account is online or away at another instance. */
  isRemote(account: Account): boolean {
    return this.#users.get(keyOf(account))?.remote != null;
  }

  /** Sets a user's state at another instance. */
  setRemote(instance: string, { account, state }: PresentUser): void {
    if (state === "offline" && !this.#users.has(keyOf(account))) return;
    const user = this.#users.get(keyOf(account)) ?? this.#create(account);
    if (user.local === "offline") user.account = account;
    if (state === "offline") this.#removeRemote(instance, user);
    else user.remote = (user.remote ?? new Map()).set(instance, state);
    this.#update(user);
  }

  /** Replaces all users of another instance. */
  setRemoteRoster(instance: string, users: readonly PresentUser[]): void {
    const present = new Set(users.map(({ account }) => keyOf(account)));
    for (const [key, user] of [...this.#users]) {
      if (present.has(key) || !user.remote?.has(instance)) continue;
      this.#removeRemote(instance, user);
      this.#update(user);
    }
    for (const user of users) this.setRemote(instance, user);
  }

  // ----------------------------------------------------------------------------------------------

  /** Forgets all users without announcing it, and cancels what is scheduled. */
  close(): void {
    this.#closed = true;
    this.#cancelSweep?.();
    this.#cancelFill?.();
    for (const user of this.#users.values()) user.cancelLeave?.();
    this.#users.clear();
  }

  #recordActivity(account: Account, connection: C, at: number): void {
    const user = this.#users.get(keyOf(account));
    if (user === undefined || !user.connections.has(connection)) return;
    user.connections.set(connection, at);
    // Most calls come from a user who is online and stays so: those need no refresh.
    if (at < 0 || user.local !== "online") this.#refresh(user);
  }

  #create(account: Account): UserPresence<C> {
    const user: UserPresence<C> = {
      account,
      connections: new Map(),
      local: "offline",
      remote: null,
      state: "offline",
      listed: false,
      cancelLeave: undefined,
    };
    this.#users.set(keyOf(account), user);
    return user;
  }

  /** A guest's name may become an account's the next time, and the other way round. */
  #replaceAccount(user: UserPresence<C>, account: Account): void {
    const isOther = (user.account.role === "guest") !== (account.role === "guest");
    user.account = account;
    if (isOther && user.state !== "offline") this.#notify(user);
  }

  /** Derives the local state from the connections' activity. */
  #refresh(user: UserPresence<C>): void {
    const since = this.#options.clock.elapsed() - this.#options.awayMs;
    const isActive = [...user.connections.values()].some((at) => at > since);
    this.#setLocal(user, isActive ? "online" : "away");
  }

  #setLocal(user: UserPresence<C>, state: PresenceState): void {
    if (state === user.local) return;
    user.local = state;
    this.#options.onLocalState(user.account, state);
    this.#update(user);
  }

  #removeRemote(instance: string, user: UserPresence<C>): void {
    user.remote?.delete(instance);
    if (user.remote?.size === 0) user.remote = null;
  }

  /** Derives a user's state from all instances, and notifies when it has changed. */
  #update(user: UserPresence<C>): void {
    const { local, remote } = user;
    const states = remote === null ? [local] : [local, ...remote.values()];
    const state = STATES.find((one) => states.includes(one)) ?? "offline";
    if (state === "offline") this.#users.delete(keyOf(user.account));
    if (state === user.state) return;
    user.state = state;
    if (state !== "offline") this.#list(user);
    this.#notify(user);
    if (state === "offline") this.#unlist(user);
  }

  #notify({ account, state, listed }: UserPresence<C>): void {
    if (listed) this.#options.announce(account, state);
    this.#options.onState(account, state);
  }

  /** Lists a new user, if there is a place that no earlier user waits for. */
  #list(user: UserPresence<C>): void {
    const hasWaiting = this.#listed < this.#users.size - 1;
    if (user.listed || hasWaiting || this.#listed === this.#options.maxListed) return;
    user.listed = true;
    this.#listed += 1;
  }

  #unlist(user: UserPresence<C>): void {
    if (!user.listed) return;
    user.listed = false;
    this.#listed -= 1;
    // Other instances may still publish who leaves.
    if (this.#closed) return;
    this.#cancelFill ??= this.#options.clock.after(FILL_MS, () => this.#fillList());
  }

  /** Gives the free places in the list to those who connected first. */
  #fillList(): void {
    this.#cancelFill = undefined;
    for (const user of this.#users.values()) {
      if (this.#listed === this.#options.maxListed) return;
      if (user.listed) continue;
      user.listed = true;
      this.#listed += 1;
      this.#options.announce(user.account, user.state);
    }
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#options.clock.after(this.#options.awayMs / SWEEPS_PER_AWAY, () => {
      for (const user of this.#users.values()) {
        if (user.connections.size > 0) this.#refresh(user);
      }
      this.#scheduleSweep();
    });
  }
}

/**
 * The key of a user. Names are unique at any time, and ids are not stable for guests: a guest who
 * reloads is a new account with the same name, which other users see as one user who stayed.
 */
function keyOf({ name }: Account): string {
  return foldName(name);
}
