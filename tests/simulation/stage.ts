import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { storeIn } from "../../lib/store/sqlite.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeBus } from "../support/fake_peers.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Device } from "./device.ts";
import { type Instance, startInstance } from "./instance.ts";
import type { Person } from "./person.ts";
import { Random } from "./random.ts";
import { Truth } from "./truth.ts";

/** Who is there, and who comes as a guest, where one server has the store to itself. */
const MEMBERS = ["Mo", "Alice", "Bob", "Carl"];
const GUESTS = ["Gil", "Gus"];

/** How many lines of what happened last are kept. */
const TRACE_LINES = 200;

/** What a simulation plays on: a database, servers over it, people with devices. */
export class Stage {
  readonly clock = new FakeClock();
  readonly random: Random;
  readonly truth: Truth;
  readonly devices: Device[] = [];
  readonly people: Person[] = [];
  readonly isCluster: boolean;
  /** What happened last. */
  readonly lines: string[] = [];
  /** What happened, as one number: two runs that differ anywhere have different ones. */
  digest = 0;
  instances: Instance[] = [];
  bus: FakeBus | undefined;
  readonly #database = openDatabase({ path: ":memory:", durability: "process" });
  #store: Store;
  #started = 0;

  private constructor(seed: number, isCluster: boolean) {
    this.random = new Random(seed);
    this.isCluster = isCluster;
    this.truth = new Truth(this.#database.db);
    // The one thing that a store makes up by itself: else no run would be quite like another.
    this.db.exec("INSERT INTO meta (name, value) VALUES ('epoch', 'epoch')");
    this.#store = this.#open();
  }

  static async open(seed: number, instances: number): Promise<Stage> {
    const stage = new Stage(seed, instances > 1);
    stage.truth.strictRights = !stage.isCluster;
    if (stage.isCluster) {
      stage.bus = new FakeBus(stage.#store, stage.clock);
      stage.bus.delay = () => stage.random.below(30);
    }
    await stage.#settleIn();
    for (let i = 0; i < instances; i++) await stage.start();
    return stage;
  }

  /** The database, as whoever keeps it has it. */
  get store(): Store {
    return this.#store;
  }

  get db() {
    return this.#database.db;
  }

  async #settleIn(): Promise<void> {
    for (const name of [...MEMBERS, ...this.isCluster ? [] : GUESTS]) {
      const isGuest = GUESTS.includes(name);
      const rest = { role: "member", password: null, invite: null } as const;
      const account = isGuest
        ? { id: 0, name, role: "guest" as const }
        : await this.#store.createAccount({ name, skeleton: name, at: 0, ...rest });
      if (typeof account === "string") throw new Error(account);
      if (name === "Mo") await this.#store.setRole(account.id, "moderator");
      const role = name === "Mo" ? "moderator" : account.role;
      const person = { name, account: { ...account, role }, isGuest, keys: 0 };
      this.people.push(person);
      const count = isGuest ? 1 : 1 + this.random.below(2);
      for (let i = 0; i < count; i++) this.devices.push(new Device(person, `${name}/${i}`, this));
    }
    for (const name of ["lobby", "kitchen"]) {
      await this.#store.createRoom({ name, kind: "public", title: null, creator: null, at: 0 });
    }
  }

  trace(line: string): void {
    for (let i = 0; i < line.length; i++) {
      this.digest = Math.imul(this.digest ^ line.charCodeAt(i), 0x01000193) >>> 0;
    }
    if (this.lines.push(`${this.clock.elapsed()} ${line}`) > TRACE_LINES) this.lines.shift();
  }

  // Servers ------------------------------------------------------------------------------------

  /** Starts a server, over what was committed. */
  async start(): Promise<void> {
    const name = `server${this.#started++}`;
    this.trace(`${name} starts`);
    // No guest outlives their server.
    if (!this.isCluster) await this.#store.retireGuests();
    const store = this.bus === undefined ? this.#store : this.bus.join(name);
    const starting = startInstance(name, store, this);
    await this.settle();
    this.instances.push(await starting);
  }

  /** A server dies at once, and another one comes up. */
  async crash(instance: Instance): Promise<void> {
    this.trace(`${instance.name} dies`);
    this.setFull(false);
    instance.checkLog();
    instance.crash();
    if (this.bus !== undefined) this.bus.line(instance.name).dead = true;
    this.instances = this.instances.filter((one) => one !== instance);
    for (const device of this.devicesAt(instance)) device.lose();
    // A transaction that was not committed is undone; nothing that was kept in memory is left.
    if (this.db.isTransaction) this.db.exec("ROLLBACK");
    if (!this.isCluster) this.#store = this.#open();
    await this.advance(this.random.below(200));
    await this.start();
  }

  /** A server is stopped as it should be, and another one comes up. */
  async restart(instance: Instance): Promise<void> {
    await this.stop(instance);
    for (const device of this.devicesAt(instance)) {
      device.read();
      device.lose();
    }
    await this.start();
  }

  /** Stops a server; nothing of it may be left. */
  async stop(instance: Instance): Promise<void> {
    this.trace(`${instance.name} stops`);
    this.setFull(false);
    Object.assign(instance.life.trouble, { slow: 0, refuses: 0, answerLost: 0 });
    this.instances = this.instances.filter((one) => one !== instance);
    let closed = false;
    void instance.hub.close().then(() => closed = true);
    for (let i = 0; i < 100 && !closed; i++) await this.advance(20);
    if (!closed) this.truth.fail(`${instance.name} does not stop`);
    instance.cluster?.close();
    await this.advance(200);
    const { timers } = instance.life;
    if (timers > 0) this.truth.fail(`${instance.name} leaves ${timers} timers`);
    instance.checkLog();
    instance.life.end();
    if (this.bus !== undefined) this.bus.line(instance.name).dead = true;
  }

  /** The devices that are connected to a server. */
  devicesAt(instance: Instance): Device[] {
    return this.devices.filter(({ line }) => line?.instance === instance);
  }

  /** Lets the disk be full, or not: SQLite itself refuses then, wherever it needs another page. */
  setFull(full: boolean): void {
    this.db.exec(`PRAGMA max_page_count = ${full ? 1 : 1_073_741_823}`);
  }

  #open(): Store {
    return this.truth.noting(storeIn(this.#database));
  }

  // People -------------------------------------------------------------------------------------

  /** Somebody comes to one of the servers. */
  async connect(device: Device): Promise<void> {
    const instance = this.random.pick(this.instances);
    if (device.person.isGuest && !await this.#lendName(device.person)) return;
    device.connect(instance);
    const { left } = device.line ?? {};
    if (device.person.isGuest && left !== undefined) {
      const { account } = device.person;
      void left.then(() => this.#retire(instance, account));
    }
  }

  async #lendName(person: Person): Promise<boolean> {
    this.setFull(false);
    const at = this.clock.now();
    const made = await this.#store.createGuest({ name: person.name, skeleton: person.name, at });
    if (typeof made === "string") return false;
    person.account = made;
    return true;
  }

  async #retire(instance: Instance, account: Person["account"]): Promise<void> {
    if (instance.life.ended) return;
    this.setFull(false);
    await this.truth.watching(this.#store).retireGuest(account.id);
    instance.effects.emit({ type: "retired", account });
  }

  // Time ---------------------------------------------------------------------------------------

  /** Lets everything happen that takes no time. */
  async settle(): Promise<void> {
    await this.clock.settle();
    this.truth.settled();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.truth.settled();
  }

  close(): void {
    this.#database.close();
  }
}
