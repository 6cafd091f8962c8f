import { openSqlite } from "../../lib/store/sqlite/store.ts";
import { FakeBus } from "./fake_peers.ts";
import { FakeClock } from "./fake_clock.ts";
import {
  type Device,
  type HubFixture,
  type HubFixtureOptions,
  openHubFixture,
  settle,
} from "./hub_fixture.ts";

/** Several instances on one store, without a network and on a fake clock. */
export async function openInstances<const N extends readonly string[]>(
  names: N,
  setting: HubFixtureOptions = {},
) {
  const clock = new FakeClock();
  const real = await openSqlite({ path: ":memory:", durability: "process" });
  const bus = new FakeBus(real, clock);
  const opened: HubFixture[] = [];
  async function start(name: string): Promise<HubFixture> {
    const fixture = await openHubFixture({ ...setting, clock, store: bus.join(name) });
    opened.push(fixture);
    await settle(clock);
    return fixture;
  }
  const fixtures: HubFixture[] = [];
  for (const name of names) fixtures.push(await start(name));
  // The instances have discovered each other.
  await clock.advance(1_000);
  return {
    clock,
    bus,
    store: real,
    fixtures: fixtures as { [K in keyof N]: HubFixture },
    /** Adds an instance. */
    start,
    settle: () => settle(clock),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const fixture of opened) await fixture[Symbol.asyncDispose]();
      await real.close();
    },
  };
}

/** A connection that subscribes to a room; earlier frames are discarded. */
export async function follower(fixture: HubFixture, name: string, room: string): Promise<Device> {
  const device = await fixture.enter(name);
  await device.do({ type: "join", room });
  device.forget();
  return device;
}

/** The seqs of the events that arrived live since the last call. */
export function seqs(device: Device): number[] {
  return device.newsOf("room_message", "private_message").map(({ seq }) => seq);
}
