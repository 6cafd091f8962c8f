import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openInstances } from "../support/instances.ts";
import type { Device } from "../support/hub_fixture.ts";

const NAMES = ["one", "two", "three"] as const;
const USERS = ["Alice", "Bob", "Carl"] as const;
const ROOMS = ["lobby", "kitchen"] as const;

const instance = fc.integer({ min: 0, max: NAMES.length - 1 });
const who = fc.nat(5);
const name = fc.constantFrom(...NAMES);

/** The possible steps. */
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("say"), who, room: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("whisper"), who, to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("rejoin"), who, instance }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("deafen"), name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("mute"), name }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("restore"), name }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("wait"), ms: fc.nat(3_000) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("breathe") }) },
);

/** A device, and every event of each room that it has received, by seq. */
class Follower {
  readonly name: string;
  readonly rooms = new Map<string, string[]>(ROOMS.map((room) => [room, []]));
  /** Its position in each conversation, by the other participant's name. */
  readonly whispers = new Map<string, number>();
  readonly device: Device;

  constructor(name: string, device: Device) {
    this.name = name;
    this.device = device;
  }

  read(): void {
    for (const frame of this.device.news()) {
      if (frame.type === "room_message") this.#take(frame.room, frame.seq, frame.message);
      else if (frame.type === "joined") {
        assert(!frame.truncated);
        for (const event of frame.messages) {
          if (event.type === "room_message") this.#take(frame.room, event.seq, event.message);
        }
      } else if (frame.type === "private_message") {
        const other = frame.sender === this.name ? frame.receiver : frame.sender;
        assertEquals(frame.seq, (this.whispers.get(other) ?? 0) + 1, `${this.name} and ${other}`);
        this.whispers.set(other, frame.seq);
      } else if (frame.type === "welcome") {
        const directs = frame.rooms.filter(({ kind }) => kind === "direct");
        for (const { room, seq } of directs) this.whispers.set(room.slice(1), seq);
      }
    }
  }

  #take(room: string, seq: number, message: string): void {
    const has = this.rooms.get(room);
    // Each seq once, in order, without gaps.
    assertEquals(seq, (has?.length ?? 0) + 1, `${this.name} in ${room}`);
    has?.push(message);
  }
}

Deno.test("whatever gets lost between instances, a subscriber gets each seq once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 20, maxLength: 120 }),
      fc.array(fc.nat(40), { minLength: 9, maxLength: 9 }),
      async (events, delays) => {
        await using them = await openInstances(NAMES);
        const index = (one: string) => NAMES.findIndex((name) => name === one);
        them.bus.delay = (from, to) => delays[index(from) * NAMES.length + index(to)] ?? 0;
        const { fixtures } = them;
        const followers: Follower[] = [];
        for (const [i, fixture] of [...fixtures, ...fixtures].entries()) {
          const person = USERS[i % 3] ?? "Alice";
          followers.push(new Follower(person, await fixture.enter(person)));
        }
        async function joinAll({ device, rooms }: Follower): Promise<void> {
          for (const room of ROOMS) {
            await device.start({ type: "join", room, after: rooms.get(room)?.length ?? 0 });
          }
        }
        for (const follower of followers) await joinAll(follower);
        let posted = 0;
        const line = (name: string) => them.bus.line(name);
        for (const event of events) {
          const by = followers["who" in event ? event.who : 0];
          if (by === undefined) continue;
          if ("room" in event) {
            const message = `${posted++}`;
            const room = ROOMS[event.room] ?? "lobby";
            await by.device.start({ type: "room_message", room, message, key: message });
          } else if ("to" in event) {
            const message = `${posted++}`;
            const receiver = USERS[event.to] ?? "Bob";
            await by.device.start({ type: "private_message", receiver, message, key: message });
          } else if ("instance" in event) {
            await them.settle();
            by.read();
            const fixture = fixtures[event.instance];
            if (fixture === undefined) continue;
            for (const other of fixtures) other.hub.exit(by.device.subscriber);
            const moved = new Follower(by.name, await fixture.enter(by.name));
            for (const [room, had] of by.rooms) moved.rooms.set(room, [...had]);
            followers[event.who] = moved;
            await joinAll(moved);
          } else if ("ms" in event) await them.clock.advance(event.ms);
          else if (!("name" in event)) await them.clock.settle();
          else if (event.type === "deafen") line(event.name).deaf = true;
          else if (event.type === "mute") line(event.name).mute = true;
          else them.bus.restore(event.name);
        }
        for (const name of NAMES) them.bus.restore(name);
        await them.clock.advance(30_000);
        for (const follower of followers) follower.read();
        for (const room of ROOMS) {
          const { seq } = await fixtures[0].room(room);
          const [first, ...others] = followers.map(({ rooms }) => rooms.get(room));
          assertEquals(first?.length, seq);
          for (const other of others) assertEquals(other, first);
        }
        for (const { name, whispers } of followers) {
          for (const other of USERS) {
            const { seq } = await fixtures[0].room(`@${other}`, name);
            assertEquals(whispers.get(other) ?? 0, seq, `${name} and ${other}`);
          }
        }
        for (const { hub } of fixtures) assertEquals(hub.presence.size, USERS.length);
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
  );
});
