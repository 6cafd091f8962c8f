/**
 * A city: a server with many users, rooms and reactions. In a store in memory it tells what commands
 * cost: `deno task bench:scale` prints the figures, and a test compares two sizes. In a data file it
 * tells what the page costs: `deno task bench:page`.
 *
 * @module
 */
import type { ClientFrame } from "../../lib/protocol/frames.ts";
import { Sessions } from "../../lib/auth/sessions.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Account, Append, RoomRecord } from "../../lib/store/records.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { type HubFixture, openHubFixture } from "./hub_fixture.ts";
import { account as createMember, textOf } from "./past.ts";

/** How large a city is. */
export interface CitySize {
  /** All of them are in the first room. */
  readonly people: number;
  /** Public rooms. Alice is in up to 2,000 of them. */
  readonly rooms: number;
}

/** What one command costs. */
export interface CityCost {
  readonly name: string;
  /** UTF-16 code units of all frames that the sender gets. */
  readonly length: number;
  readonly ms: number;
}

const EMOJI = 50;
const MAX_MINE = 2_000;

/** Builds a city and measures in it. Its cost grows with its size; that of a command should not. */
export async function measureCity(size: CitySize): Promise<readonly CityCost[]> {
  await using fixture = await openHubFixture();
  const { general, bot } = await build(fixture, size);
  const alice = await fixture.enter("Alice");
  const costs: CityCost[] = [];
  const measure = async (name: string, act: () => Promise<readonly object[]>) => {
    const start = performance.now();
    const frames = await act();
    const ms = performance.now() - start;
    costs.push({ name, length: JSON.stringify(frames).length, ms });
  };
  const order = (frame: ClientFrame) => async () => {
    alice.forget();
    await alice.do(frame);
    return alice.news();
  };
  const room_id = general.publicId;
  // The room is loaded once, for everyone.
  await alice.do({ type: "join", room_id });
  await measure("welcome", async () => (await fixture.enter("Alice")).news());
  await measure("welcome of a bot", async () => (await fixture.enter(bot.name)).news());
  await measure("join", order({ type: "join", room_id }));
  await measure("20 users join", async () => {
    const frames: object[] = [];
    for (let n = 0; n < 20; n++) {
      const device = await fixture.enter(nameOf(n));
      device.forget();
      await device.do({ type: "join", room_id });
      frames.push(...device.news().filter(({ type }) => type === "joined"));
    }
    return frames;
  });
  const around = { type: "history", room_id, around: 1, limit: 1 } as const;
  await measure("history with reactions", order(around));
  await measure("react", order({ type: "react", room_id, seq: 1, emoji: emojiOf(0), on: true }));
  await measure("list_reactions", order({ type: "list_reactions", room_id, seq: 1 }));
  await measure("list_rooms", order({ type: "list_rooms" }));
  await measure("list_members", order({ type: "list_members", room_id }));
  return costs;
}

async function build(
  fixture: HubFixture,
  { people, rooms }: CitySize,
): Promise<{ readonly general: RoomRecord; readonly bot: Account }> {
  const { store } = fixture;
  const alice = await fixture.account("Alice");
  const bot = await fixture.account("Chatty");
  const made: RoomRecord[] = [];
  for (let n = 0; n < rooms; n++) {
    const creator = n < MAX_MINE ? alice.id : null;
    const room = await store.createRoom({
      ...{ name: `room-${n}`, kind: "public", title: null, creator, at: n },
    });
    if (room === null) throw new Error(`Cannot make room ${n}`);
    made.push(room);
  }
  const general = made[0]!;
  const room = general.id;
  const text = (sender: Account) => {
    const rest = { replyTo: null, key: null, at: 1 } as const;
    return { kind: "message", room, sender, text: "hello", ...rest } as const;
  };
  await store.append([text(alice)]);
  await store.addMember(room, bot.id, 0);
  for (let n = 0; n < people; n++) {
    const account = await fixture.account(nameOf(n));
    await store.addMember(room, account.id, 0);
    // One user in twenty reacts in every way.
    if (n % 20 > 0) continue;
    await store.append(Array.from({ length: EMOJI }, (_, emoji) => ({
      ...{
        kind: "reaction",
        room,
        sender: account,
        key: null,
        at: 1,
        target: 1,
        on: true,
      } as const,
      emoji: emojiOf(emoji),
    })));
  }
  for (let n = 0; n < people; n += 200) {
    await store.append(Array.from({ length: Math.min(1_000, 5 * people) }, () => text(bot)));
  }
  return { general, bot };
}

/** How large a city in a data file is, as Alice sees it. */
export interface WrittenCity {
  /** All of them are in the room `general`. */
  readonly people: number;
  /** Public rooms. Alice is in all of them. */
  readonly rooms: number;
  /** How many people Alice has a conversation with. */
  readonly conversations: number;
  /** Messages in each room and conversation. */
  readonly messages: number;
}

/** How many people are in a room of a city, besides Alice. */
const NEIGHBOURS = 20;
/** The number of messages written in one transaction. */
const BATCH = 1_000;

/**
 * Writes a city into a data file. The later a room or conversation was made, the later is what was
 * said in it; the last ones are conversations and rooms in turn, and the very last is `general`.
 *
 * @returns The token of a session of Alice, a member.
 */
export async function writeCity(path: string, size: WrittenCity): Promise<string> {
  const store = await openSqlite({ path, durability: "process" });
  try {
    const start = Date.now() - (size.rooms + size.conversations + 1) * size.messages * 1_000;
    const alice = await createMember(store, "Alice", start);
    const people: Account[] = [];
    for (let n = 0; n < size.people; n++) {
      people.push(await createMember(store, nameOf(n), start));
    }
    let said = 0;
    const batch: Append[] = [];
    const say = async (room: RoomRecord, senders: readonly Account[]) => {
      for (let n = 0; n < size.messages; n++) {
        const sender = senders[n % senders.length]!;
        const rest = { replyTo: null, key: null, at: start + ++said * 1_000 } as const;
        batch.push({ kind: "message", room: room.id, sender, text: textOf(said), ...rest });
      }
      if (batch.length >= BATCH) await store.append(batch.splice(0));
    };
    for (let n = 0; n < Math.max(size.rooms, size.conversations); n++) {
      if (n < size.rooms) {
        const room = await publicRoom(`room-${n}`);
        const members = people.slice(n % people.length).slice(0, NEIGHBOURS);
        for (const { id } of [alice, ...members]) await store.addMember(room.id, id, start);
        await say(room, [...members, alice]);
      }
      if (n < size.conversations) {
        const other = people[n]!;
        await say(await store.directRoom(alice, other, start), [other, alice]);
      }
    }
    const general = await publicRoom("general");
    for (const { id } of [alice, ...people]) await store.addMember(general.id, id, start);
    await say(general, people.slice(0, NEIGHBOURS));
    await store.append(batch);
    return await new Sessions(store, systemClock).create(alice, "measured");
  } finally {
    await store.close();
  }

  async function publicRoom(name: string): Promise<RoomRecord> {
    const room = await store.createRoom({
      ...{ name, kind: "public", title: null, creator: null, at: 0 },
    });
    if (room === null) throw new Error(`Cannot make the room ${name}`);
    return room;
  }
}

function nameOf(n: number): string {
  return `Citizen ${n}`;
}

function emojiOf(n: number): string {
  return String.fromCodePoint(0x1f400 + n);
}
