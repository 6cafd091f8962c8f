import { assert, assertEquals } from "@std/assert";
import {
  EXPIRED_A_STEP,
  EXPIRY_STEP_MS,
  LOOK_AGAIN_MS,
  LOOKED_AT_A_STEP,
} from "../../../lib/store/retention.ts";
import type { Append, RoomRecord } from "../../../lib/store/records.ts";
import type { Store } from "../../../lib/store/store.ts";
import { AT, change, type Contract, log, message, messages } from "./fixture.ts";
import { remove, reply, store as put, upTo } from "./fixture.ts";

const DAY_MS = 86_400_000;

/** Deletes what is too old, as a server does. @returns The number of steps. */
export async function deleteOld(store: Store, at: number, serverDays = 0): Promise<number> {
  for (let steps = 0;; steps++) {
    const step = await store.nextExpiry(at, serverDays);
    if (step === null) return steps;
    const events = step.messages.map(({ room, seq: target, sender }): Append => {
      return {
        kind: "delete",
        room,
        sender,
        at,
        key: null,
        target,
        expired: true,
        whileArchived: true,
      };
    });
    if (events.length > 0) await put(store, ...events);
    await store.endExpiryStep(step, at);
  }
}

/** The texts of the messages of a room that are left. */
async function left(store: Store, room: RoomRecord): Promise<readonly string[]> {
  return (await messages(store, room)).filter(({ deleted }) => !deleted).map(({ text }) => text);
}

const sent = (days: number, event: Append): Append => ({ ...event, at: AT + days * DAY_MS });

/** Messages that are deleted because of their age. */
export const retaining: Contract = {
  "a room's messages are deleted after its days, in every state of the room": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const direct = await store.directRoom(alice, bob, AT);
    await put(store, message(team, alice, "old"), sent(2, message(team, bob, "new")));
    await put(store, message(direct, alice, "elsewhere"));
    assertEquals(await deleteOld(store, AT + 99 * DAY_MS), 0, "nothing has a limit");
    await put(store, change(team, alice, { retentionDays: 3, archived: true }));
    assertEquals((await store.roomById(team.id)).retentionDays, 3);
    await deleteOld(store, AT + 3 * DAY_MS - 1);
    assertEquals(await left(store, team), ["old", "new"]);
    await deleteOld(store, AT + 3 * DAY_MS);
    assertEquals(await left(store, team), ["new"]);
    const last = (await log(store, team)).at(-1);
    assert(last?.kind === "delete" && "target" in last);
    const { seq, sender, target, expired } = last;
    assertEquals([seq, sender, target, expired], [4, "Alice", 1, true], "seq is dense");
    // Exactly when the next one is too old, although the room was looked at a day before.
    assertEquals(await deleteOld(store, AT + 5 * DAY_MS - 1), 1);
    assertEquals(await deleteOld(store, AT + 5 * DAY_MS), 1);
    assertEquals(await left(store, team), []);
    assertEquals(await left(store, direct), ["elsewhere"]);
    const search = { account: alice.id, query: "old", room: null, before: null, limit: 9 };
    assertEquals((await store.search(search)).hits, []);
    await put(store, change(team, alice, { retentionDays: 0, archived: false }));
    assertEquals((await store.roomById(team.id)).retentionDays, 0);
    await put(store, message(team, alice, "stays"));
    await deleteOld(store, AT + 99 * DAY_MS);
    assertEquals(await left(store, team), ["stays"]);
  },

  "the server's days hold in every room, and a room can only have fewer": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const direct = await store.directRoom(alice, bob, AT);
    await put(store, message(team, alice, "a"), message(direct, alice, "b"));
    await put(store, change(team, alice, { retentionDays: 30 }));
    await deleteOld(store, AT + 9 * DAY_MS, 10);
    assertEquals([await left(store, team), await left(store, direct)], [["a"], ["b"]]);
    await put(store, change(team, alice, { retentionDays: 5 }));
    await deleteOld(store, AT + 9 * DAY_MS, 10);
    assertEquals([await left(store, team), await left(store, direct)], [[], ["b"]]);
    await deleteOld(store, AT + 10 * DAY_MS, 10);
    assertEquals(await left(store, direct), []);
  },

  "pinned messages stay, and roots of threads as long as a reply is left": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const pin = (target: number, on: boolean): Append => ({
      ...{ kind: "message_pinned", room: team.id, sender: alice, at: AT, key: null, target, on },
      asModerator: true,
    });
    await put(store, ...["pinned", "root", "plain"].map((text) => message(team, alice, text)));
    await put(store, sent(2, reply(team, bob, "reply", 2)), pin(1, true));
    await put(store, change(team, alice, { retentionDays: 1 }));
    await deleteOld(store, AT + DAY_MS);
    assertEquals(await left(store, team), ["pinned", "root", "reply"]);
    await deleteOld(store, AT + 3 * DAY_MS);
    assertEquals(await left(store, team), ["pinned", "root"]);
    await deleteOld(store, AT + 3 * DAY_MS + LOOK_AGAIN_MS);
    assertEquals(await left(store, team), ["pinned"]);
    await put(store, pin(1, false));
    await deleteOld(store, AT + 4 * DAY_MS + LOOK_AGAIN_MS);
    assertEquals(await left(store, team), []);
    // Nothing is looked at again that is gone.
    const later = AT + 9 * DAY_MS + 9 * LOOK_AGAIN_MS;
    await deleteOld(store, later);
    assertEquals(await deleteOld(store, later + LOOK_AGAIN_MS), 1, "the room alone");
  },

  "many messages are deleted in steps, which are repeated after a kill": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const many = LOOKED_AT_A_STEP + 50;
    await put(store, ...upTo(many).map((n) => message(team, n % 2 ? alice : bob, `text ${n}`)));
    await put(store, remove(team, alice, 1), change(team, alice, { retentionDays: 1 }));
    const at = AT + 2 * DAY_MS;
    const first = await store.nextExpiry(at, 0);
    assertEquals(first?.messages.length, EXPIRED_A_STEP);
    assertEquals(first?.messages[0]?.sender.name, "Bob");
    // The instance was killed. Another one takes over, once the step is overdue.
    assertEquals(await store.nextExpiry(at + EXPIRY_STEP_MS - 1, 0), null);
    assertEquals((await store.nextExpiry(at + EXPIRY_STEP_MS, 0))?.messages, first?.messages);
    const again = await fixture.succeed();
    assert(await deleteOld(again, at + 2 * EXPIRY_STEP_MS) > 2);
    assertEquals(await left(again, team), []);
    assertEquals((await log(again, team)).map(({ seq }) => seq), upTo(2 * many + 1));
  },

  "a change of the room during a step is not forgotten": async ({ store, team, alice }) => {
    await put(store, message(team, alice, "text"), change(team, alice, { retentionDays: 9 }));
    const at = AT + 2 * DAY_MS;
    const step = await store.nextExpiry(at, 0);
    assert(step !== null);
    await put(store, change(team, alice, { retentionDays: 1 }));
    await store.endExpiryStep(step, at);
    await deleteOld(store, at);
    assertEquals(await left(store, team), []);
  },

  "a message with a time in the future keeps none after it": async ({ store, team, alice }) => {
    await put(store, sent(100, message(team, alice, "ahead")), message(team, alice, "after"));
    await put(store, change(team, alice, { retentionDays: 1 }));
    await deleteOld(store, AT + DAY_MS);
    assertEquals(await left(store, team), ["ahead"]);
    await deleteOld(store, AT + 101 * DAY_MS);
    assertEquals(await left(store, team), []);
  },
};
