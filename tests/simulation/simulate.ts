import { changesOf, targetOf } from "../../lib/chat/events/index.ts";
import { reactionOf } from "../support/reactions.ts";
import type { Account } from "../../lib/store/records.ts";
import { forgetWords, say, step } from "./acts.ts";
import { GRACE_MS } from "./instance.ts";
import { Simulation } from "./simulation.ts";
import { pairLabel } from "./oracle.ts";

/** The parameters of a run. */
export interface Setting {
  /** The number of servers that share the store. */
  readonly instances: number;
  /** The number of actions. */
  readonly steps: number;
}

/** The kinds of runs. */
export const SETTINGS = {
  one: { instances: 1, steps: 160 },
  cluster: { instances: 3, steps: 120 },
} as const satisfies Record<string, Setting>;

/** The result of a run. */
export interface Run {
  readonly faults: readonly string[];
  /** The last steps before the first violation. */
  readonly lines: readonly string[];
  /** A hash of every step. */
  readonly digest: number;
  /** The number of stored events. */
  readonly events: number;
}

/** The maximum number of rounds until the system is idle. */
const MAX_ROUNDS = 300;

/** Runs a simulation from a seed, and checks the server's guarantees. */
export async function simulate(seed: number, { instances, steps }: Setting): Promise<Run> {
  forgetWords();
  const simulation = await Simulation.open(seed, instances);
  const { oracle } = simulation;
  const isRight = () => oracle.faults.length === 0;
  try {
    for (let i = 0; i < steps && isRight(); i++) await step(simulation);
    for (const act of [comeToRest, checkAll, lastWords, checkAll, goHome]) {
      if (isRight()) await act(simulation);
    }
  } finally {
    simulation.close();
  }
  const events = oracle.logs.values().reduce((sum, { length }) => sum + length, 0);
  return { faults: oracle.faults, lines: simulation.lines, digest: simulation.digest, events };
}

/** Ends every fault, connects every user, and waits until every message is answered. */
async function comeToRest(simulation: Simulation): Promise<void> {
  simulation.trace("--- everything works again");
  simulation.setFull(false);
  for (const { name, life } of simulation.instances) {
    Object.assign(life.trouble, { slow: 0, refuses: 0, answerLost: 0 });
    simulation.bus?.restore(name);
  }
  await quiet(simulation, true);
  // Instances recover missed changes, and drop crashed instances.
  if (simulation.isCluster) await simulation.advance(15_000);
  await quiet(simulation, true);
}

/**
 * Runs until no request is pending.
 *
 * @param again Whether users resend unanswered messages: without faults, they need not.
 */
async function quiet(simulation: Simulation, again = false): Promise<void> {
  const { devices } = simulation;
  for (let round = 0; round < MAX_ROUNDS && simulation.oracle.faults.length === 0; round++) {
    for (const device of devices) if (device.line === undefined) await simulation.connect(device);
    for (const device of devices) device.flush();
    await simulation.advance(25);
    for (const device of devices) device.read();
    if (devices.every(({ unread, hasUplink, line }) => unread === 0 && !hasUplink && line)) {
      await simulation.advance(100);
      if (
        devices.every(({ outbox, unread, line }) => outbox.size + unread === 0 && line?.welcomed)
      ) return;
    }
    if (again && round % 8 === 7) { for (const device of devices) device.sayAgain(); }
  }
  for (const { id, outbox, line } of devices) {
    if (outbox.size > 0 || line === undefined) {
      simulation.oracle.fail(`${id} waits for an answer: ${JSON.stringify([...outbox])}`);
    }
  }
}

/** Once the system is idle, permissions apply at once and deleted texts are gone. */
async function lastWords(simulation: Simulation): Promise<void> {
  const { oracle, devices, clock } = simulation;
  simulation.trace("--- last words");
  oracle.strictRights = oracle.strictWords = true;
  for (const device of devices) {
    for (const label of ["lobby", "kitchen", "vault"]) say(device, label);
    if (!device.person.isGuest) say(device, pairLabel(device.person.name, "Bob"));
    device.ask({ type: "search", query: "hello" });
    if (!oracle.invited.has(device.person.name)) device.join("vault");
    for (const label of device.wants) {
      device.ask({ type: "history", room: device.nameOf(label), limit: 100 });
    }
  }
  await quiet(simulation);
  // A muted user is muted on every instance, and no other user is.
  const [quietOne] = simulation.people.filter(({ name }) => name === "Alice");
  if (quietOne === undefined) return;
  const { effects } = simulation.instances[0] ?? {};
  const until = clock.now() + 3_600_000;
  await simulation.store.mute(quietOne.account.id, until);
  effects?.emit({ type: "muted", account: quietOne.account, until });
  // Mutes from before last two seconds.
  await simulation.advance(3_000);
  for (const device of devices.filter(({ wants }) => wants.has("lobby"))) {
    const before = device.refusals.length;
    say(device, "lobby");
    device.flush();
    await simulation.advance(200);
    device.read();
    const isMuted = device.refusals.slice(before).some((one) => one.endsWith(" muted"));
    const shouldBe = device.person === quietOne;
    if (isMuted !== shouldBe) oracle.fail(`${device.id} ${isMuted ? "is" : "is not"} muted`);
  }
  await quiet(simulation);
}

/**
 * Every device is complete, the store matches the model, and subscriptions match the permissions.
 */
async function checkAll(simulation: Simulation): Promise<void> {
  const { oracle, devices, instances, store } = simulation;
  const here = [...new Set(devices.map(({ person }) => person.name))].sort();
  for (const { id, line, wants } of devices) {
    for (const [label, at] of line?.at ?? []) {
      const { length } = oracle.log(label);
      if (at !== length) oracle.fail(`${id} is at ${at} in ${label}, which has ${length}`);
    }
    for (const label of wants) {
      if (line?.at.get(label) === undefined) oracle.fail(`${id} is not in ${label}`);
    }
    if (line === undefined) continue;
    const listed = line.instance.hub.presence.listed().map(({ account }) => account.name);
    expectPeople(oracle, `${id} sees`, line.online, listed);
    expectPeople(
      oracle,
      `${id} watches`,
      line.watched,
      here.filter((one) => line.watches.includes(one)),
    );
  }
  for (const { hub, name } of instances) {
    const present = hub.presence.among(here).map(({ account }) => account.name);
    expectPeople(oracle, `${name} sees`, present, here);
    if (hub.presence.size !== here.length) oracle.fail(`${name} sees ${hub.presence.size} people`);
    for (const connection of hub.connections.all()) {
      for (const room of connection.rooms()) {
        const members = await store.membersOf(room.id);
        if (members.some(({ id }) => id === connection.account.id)) continue;
        oracle.fail(`${name}: ${connection.account.name} follows ${room.record.name}`);
      }
    }
  }
  for (const [label, log] of oracle.logs) {
    const [{ append }] = log as [typeof log[0] & object];
    const bounds = { limit: 10_000, maxLength: Infinity };
    const { messages } = await store.pageBefore(append.room, log.length + 1, bounds);
    const found = messages.map((
      { seq, text, deleted, reactions },
    ) => [seq, text, deleted, reactions]);
    const [is, should] = [found, presentState(log)].map((state) => JSON.stringify(state));
    if (is !== should) oracle.fail(`${label} is ${is}, and should be ${should}`);
  }
}

function expectPeople(
  oracle: Simulation["oracle"],
  what: string,
  found: Iterable<string>,
  expected: readonly string[],
): void {
  const [is, should] = [[...found], [...expected]].map((names) => String(names.sort()));
  if (is !== should) oracle.fail(`${what} ${is}, and should see ${should}`);
}

/** A reaction on a message, and the `seq` of the event that added it. */
interface Mark {
  readonly sender: Account;
  readonly seq: number;
}

/** The messages of a log in their current state. */
function presentState(log: ReturnType<Simulation["oracle"]["log"]>): unknown[] {
  const messages = new Map<
    number,
    { text: string; deleted: boolean; marks: Map<string, Mark[]> }
  >();
  for (const { append, seq } of log) {
    if (append.kind === "message") {
      messages.set(seq, { text: append.text, deleted: false, marks: new Map() });
      continue;
    }
    const message = messages.get(targetOf(append) ?? 0);
    if (message === undefined) continue;
    const { text, deleted, reaction } = changesOf(append);
    if (text !== undefined) message.text = text;
    if (deleted) Object.assign(message, { text: "", deleted, marks: new Map() });
    if (reaction !== undefined) {
      // A guest who returns is a new user of that name.
      const { sender } = append;
      const { emoji, on } = reaction;
      const all = message.marks.get(emoji) ?? [];
      const others = all.filter((mark) => mark.sender.id !== sender.id);
      const now = !on ? others : all.length > others.length ? all : [...all, { sender, seq }];
      if (now.length === 0) message.marks.delete(emoji);
      else message.marks.set(emoji, now);
    }
  }
  return [...messages].map(([seq, { text, deleted, marks }]) => [
    seq,
    text,
    deleted,
    // In the order of the first user whose reaction remains on the message.
    [...marks].sort(([, [one]], [, [other]]) => (one?.seq ?? 0) - (other?.seq ?? 0))
      .map(([emoji, all]) => reactionOf(emoji, ...all.map(({ sender }) => sender))),
  ]);
}

/** Disconnects every device: the server must keep nothing of them. */
async function goHome(simulation: Simulation): Promise<void> {
  const { oracle, instances, devices } = simulation;
  simulation.trace("--- everybody leaves");
  for (const device of devices) device.lose();
  await simulation.advance(GRACE_MS + 200);
  const left = instances.map(({ hub, clients, name }) => ({
    name,
    connections: hub.connections.size,
    people: hub.presence.size,
    watched: hub.presenceSubscriptions.size,
    clients: clients.size,
    followers: hub.rooms.loaded().reduce((sum, { channel }) => sum + channel.size, 0),
  }));
  for (const { name, ...rest } of left) {
    const some = Object.entries(rest).filter(([, count]) => count > 0);
    if (some.length > 0) oracle.fail(`${name} still has ${JSON.stringify(some)}`);
  }
  // An idle room is evicted after five minutes, checked every quarter of that time.
  if (!simulation.isCluster) await simulation.advance(400_000);
  for (const { hub, name } of simulation.isCluster ? [] : instances) {
    if (hub.rooms.size > 0) oracle.fail(`${name} still has ${hub.rooms.size} rooms`);
  }
  for (const instance of [...instances]) await simulation.stop(instance);
}
