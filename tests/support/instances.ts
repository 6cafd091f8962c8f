import { openSqlite } from "../../lib/store/sqlite.ts";
import { FakeBus } from "./fake_peers.ts";
import { FakeClock } from "./fake_clock.ts";
import { type Device, openWorld, settle, type World, type WorldSetting } from "./world.ts";

/** Several instances on one store, without a network and without time. */
export async function openInstances<const N extends readonly string[]>(
  names: N,
  setting: WorldSetting = {},
) {
  const clock = new FakeClock();
  const real = await openSqlite({ path: ":memory:", durability: "process" });
  const bus = new FakeBus(real, clock);
  const opened: World[] = [];
  async function start(name: string): Promise<World> {
    const world = await openWorld({ ...setting, clock, store: bus.join(name) });
    opened.push(world);
    await settle(clock);
    return world;
  }
  const worlds: World[] = [];
  for (const name of names) worlds.push(await start(name));
  // They have come to know each other.
  await clock.advance(1_000);
  return {
    clock,
    bus,
    store: real,
    worlds: worlds as { [K in keyof N]: World },
    /** One more. */
    start,
    settle: () => settle(clock),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const world of opened) await world[Symbol.asyncDispose]();
      await real.close();
    },
  };
}

/** Somebody's connection that follows a room, with what it got before forgotten. */
export async function follower(world: World, name: string, room: string): Promise<Device> {
  const device = await world.enter(name);
  await device.do({ type: "join", room });
  device.forget();
  return device;
}

/** The seqs of what came live since the last look. */
export function seqs(device: Device): number[] {
  return device.newsOf("room_message", "private_message").map(({ seq }) => seq);
}
