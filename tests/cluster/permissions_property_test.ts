import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RIGHTS } from "../../lib/chat/events/rights.ts";
import type { Command } from "../../lib/protocol/frames.ts";
import { openInstances } from "../support/instances.ts";
import { type Device, resolvesSoon } from "../support/hub_fixture.ts";

const NAMES = ["one", "two", "three"] as const;
const USERS = ["Mo", "Alice", "Bob", "Carl"] as const;
const ROOMS = ["lobby", "kitchen"] as const;

const who = fc.nat(11);
const room = fc.constantFrom(...ROOMS);
const name = fc.constantFrom(...USERS);

/** Commands that a user may send, permitted or not. */
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constant("join" as const), room }),
  fc.record({ type: fc.constant("leave" as const), room }),
  fc.record({ type: fc.constant("kick" as const), room, name }),
  fc.record({ type: fc.constant("invite" as const), room, name }),
  fc.record({ type: fc.constant("mute" as const), name, seconds: fc.constantFrom(0, 3_600) }),
  fc.record({ type: fc.constant("block" as const), name, on: fc.boolean() }),
  fc.record({ type: fc.constant("set_room" as const), room, locked: fc.boolean() }),
  fc.record({ type: fc.constant("set_room" as const), room, may_post: fc.constantFrom(...RIGHTS) }),
);

const event = fc.oneof(
  { weight: 10, arbitrary: fc.record({ who, command, waits: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      line: fc.constantFrom(...NAMES),
      what: fc.constantFrom("deaf" as const, "mute" as const, "restored" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ms: fc.nat(4_000) }) },
);

Deno.test("whatever is decided at any instance, and whatever gets lost: finally all hold what is stored", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 20, maxLength: 100 }),
      fc.array(fc.nat(40), { minLength: 9, maxLength: 9 }),
      async (events, delays) => {
        await using them = await openInstances(NAMES);
        const { fixtures, store, bus } = them;
        const index = (one: string) => NAMES.findIndex((name) => name === one);
        bus.delay = (from, to) => delays[index(from) * NAMES.length + index(to)] ?? 0;
        await store.setRole((await fixtures[0].account("Mo")).id, "moderator");
        const devices: Device[] = [];
        for (const fixture of fixtures) {
          for (const name of USERS) devices.push(await fixture.enter(name));
        }
        for (const device of devices) {
          for (const room of ROOMS) await device.start({ type: "join", room });
        }
        const unfinished: Promise<void>[] = [];
        for (const event of events) {
          if ("command" in event) {
            const running = devices[event.who]!.start(event.command);
            // A change of a room goes on once its event is stored.
            if (!await resolvesSoon(running)) unfinished.push(running);
            if (event.waits) await them.settle();
          } else if ("ms" in event) await them.clock.advance(event.ms);
          else if (event.what === "restored") bus.restore(event.line);
          else bus.line(event.line)[event.what] = true;
        }
        for (const name of NAMES) bus.restore(name);
        await them.clock.advance(70_000);
        await Promise.all(unfinished);
        const mutes = await store.mutes(them.clock.now());
        const blocks = (await store.blocks())
          .map(({ account, other }) => `${account.name} ${other.name}`).sort();
        for (const fixture of fixtures) {
          for (const loaded of fixture.hub.rooms.loaded()) {
            const members = (await store.membersOf(loaded.id)).map(({ name }) => name);
            const names = [...loaded.members()].map((one) => one.name);
            assertEquals(names.sort(), members.sort(), loaded.record.name);
            const { locked, mayPost } = await store.roomById(loaded.id);
            assertEquals([loaded.locked, loaded.record.mayPost], [locked, mayPost]);
            for (const connection of fixture.hub.connections.all()) {
              if (connection.isSubscribed(loaded)) assert(loaded.has(connection.account));
            }
            for (const name of USERS) {
              const account = await fixture.account(name);
              const refusal = fixture.moderation.refuses("respond", account, { room: loaded });
              assertEquals(refusal?.code === "muted", mutes.has(account.id), name);
            }
          }
          const held = [];
          for (const name of USERS) {
            const account = await fixture.account(name);
            held.push(
              ...fixture.moderation.blockedBy(account).map((other) => `${name} ${other.name}`),
            );
          }
          assertEquals(held.sort(), blocks);
        }
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
  );
});
