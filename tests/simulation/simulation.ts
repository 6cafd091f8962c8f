import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { storeIn } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeBus } from "../support/fake_peers.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { accountOf } from "../support/records.ts";
import { Device } from "./device.ts";
import { type Instance, startInstance } from "./instance.ts";
import type { Person } from "./person.ts";
import { Random } from "./random.ts";
import { Oracle } from "./oracle.ts";

/** The users, and which of them are guests, if one server has the store to itself. */
const MEMBERS = ["Mo", "Alice", "Bob", "Carl"];
const GUESTS = ["Gil", "Gus"];

/** The number of steps kept for a report. */
const TRACE_LINES = 200;

/** The simulated system: a database, servers on it, and users with devices. */
export class Simulation {
  readonly clock = new FakeClock();
  readonly random: Random;
  readonly oracle: Oracle;
  readonly devices: Device[] = [];
  readonly people: Person[] = [];
  readonly isCluster: boolean;
  /** The last steps. */
  readonly lines: string[] = [];
  /** A hash of every step: two runs that differ anywhere have different hashes. */
  digest = 0;
  instances: Instance[] = [];
  bus: FakeBus | undefined;
  readonly #database = openDatabase({ path: ":memory:", durability: "process" });
  #store: Store;
  #started = 0;

  private constructor(seed: number, isCluster: boolean) {
    this.random = new Random(seed);
    this.isCluster = isCluster;
    this.oracle = new Oracle(this.#database.db);
    // The one source of randomness in a store: public ids. They must follow from the seed, so that
    // a run can be repeated.
    let blobs = 0;
    this.db.function("randomblob", (bytes) => {
      const blob = new Uint8Array(Number(bytes));
      new DataView(blob.buffer).setUint32(0, blobs++);
      return blob;
    });
    this.db.exec("INSERT INTO meta (name, value) VALUES ('epoch', 'epoch')");
    this.#store = this.#open();
  }

  static async open(seed: number, instances: number): Promise<Simulation> {
    const simulation = new Simulation(seed, instances > 1);
    simulation.oracle.strictRights = !simulation.isCluster;
    if (simulation.isCluster) {
      simulation.bus = new FakeBus(simulation.#store, simulation.clock);
      simulation.bus.delay = () => simulation.random.below(30);
      simulation.bus.hasTopics = simulation.random.below(2) === 0;
      simulation.bus.carriesEvents = () => simulation.random.below(3) > 0;
    }
    await simulation.#settleIn();
    for (let i = 0; i < instances; i++) await simulation.start();
    return simulation;
  }

  /** The database, as the test sees it. */
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
        ? accountOf(0, name, "guest")
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

  // Servers -------------------------------------------------------------------------------------

  /** Starts a server on the committed data. */
  async start(): Promise<void> {
    const name = `server${this.#started++}`;
    this.trace(`${name} starts`);
    // Guests do not survive their server.
    if (!this.isCluster) await this.#store.retireGuests();
    const store = this.bus === undefined ? this.#store : this.bus.join(name);
    const starting = startInstance(name, store, this);
    await this.settle();
    this.instances.push(await starting);
  }

  /** Crashes a server and starts another. */
  async crash(instance: Instance): Promise<void> {
    this.trace(`${instance.name} dies`);
    this.setFull(false);
    instance.checkLog();
    instance.crash();
    if (this.bus !== undefined) this.bus.line(instance.name).dead = true;
    this.instances = this.instances.filter((one) => one !== instance);
    for (const device of this.devicesAt(instance)) device.lose();
    // An uncommitted transaction is rolled back, and memory is lost.
    if (this.db.isTransaction) this.db.exec("ROLLBACK");
    if (!this.isCluster) this.#store = this.#open();
    await this.advance(this.random.below(200));
    await this.start();
  }

  /** Stops a server in order and starts another. */
  async restart(instance: Instance): Promise<void> {
    await this.stop(instance);
    for (const device of this.devicesAt(instance)) {
      device.read();
      device.lose();
    }
    await this.start();
  }

  /** Stops a server; nothing of it may remain. */
  async stop(instance: Instance): Promise<void> {
    this.trace(`${instance.name} stops`);
    this.setFull(false);
    Object.assign(instance.life.trouble, { slow: 0, refuses: 0, answerLost: 0 });
    this.instances = this.instances.filter((one) => one !== instance);
    let closed = false;
    void instance.hub.close().then(() => closed = true);
    for (let i = 0; i < 100 && !closed; i++) await this.advance(20);
    if (!closed) this.oracle.fail(`${instance.name} does not stop`);
    instance.cluster?.close();
    await this.advance(200);
    const { timers } = instance.life;
    if (timers > 0) this.oracle.fail(`${instance.name} leaves ${timers} timers`);
    instance.checkLog();
    instance.life.end();
    if (this.bus !== undefined) this.bus.line(instance.name).dead = true;
  }

  /** The devices connected to a server. */
  devicesAt(instance: Instance): Device[] {
    return this.devices.filter(({ line }) => line?.instance === instance);
  }

  /** Fills the disk, or frees it: SQLite then refuses to allocate another page. */
  setFull(full: boolean): void {
    this.db.exec(`PRAGMA max_page_count = ${full ? 1 : 1_073_741_823}`);
  }

  #open(): Store {
    return this.oracle.noting(storeIn(this.#database));
  }

  // Users ---------------------------------------------------------------------------------------

  /** Connects a user to one of the servers. */
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
    await this.oracle.watching(this.#store).retireGuest(account.id);
    instance.effects.emit({ type: "retired", account });
  }

  // Time ----------------------------------------------------------------------------------------

  /** Runs all pending microtasks and immediate work. */
  async settle(): Promise<void> {
    await this.clock.settle();
    this.oracle.settled();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.oracle.settled();
  }

  close(): void {
    this.#database.close();
  }
}
