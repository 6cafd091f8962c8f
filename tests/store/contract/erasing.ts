import { assert, assertEquals } from "@std/assert";
import { SETTLE_MS } from "../../../lib/store/departures.ts";
import { FOUND_A_STEP, STEP_MS } from "../../../lib/store/erasures.ts";
import type { Account, Append } from "../../../lib/store/records.ts";
import type { Store } from "../../../lib/store/store.ts";
import { AT, type Contract, message, messages, person, react, remove } from "./fixture.ts";
import { room, store as put, upTo } from "./fixture.ts";

const TOMBSTONE = "Deleted user";

/** Does the steps of an erasure that are due, as a server does. @returns How many there were. */
async function eraseAll(store: Store, at: number): Promise<number> {
  for (let steps = 0;; steps++) {
    const step = await store.nextErasure(at);
    if (step === null) return steps;
    const { account, messages, reactions, votes, next } = step;
    const events = [
      ...messages.map(({ room, seq }) => remove({ id: room }, account, seq)),
      ...reactions.map(({ room, seq, emoji }) =>
        react({ id: room }, account, seq, emoji, { on: false })
      ),
      ...votes.map(({ room, seq }) => vote({ id: room }, account, seq)),
    ];
    if (events.length > 0) await store.append(events);
    await store.endErasureStep(account.id, next, at);
  }
}

/** A vote; one for nothing takes it back. */
function vote({ id: room }: { id: number }, sender: Account, target: number, ...options: number[]) {
  const base = { kind: "poll_voted", room, sender, at: AT, key: null } as const;
  return { ...base, target, options };
}

/** The same event, at another time. */
const sent = (at: number, event: Append): Append => ({ ...event, at });

/** Accounts that are erased, and banned ones whose messages are deleted. */
export const erasing: Contract = {
  "an erased account is a tombstone, and what it was is gone at once": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    await store.setRole(alice.id, "owner");
    assertEquals(await store.eraseAccount(alice.id, TOMBSTONE, AT), "last_owner");
    const boss = await person(store, "Boss");
    await store.setRole(boss.id, "owner");
    await store.createSession({ hash: "s", account: alice.id, label: "", at: AT });
    await store.setPassword(alice.id, "hash");
    await store.block(bob.id, alice.id, true);
    await store.ban({ account: alice.id, address: "192.0.2.1", reason: "why", at: AT });
    await store.unban(alice.id);
    await store.setRole(alice.id, "owner");
    await store.renameAccount(alice.id, { name: "Zoë", skeleton: "zoe", at: AT });
    await store.putGroup({ publicId: null, name: "All", members: [alice.id, bob.id], at: AT });
    await store.recordModeration({
      ...{ at: AT, by: "Boss", byId: boss.publicId, action: "rename", subject: "Alice" },
      ...{ subjectId: alice.publicId, room: null, roomId: null, detail: "Zoë" },
    });
    assertEquals(await store.eraseAccount(alice.id, TOMBSTONE, AT), { bots: [] });
    const left = await store.accountById(alice.id);
    assertEquals(left, { ...alice, name: TOMBSTONE, role: "member" });
    assertEquals(await store.accountByPublicId(alice.publicId), null);
    for (const name of ["Alice", "Zoë", TOMBSTONE]) {
      assertEquals(await store.findAccount(name), null);
      assertEquals(await store.accountThatHad(name, AT), null);
    }
    assertEquals(await store.findSession("s"), null);
    assertEquals(await store.passwordOf(alice.id), null);
    assertEquals(await store.membersOf(team.id), [bob]);
    assertEquals(await store.blocks(), []);
    assertEquals((await store.groups())[0]?.members.map(({ id }) => id), [bob.id]);
    const [entry] = await store.moderationLog({ before: null, limit: 1 });
    assertEquals([entry?.by, entry?.subject, entry?.detail], ["Boss", TOMBSTONE, null]);
    assertEquals((await person(store, "Zoë")).name, "Zoë", "the name is free");
  },

  "an address that was banned with an erased account stays banned": async ({ store, bob }) => {
    await store.ban({ account: bob.id, address: "192.0.2.1", reason: "Bob did it", at: AT });
    await store.eraseAccount(bob.id, TOMBSTONE, AT);
    const bans = [{ account: null, address: "192.0.2.1", reason: "", at: AT }];
    assertEquals(await store.bans(), bans);
  },

  "an erasure finds the messages and reactions of every room, in steps": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const den = await room(store, "Den", bob, "private");
    const direct = await store.directRoom(alice, bob, AT);
    const many = FOUND_A_STEP + 50;
    await put(store, ...upTo(many).map((n) => message(team, bob, `secret ${n}`)));
    await put(
      store,
      message(den, bob, "secret in the den"),
      message(direct, bob, "secret to Alice"),
      message(direct, alice, "from Alice"),
      message(team, alice, "mine"),
    );
    await put(store, react(team, bob, many + 1, "👍"), react(direct, bob, 2, "🎉"));
    await put(store, remove(team, bob, 1));
    await store.eraseAccount(bob.id, TOMBSTONE, AT);
    const first = await store.nextErasure(AT);
    assertEquals([first?.account.name, first?.messages.length], [TOMBSTONE, FOUND_A_STEP]);
    // Nothing was removed, as if the server had been killed. Another one takes over.
    assertEquals(await store.nextErasure(AT + STEP_MS - 1), null);
    const later = AT + STEP_MS;
    assertEquals((await store.nextErasure(later))?.messages, first?.messages);
    const seen = later + STEP_MS;
    assert(await eraseAll(store, seen) > 2);
    for (const place of [team, den, direct]) {
      const all = await messages(store, place);
      const own = all.filter(({ senderId }) => senderId === bob.publicId);
      assert(own.length > 0 && own.every(({ deleted, text }) => deleted && text === ""));
      assertEquals(new Set(own.map(({ sender }) => sender)), new Set([TOMBSTONE]));
      assertEquals(all.flatMap(({ reactions }) => reactions), []);
    }
    const search = { account: alice.id, query: "secret", room: null, before: null, limit: 10 };
    assertEquals((await store.search(search)).hits, []);
    assertEquals((await messages(store, team)).at(-1)?.text, "mine");
    // A message that was on its way is found once everything has settled, and nothing after that.
    await put(store, message(team, bob, "late"));
    assertEquals(await eraseAll(store, AT + SETTLE_MS - 1), 0);
    assert(await eraseAll(store, AT + SETTLE_MS) > 0);
    assertEquals((await messages(store, team)).at(-1)?.deleted, true);
    assertEquals(await eraseAll(store, AT + 10 * SETTLE_MS), 0);
  },

  "an erasure takes back votes, and renames the author of what others have forwarded": async (
    { store, team, alice, bob },
  ) => {
    const poll = { question: "Tea?", options: ["Yes", "No"] };
    const at = { sender: "Bob", sender_id: bob.publicId, at: AT };
    const forwarded = (text: string, from: object) =>
      ({ ...message(team, alice, text), forwarded: from }) as Append;
    await put(
      store,
      { ...message(team, alice, "Tea?"), poll } as Append,
      forwarded("Bob's words", { ...at, room: "Team", room_id: team.publicId }),
      forwarded("of another", { ...at, sender: "Carol", sender_id: "someone" }),
      vote(team, bob, 1, 0),
      vote(team, alice, 1, 0),
    );
    const counts = async () => (await messages(store, team))[0]?.state?.votes;
    assertEquals(await counts(), { counts: [2, 0], voters: 2 });
    const { votes } = await store.messagesOf(bob.id, { room: 0, seq: 0 });
    assertEquals(votes, [{ room: team.id, seq: 1, poll, options: [0] }]);
    await store.eraseAccount(bob.id, TOMBSTONE, AT);
    await eraseAll(store, AT);
    assertEquals(await counts(), { counts: [1, 0], voters: 1 });
    const senders = (await messages(store, team)).map(({ forwarded }) => forwarded?.sender);
    assertEquals(senders, [undefined, TOMBSTONE, "Carol"]);
    const [, first] = await messages(store, team);
    assertEquals(first?.text, "Bob's words");
    const search = { account: alice.id, query: "words", room: null, before: null, limit: 10 };
    assertEquals((await store.search(search)).hits.length, 1);
    // The vote in a poll that is closed counts, as part of its result.
    const close = { kind: "poll_closed", room: team.id, sender: alice, at: AT, key: null } as const;
    await put(store, { ...close, target: 1 });
    await store.eraseAccount(alice.id, TOMBSTONE, AT);
    const step = await store.nextErasure(AT);
    assertEquals(step?.votes.map(({ seq }) => seq), [1]);
    const [refused] = await store.append([vote(team, alice, 1)]);
    assert(refused !== undefined && "refused" in refused && refused.refused === "poll_closed");
  },

  "a ban deletes the messages that were sent since a moment, and nothing else": async (fixture) => {
    const { store, team, alice, bob } = fixture;
    const direct = await store.directRoom(alice, bob, AT);
    await put(
      store,
      sent(AT - 100, message(team, bob, "long ago")),
      sent(AT - 10, message(team, bob, "lately")),
      sent(AT - 10, message(team, alice, "of another")),
      sent(AT - 10, message(direct, bob, "to Alice")),
      react(team, bob, 3, "👍"),
    );
    const left = async () => (await messages(store, team)).map(({ text }) => text);
    await store.ban({ account: bob.id, address: null, reason: "", at: AT, deleteSince: AT - 50 });
    assert(await eraseAll(store, AT) > 0);
    assertEquals(await left(), ["long ago", "", "of another"]);
    assertEquals((await messages(store, direct)).map(({ deleted }) => deleted), [true]);
    assertEquals((await messages(store, team)).at(-1)?.reactions.length, 1);
    // One that was on its way is found; one from after the ban was lifted stays.
    await store.unban(bob.id);
    await put(store, sent(AT + 1, message(team, bob, "on its way")));
    await put(store, sent(AT + SETTLE_MS - 1, message(team, bob, "back")));
    assert(await eraseAll(store, AT + SETTLE_MS) > 0);
    assertEquals(await left(), ["long ago", "", "of another", "", "back"]);
    assertEquals(await eraseAll(store, AT + 10 * SETTLE_MS), 0);
    assertEquals((await store.accountById(bob.id))?.name, "Bob");
  },

  "a repeated ban deletes no less, and an erasure deletes everything": async (fixture) => {
    const { store, team, bob } = fixture;
    const ban = { account: bob.id, address: null, reason: "", at: AT };
    for (const age of [30, 20, 10]) {
      await put(store, sent(AT - age, message(team, bob, `${age}`)));
    }
    await store.ban({ ...ban, deleteSince: AT - 25 });
    await store.ban({ ...ban, deleteSince: AT - 15 });
    await store.ban(ban);
    await eraseAll(store, AT);
    assertEquals((await messages(store, team)).map(({ text }) => text), ["30", "", ""]);
    await store.eraseAccount(bob.id, TOMBSTONE, AT);
    await store.ban({ ...ban, deleteSince: AT - 15 });
    await eraseAll(store, AT);
    assertEquals((await messages(store, team)).map(({ text }) => text), ["", "", ""]);
  },
};
