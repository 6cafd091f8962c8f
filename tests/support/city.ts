/**
 * A city: a server with many users, rooms and reactions, in a store in memory, and what its commands
 * cost. `deno task bench:scale` prints the figures, and a test compares two sizes.
 *
 * @module
 */
import type { ClientFrame } from "../../lib/protocol/frames.ts";
import type { Account, RoomRecord } from "../../lib/store/records.ts";
import { type HubFixture, openHubFixture } from "./hub_fixture.ts";

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

function nameOf(n: number): string {
  return `Citizen ${n}`;
}

function emojiOf(n: number): string {
  return String.fromCodePoint(0x1f400 + n);
}
