import type {
  AdvancedRoom,
  MemberChange,
  PeerHandlers,
  PeerPayload,
  Peers,
  PeerTopic,
  RoomHead,
  Seat,
  Standing,
} from "../../lib/store/peers.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Account } from "../../lib/store/records.ts";
import type { FakeClock } from "./fake_clock.ts";

/** The faults of the line between instances, as a test sets them. */
export interface Line {
  /** Whether this instance receives nothing: messages sent to it meanwhile are lost. */
  deaf: boolean;
  /** Whether its messages are lost; what it stores still reaches the others. */
  mute: boolean;
  /** Whether it is dead: it neither sends nor receives. */
  dead: boolean;
}

/** Several instances on one store, with lines between them that a test can disturb. */
export class FakeBus {
  /** The delay between two instances, in ms; order is preserved. */
  delay: (from: string, to: string) => number = () => 0;
  /** Whether notices with a topic reach those alone that follow it. */
  hasTopics = false;
  /** Whether the next notice of new events carries them; otherwise the others have to read them. */
  carriesEvents: () => boolean = () => true;
  readonly #store: Store;
  readonly #clock: FakeClock;
  readonly #instances = new Map<string, FakePeers>();
  readonly #arrivals = new Map<string, number>();
  #version = 0;
  /** Whose memberships have changed, by version; `room` is `null` for all rooms of an account. */
  readonly #changes = new Map<number, { room: number | null; account: number }>();

  constructor(store: Store, clock: FakeClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Adds an instance; returns its view of the store. */
  join(name: string): Store {
    const peers = new FakePeers(name, this);
    this.#instances.set(name, peers);
    const store = this.#store;
    const hasTopics = () => this.hasTopics;
    const carriesEvents = () => this.carriesEvents();
    const countChange = () => void (this.#version += 1);
    const own: Partial<Store> = {
      peers,
      async append(batch) {
        const results = await store.append(batch);
        const appended = results.flatMap((result) =>
          "event" in result && !result.repeated ? [result.event] : []
        );
        for (const { kind } of appended) if (kind === "room_changed") countChange();
        const rooms = Map.groupBy(appended, ({ room }) => room);
        const carried = appended.length === results.length && carriesEvents();
        const advanced = await Promise.all([...rooms].map(async ([room, events]) => {
          const grown = { ...await growthOf(store, room), seq: events.at(-1)!.seq };
          const text = JSON.stringify(events);
          return carried ? { ...grown, events: () => JSON.parse(text) } : grown;
        }));
        for (const { events, ...room } of advanced) {
          const announced = events === undefined ? room : { ...room, events };
          peers.carry("advanced", (other) => other.onAdvanced([announced]), `room.${room.room}`);
          if (!hasTopics()) continue;
          // Instances that have not loaded a conversation.
          for (const user of new Set(room.pair)) {
            peers.carry("advanced", (other) => other.onAdvanced([room]), `user.${user}`);
          }
        }
        return results;
      },
      addMember: this.#counting(store.addMember, (room, account) => ({ room, account })),
      removeMember: this.#counting(store.removeMember, (room, account) => ({ room, account })),
      deleteRoom: this.#counting(store.deleteRoom),
      retireGuest: this.#counting(store.retireGuest, (account) => ({ room: null, account })),
      // No guest's server stays down here.
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

  /** How many notices an instance has received. */
  receivedBy(name: string): number {
    return this.#instance(name).received;
  }

  /** An instance receives again, and knows that it may have missed messages. */
  restore(name: string): void {
    this.#instance(name).restore();
  }

  get store(): Store {
    return this.#store;
  }

  get others(): Iterable<FakePeers> {
    return this.#instances.values();
  }

  /** Runs a function at the other end, after everything sent there earlier. */
  send(from: string, to: string, run: () => void): void {
    const line = `${from} ${to}`;
    const now = this.#clock.elapsed();
    const at = Math.max(now + this.delay(from, to), this.#arrivals.get(line) ?? 0);
    this.#arrivals.set(line, at);
    if (at > now) this.#clock.after(at - now, run);
    else this.#clock.soon(run);
  }

  /** The number of changes to members and rules, over all rooms. */
  get version(): number {
    return this.#version;
  }

  #counting<A extends unknown[], R>(
    change: (...args: A) => Promise<R>,
    whose?: (...args: A) => { room: number | null; account: number },
  ): (...args: A) => Promise<R> {
    return (...args) => {
      this.#version += 1;
      if (whose !== undefined) this.#changes.set(this.#version, whose(...args));
      return change(...args);
    };
  }

  /** The accounts whose membership of a room has changed after a version. */
  changedAfter(room: number, after: number): ReadonlySet<number> {
    const changed = [...this.#changes].filter(([version, change]) =>
      version > after && (change.room ?? room) === room
    );
    return new Set(changed.map(([, { account }]) => account));
  }

  #instance(name: string): FakePeers {
    const instance = this.#instances.get(name);
    if (instance === undefined) throw new Error(`There is no instance ${name}`);
    return instance;
  }
}

/** One instance's end of the lines; it reads through the ordinary store interface. */
class FakePeers implements Peers {
  readonly self: string;
  readonly isOptional = false;
  /** The number of notices that have arrived here. */
  received = 0;
  readonly line: Line = { deaf: false, mute: false, dead: false };
  readonly #bus: FakeBus;
  readonly #followed = new Set<PeerTopic>();
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

  get hasTopics(): boolean {
    return this.#bus.hasTopics;
  }

  publish(notice: PeerPayload, topic: PeerTopic | null = null): void {
    const sent = JSON.stringify(notice);
    this.carry("told", (other) => other.onPeerMessage(this.self, JSON.parse(sent)), topic);
  }

  follow(topic: PeerTopic): Promise<void> {
    this.#followed.add(topic);
    return Promise.resolve();
  }

  unfollow(topic: PeerTopic): void {
    this.#followed.delete(topic);
  }

  restore(): void {
    this.line.deaf = false;
    this.line.mute = false;
    this.#handlers?.onLost();
  }

  carry(
    what: "told" | "advanced",
    run: (other: PeerHandlers) => void,
    topic: PeerTopic | null,
  ): void {
    if (this.line.dead || (what === "told" && this.line.mute)) return;
    for (const other of this.#bus.others) {
      if (other === this) continue;
      if (this.hasTopics && topic !== null && !other.#followed.has(topic)) continue;
      this.#bus.send(this.self, other.self, () => other.#hear(run));
    }
  }

  #hear(run: (handlers: PeerHandlers) => void): void {
    this.received += 1;
    if (this.#handlers !== undefined && !this.line.deaf && !this.line.dead) run(this.#handlers);
  }

  positionsOf(rooms: readonly number[]): Promise<readonly RoomHead[]> {
    const { store, version } = this.#bus;
    return Promise.all(rooms.map(async (room) => {
      return { room, seq: (await store.roomById(room)).seq, version };
    }));
  }

  async memberChanges(room: number, after: number): Promise<readonly MemberChange[]> {
    const { store } = this.#bus;
    const present = new Set((await store.membersOf(room)).map(({ id }) => id));
    const changed = [...this.#bus.changedAfter(room, after)];
    const accounts = await Promise.all(changed.map((id) => store.accountById(id)));
    return accounts.flatMap((account) =>
      account === null ? [] : [{ account, isMember: present.has(account.id) }]
    );
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

  async accountsOf(ids: readonly number[]): Promise<ReadonlyMap<number, Account>> {
    const found = await Promise.all(ids.map((id) => this.#bus.store.accountById(id)));
    return new Map(found.flatMap((account) => account === null ? [] : [[account.id, account]]));
  }

  async standingOf(id: number): Promise<Standing | null> {
    const { store } = this.#bus;
    const account = await store.accountById(id);
    if (account === null) return null;
    const [bans, blocks] = [await store.bans(), await store.blocks()];
    return {
      account,
      isGone: await store.accountByPublicId(account.publicId) === null,
      mutedUntil: (await store.mutes(0)).get(id) ?? 0,
      bans: bans.filter((ban) => ban.account?.id === id),
      blocked: blocks.filter((block) => block.account.id === id).map(({ other }) => other.id),
    };
  }

  async seatOf(room: number, account: number): Promise<Seat | null> {
    const memberships = await this.#bus.store.roomsOf(account);
    const found = memberships.find((one) => one.room.id === room);
    if (found !== undefined) return found;
    // Conversations without messages are not listed.
    const members = await this.#bus.store.membersOf(room);
    return members.some(({ id }) => id === account) ? { read: 0, level: "all" } : null;
  }

  async conversationsOf(accounts: readonly number[]): Promise<readonly AdvancedRoom[]> {
    const { store } = this.#bus;
    const rooms = (await Promise.all(accounts.map((id) => store.roomsOf(id)))).flat();
    const directs = rooms.filter(({ room }) => room.pair !== null);
    return await Promise.all(directs.map(({ room }) => growthOf(store, room.id)));
  }
}

async function growthOf(store: Store, id: number): Promise<AdvancedRoom> {
  const { seq, pair } = await store.roomById(id);
  return { room: id, seq, pair: pair === null ? null : [pair[0].id, pair[1].id] };
}
