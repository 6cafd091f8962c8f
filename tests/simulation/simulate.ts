import type { Account } from "../../lib/store/store.ts";
import { forgetWords, say, step } from "./acts.ts";
import { GRACE_MS } from "./instance.ts";
import { Stage } from "./stage.ts";
import { pairLabel } from "./truth.ts";

/** How a run goes. */
export interface Setting {
  /** How many servers share the store. */
  readonly instances: number;
  /** How many things happen. */
  readonly steps: number;
}

/** The kinds of runs that there are. */
export const SETTINGS = {
  one: { instances: 1, steps: 160 },
  cluster: { instances: 3, steps: 120 },
} as const satisfies Record<string, Setting>;

/** What came of a run. */
export interface Run {
  readonly faults: readonly string[];
  /** What happened last, before the first fault. */
  readonly lines: readonly string[];
  /** All that happened, as one number. */
  readonly digest: number;
  /** How many events were stored. */
  readonly events: number;
}

/** How many rounds everything may take to come to rest. */
const MAX_ROUNDS = 300;

/** Lets a server live as a seed says, and looks whether it kept its promises. */
export async function simulate(seed: number, { instances, steps }: Setting): Promise<Run> {
  forgetWords();
  const stage = await Stage.open(seed, instances);
  const { truth } = stage;
  const isRight = () => truth.faults.length === 0;
  try {
    for (let i = 0; i < steps && isRight(); i++) await step(stage);
    for (const act of [comeToRest, checkAll, lastWords, checkAll, goHome]) {
      if (isRight()) await act(stage);
    }
  } finally {
    stage.close();
  }
  const events = truth.logs.values().reduce((sum, { length }) => sum + length, 0);
  return { faults: truth.faults, lines: stage.lines, digest: stage.digest, events };
}

/** Whatever was wrong is over; everybody comes, and everything that was said gets its answer. */
async function comeToRest(stage: Stage): Promise<void> {
  stage.trace("--- everything works again");
  stage.setFull(false);
  for (const { name, life } of stage.instances) {
    Object.assign(life.trouble, { slow: 0, refuses: 0, answerLost: 0 });
    stage.bus?.restore(name);
  }
  await quiet(stage, true);
  // Instances look for what they missed, and forget those who died.
  if (stage.isCluster) await stage.advance(15_000);
  await quiet(stage, true);
}

/**
 * Goes on until nobody waits for anything.
 *
 * @param again Whether people say again what has no answer: in good times they get one without.
 */
async function quiet(stage: Stage, again = false): Promise<void> {
  const { devices } = stage;
  for (let round = 0; round < MAX_ROUNDS && stage.truth.faults.length === 0; round++) {
    for (const device of devices) if (device.line === undefined) await stage.connect(device);
    for (const device of devices) device.flush();
    await stage.advance(25);
    for (const device of devices) device.read();
    if (devices.every(({ unread, hasUplink, line }) => unread === 0 && !hasUplink && line)) {
      await stage.advance(100);
      if (
        devices.every(({ outbox, unread, line }) => outbox.size + unread === 0 && line?.welcomed)
      ) return;
    }
    if (again && round % 8 === 7) { for (const device of devices) device.sayAgain(); }
  }
  for (const { id, outbox, line } of devices) {
    if (outbox.size > 0 || line === undefined) {
      stage.truth.fail(`${id} waits for an answer: ${JSON.stringify([...outbox])}`);
    }
  }
}

/** When everything is in order, rights hold at once and what is gone is gone. */
async function lastWords(stage: Stage): Promise<void> {
  const { truth, devices, clock } = stage;
  stage.trace("--- last words");
  truth.strictRights = truth.strictWords = true;
  for (const device of devices) {
    for (const label of ["lobby", "kitchen", "vault"]) say(device, label);
    if (!device.person.isGuest) say(device, pairLabel(device.person.name, "Bob"));
    device.ask({ type: "search", query: "hello" });
    if (!truth.invited.has(device.person.name)) device.join("vault");
    for (const label of device.wants) {
      device.ask({ type: "history", room: device.nameOf(label), limit: 100 });
    }
  }
  await quiet(stage);
  // Whoever is silenced is silenced everywhere, and nobody else is.
  const [quietOne] = stage.people.filter(({ name }) => name === "Alice");
  if (quietOne === undefined) return;
  const { effects } = stage.instances[0] ?? {};
  const until = clock.now() + 3_600_000;
  await stage.store.mute(quietOne.account.id, until);
  effects?.emit({ type: "muted", account: quietOne.account, until });
  // Silences of before last two seconds.
  await stage.advance(3_000);
  for (const device of devices.filter(({ wants }) => wants.has("lobby"))) {
    const before = device.refusals.length;
    say(device, "lobby");
    device.flush();
    await stage.advance(200);
    device.read();
    const isMuted = device.refusals.slice(before).some((one) => one.endsWith(" muted"));
    const shouldBe = device.person === quietOne;
    if (isMuted !== shouldBe) truth.fail(`${device.id} ${isMuted ? "is" : "is not"} muted`);
  }
  await quiet(stage);
}

/** Everybody has everything, the store says what was said, and nobody follows what is not theirs. */
async function checkAll(stage: Stage): Promise<void> {
  const { truth, devices, instances, store } = stage;
  const here = [...new Set(devices.map(({ person }) => person.name))].sort();
  for (const { id, line, wants } of devices) {
    for (const [label, at] of line?.at ?? []) {
      const { length } = truth.log(label);
      if (at !== length) truth.fail(`${id} is at ${at} in ${label}, which has ${length}`);
    }
    for (const label of wants) {
      if (line?.at.get(label) === undefined) truth.fail(`${id} is not in ${label}`);
    }
    if (line === undefined) continue;
    const listed = line.instance.hub.presence.listed().map(({ account }) => account.name);
    expectPeople(truth, `${id} sees`, line.online, listed);
    expectPeople(
      truth,
      `${id} watches`,
      line.watched,
      here.filter((one) => line.watches.includes(one)),
    );
  }
  for (const { hub, name } of instances) {
    const present = hub.presence.among(here).map(({ account }) => account.name);
    expectPeople(truth, `${name} sees`, present, here);
    if (hub.presence.size !== here.length) truth.fail(`${name} sees ${hub.presence.size} people`);
    for (const connection of hub.connections.all()) {
      for (const room of connection.rooms()) {
        const members = await store.membersOf(room.id);
        if (members.some(({ id }) => id === connection.account.id)) continue;
        truth.fail(`${name}: ${connection.account.name} follows ${room.record.name}`);
      }
    }
  }
  for (const [label, log] of truth.logs) {
    const [{ append }] = log as [typeof log[0] & object];
    const bounds = { limit: 10_000, maxLength: Infinity };
    const { messages } = await store.pageBefore(append.room, log.length + 1, bounds);
    const found = messages.map((
      { seq, text, deleted, reactions },
    ) => [seq, text, deleted, reactions]);
    const [is, should] = [found, presentState(log)].map((state) => JSON.stringify(state));
    if (is !== should) truth.fail(`${label} is ${is}, and should be ${should}`);
  }
}

function expectPeople(
  truth: Stage["truth"],
  what: string,
  found: Iterable<string>,
  expected: readonly string[],
): void {
  const [is, should] = [[...found], [...expected]].map((names) => String(names.sort()));
  if (is !== should) truth.fail(`${what} ${is}, and should see ${should}`);
}

/** What the messages of a log have become. */
function presentState(log: ReturnType<Stage["truth"]["log"]>): unknown[] {
  const messages = new Map<
    number,
    { text: string; deleted: boolean; marks: Map<string, Account[]> }
  >();
  for (const { append, seq } of log) {
    if (append.kind === "message") {
      messages.set(seq, { text: append.text, deleted: false, marks: new Map() });
      continue;
    }
    const message = messages.get(append.target);
    if (message === undefined) continue;
    if (append.kind === "edit") message.text = append.text;
    else if (append.kind === "delete") {
      Object.assign(message, { text: "", deleted: true, marks: new Map() });
    } else {
      // A guest who comes back is another one of that name.
      const { emoji, on, sender } = append;
      const all = message.marks.get(emoji) ?? [];
      const others = all.filter(({ id }) => id !== sender.id);
      const now = !on ? others : all.length > others.length ? all : [...all, sender];
      // One that was taken off by all and is put on again comes last.
      if (now.length === 0) message.marks.delete(emoji);
      else message.marks.set(emoji, now);
    }
  }
  return [...messages].map(([seq, { text, deleted, marks }]) => [
    seq,
    text,
    deleted,
    [...marks].map(([emoji, all]) => ({ emoji, names: all.map(({ name }) => name) })),
  ]);
}

/** Everybody leaves: nothing of them may be left. */
async function goHome(stage: Stage): Promise<void> {
  const { truth, instances, devices } = stage;
  stage.trace("--- everybody leaves");
  for (const device of devices) device.lose();
  await stage.advance(GRACE_MS + 200);
  const left = instances.map(({ hub, clients, name }) => ({
    name,
    connections: hub.connections.size,
    people: hub.presence.size,
    watched: hub.audience.size,
    clients: clients.size,
    followers: hub.rooms.loaded().reduce((sum, { channel }) => sum + channel.size, 0),
  }));
  for (const { name, ...rest } of left) {
    const some = Object.entries(rest).filter(([, count]) => count > 0);
    if (some.length > 0) truth.fail(`${name} still has ${JSON.stringify(some)}`);
  }
  // A room that nobody uses is forgotten after five minutes, and looked for each quarter of them.
  if (!stage.isCluster) await stage.advance(400_000);
  for (const { hub, name } of stage.isCluster ? [] : instances) {
    if (hub.rooms.size > 0) truth.fail(`${name} still has ${hub.rooms.size} rooms`);
  }
  for (const instance of [...instances]) await stage.stop(instance);
}
