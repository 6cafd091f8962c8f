import type { Device } from "./device.ts";
import type { Simulation } from "./simulation.ts";
import { pairLabel, textIn } from "./oracle.ts";

/** A random action of the simulation. */
type Act = (simulation: Simulation, device: Device) => void | Promise<void>;

const ROOMS = ["lobby", "kitchen", "vault"] as const;
const MEMBERS = ["Mo", "Alice", "Bob", "Carl"] as const;

let words = 0;

/** Resets the message counter, so that a run can be repeated exactly. */
export function forgetWords(): void {
  words = 0;
}

/** Sends a message to a log. */
export function say(device: Device, label: string, replyTo?: number): void {
  const message = textIn(label, words++);
  const reply = replyTo === undefined ? {} : { reply_to: replyTo };
  const name = device.nameOf(label);
  if (name.startsWith("@")) {
    device.say({ type: "private_message", receiver: name.slice(1), message, ...reply });
  } else device.say({ type: "room_message", room: name, message, ...reply });
}

/** A log that a person may be able to write to. */
function somewhere({ random }: Simulation, { person }: Device): string {
  if (person.isGuest || random.chance(0.75)) return random.pick(ROOMS);
  return pairLabel(person.name, random.pick(MEMBERS));
}

/** A position in a log, usually of a message. */
function someSeq({ random, oracle }: Simulation, label: string): number {
  return 1 + random.below(oracle.log(label).length + 1);
}

const change: Act = (simulation, device) => {
  const label = somewhere(simulation, device);
  const place = { room: device.nameOf(label), seq: someSeq(simulation, label) };
  const { random } = simulation;
  const emoji = random.pick(["👍", "🎉"]);
  device.say(random.weighted([
    [2, { type: "edit_message", ...place, message: textIn(label, words++) }],
    [1, { type: "delete_message", ...place }],
    [2, { type: "react", ...place, emoji, on: random.chance(0.6) }],
  ]));
};

const look: Act = (simulation, device) => {
  const { random } = simulation;
  const label = somewhere(simulation, device);
  const room = device.nameOf(label);
  device.ask(random.weighted([
    [2, { type: "history", room, limit: 1 + random.below(20) }],
    [2, { type: "search", query: "hello", limit: 20 }],
    [1, { type: "search", query: "hello", room }],
    [1, { type: "read", room, seq: someSeq(simulation, label) }],
    [1, { type: "typing", room }],
    [1, { type: "list_rooms" }],
    [1, { type: "list_members", room }],
    [1, { type: "presence", state: random.pick(["online", "away"]) }],
  ]));
};

const watch: Act = ({ random }, device) => {
  device.watch([...MEMBERS, "Gus"].filter(() => random.chance(0.5)));
};

const keepOrder: Act = ({ random, devices }) => {
  const moderator = random.pick(devices.filter(({ person }) => person.name === "Mo"));
  const name = random.pick(["Alice", "Bob", "Carl"]);
  const room = random.pick(ROOMS);
  random.weighted([
    [3, () => moderator.ask({ type: "kick", room, name })],
    [1, () => moderator.ask({ type: "mute", name, seconds: random.pick([0, 1, 2]) })],
    // A change of a room is an event in its log.
    [1, () => moderator.say({ type: "set_room", room: "kitchen", locked: random.chance(0.3) })],
  ])();
};

const move: Act = ({ random, oracle }, device) => {
  const label = random.pick(ROOMS);
  const act = random.below(10);
  if (act < 5) device.join(label, random.chance(0.1));
  else if (act < 7) device.leave(label);
  else {
    // Carl is never added.
    const name = random.pick(["Alice", "Bob", "Mo"]);
    oracle.invited.add(name);
    device.ask({ type: "invite", room: "vault", name });
  }
};

const disturbDisk: Act = ({ random, instances, isCluster }) => {
  const { trouble } = random.pick(instances).life;
  trouble.slow = random.pick([0, 0, 0.1, 0.7]);
  trouble.refuses = random.pick([0, 0, 0, 0.1, 0.9]);
  // A file's replies are not lost while its process lives.
  trouble.answerLost = isCluster ? random.pick([0, 0, 0.1]) : 0;
};

const disturbLines: Act = ({ random, bus, instances }) => {
  if (bus === undefined) return;
  const { name } = random.pick(instances);
  const line = bus.line(name);
  random.weighted([
    [3, () => void (line.deaf = true)],
    [1, () => void (line.mute = true)],
    [3, () => bus.restore(name)],
  ])();
};

/** The actions, with their weights. */
const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [20, (simulation, device) => say(device, somewhere(simulation, device))],
  [3, (simulation, device) => {
    const label = somewhere(simulation, device);
    say(device, label, someSeq(simulation, label));
  }],
  [4, (simulation, device) => {
    const label = somewhere(simulation, device);
    for (let i = simulation.random.below(12); i >= 0; i--) say(device, label);
  }],
  [6, ({ random }, device) => {
    if (device.said.size > 0) device.repeat(random.pick([...device.said.keys()]));
  }],
  [3, (_, device) => device.sayAgain()],
  [10, change],
  [8, look],
  [3, watch],
  [5, move],
  [2, ({ random, devices }) => {
    random.pick(devices.filter(({ person }) => person.name === "Alice")).create("vault");
  }],
  [3, keepOrder],
  [24, (_, device) => device.flush()],
  [14, ({ random }, device) => device.read(1 + random.below(4))],
  [8, (_, device) => device.read()],
  [6, async (simulation, device) => {
    if (device.line === undefined) await simulation.connect(device);
    else device.lose();
  }],
  [4, async (simulation) => {
    const away = simulation.devices.filter(({ line }) => line === undefined);
    if (away.length > 0) await simulation.connect(simulation.random.pick(away));
  }],
  [3, disturbDisk],
  [1, (simulation) => simulation.setFull(simulation.random.chance(0.5))],
  [5, disturbLines],
  [1, async (simulation) => {
    const instance = simulation.random.pick(simulation.instances);
    if (simulation.random.chance(0.7)) await simulation.crash(instance);
    else await simulation.restart(instance);
  }],
  [3, (simulation) => simulation.advance(simulation.random.below(2_000))],
];

/** Performs one action, and then lets a short time pass, or none. */
export async function step(simulation: Simulation): Promise<void> {
  const { random } = simulation;
  await random.weighted(ACTS)(simulation, random.pick(simulation.devices));
  const rest = random.next();
  if (rest < 0.4) await simulation.settle();
  else if (rest < 0.7) { for (let i = random.below(12); i > 0; i--) await Promise.resolve(); }
  else await simulation.advance(random.below(60));
}
