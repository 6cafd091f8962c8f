import type { Growth, Notice, PeerHandlers, Peers, RoomHead } from "../../lib/store/peers.ts";
import type { Account, Store } from "../../lib/store/store.ts";
import type { FakeClock } from "./fake_clock.ts";

/** What a test can do to the line between instances. */
export interface Line {
  /** Whether this instance hears the others: what they tell meanwhile is lost. */
  deaf: boolean;
  /** Whether what it tells is lost; what it stores the others hear of all the same. */
  mute: boolean;
  /** Whether it is dead: neither hears nor is heard. */
  dead: boolean;
}

/** Several instances on one store, and the lines between them, which a test can disturb. */
export class FakeBus {
  /** How long something takes from one instance to another, in ms; its order is kept. */
  delay: (from: string, to: string) => number = () => 0;
  readonly #store: Store;
  readonly #clock: FakeClock;
  readonly #instances = new Map<string, FakePeers>();
  readonly #arrivals = new Map<string, number>();
  #version = 0;

  constructor(store: Store, clock: FakeClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** One more instance: the store as it sees it. */
  join(name: string): Store {
    const peers = new FakePeers(name, this);
    this.#instances.set(name, peers);
    const store = this.#store;
    const own: Partial<Store> = {
      peers,
      async append(batch) {
        const results = await store.append(batch);
        const heads = new Map<number, number>();
        for (const result of results) {
          if ("event" in result && !result.repeated) heads.set(result.event.room, result.event.seq);
        }
        const grown = await Promise.all([...heads].map(async ([room, seq]) => {
          return { ...await growthOf(store, room), seq };
        }));
        peers.carry("grown", (other) => other.onGrown(grown));
        return results;
      },
      addMember: this.#counting(store.addMember),
      removeMember: this.#counting(store.removeMember),
      setRoomRules: this.#counting(store.setRoomRules),
      retireGuest: this.#counting(store.retireGuest),
      // No guest's server is gone for good here.
      retireGuests: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    return new Proxy(store, {
      get: (_, property) => Reflect.get(property in own ? own : store, property),
    });
  }

  line(name: string): Line {
    return this.#instance(name).line;
  }

  /** An instance hears again, and knows that it may have missed something. */
  restore(name: string): void {
    this.#instance(name).restore();
  }

  get store(): Store {
    return this.#store;
  }

  get others(): Iterable<FakePeers> {
    return this.#instances.values();
  }

  /** Runs something at the other end, after what was sent there before. */
  send(from: string, to: string, run: () => void): void {
    const line = `${from} ${to}`;
    const now = this.#clock.elapsed();
    const at = Math.max(now + this.delay(from, to), this.#arrivals.get(line) ?? 0);
    this.#arrivals.set(line, at);
    if (at > now) this.#clock.after(at - now, run);
    else this.#clock.soon(run);
  }

  /** How often anything has changed of members and rules, in whichever room. */
  get version(): number {
    return this.#version;
  }

  #counting<A extends unknown[], R>(
    change: (...args: A) => Promise<R>,
  ): (...args: A) => Promise<R> {
    return (...args) => {
      this.#version += 1;
      return change(...args);
    };
  }

  #instance(name: string): FakePeers {
    const instance = this.#instances.get(name);
    if (instance === undefined) throw new Error(`There is no instance ${name}`);
    return instance;
  }
}

/** One instance's end of the lines; what it asks it asks the store by way of what any store can. */
class FakePeers implements Peers {
  readonly self: string;
  readonly line: Line = { deaf: false, mute: false, dead: false };
  readonly #bus: FakeBus;
  #handlers: PeerHandlers | undefined;

  constructor(self: string, bus: FakeBus) {
    this.self = self;
    this.#bus = bus;
  }

  get listening(): boolean {
    return this.#handlers !== undefined && !this.line.deaf;
  }

  listen(handlers: PeerHandlers): Promise<void> {
    this.#handlers = handlers;
    handlers.onLost();
    return Promise.resolve();
  }

  tell(notice: Notice): void {
    const sent = JSON.stringify(notice);
    this.carry("told", (other) => other.onNotice(this.self, JSON.parse(sent)));
  }

  restore(): void {
    this.line.deaf = false;
    this.line.mute = false;
    this.#handlers?.onLost();
  }

  carry(what: "told" | "grown", run: (other: PeerHandlers) => void): void {
    if (this.line.dead || (what === "told" && this.line.mute)) return;
    for (const other of this.#bus.others) {
      if (other !== this) this.#bus.send(this.self, other.self, () => other.#hear(run));
    }
  }

  #hear(run: (handlers: PeerHandlers) => void): void {
    if (this.#handlers !== undefined && !this.line.deaf && !this.line.dead) run(this.#handlers);
  }

  headsOf(rooms: readonly number[]): Promise<readonly RoomHead[]> {
    const { store, version } = this.#bus;
    return Promise.all(rooms.map(async (room) => {
      return { room, seq: (await store.roomById(room)).seq, version };
    }));
  }

  async sessionsIn(hashes: readonly string[]): Promise<ReadonlyMap<string, Account>> {
    const found = await Promise.all(hashes.map((hash) => this.#bus.store.findSession(hash)));
    const accounts = hashes.map((hash, i) => [hash, found[i]?.account] as const);
    return new Map(accounts.flatMap(([hash, account]) => account ? [[hash, account]] : []));
  }

  async accountsIn(accounts: readonly number[]): Promise<ReadonlySet<number>> {
    const { store } = this.#bus;
    const living = await Promise.all(accounts.map(async (id) => {
      const known = await store.accountById(id);
      const holder = known === null ? null : await store.findAccount(known.name);
      return holder?.id === id && !await store.isBanned(id);
    }));
    return new Set(accounts.filter((_, i) => living[i]));
  }

  async conversationsOf(accounts: readonly number[]): Promise<readonly Growth[]> {
    const { store } = this.#bus;
    const rooms = (await Promise.all(accounts.map((id) => store.roomsOf(id)))).flat();
    const directs = rooms.filter(({ room }) => room.pair !== null);
    return await Promise.all(directs.map(({ room }) => growthOf(store, room.id)));
  }
}

async function growthOf(store: Store, id: number): Promise<Growth> {
  const { seq, pair } = await store.roomById(id);
  return { room: id, seq, pair: pair === null ? null : [pair[0].id, pair[1].id] };
}
